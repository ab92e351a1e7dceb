"""Real programs run, started, killed and started again; what they say is kept."""

from pathlib import Path

import pytest

from shared.errors import Refused
from shared.io.clock import boot_now
from site_server.rehearsal.programs import Programs
from tests.support.room_day import eventually

pytestmark = pytest.mark.system


def programs(folder: Path) -> Programs:
    """Programs that speak English."""
    return Programs(folder / "logs", {"KAODIAN_LANG": "en"})


async def test_a_command_gives_its_output_and_a_failed_one_its_reason(tmp_path: Path) -> None:
    ours = programs(tmp_path)
    assert "Verify a result bundle" in await ours.run("kaodian-verify", "--help")
    with pytest.raises(Refused) as refused:
        await ours.run("kaodian-verify", tmp_path / "none.kdr", "--keys", tmp_path, log="broken")
    assert refused.value.wire_code == "rehearsal_step"
    assert "root.pub.json" in refused.value.detail
    assert "root.pub.json" in (tmp_path / "logs" / "broken.log").read_text("utf-8")
    assert ours.step_ms() > 0


async def test_a_service_that_never_gets_ready_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        await programs(tmp_path).start("mute", "kaodian-verify", "--help")
    assert "mute.log" in refused.value.detail


async def test_a_killed_service_starts_again_and_all_end_with_close(tmp_path: Path) -> None:
    ours = programs(tmp_path)
    data = ["--data", tmp_path / "platform"]
    await ours.run("kaodian-platform", *data, "init")
    try:
        await ours.start("platform", "kaodian-platform", *data, "serve", "--host", "127.0.0.1", "--port", 0)
        first = ours.running["platform"]
        await ours.kill("platform")
        assert first.returncode == -9
        await ours.restart("platform")
        second = ours.running["platform"]
        assert second.returncode is None
    finally:
        await ours.close()
    assert second.returncode == 0
    assert ours.running == {}


async def test_a_service_that_ends_by_itself_is_started_again_and_noted(tmp_path: Path) -> None:
    ours = programs(tmp_path)
    data = ["--data", tmp_path / "platform"]
    await ours.run("kaodian-platform", *data, "init")
    begin = boot_now()
    try:
        await ours.start("platform", "kaodian-platform", *data, "serve", "--host", "127.0.0.1", "--port", 0)
        first = ours.running["platform"]
        first.terminate()
        await eventually(lambda: "platform" in ours.running and ours.running["platform"] is not first)
        assert [(name, code) for name, code, _ in ours.ended] == [("platform", 0)]
        assert begin <= ours.ended[0][2] <= boot_now()
        await ours.kill("platform")
    finally:
        await ours.close()
    assert len(ours.ended) == 1, "a service that was killed on purpose stays dead until it is started"


async def test_a_program_runs_where_its_machine_is(tmp_path: Path) -> None:
    ours = Programs(tmp_path / "logs", {}, place=lambda name: ["env", f"WHERE={name}"])
    assert "WHERE=room-01" in await ours.run("env", log="room-01")
    assert "WHERE=env" in await ours.run("env")
