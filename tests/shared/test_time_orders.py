"""Orders about time: nobody gets less or more than is due, in an outage, across the end, in a pause, by a bulk key."""

import pytest

from shared import commands as c
from shared import lost
from shared import records as r
from shared.refusal import Refusal
from shared.sitting import Status
from tests.shared.test_lost import back, due, outage, running
from tests.support.small_day import CHIEF, MINUTE, PROCTOR, SmallDay, T

END = T + 120 * MINUTE


def kinds(made: object) -> list[str]:
    """The kinds of records made."""
    assert isinstance(made, list), made
    return [type(record).__name__ for record in made]


def code(made: object) -> str:
    """The code of a refusal."""
    assert isinstance(made, Refusal), made
    return made.code


def end(day: SmallDay, ticket: str = "1001") -> float:
    """Minutes from T."""
    return (day.state.times(ticket).end - T) / MINUTE


def closes(day: SmallDay, ticket: str = "1001") -> float:
    """Minutes from T."""
    return (day.state.times(ticket).closes - T) / MINUTE


def test_an_outage_is_noted_only_where_it_touches_time_that_matters() -> None:
    day = SmallDay()
    day.now = T - 50 * MINUTE
    assert day.put(c.NoteOutage(T - 59 * MINUTE, day.now)) == []
    day.open()
    assert day.put(c.NoteOutage(T - 41 * MINUTE, day.now)) == []
    day.now = T + MINUTE
    assert kinds(day.put(c.NoteOutage(T - MINUTE, day.now))) == ["Outage"]
    assert day.put(c.NoteOutage(day.now, day.now)) == []


def test_grace_runs_only_while_the_room_serves() -> None:
    day = running("1001", "1002")
    day.now = T + 115 * MINUTE
    typed = [day.pcs["1001"].write(r.Answered(("A",)), day.now + n * MINUTE, n + 1) for n in range(3)]
    outage(day, 116, 140)
    assert end(day) == 120 and closes(day) == 142
    assert day.put(c.Tick()) == [], "nobody is collected, and nobody reminded of what is over"
    assert kinds(day.receive(day.pcs["1001"], *typed)) == ["Accepted"]
    assert kinds(day.hand_in("1001", automatic=True)) == ["Accepted", "Collected"]
    day.now = T + 142 * MINUTE
    assert kinds(day.put(c.Tick())) == ["Collected"]


def test_only_the_part_of_an_outage_after_the_end_and_before_grace_is_used_up_moves_it() -> None:
    day = running("1001")
    outage(day, 10, 20)
    assert closes(day) == 122
    outage(day, 121, 130)
    assert closes(day) == 131
    outage(day, 130.5, 133)  # type: ignore[arg-type]  # minutes
    assert closes(day) == 133.5
    outage(day, 134, 150)
    assert closes(day) == 133.5


def test_lost_time_is_given_back_in_bulk_by_one_person_within_the_rule() -> None:
    day = running("1001", "1002", "1003")
    day.now = T + 9 * MINUTE
    day.answer("1001", 1, "A")
    outage(day, 10, 20)
    back(day, "1001", by_itself=False)
    back(day, "1002", by_itself=True)
    back(day, "1003", by_itself=False)
    assert (due(day, "1001"), due(day, "1002"), due(day, "1003")) == (11, 0, 20)
    made = day.put(c.Compensate(("1001", "1002", "1003"), True, "考场断电"), PROCTOR)
    assert kinds(made) == ["TimeExtended", "TimeExtended"]
    assert (end(day, "1001"), end(day, "1002"), end(day, "1003")) == (131, 120, 140)
    assert due(day, "1001") == due(day, "1003") == 0
    assert code(day.put(c.Compensate(("1001", "1003"), True, "考场断电"))) == "nothing_lost"


