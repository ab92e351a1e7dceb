"""What two people may decide: more time, an early end, undoing, reopening, and what came too late."""

import io

import pytest

from shared import commands as c
from shared import crypto, limits, orders
from shared import records as r
from shared.errors import Damaged
from shared.refusal import Refusal
from shared.sitting import Status
from shared.verifier import verify
from tests.support import by_the_book as book
from tests.support.small_day import MINUTE, SmallDay, T


@pytest.fixture
def day() -> SmallDay:
    """Two candidates answer; 1001 has handed in after 40 minutes."""
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.log_in("1002")
    day.start()
    for ticket in ("1001", "1002"):
        day.answer(ticket, 1, "A")
    day.now = T + 40 * MINUTE
    day.hand_in("1001")
    return day


def kinds(made: object) -> list[str]:
    assert isinstance(made, list), made
    return [type(one).__name__ for one in made]


def code(made: object) -> str:
    assert isinstance(made, Refusal), made
    return made.code


def ended(day: SmallDay, minutes: int = 123) -> None:
    """Everybody is collected, the sitting is over."""
    day.now = max(day.now, T + minutes * MINUTE)
    day.put(c.Tick())
    day.put(c.MarkAbsent("1003"))
    assert kinds(day.put(c.EndSitting()))[-1] == "SittingEnded"


def two_come_late(day: SmallDay) -> None:
    """Two answers of 1002 arrive after the grace."""
    pc = day.pcs["1002"]
    late = [pc.write(r.Answered(("C",)), day.now, item) for item in (2, 3)]
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    for one in late:
        assert kinds(day.receive(pc, one)) == ["Held"]


def counted(day: SmallDay) -> dict[str, list[tuple[int, int, int]]]:
    """What both verifiers let count, by (epoch, first, upto)."""
    data = day.bundle()
    book.verify_bundle(data, {"alg": day.root.public.alg, "raw": day.root.public.raw})
    report = verify(io.BytesIO(data), day.root.public, day.keys)
    return {ticket: [(one.epoch, one.first, one.upto) for one in found] for ticket, found in report.accepted.items()}


def test_time_beyond_the_rule_adds_to_what_one_person_gave(day: SmallDay) -> None:
    day.put(c.ExtendTime("1002", 45 * MINUTE, "换机"))
    assert kinds(day.agree(c.ExtendTime("1002", 20 * MINUTE, "又换机"))) == ["ProposalConfirmed", "TimeExtended"]
    assert kinds(day.agree(c.ExtendTime("", 50 * MINUTE, "断电")))[-1] == "TimeExtended"
    assert day.state.times("1002").end == T + (120 + 45 + 20 + 50) * MINUTE
    assert day.state.times("1003").end == T + (120 + 50) * MINUTE
    assert code(day.agree(c.ExtendTime("1002", limits.EXTRA_MOST, "过长"))) == "over_makeup"


def test_an_early_end_is_an_end_now_for_everybody(day: SmallDay) -> None:
    assert code(day.put(c.EndEarly(" "))) == "reason_needed"
    day.agree(c.EndEarly("火警"))
    assert day.state.times("1002").end == day.now == day.state.times().end
    made = day.hand_in("1002", automatic=True)
    assert isinstance(made, list) and isinstance(made[-1], r.Collected)
    assert day.put(c.Tick()) == [], "no reminder of an end that is over"
    assert isinstance(day.put(c.MarkAbsent("1003")), list), "who never came can be registered at once"
    assert code(day.put(c.ExtendTime("", MINUTE, "断电"))) == "over"
    device = crypto.Ed25519Signer(crypto.new_key()).public
    day.now += 3 * MINUTE
    assert code(day.put(c.LogIn("1003", True, 3, device, "", False))) == "is_absent"
    assert kinds(day.put(c.EndSitting())) == ["SittingEnded"]
    assert sorted(counted(day)) == ["1001", "1002"]


def test_who_is_not_reached_by_an_early_end_is_collected_after_the_grace(day: SmallDay) -> None:
    day.agree(c.EndEarly("火警"))
    day.now += 2 * MINUTE
    made = day.put(c.Tick())
    assert isinstance(made, list) and [one.ticket for one in made if isinstance(one, r.Collected)] == ["1002"]


def test_an_undone_disqualification_gives_back_the_state_before(day: SmallDay) -> None:
    for ticket, before in (("1001", Status.SUBMITTED), ("1002", Status.LOGGED_IN)):
        day.put(c.RecordViolation(ticket, "void", "copying", "抄袭"))
        assert day.state.candidates[ticket].status is Status.VOID
        assert kinds(day.agree(c.UndoViolation(ticket, "误判"))) == ["ProposalConfirmed", "ViolationUndone"]
        assert day.state.candidates[ticket].status is before
        assert code(day.put(c.UndoViolation(ticket, "误判"))) == "no_violation"
    assert kinds(day.answer("1002", 2, "B")) == ["Accepted"], "answering goes on in the same epoch"


def test_undoing_takes_the_newest_violation_only(day: SmallDay) -> None:
    day.put(c.RecordViolation("1002", "warning", "talk", "说话"))
    day.put(c.RecordViolation("1002", "warning", "talk", "又说话"))
    day.agree(c.UndoViolation("1002", "误判"))
    one = day.state.candidates["1002"]
    assert (one.status, one.warnings) == (Status.LOGGED_IN, 1)


