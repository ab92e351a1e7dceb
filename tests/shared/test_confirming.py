"""Rights and second persons: who may, who may only ask, and what becomes of a proposal."""

import pytest

from shared import commands as c
from shared import confirming, limits
from shared import records as r
from shared.refusal import Refusal
from shared.roles import Action, Change, Level, Role, RoleRules, Table
from shared.sitting import Status
from tests.support.small_day import CHIEF, MINUTE, PROCTOR, SmallDay, T

DEPUTY = c.Actor("赵副主考", Role.DEPUTY, "console-01-3", "127.0.0.3")
TECHNICIAN = c.Actor("钱技术", Role.TECHNICIAN, "console-01-4", "127.0.0.4")
VOID = c.RecordViolation("1001", "void", "copying", "抄袭")


@pytest.fixture
def day() -> SmallDay:
    """Two candidates answer."""
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.log_in("1002")
    day.start()
    return day


def kinds(made: object) -> list[str]:
    """Names of the records made."""
    assert isinstance(made, list), made
    return [type(one).__name__ for one in made]


def code(made: object) -> str:
    assert isinstance(made, Refusal), made
    return made.code


def test_who_has_no_right_is_told_so_and_who_may_is_recorded(day: SmallDay) -> None:
    day.now = T + 31 * MINUTE
    assert code(day.put(c.MarkAbsent("1003"), TECHNICIAN)) == "not_your_role"
    assert day.put(c.MarkAbsent("1003"), PROCTOR) == [r.MarkedAbsent("1003", PROCTOR.name)]


def test_the_rules_say_why_before_the_phase_does(day: SmallDay) -> None:
    assert code(day.put(c.MarkAbsent("1003"), PROCTOR)) == "too_early"
    early = SmallDay()
    assert code(early.put(c.Reopen("1001", "误交"), PROCTOR)) == "not_handed_in"
    early.open()
    early.log_in("1001")
    early.put(c.RecordViolation("1001", "warning", "talk", "说话"))
    early.now = T - 61 * MINUTE
    assert code(early.put(c.RecordViolation("1001", "warning", "talk", "说话"))) == "not_now", "no rule names a time"


def test_a_sign_in_stands_before_the_first_act_only(day: SmallDay) -> None:
    made = confirming.decide(day.state, c.ByStaff(c.ExtendTime("", MINUTE, "断电"), PROCTOR), day.now)
    assert kinds(made) == ["StaffSignedIn", "TimeExtended"]
    day.put(c.ExtendTime("", MINUTE, "断电"), PROCTOR)
    again = c.ByStaff(c.ExtendTime("", MINUTE, "再断电"), PROCTOR)
    assert kinds(confirming.decide(day.state, again, day.now)) == ["TimeExtended"]
    elsewhere = c.Actor(PROCTOR.name, PROCTOR.role, "console-01-9", "127.0.0.9")
    moved = confirming.decide(day.state, c.ByStaff(c.ExtendTime("", MINUTE, "三断电"), elsewhere), day.now)
    assert kinds(moved) == ["StaffSignedIn", "TimeExtended"]
    assert day.put(c.StaffLeft(elsewhere)) == [], "not the sign-in that acted"
    assert day.put(c.StaffLeft(PROCTOR)) == [r.StaffSignedOut(PROCTOR.name)]
    assert day.put(c.StaffLeft(PROCTOR)) == []


def test_a_refusal_signs_nobody_in(day: SmallDay) -> None:
    assert code(day.put(c.MarkAbsent("1001"), PROCTOR)) == "was_here"
    assert PROCTOR.name not in day.state.staff


def test_a_proctor_proposes_a_disqualification_and_a_head_decides(day: SmallDay) -> None:
    assert kinds(day.put(VOID, PROCTOR)) == ["Proposed"]
    assert not day.state.candidates["1001"].done
    assert code(day.put(VOID, PROCTOR)) == "already_proposed"
    assert code(day.put(c.Confirm(1), PROCTOR)) == "same_person"
    assert code(day.put(c.Confirm(1), TECHNICIAN)) == "not_your_role"
    assert kinds(day.put(c.Confirm(1))) == ["ProposalConfirmed", "ViolationRecorded"]
    assert day.state.candidates["1001"].status is Status.VOID
    assert code(day.put(c.Confirm(1), DEPUTY)) == "no_proposal"


def test_a_first_warning_is_a_proctors_and_the_second_is_not(day: SmallDay) -> None:
    assert kinds(day.put(c.RecordViolation("1001", "warning", "talk", "说话"), PROCTOR)) == ["ViolationRecorded"]
    assert kinds(day.put(c.RecordViolation("1001", "warning", "talk", "又说话"), PROCTOR)) == ["Proposed"]


