"""Real services die at system calls of theirs, and everybody goes on."""

from collections.abc import Iterator

import pytest

from shared.ledger import Point
from tests.faults.killing import Kills
from tests.faults.kills.room import same
from tests.faults.processes import Blow
from tests.support.small_day import usual_day

pytestmark = [pytest.mark.system]
WITHIN = 20.0
"""Seconds in which each of these calls must come, maybe on a busy machine."""
AT = [Blow("pwrite64", 5), Blow("fdatasync", 7), Blow("write,writev,sendto,sendmsg", 20)]


@pytest.fixture(scope="module")
def kills() -> Iterator[Kills]:
    """Days to kill services of."""
    made = Kills(WITHIN)
    yield made
    made.close()


@pytest.mark.parametrize("service", [pytest.param("room", marks=pytest.mark.long), "pc",
                                     pytest.param("site", marks=pytest.mark.long)])  # fmt: skip
def test_a_killed_service_has_what_it_acknowledged_and_goes_on(service: str, kills: Kills) -> None:
    assert all(kills.kill(service, blow, Blow("openat", 10)) for blow in AT)


def test_a_service_that_lost_or_invented_something_is_found() -> None:
    entries = usual_day().pcs["1001"].entries
    two, three = (Point(1, n, entries[n - 1].digest) for n in (2, 3))
    same("1001", entries, two, three)
    with pytest.raises(AssertionError, match="acknowledged"):
        same("1001", entries, three, two)
    with pytest.raises(AssertionError, match="other records"):
        same("1001", entries, two, Point(1, 3, bytes(32)))
    with pytest.raises(AssertionError, match="nobody wrote"):
        same("1001", entries, two, Point(1, len(entries) + 1, bytes(32)))
