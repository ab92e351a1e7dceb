"""Stays: whose epochs are whose when candidates go on in other rooms."""

import msgspec
import pytest

from shared import documents as d
from shared.errors import Damaged
from shared.ledger import START, Point
from shared.model import Place
from shared.stays import Stay, Stays, next_block

PLACES = (Place("1001", "01", 1, "A"), Place("1002", "02", 1, "B"))
POINT = Point(2, 5, bytes([7]) * 32)
FIRST = d.MoveGrant("m1", "1001", "01", "02", 9, 1000, POINT, 0)
BACK = d.MoveGrant("m1", "1001", "02", "01", 1, 2000, POINT, 0)


def test_every_move_begins_a_block_of_epochs_of_its_own() -> None:
    assert [next_block(epoch) for epoch in (1, 999, 1000, 1999)] == [1000, 1000, 2000, 2000]
    stays = Stays(PLACES)
    stays.move(FIRST)
    stays.move(BACK)
    assert [(stay.room, stay.epoch) for stay in stays.of("1001")] == [("01", 1), ("02", 1000), ("01", 2000)]
    found = [stays.holding("1001", epoch) for epoch in (1, 999, 1000, 1999, 2000)]
    assert [stay.room for stay in found if stay] == ["01", "01", "02", "02", "01"]
    assert (stays.last("1001"), stays.last("1002")) == (Stay("01", 2000, POINT), Stay("02"))
    assert stays.after("1001", Stay("01")) == Stay("02", 1000, POINT)
    assert stays.after("1001", stays.last("1001")) is None


def test_a_room_in_which_nobody_ever_was_takes_no_part() -> None:
    stays = Stays(PLACES[:1])
    assert stays.rooms() == {"01"}
    stays.move(FIRST)
    assert stays.rooms() == {"01", "02"}
    assert stays.ever_in("01") == stays.ever_in("02") == {"1001"}
    assert not stays.knows("1002") and stays.of("1002") == [] and stays.holding("1002", 1) is None


@pytest.mark.parametrize(
    "change",
    [
        {"ticket": "9999"}, {"origin": "02"}, {"room": "01"}, {"epoch": 999}, {"epoch": 2000},
        {"continues": Point(1000, 1, bytes(32))}, {"continues": Point(1, 0, bytes(32))},
    ],
    ids=str,
)  # fmt: skip
def test_a_move_that_does_not_go_on_is_damage(change: dict[str, object]) -> None:
    stays = Stays(PLACES)
    with pytest.raises(Damaged):
        stays.move(msgspec.structs.replace(FIRST, **change))
    stays.move(FIRST)
    with pytest.raises(Damaged):
        stays.move(FIRST)


def test_whoever_never_wrote_goes_on_from_the_start() -> None:
    stays = Stays(PLACES)
    stays.move(msgspec.structs.replace(FIRST, continues=START))
    stays.move(msgspec.structs.replace(BACK, continues=START))
    assert stays.last("1001") == Stay("01", 2000)
