"""What a rehearsal shows while it runs: lines that stay, and on a terminal one that is rewritten."""

import contextlib
import io
import json
from pathlib import Path

from shared.io.clock import system_now
from shared.io.tasks import Tasks
from site_server.rehearsal.pcs import Farm
from site_server.rehearsal.proctor import Proctor
from site_server.rehearsal.progress import Progress
from tests.site_server.rehearsal.test_options import OPTIONS
from tests.site_server.rehearsal.test_proctor import board, row
from tests.support.room_day import eventually


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_lines_carry_the_seconds_since_the_beginning() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        progress = Progress()
        progress.say("第一步")
        progress.status("第二步")
    assert [line.split("] ")[1] for line in out.getvalue().splitlines()] == ["第一步", "第二步"]
    assert out.getvalue().startswith("[   0.")


async def test_the_exam_is_counted_on_a_line_that_a_step_ends(tmp_path: Path) -> None:
    farm = Farm(tmp_path, tmp_path / "site.kdd", OPTIONS.pc_host)
    acked = json.dumps({"event": "acked", "item": "a", "answer": ["A"], "ms": 3}) + "\n"
    (farm.trace_folder / "1001.01.jsonl").write_text(acked * 3, "utf-8")
    proctor = Proctor("01", "127.21.255.1", 1, "246810", set(), set())
    proctor.board = board(row("1001", "logged_in", online=True), row("1002", "submitted", online=True))
    now, tasks = system_now(), Tasks()
    with contextlib.redirect_stdout(Terminal()) as out:
        progress = Progress()
        tasks.spawn("watch", progress.watch([proctor], farm, now - 10_000, now + 60_000))
        await eventually(lambda: "\r" in out.getvalue())
        await tasks.close()
        progress.say("下一步")
    live, then = out.getvalue().split("\n")[:2]
    assert "作答中" in live
    assert "在线 2 · 已结束 1/2 · 已保存 3，每秒 3" in live
    assert then.endswith("下一步")