def test_a_head_alone_cannot_do_what_takes_two(day: SmallDay) -> None:
    assert kinds(day.put(c.EndEarly("停电"), CHIEF)) == ["Proposed"]
    assert code(day.put(c.Confirm(1), CHIEF)) == "same_person"
    assert code(day.put(c.Confirm(1), TECHNICIAN)) == "not_your_role"
    assert kinds(day.put(c.Confirm(1), PROCTOR)) == ["ProposalConfirmed", "EndedEarly"]


def test_two_proctors_are_not_two_people_unless_the_body_lets_them_lead(day: SmallDay) -> None:
    other = c.Actor("孙监考", Role.PROCTOR, "console-01-5", "127.0.0.5")
    assert kinds(day.put(c.EndEarly("停电"), PROCTOR)) == ["Proposed"]
    assert code(day.put(c.Confirm(1), other)) == "not_your_role"
    day.state.table = Table(RoleRules(leads=(Role.PROCTOR,)))
    assert kinds(day.put(c.Confirm(1), other)) == ["ProposalConfirmed", "EndedEarly"]


def test_a_body_may_have_the_technician_do_the_clicking() -> None:
    day = SmallDay()
    assert code(day.put(c.AllowLogin(), TECHNICIAN)) == "not_your_role"
    day.state.table = Table(RoleRules((Change(Role.TECHNICIAN, Action.ALLOW_LOGIN, Level.DECIDE),)))
    assert kinds(day.put(c.AllowLogin(), TECHNICIAN)) == ["LoginAllowed"]


def test_a_proposal_is_declined_by_who_could_confirm_or_taken_back(day: SmallDay) -> None:
    day.put(VOID, PROCTOR)
    assert code(day.put(c.Decline(1), TECHNICIAN)) == "not_your_role"
    assert day.put(c.Decline(1), CHIEF) == [r.ProposalDeclined(1, CHIEF.name)]
    day.put(VOID, PROCTOR)
    assert day.put(c.Decline(2), PROCTOR) == [r.ProposalDeclined(2, PROCTOR.name)]
    assert day.state.proposals == {} and day.state.candidates["1001"].status is Status.LOGGED_IN


def test_what_was_proposed_is_judged_again_when_it_is_confirmed(day: SmallDay) -> None:
    day.put(c.ExtendTime("1001", 50 * MINUTE, "断电"), PROCTOR)
    day.put(VOID, CHIEF)
    assert code(day.put(c.Confirm(1), CHIEF)) == "finished"
    assert 1 in day.state.proposals, "it may be confirmed once the violation is undone"


@pytest.mark.parametrize(
    ("made_at", "after"), [(T, limits.PROPOSAL_LAPSES), (T + 119 * MINUTE, MINUTE)], ids=["too old", "phase change"]
)
def test_a_proposal_lapses(day: SmallDay, made_at: int, after: int) -> None:
    day.now = made_at
    day.put(c.Tick())
    day.put(VOID, PROCTOR)
    assert confirming.lapses_at(day.state, day.state.proposals[1]) == made_at + after
    day.now = made_at + after - 1
    assert confirming.lapsed(day.state, day.now) == []
    day.now += 1
    assert code(day.put(c.Confirm(1))) == "no_proposal", "before the tick has come"
    made = day.put(c.Tick())
    assert isinstance(made, list) and r.ProposalLapsed(1) in made
    assert day.put(c.Tick()) == [] and day.state.proposals == {}


def test_only_so_many_proposals_wait(day: SmallDay) -> None:
    for number in range(limits.PROPOSALS_OPEN):
        day.put(c.RecordViolation("1001", "void", "copying", f"抄袭 {number}"), PROCTOR)
    assert code(day.put(VOID, PROCTOR)) == "too_many_proposals"


def test_with_the_end_of_the_sitting_only_held_answers_can_be_decided(day: SmallDay) -> None:
    day.answer("1001", 1, "A")
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    day.put(c.MarkAbsent("1003"))
    day.put(c.RecordViolation("1001", "void", "copying", "抄袭"), PROCTOR)
    made = day.put(c.EndSitting())
    assert kinds(made) == ["ProposalLapsed", "SittingEnded"]
    assert code(day.put(VOID, PROCTOR)) == "sitting_ended"
    day.answer("1001", 1, "B")
    assert kinds(day.agree(c.DecideHeld(("1001",), True, "断网"))) == ["ProposalConfirmed", "HeldDecided"]
