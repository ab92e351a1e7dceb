"""How long seats were out of work, told from traces: what counts as work, and whose fault it was."""

from dataclasses import replace

from site_server.rehearsal.outages import Strike, back, judge, unexplained, worst
from site_server.rehearsal.traces import Story
from tests.site_server.rehearsal.test_traces import Event, acked, shown, story, typed

CUT = Strike("unplugged", "room-01", 10_000, 20_000, frozenset({"1001"}))


def at(boot: int, event: Event) -> Event:
    """An event with its instant."""
    return event | {"boot": boot}


ALIVE: Event = {"event": "alive"}
OVER: Event = {"event": "finished", "status": "submitted"}
WORKED = story(at(5_000, typed("a", "A")), at(5_010, acked("a", "A")), at(9_000, ALIVE))


def told(*events: Event) -> Story:
    """The story of a candidate who worked before, and then this."""
    found = story(at(5_000, typed("a", "A")), at(5_010, acked("a", "A")), at(9_000, ALIVE), *events)
    assert found.signs[:2] == [5_010, 9_000]
    return found


def test_an_acknowledged_answer_after_the_fault_is_work() -> None:
    one = told(at(15_000, typed("a", "B")), at(21_500, acked("a", "B")), at(23_000, ALIVE))
    facts, findings = judge([one], [CUT])
    assert findings == []
    assert (facts[0]["worst"], facts[0]["ticket"], facts[0]["lasted"], facts[0]["seats"]) == (1_500, "1001", 10_000, 1)
    assert worst([*facts, facts[0] | {"worst": 900}]) == {"unplugged": 1_500}


def test_the_rooms_word_is_work_only_when_nothing_typed_waits() -> None:
    idle = told(at(22_000, ALIVE))
    assert back(idle, 20_000) == 2_000
    waiting = told(at(15_000, typed("a", "B")), at(22_000, ALIVE), at(30_000, acked("a", "B")))
    assert back(waiting, 20_000) == 10_000
    shown_again = told(at(15_000, typed("a", "B")), at(21_000, shown(a=["B"])), at(22_000, ALIVE))
    assert back(shown_again, 20_000) == 2_000


def test_a_seat_that_comes_back_late_or_never_is_a_finding() -> None:
    late = told(at(80_001, ALIVE))
    facts, findings = judge([late], [CUT])
    assert facts[0]["worst"] == 60_001
    assert findings == ["1001: out of work 60001 ms after unplugged room-01"]
    assert judge([told(at(80_000, ALIVE))], [CUT])[1] == []
    never = told(at(15_000, typed("a", "B")), at(22_000, ALIVE))
    assert judge([never], [CUT])[1] == ["1001: out of work for ever after unplugged room-01"]


def test_who_was_finished_before_has_nothing_to_come_back_to() -> None:
    assert judge([told(at(12_000, OVER))], [CUT])[1] == []
    assert judge([told(at(22_000, OVER))], [CUT])[0][0]["worst"] == 2_000
    assert judge([told()], [replace(CUT, made=False)])[1] == [], "the PC had ended before it could be killed"
    assert judge([told()], [replace(CUT, tickets=frozenset())])[1] == []


def test_a_destroyed_machine_is_replaced_in_time() -> None:
    one = told(at(41_000, ALIVE))
    assert judge([one], [Strike("room_destroyed", "room-01", 10_000, 40_000, frozenset({"1001"}))])[1] == []
    found = judge([one], [Strike("room_destroyed", "room-01", 10_000, 40_001, frozenset({"1001"}))])[1]
    assert found == ["room-01: replaced only 30001 ms after its destruction"]


def test_staff_hear_of_a_full_disk_in_time() -> None:
    one = told(at(21_000, ALIVE))
    full = Strike("disk_full", "room-01", 10_000, 20_000, frozenset({"1001"}), alarm=15_000)
    facts, findings = judge([one], [full])
    assert (facts[0]["alarm"], findings) == (5_000, [])
    assert len(judge([one], [replace(full, alarm=15_001)])[1]) == 1
    assert judge([one], [replace(full, alarm=0)])[1] == ["room-01: the disk was full, and staff heard of it never"]


def test_a_service_may_end_only_when_its_disk_is_full() -> None:
    full = Strike("disk_full", "room-01", 10_000, 20_000, frozenset())
    assert unexplained([("room-01", 3, 12_000)], [full], 3) == []
    assert unexplained([("room-01", 1, 12_000)], [full], 3) == ["room-01 ended by itself with exit code 1"]
    assert unexplained([("room-02", 3, 12_000)], [full], 3) == ["room-02 ended by itself with exit code 3"]
    assert len(unexplained([("room-01", 3, 9_000), ("room-01", 3, 60_000)], [full], 3)) == 2