def test_lost_time_may_be_settled_without_giving_any() -> None:
    day = running("1001")
    day.now = T + 10 * MINUTE
    back(day, "1001", by_itself=False)
    assert due(day, "1001") == 10
    made = day.put(c.Compensate(("1001",), False, "考生自己离开"))
    assert made == [r.TimeExtended("1001", 0, False, "考生自己离开", CHIEF.name, 10 * MINUTE)]
    assert end(day) == 120 and due(day, "1001") == 0


def test_no_more_than_the_rule_is_given_and_the_rest_stays_proposed() -> None:
    day = running("1001")
    day.put(c.ExtendTime("", 30 * MINUTE, "晚开考"))
    day.now = T + 40 * MINUTE
    back(day, "1001", by_itself=False)
    day.put(c.Compensate(("1001",), True, "换机"))
    assert end(day) == 165 and due(day, "1001") == 25
    assert code(day.put(c.Compensate(("1001",), True, "换机"))) == "makeup_used"
    assert kinds(day.agree(c.ExtendTime("1001", 25 * MINUTE, "换机"))) == ["ProposalConfirmed", "TimeExtended"]
    assert end(day) == 190


def test_who_was_collected_while_out_of_work_goes_on_with_all_that_was_lost() -> None:
    day = running("1001", "1002")
    day.now = T + 109 * MINUTE
    day.answer("1001", 1, "A")
    outage(day, 110, 124)
    back(day, "1002", by_itself=True)
    day.now = T + 130 * MINUTE
    day.put(c.Tick())
    assert day.state.candidates["1001"].status is Status.COLLECTED
    made = day.put(c.Compensate(("1001",), True, "停电"))
    assert made == [
        r.TimeExtended("1001", 21 * MINUTE, False, "停电", CHIEF.name, 11 * MINUTE, 10 * MINUTE),
        r.Reopened("1001"),
    ]
    assert end(day) == 141, "eleven minutes from now on"
    day.now += 3 * MINUTE
    back(day, "1001", by_itself=False)
    assert due(day, "1001") == 3, "what went by until the PC was there, and nothing of it twice"
    assert kinds(day.answer("1001", 2, "B")) == ["Accepted"]


def test_extra_time_in_grace_opens_the_papers_again_that_were_collected() -> None:
    day = running("1001", "1002")
    day.now = END + MINUTE
    day.hand_in("1001", automatic=True)
    made = day.put(c.ExtendTime("", 10 * MINUTE, "断电"))
    assert kinds(made) == ["TimeExtended", "Reopened"]
    assert day.state.candidates["1001"].status is Status.LOGGED_IN
    assert kinds(day.answer("1001", 1, "A")) == ["Accepted"]


def test_one_collected_candidate_may_be_given_time_and_one_who_handed_in_not() -> None:
    day = running("1001", "1002")
    day.now = T + 40 * MINUTE
    day.hand_in("1002")
    day.now = END + 5 * MINUTE
    day.put(c.Tick())
    assert code(day.put(c.ExtendTime("1002", 10 * MINUTE, "换机"))) == "finished"
    assert code(day.put(c.ExtendTime("1001", 4 * MINUTE, "换机"))) == "over"
    assert kinds(day.put(c.ExtendTime("1001", 10 * MINUTE, "换机"))) == ["TimeExtended", "Reopened"]


def test_what_a_pc_asked_by_itself_at_its_old_end_is_no_hand_in_once_there_is_time_again() -> None:
    day = running("1001")
    request = day.pcs["1001"].write(r.HandInRequested(True), END)
    day.now = END + MINUTE
    day.put(c.ExtendTime("", 10 * MINUTE, "断电"))
    made = day.receive(day.pcs["1001"], request)
    assert isinstance(made, list) and made[1] == r.HandInRefused("1001", END + 10 * MINUTE)
    assert kinds(day.answer("1001", 1, "A")) == ["Accepted"]
    assert kinds(day.hand_in("1001")) == ["Accepted", "HandedIn"]


