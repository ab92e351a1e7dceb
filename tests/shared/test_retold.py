"""A sitting told again: what no honest room could have written is found, once it is unsealed."""

import pytest

from shared import commands as c
from shared import records as r
from shared.errors import Damaged
from shared.retold import Retold
from shared.sitting import Sitting
from tests.support.small_day import MINUTE, SmallDay, T

PART = r.Range("1001", 1, 2, 3, bytes(32))
DECIDE = c.DecideHeld(("1001",), True, "断网")


def begun() -> Retold:
    """A fold in which the proctor's proposal to count held answers was confirmed."""
    day = SmallDay()
    told = Retold(Sitting(day.session, day.room, day.places))
    told.take(r.Held(PART, "late"), T)
    told.take(r.Proposed(1, DECIDE, "李", "proctor", T), T)  # type: ignore[arg-type]  # its value
    told.take(r.ProposalConfirmed(1, "王"), T)
    return told


def test_held_answers_are_decided_by_what_two_people_agreed_on() -> None:
    told = begun()
    told.take(r.HeldDecided(PART, True, 1), T)
    assert told.state.attempts["1001"].held == []


@pytest.mark.parametrize(
    "record",
    [
        r.HeldDecided(PART, True, 2),
        r.HeldDecided(PART, False, 1),
        r.HeldDecided(r.Range("1002", 1, 2, 3, bytes(32)), True, 1),
    ],
    ids=["no-such-proposal", "the-other-way", "another-candidate"],
)
def test_a_decision_that_nobody_agreed_on_is_damage(record: r.HeldDecided) -> None:
    with pytest.raises(Damaged, match="two people"):
        begun().take(record, T)


@pytest.mark.parametrize("record", [r.ProposalConfirmed(2, "王"), r.ProposalConfirmed(1, "赵")])
def test_a_proposal_is_confirmed_once_and_not_by_whoever_made_it(record: r.ProposalConfirmed) -> None:
    told = begun()
    with pytest.raises(Damaged):
        told.take(record, T)
    told = begun()
    told.take(r.Proposed(2, c.EndEarly("混乱"), "王", "chief", T), T)  # type: ignore[arg-type]  # its value
    with pytest.raises(Damaged, match="whoever made it"):
        told.take(r.ProposalConfirmed(2, "王"), T)


def test_nothing_is_accepted_after_end_and_grace_but_what_an_outage_or_a_pause_leaves() -> None:
    closes = T + 122 * MINUTE
    day = SmallDay()
    told = Retold(Sitting(day.session, day.room, day.places))
    told.take(r.Accepted((PART,)), closes - 1)
    with pytest.raises(Damaged, match="after its time"):
        told.take(r.Accepted((PART,)), closes)
    told.take(r.Outage(T + 121 * MINUTE, T + 130 * MINUTE), T + 130 * MINUTE)
    told.take(r.Accepted((PART,)), closes + 9 * MINUTE - 1)
    with pytest.raises(Damaged, match="after its time"):
        told.take(r.Accepted((PART,)), closes + 9 * MINUTE)


def test_what_is_no_record_of_this_sitting_is_damage() -> None:
    for record in (r.Answered(("A",)), r.ReadConfirmed("9999"), r.TimeLost(("9999",), T, T + 1, "outage")):
        with pytest.raises(Damaged):
            begun().take(record, T)
