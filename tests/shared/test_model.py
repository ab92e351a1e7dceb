"""The nouns: strict, unchangeable, and the mask of an ID number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import codec
from shared import model as m
from shared.errors import Malformed
from tests.support.drawn import drawn

MINUTE = 60_000
NOUNS = [m.Option, m.Item, m.Paper, m.Rules, m.Session, m.Room, m.Place, m.Person, m.Staff]


@pytest.mark.parametrize("kind", NOUNS)
def test_every_noun_round_trips_and_refuses_what_it_does_not_know(kind: type[m.Noun]) -> None:
    @given(drawn(kind))
    def check(noun: m.Noun) -> None:
        data = codec.encode(noun)
        assert codec.decode(kind, data, len(data)) == noun
        more = codec.decode(dict, data, len(data)) | {"key": "A"}
        with pytest.raises(Malformed):
            codec.decode(kind, codec.encode(more), 10_000)

    check()


def test_the_default_rules_are_those_of_a_theory_session() -> None:
    rules = m.Rules()
    assert (rules.duration, rules.late_entry, rules.earliest_hand_in) == (120 * MINUTE, 30 * MINUTE, 30 * MINUTE)
    assert (rules.login_opens_before, rules.arm_opens_before) == (60 * MINUTE, 40 * MINUTE)
    assert (rules.last_leave, rules.grace, rules.makeup) == (5 * MINUTE, 2 * MINUTE, 45 * MINUTE)
    assert rules.multiple is m.MultipleMarking.EXACT


def test_a_noun_cannot_be_changed() -> None:
    room = m.Room("01", "101 机房", 30, 3)
    with pytest.raises(AttributeError):
        room.seats = 40  # type: ignore[misc]  # that it is frozen is what is tested


def test_the_mask_keeps_three_and_two_characters() -> None:
    assert m.mask_id("99000020000101123X") == "990*************3X"
    assert m.mask_id("12345") == "12345"


@given(st.text(alphabet="0123456789X", min_size=6, max_size=20))
def test_the_mask_hides_the_middle_of_any_number(number: str) -> None:
    masked = m.mask_id(number)
    assert len(masked) == len(number)
    assert set(masked[3:-2]) == {"*"} and masked[:3] == number[:3] and masked[-2:] == number[-2:]
