"""What follows from the command line: seats, spares, shrunk durations, addresses."""

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from shared import limits
from site_server.rehearsal.options import Options, pc_host, room_host, room_id

OPTIONS = Options(
    bank=Path("bank"), images=None, roster=Path("roster"), rooms=3, candidates=40, minutes=1, absent=0, violations=0,
    crash_candidates=0, kill_room=False, kill_site=False, clock_chaos=False, offline=False, seed=1, out=Path("out"),
    keep=False,
)  # fmt: skip


def test_everybody_has_a_seat_and_crashes_have_spares() -> None:
    assert (OPTIONS.seats, OPTIONS.spares) == (14, 2)
    assert replace(OPTIONS, rooms=1).spares == 4
    crashes = replace(OPTIONS, crash_candidates=30)
    assert crashes.spares * crashes.rooms >= 30 // 2, "half of the crashed candidates move"


def test_durations_shrink_in_proportion() -> None:
    assert OPTIONS.shrunk(120 * limits.MINUTE) == limits.MINUTE
    assert replace(OPTIONS, minutes=120).shrunk(5 * limits.MINUTE) == 5 * limits.MINUTE


def test_every_machine_has_a_loopback_address_of_its_own() -> None:
    rooms = [room_id(number) for number in range(1, 201)]
    hosts = [room_host(room) for room in rooms] + [pc_host(room, seat) for room in rooms for seat in (1, 50)]
    assert len(set(hosts)) == len(hosts)
    assert all(ip_address(host).is_loopback for host in hosts)
