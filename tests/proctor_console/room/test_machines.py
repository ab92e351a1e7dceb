"""The room's list: which certificates count, with the site there or not."""

from pathlib import Path

import msgspec
import pytest

from proctor_console.room.machines import Machines
from shared.errors import Expired, Refused, Untrusted
from shared.io import tls
from shared.io.clock import Anchor, TrustedClock, boot_id, boot_now
from shared.io.store import Store
from shared.machines import Certified, Enrolled, Kind
from tests.support.machines import Population

ALL = {Kind.PC, Kind.CONSOLE}


def clock(at: int) -> TrustedClock:
    """A clock that shows `at`."""
    return TrustedClock(Anchor(at - boot_now(), 1, boot_now(), boot_id(), "test"))


def refused(machines: Machines, certificate: bytes, kinds: set[Kind] = ALL) -> str:
    """Why a certificate does not count."""
    with pytest.raises(Untrusted) as error:
        machines.prove(certificate, kinds)
    return error.value.wire_code


async def test_only_known_certificates_of_the_right_kind_count(tmp_path: Path) -> None:
    known = Population(*tls.make_ca("s"), "01", "127.0.1")
    pc, console, stranger = known.pc(3), known.console(), known.make(Kind.PC, 4, "x")
    machines = Machines(Store(tmp_path / "room.db"), clock(1_000))
    assert refused(machines, pc.certificate) == "not_enrolled", "before the site has told anything"
    await machines.replace(known.told())
    assert machines.prove(pc.certificate, {Kind.PC}) == pc.machine
    assert machines.prove(console.certificate, ALL) == console.machine
    assert refused(machines, console.certificate, {Kind.PC}) == "not_enrolled"
    assert refused(machines, stranger.certificate) == "not_enrolled"
    taken = tls.issue(*tls.make_ca("s"), "pc-01-9", pc.machine.point)
    assert refused(machines, taken) == "not_enrolled", "a known key under another name"


@pytest.mark.parametrize(("at", "counts"), [(99, False), (100, True), (199, True), (200, False)])
async def test_dates_are_those_of_trusted_time(tmp_path: Path, at: int, counts: bool) -> None:
    known = Population(*tls.make_ca("s"), "01", "127.0.1")
    pc = known.make(Kind.PC, 3, "x", (100_000, 200_000))
    machines = Machines(Store(tmp_path / "room.db"), clock(at * 1000 + (0 if counts else -500 if at < 150 else 500)))
    await machines.replace(known.told(pc.machine))
    if counts:
        assert machines.prove(pc.certificate, ALL) == pc.machine
    else:
        with pytest.raises(Expired, match="certificate_expired"):
            machines.prove(pc.certificate, ALL)
    no_time = Machines(Store(tmp_path / "other.db"), TrustedClock())
    await no_time.replace(known.told(pc.machine))
    assert no_time.prove(pc.certificate, ALL) == pc.machine, "without trusted time nothing can be said about dates"


@pytest.mark.parametrize(("opened", "now", "counts"), [
    (0, 200, False), (150, 200, True), (150, 86_000, True), (200, 250, False), (150, 86_600, False),
])  # fmt: skip
async def test_a_certificate_that_counted_when_the_exam_opened_counts_until_its_end_or_a_day_later(
    tmp_path: Path, opened: int, now: int, counts: bool
) -> None:
    known = Population(*tls.make_ca("s"), "01", "127.0.1")
    pc = known.make(Kind.PC, 3, "x", (100_000, 200_000))
    machines = Machines(Store(tmp_path / "room.db"), clock(now * 1000 + 500))
    await machines.replace(known.told(pc.machine))
    machines.opened = lambda: opened * 1000
    if counts:
        assert machines.prove(pc.certificate, ALL) == pc.machine
    else:
        assert refused(machines, pc.certificate) == "certificate_expired"
    await machines.revoke(pc.machine.id, "被盗", "王")
    assert refused(machines, pc.certificate) == "revoked"


async def test_a_revocation_counts_at_once_outlives_a_restart_and_is_told_until_the_site_knows(tmp_path: Path) -> None:
    known = Population(*tls.make_ca("s"), "01", "127.0.1")
    pc = known.pc(3)
    store = Store(tmp_path / "room.db")
    machines, gone = Machines(store, clock(5_000)), list[Enrolled]()
    machines.gone = gone.append
    await machines.replace(known.told())
    with pytest.raises(Refused, match="reason_needed"):
        await machines.revoke(pc.machine.id, "", "王")
    with pytest.raises(Refused, match="unknown_machine"):
        await machines.revoke("0" * 16, "被盗", "王")
    await machines.revoke(pc.machine.id, "被盗", "王")
    assert [one.name for one in gone] == ["pc-01-3"]
    assert refused(machines, pc.certificate) == "revoked"
    again = Machines(store, clock(5_000))
    assert refused(again, pc.certificate) == "revoked"
    await again.replace(known.told())
    assert refused(again, pc.certificate) == "revoked", "the site has not heard of it yet"
    (untold,) = again.untold()
    assert (untold.id, untold.reason, untold.by) == (pc.machine.id, "被盗", "王")
    said = known.told()
    stolen = Certified(msgspec.structs.replace(pc.machine, revoked="被盗"), pc.certificate)
    revoked = tuple(stolen if one.machine.id == pc.machine.id else one for one in said.enrolled)
    await again.replace(msgspec.structs.replace(said, enrolled=revoked))
    assert again.untold() == ()
    store.close()
