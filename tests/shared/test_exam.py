"""The rules of a sitting, minute by minute, through `decide` alone."""

import pytest

from shared import commands as c
from shared import crypto, exam
from shared import records as r
from shared.ledger import Point
from shared.refusal import Refusal
from shared.sitting import Status
from tests.support.small_day import MINUTE, SmallDay, T


@pytest.fixture
def day() -> SmallDay:
    return SmallDay()


def refused(made: object) -> str:
    assert isinstance(made, Refusal), made
    return made.code


def status(day: SmallDay, ticket: str) -> Status:
    return day.state.candidates[ticket].status


def log_in(day: SmallDay, ticket: str, **changes: object) -> object:
    seat = day.state.candidates[ticket].place.seat
    base = c.LogIn(ticket, True, seat, crypto.Ed25519Signer(crypto.new_key()).public, "127.0.0.1", False)
    return day.put(c.LogIn(**({f: getattr(base, f) for f in base.__struct_fields__} | changes)))


def test_log_in_is_allowed_from_an_hour_before_and_only_once(day: SmallDay) -> None:
    day.now = T - 60 * MINUTE - 1
    assert refused(day.put(c.AllowLogin())) == "too_early"
    assert refused(log_in(day, "1001")) == "login_closed"
    day.now += 1
    assert day.put(c.AllowLogin()) == [r.LoginAllowed("王监考")]
    assert refused(day.put(c.AllowLogin())) == "already_done"


def test_the_start_is_armed_from_forty_minutes_before_and_happens_by_itself(day: SmallDay) -> None:
    day.put(c.AllowLogin())
    day.now = T - 40 * MINUTE - 1
    assert refused(day.put(c.AllowStart())) == "too_early"
    day.now += 1
    assert day.put(c.AllowStart()) == [r.StartAllowed("王监考")]
    assert exam.next_instant(day.state, day.now) == T
    day.now = T - 1
    assert day.put(c.Tick()) == []
    day.now = T
    assert day.put(c.Tick()) == [r.PaperOpened(T)]
    assert day.put(c.Tick()) == []


def test_an_unarmed_sitting_never_opens(day: SmallDay) -> None:
    day.put(c.AllowLogin())
    day.now = T + MINUTE
    assert day.put(c.Tick()) == []
    day.put(c.AllowStart())
    assert day.put(c.Tick()) == [r.PaperOpened(T + MINUTE)]


def test_a_wrong_id_a_wrong_seat_and_a_late_entry_are_refused(day: SmallDay) -> None:
    day.open()
    assert refused(log_in(day, "1001", id_fits=False)) == "login_wrong"
    wrong = log_in(day, "1001", seat=2)
    assert isinstance(wrong, Refusal) and (wrong.code, wrong.seat) == ("wrong_seat", 1)
    day.start()
    day.now = T + 30 * MINUTE
    assert refused(log_in(day, "1001")) == "too_late"
    assert refused(log_in(day, "1002")) == "too_late"
    assert refused(day.put(c.LogIn("77", True, 1, day.room_key.public, "", False))) == "unknown_ticket"


def test_a_late_candidate_gets_the_same_end(day: SmallDay) -> None:
    day.open()
    day.start()
    day.now = T + 29 * MINUTE
    day.log_in("1001")
    assert day.state.times("1001").end == T + 120 * MINUTE