def test_in_a_pause_every_clock_stands_and_the_end_moves_by_all_of_it() -> None:
    day = running("1001", "1002")
    day.now = T + 118 * MINUTE
    day.put(c.Tick())
    assert kinds(day.put(c.Pause("火警"), CHIEF)) == ["Paused"]
    assert code(day.put(c.Pause("火警"), CHIEF)) == "already_done"
    day.now = T + 130 * MINUTE
    assert day.put(c.Tick()) == [], "nobody is collected while the clocks stand"
    assert kinds(day.answer("1001", 1, "A")) == ["Accepted"], "what was typed before is taken"
    assert kinds(day.put(c.GoOn("警报解除"), CHIEF)) == ["WentOn"]
    assert end(day) == 132 and end(day, "1002") == 132
    assert code(day.put(c.GoOn("警报解除"), CHIEF)) == "not_paused"
    day.now = T + 134 * MINUTE
    assert kinds(day.put(c.Tick())) == ["Collected", "Collected"]


def test_a_proctor_proposes_a_pause_and_two_people_go_on_after_one_that_does_not_fit_the_rule() -> None:
    day = running("1001", "1002")
    assert kinds(day.agree(c.Pause("火警"))) == ["ProposalConfirmed", "Paused"]
    day.now = T + 46 * MINUTE
    assert kinds(day.put(c.GoOn("解除"), CHIEF)) == ["Proposed"], "longer than one person may give"
    made = day.put(c.Confirm(day.state.proposed), PROCTOR)
    assert isinstance(made, list) and made[1] == r.WentOn(day.now, True, "解除", PROCTOR.name)
    assert end(day) == 166


def test_whoever_has_had_time_already_gets_the_whole_pause() -> None:
    day = running("1001", "1002")
    day.put(c.ExtendTime("1001", 40 * MINUTE, "换机"))
    day.put(c.Pause("火警"))
    day.now += 10 * MINUTE
    assert kinds(day.put(c.GoOn("解除"), CHIEF)) == ["Proposed"]
    day.put(c.Confirm(day.state.proposed), PROCTOR)
    assert end(day) == 170 and end(day, "1002") == 130


@pytest.mark.parametrize("minute", [-1, 120])
def test_a_pause_is_for_the_time_of_answering(minute: int) -> None:
    day = running("1001")
    day.now = T + minute * MINUTE
    assert code(day.put(c.Pause("火警"))) in ("not_open", "over")


def test_proposals_wait_through_a_pause() -> None:
    day = running("1001")
    day.now = T + 119 * MINUTE
    day.put(c.EndEarly("混乱"), PROCTOR)
    day.put(c.Pause("火警"))
    day.now += 5 * MINUTE
    assert day.put(c.Tick()) == []
    made = day.put(c.Confirm(day.state.proposed), CHIEF)
    ended = [r.WentOn(day.now, False, "混乱", CHIEF.name), r.EndedEarly(day.now, "混乱", CHIEF.name)]
    assert isinstance(made, list) and made[1:] == ended
    assert day.state.paused is None and end(day) == 124


def test_an_early_end_in_a_pause_leaves_the_whole_grace_for_what_was_typed_before_it() -> None:
    day = running("1001")
    day.now = T + 50 * MINUTE
    typed = day.pcs["1001"].write(r.Answered(("C",)), day.now, 2)
    day.put(c.Pause("火警"))
    day.now += 30 * MINUTE
    day.agree(c.EndEarly("火警"))
    day.now += MINUTE
    assert day.put(c.Tick()) == [], "nobody is collected before the grace is over"
    made = day.receive(day.pcs["1001"], typed)
    assert isinstance(made, list) and isinstance(made[0], r.Accepted)
    day.now += MINUTE
    made = day.put(c.Tick())
    assert isinstance(made, list) and any(isinstance(one, r.Collected) for one in made)


def test_nobody_finished_is_given_lost_time() -> None:
    day = running("1001")
    day.now = T + 40 * MINUTE
    back(day, "1001", by_itself=False)
    assert due(day, "1001") == 40
    day.hand_in("1001")
    assert lost.spans(day.state, "1001", day.now) == []
    assert code(day.put(c.Compensate(("1001",), True, "换机"))) == "nothing_lost"
