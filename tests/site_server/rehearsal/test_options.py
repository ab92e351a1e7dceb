"""What follows from the command line: seats, spares, shrunk durations, addresses."""

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from shared import limits
from site_server.rehearsal.options import Options, room_id

OPTIONS = Options(
    bank=Path("bank"), images=None, roster=Path("roster"), rooms=3, candidates=40, minutes=1, absent=0, violations=0,
    faults=frozenset(), clock_chaos=False, offline=False, seed=1, out=Path("out"), keep=False,
)  # fmt: skip


def test_everybody_has_a_seat_and_crashes_have_spares() -> None:
    assert (OPTIONS.seats, OPTIONS.spares) == (14, 2)
    assert replace(OPTIONS, rooms=1).spares == 4
    assert OPTIONS.crashes == 0
    killing = replace(OPTIONS, faults=frozenset({"kill"}))
    assert (killing.crashes, replace(killing, candidates=400).crashes, replace(killing, candidates=1).crashes) == (
        2,
        20,
        1,
    )
    many = replace(killing, rooms=100, candidates=4000)
    assert many.spares * many.rooms >= many.crashes // 2, "half of the crashed candidates move"


def test_durations_shrink_in_proportion() -> None:
    assert OPTIONS.shrunk(120 * limits.MINUTE) == limits.MINUTE
    assert replace(OPTIONS, minutes=120).shrunk(5 * limits.MINUTE) == 5 * limits.MINUTE


@pytest.mark.parametrize("kinds", [(), ("kill", "site"), ("lan",), ("disk",)])
def test_every_machine_has_an_address_of_its_own(kinds: tuple[str, ...]) -> None:
    options = replace(OPTIONS, faults=frozenset(kinds))
    rooms = [room_id(number) for number in range(1, 201)]
    hosts = [options.site_host, *(options.room_host(room) for room in rooms)]
    hosts += [options.pc_host(room, seat) for room in rooms for seat in (1, 50)]
    hosts += [options.back_host(room) for room in rooms] if options.apart else []
    assert len(set(hosts)) == len(hosts)
    assert all(ip_address(host).is_loopback is not options.apart for host in hosts)
    assert options.apart == bool({"lan", "disk"} & set(kinds))