def test_another_pc_waits_for_the_proctor_and_disturbs_nobody(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    before = day.state.candidates["1001"]
    made = log_in(day, "1001", live=True)
    assert isinstance(made, list) and isinstance(made[0], r.ResumeRequested)
    after = day.state.candidates["1001"]
    assert (after.epoch, after.device) == (before.epoch, before.device)
    assert refused(day.put(c.ApproveResume("1002"))) == "nothing_waiting"
    assert day.put(c.DenyResume("1001")) == [r.ResumeDenied("1001", "王监考")]
    assert day.state.candidates["1001"].waiting is None


def test_an_approved_move_opens_the_next_epoch_at_the_last_accepted_point(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    day.start()
    day.answer("1001", 1, "A")
    at = day.state.attempts["1001"].accepted
    day.log_in("1001", seat=31)
    one = day.state.candidates["1001"]
    assert (one.epoch, one.seat, one.continues) == (2, 31, at)


def test_a_move_to_an_occupied_seat_is_refused(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    day.log_in("1002")
    device = crypto.Ed25519Signer(crypto.new_key()).public
    day.put(c.LogIn("1001", True, 2, device, "", True))
    made = day.put(c.ApproveResume("1001"))
    assert isinstance(made, Refusal) and (made.code, made.seat) == ("seat_taken", 2)


def test_the_same_pc_comes_back_without_approval_and_a_lost_journal_opens_a_new_epoch(day: SmallDay) -> None:
    day.open()
    pc = day.log_in("1001")
    made = log_in(day, "1001", device=pc.device.public)
    assert isinstance(made, list) and [type(x) for x in made] == [r.LoggedIn]
    made = log_in(day, "1001", device=pc.device.public, behind=True)
    assert isinstance(made, list) and [type(x) for x in made] == [r.AttemptGranted, r.LoggedIn]
    assert day.state.candidates["1001"].epoch == 2


def test_absence_only_after_late_entry_and_only_for_who_never_came(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    day.start()
    assert refused(day.put(c.MarkAbsent("1002"))) == "too_early"
    day.now = T + 30 * MINUTE
    assert refused(day.put(c.MarkAbsent("1001"))) == "was_here"
    day.put(c.MarkAbsent("1002"))
    assert status(day, "1002") is Status.ABSENT
    day.put(c.UndoAbsence("1002", "误登记"))
    assert status(day, "1002") is Status.EXPECTED
    assert refused(day.put(c.UndoAbsence("1002", "误登记"))) == "not_absent"


def test_a_second_warning_voids_the_paper_and_what_follows_is_held(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    day.start()
    assert refused(day.put(c.RecordViolation("1002", "warning", "talk", "说话"))) == "never_here"
    assert refused(day.put(c.RecordViolation("1001", "nonsense", "talk", "说话"))) == "not_allowed"
    assert refused(day.put(c.RecordViolation("1001", "warning", "talk", " "))) == "reason_needed"
    day.put(c.RecordViolation("1001", "warning", "talk", "说话"))
    assert status(day, "1001") is Status.LOGGED_IN
    day.put(c.RecordViolation("1001", "warning", "talk", "又说话"))
    assert status(day, "1001") is Status.VOID
    made = day.answer("1001", 1, "A")
    assert isinstance(made, list) and isinstance(made[0], r.Held) and made[0].reason == "closed"


def test_extra_time_moves_the_end_within_the_rule_and_needs_a_reason(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    assert refused(day.put(c.ExtendTime("1001", MINUTE, "停电"))) == "not_open"
    day.start()
    assert refused(day.put(c.ExtendTime("1001", MINUTE, " "))) == "reason_needed"
    assert refused(day.put(c.ExtendTime("1001", -1, "停电"))) == "over_makeup"
    day.put(c.ExtendTime("", 5 * MINUTE, "停电"))
    day.put(c.ExtendTime("1001", 10 * MINUTE, "换机"))
    assert day.state.times("1001").end == T + 135 * MINUTE
    assert day.state.times("1002").end == T + 125 * MINUTE
    beyond = day.put(c.ExtendTime("1001", 31 * MINUTE, "停电"))
    assert isinstance(beyond, list) and isinstance(beyond[0], r.Proposed), "more than the rule takes two"
    assert day.state.times("1001").end == T + 135 * MINUTE


def test_reminders_go_out_once_each(day: SmallDay) -> None:
    day.open()
    day.start()
    day.now = T + 105 * MINUTE
    assert exam.next_instant(day.state, day.now) == day.now
    assert day.put(c.Tick()) == [r.Reminded(15 * MINUTE)]
    assert day.put(c.Tick()) == []
    assert exam.next_instant(day.state, day.now) == T + 115 * MINUTE


def test_papers_are_collected_after_the_grace_and_not_before(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    day.start()
    closes = T + 122 * MINUTE
    day.now = closes - 1
    assert day.put(c.Tick()) == []
    made = day.answer("1001", 1, "A")
    assert isinstance(made, list) and isinstance(made[0], r.Accepted)
    assert exam.next_instant(day.state, day.now) == closes
    day.now = closes
    assert day.put(c.Tick()) == [r.Collected("1001", day.state.attempts["1001"].accepted)]


def test_nobody_leaves_before_handing_in_or_in_the_last_minutes(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    day.log_in("1002")
    day.start()
    day.now = T + 40 * MINUTE
    assert refused(day.put(c.PermitLeave("1001"))) == "not_handed_in"
    day.hand_in("1001")
    assert day.put(c.PermitLeave("1001")) == [r.LeavePermitted("1001", "王监考")]
    assert refused(day.put(c.PermitLeave("1001"))) == "already_done"
    day.now = T + 116 * MINUTE
    day.hand_in("1002")
    assert refused(day.put(c.PermitLeave("1002"))) == "stay_seated"
    day.now = T + 120 * MINUTE
    assert isinstance(day.put(c.PermitLeave("1002")), list)


def test_the_sitting_ends_only_when_everybody_has_a_final_state(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    day.start()
    made = day.put(c.EndSitting())
    assert isinstance(made, Refusal) and (made.code, made.count) == ("unfinished", 3)
    day.now = T + 122 * MINUTE
    day.put(c.Tick())
    for ticket in ("1002", "1003"):
        day.put(c.MarkAbsent(ticket))
    assert day.put(c.EndSitting()) == [r.SittingEnded(0, 1, 2, 0, "王监考")]
    assert refused(day.put(c.EndSitting())) == "sitting_ended"
    assert exam.next_instant(day.state, day.now) is None


def test_calls_and_readings_are_recorded_once(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    assert day.put(c.ConfirmRead("1001")) == [r.ReadConfirmed("1001")]
    assert day.put(c.ConfirmRead("1001")) == []
    assert day.put(c.RaiseHand("1001")) == [r.HandRaised("1001", True)]
    assert day.put(c.RaiseHand("1001")) == []
    assert day.put(c.LowerHand("1001")) == [r.HandRaised("1001", False)]
    assert refused(day.put(c.LowerHand("1001"))) == "already_done"


def test_neighbouring_acceptances_become_one_record_and_others_keep_their_place() -> None:
    one, two = (r.Range(t, 1, 1, 1, bytes(32)) for t in "ab")
    handed = r.HandedIn("a", Point(1, 1, bytes(32)))
    made: list[r.SittingRecord] = [r.Accepted((one,)), r.Accepted((two,)), handed, r.Accepted((one,))]
    assert exam.merge(made) == [r.Accepted((one, two)), handed, r.Accepted((one,))]


def test_extra_time_of_one_and_of_all_adds_up_to_no_more_than_the_rule_in_either_order(day: SmallDay) -> None:
    day.open()
    day.log_in("1001")
    day.start()
    day.put(c.ExtendTime("1001", 40 * MINUTE, "换机"))
    assert isinstance(day.put(c.ExtendTime("", 20 * MINUTE, "停电")), list)
    assert day.state.times("1001").end == T + 165 * MINUTE
    assert day.state.times("1002").end == T + 140 * MINUTE


def test_a_room_that_forgot_to_allow_the_start_collects_nothing_and_can_make_up_for_it(day: SmallDay) -> None:
    day.put(c.AllowLogin())
    day.log_in("1001")
    day.now = T + 121 * MINUTE
    made = day.hand_in("1001", automatic=True)
    assert isinstance(made, list) and isinstance(made[-1], r.HandInRefused)
    assert day.put(c.Tick()) == []
    assert isinstance(day.put(c.ExtendTime("", 40 * MINUTE, "开考延误")), list)
    day.put(c.AllowStart())
    assert day.put(c.Tick())[0] == r.PaperOpened(day.now)  # type: ignore[index]  # not refused
    assert isinstance(day.answer("1001", 1, "A"), list)
    assert status(day, "1001") is Status.LOGGED_IN