def test_a_reopened_attempt_goes_on_and_may_be_handed_in_again(day: SmallDay) -> None:
    assert code(day.put(c.Reopen("1002", "误交"))) == "not_handed_in"
    day.agree(c.Reopen("1001", "误交"))
    assert day.state.candidates["1001"].status is Status.LOGGED_IN
    assert kinds(day.answer("1001", 2, "B")) == ["Accepted"]
    assert kinds(day.hand_in("1001")) == ["Accepted", "HandedIn"]
    ended(day)
    assert counted(day) == {"1001": [(1, 1, 5)], "1002": [(1, 1, 2)]}


def test_nobody_comes_back_who_left_or_whose_time_is_over(day: SmallDay) -> None:
    day.put(c.PermitLeave("1001"))
    assert code(day.put(c.Reopen("1001", "误交"))) == "has_left"
    day.now = T + 119 * MINUTE
    day.hand_in("1002")
    day.now = T + 120 * MINUTE
    assert code(day.put(c.Reopen("1002", "误交"))) == "over"


def test_what_came_too_late_counts_once_two_people_say_so(day: SmallDay) -> None:
    two_come_late(day)
    day.answer("1001", 2, "D")
    assert code(day.put(c.DecideHeld(("1002", "1003"), True, "断网"))) == "not_finished"
    made = day.agree(c.DecideHeld(("1001", "1002"), True, "断网"))
    assert kinds(made) == ["ProposalConfirmed"] + ["HeldDecided"] * 3, "in bulk"
    assert code(day.put(c.DecideHeld(("1002",), False, "断网"))) == "nothing_held", "each once"
    ended(day)
    assert counted(day) == {"1001": [(1, 1, 4)], "1002": [(1, 1, 4)]}


def test_what_came_too_late_can_be_decided_though_more_was_accepted_after_it(day: SmallDay) -> None:
    """Time that is given when late answers are already here does not cost them."""
    two_come_late(day)
    assert kinds(day.put(c.ExtendTime("1002", 10 * MINUTE, "断网")))[-1] == "Reopened"
    assert kinds(day.answer("1002", 2, "B")) == ["Accepted"]
    assert code(day.put(c.DecideHeld(("1002",), True, "断网"))) == "not_finished"
    day.now = T + 133 * MINUTE
    day.put(c.Tick())
    ended(day)
    assert kinds(day.agree(c.DecideHeld(("1002",), True, "断网"))) == ["ProposalConfirmed"] + ["HeldDecided"] * 2
    assert counted(day)["1002"] == [(1, 1, 5)]


def test_what_was_rejected_or_never_decided_does_not_count(day: SmallDay) -> None:
    ended(day)
    day.answer("1001", 2, "D")
    day.answer("1002", 2, "D")
    day.agree(c.DecideHeld(("1001",), False, "无故迟到"))
    assert counted(day) == {"1001": [(1, 1, 3)], "1002": [(1, 1, 2)]}


def test_what_a_former_pc_had_is_taken_in_before_what_came_after_it(day: SmallDay) -> None:
    old = day.pcs["1002"]
    unsent = old.write(r.Answered(("D",)), day.now, 3)
    day.log_in("1002", seat=31)
    day.answer("1002", 2, "B")
    assert kinds(day.receive(old, unsent)) == ["Held"]
    ended(day)
    day.agree(c.DecideHeld(("1002",), True, "旧机未同步"))
    assert counted(day)["1002"] == [(1, 1, 3), (2, 1, 2)]


def test_what_does_not_continue_what_counts_cannot_be_accepted(day: SmallDay) -> None:
    ended(day)
    for letter in "BCD":
        day.answer("1002", 2, letter)
    assert [one.first for one in orders.decidable(day.state, "1002", True)] == [3, 4, 5]
    day.state.attempts["1002"].held.pop(0)
    assert orders.decidable(day.state, "1002", True) == []
    assert [one.first for one in orders.decidable(day.state, "1002", False)] == [4, 5]


@pytest.mark.parametrize("change", ["other range", "twice", "open", "not held", "gap", "after a collection"])
def test_a_forged_decision_is_found_by_both_verifiers(day: SmallDay, change: str) -> None:
    day.now = T + 123 * MINUTE
    if change != "open":
        day.put(c.Tick())
    first, second = r.Range("1002", 1, 3, 3, b""), r.Range("1002", 1, 4, 4, b"")
    for held in (first, second):
        made = day.answer("1002", 2, "B") if change != "not held" else []
        assert isinstance(made, list)
        first, second = (second, made[0].range) if made and isinstance(made[0], r.Held) else (first, held)
    choices: dict[str, list[r.SittingRecord]] = {
        "other range": [r.HeldDecided(r.Range("1002", 1, 3, 4, second.digest), True, 1)],
        "twice": [r.HeldDecided(first, True, 1), r.HeldDecided(first, False, 1)],
        "open": [r.HeldDecided(first, True, 1), r.Collected("1002", day.state.attempts["1002"].accepted)],
        "not held": [r.HeldDecided(r.Range("1002", 1, 2, 2, bytes(32)), True, 1)],
        "gap": [r.HeldDecided(second, True, 1)],
        "after a collection": [r.Reopened("1002")],
    }
    for record in (*choices[change], r.MarkedAbsent("1003", "王监考"), r.SittingEnded(1, 1, 1, 0, "王监考")):
        day._write(record)  # no rule makes these
    with pytest.raises(Damaged):
        verify(io.BytesIO(day.bundle()), day.root.public)
    with pytest.raises(book.Wrong):
        book.verify_bundle(day.bundle(), {"alg": day.root.public.alg, "raw": day.root.public.raw})
