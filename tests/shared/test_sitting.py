"""The fold of a sitting: the same records give the same state on any machine, in any order they can arrive."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import crypto, ledger, sitting
from shared import records as r
from shared.ledger import START, Point
from shared.model import Place
from shared.sitting import Sitting, Status
from tests.support.sitting_staff import plain
from tests.support.small_day import MINUTE, ROOM, SmallDay, T, usual_day

Step = tuple[str, ledger.Parsed]
"""Ticket (empty: the sitting's own stream) and a stored record."""
DAY = usual_day()


def streams(day: SmallDay) -> list[list[Step]]:
    """All stored records, stream by stream."""
    own = [[(ticket, ledger.parse(one)) for one in pc.entries] for ticket, pc in day.pcs.items()]
    return [[("", ledger.parse(one)) for one in day.sitting_entries], *own]


def fold(day: SmallDay, steps: list[Step]) -> Sitting:
    """What a machine that has just started makes of its store."""
    state = Sitting(day.session, day.room, day.places)
    key = ledger.stream_key(day.keys.sittings[ROOM], day.chain.stream)
    for ticket, parsed in steps:
        if ticket:
            sitting.note(state, ticket, parsed.header, parsed.digest)
        else:
            sitting.apply(state, r.read(parsed.header, parsed.entry, key))  # type: ignore[arg-type]  # of a sitting
    return state


def shuffled(parts: list[list[Step]], seed: int) -> list[Step]:
    """All steps in one order that keeps each stream's own."""
    draw = random.Random(seed)
    rests = [list(part) for part in parts]
    made: list[Step] = []
    while rests:
        chosen = draw.choice(rests)
        made.append(chosen.pop(0))
        rests = [rest for rest in rests if rest]
    return made


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_a_restart_gives_the_state_back_however_the_streams_are_interleaved(seed: int) -> None:
    again = fold(DAY, shuffled(streams(DAY), seed))
    assert plain(again) == plain(DAY.state)


def test_a_restart_after_any_step_gives_the_state_of_that_moment() -> None:
    day = SmallDay()
    actions: list[Callable[[], object]] = [
        day.open,
        lambda: day.log_in("1001"),
        day.start,
        lambda: day.answer("1001", 1, "A"),
        lambda: day.log_in("1001", seat=31),
        lambda: day.answer("1001", 2, "B"),
        lambda: setattr(day, "now", T + 31 * MINUTE),
        lambda: day.hand_in("1001"),
    ]
    for action in actions:
        action()
        assert plain(fold(day, [step for stream in streams(day) for step in stream])) == plain(day.state)


def test_each_record_changes_what_it_says_and_nothing_else() -> None:
    day = SmallDay()
    state, before = day.state, plain(day.state)["candidates"]
    device = crypto.Ed25519Signer(crypto.new_key()).public
    point = Point(1, 1, bytes(32))
    waiting = r.ResumeRequested("1001", 31, device, "127.0.0.1")
    both = (
        sitting.Offence("warning", False, Status.LOGGED_IN),
        sitting.Offence("void", True, Status.SUBMITTED),
    )
    changes: list[tuple[r.SittingRecord, dict[str, object]]] = [
        (r.AttemptGranted("1001", 1, 1, device, START), {"epoch": 1, "device": device}),
        (r.LoggedIn("1001", 1, "127.0.0.1"), {"status": Status.LOGGED_IN, "seat": 1}),
        (r.ReadConfirmed("1001"), {"read": True}),
        (waiting, {"waiting": waiting}),
        (r.ResumeDenied("1001", "王"), {"waiting": None}),
        (waiting, {"waiting": waiting}),
        (r.AttemptGranted("1001", 2, 31, device, point), {"epoch": 2, "continues": point, "waiting": None}),
        (r.LoggedIn("1001", 31, "127.0.0.1"), {"seat": 31}),
        (r.HandRaised("1001", True), {"hand_up": True}),
        (r.HandRaised("1001", False), {"hand_up": False}),
        (r.TimeExtended("1001", 5, False, "停电", "王"), {"extra": 5}),
        (r.TimeExtended("1001", 7, False, "停电", "王"), {"extra": 12}),
        (r.ViolationRecorded("1001", "warning", "talk", "说话", False, "王"), {"offences": both[:1], "warnings": 1}),
        (r.HandInRefused("1001", 1), {}),
        (r.HandedIn("1001", point), {"status": Status.SUBMITTED, "final": point}),
        (r.LeavePermitted("1001", "王"), {"left": True}),
        (r.ViolationRecorded("1001", "void", "copy", "抄袭", True, "王"), {"status": Status.VOID, "offences": both}),
        (r.ViolationUndone("1001", "误判", "王"), {"status": Status.SUBMITTED, "offences": both[:1]}),
        (r.Reopened("1001"), {"status": Status.LOGGED_IN, "final": None}),
    ]
    expected: dict[str, object] = {name: getattr(before["1001"], name) for name in sitting.Candidate.__struct_fields__}  # type: ignore[index]  # a dict
    for record, change in changes:
        sitting.apply(state, record)
        expected |= change
        one = state.candidates["1001"]
        assert {name: getattr(one, name) for name in expected} == expected, record
    assert state.candidates["1002"] == before["1002"]  # type: ignore[index]  # a dict
    assert state.extra == 0


def test_absence_and_collection_are_states_of_one_candidate() -> None:
    state = SmallDay().state
    point = Point(1, 4, bytes(32))
    sitting.apply(state, r.Collected("1001", point))
    sitting.apply(state, r.MarkedAbsent("1002", "王"))
    assert (state.candidates["1001"].status, state.candidates["1001"].final) == (Status.COLLECTED, point)
    assert [state.count(status) for status in (Status.COLLECTED, Status.ABSENT, Status.EXPECTED)] == [1, 1, 1]
    assert state.candidates["1001"].done and state.candidates["1002"].done
    sitting.apply(state, r.AbsenceUndone("1002", "误登记", "王"))
    assert not state.candidates["1002"].done


def test_time_for_all_and_for_one_add_up() -> None:
    state = SmallDay().state
    sitting.apply(state, r.TimeExtended("", 5 * MINUTE, False, "停电", "王"))
    sitting.apply(state, r.TimeExtended("1002", 2 * MINUTE, False, "换机", "王"))
    ends = [state.times(ticket).end - T for ticket in ("", "1001", "1002")]
    assert ends == [125 * MINUTE, 125 * MINUTE, 127 * MINUTE]


def test_one_acceptance_moves_every_attempt_it_names() -> None:
    state = SmallDay().state
    ranges = tuple(r.Range(ticket, 1, 1, upto, bytes([upto]) * 32) for ticket, upto in (("1001", 3), ("1003", 5)))
    sitting.apply(state, r.Accepted(ranges))
    accepted = {ticket: attempt.accepted.position for ticket, attempt in state.attempts.items()}
    assert accepted == {"1001": 3, "1002": 0, "1003": 5}
    sitting.apply(state, r.Held(r.Range("1001", 1, 4, 6, bytes(32)), "late"))
    assert state.attempts["1001"].accepted.position == 3


def test_only_candidates_of_this_room_are_known() -> None:
    day = SmallDay()
    elsewhere = Place("9001", "02", 1, "A")
    assert set(Sitting(day.session, day.room, (*day.places, elsewhere)).candidates) == {"1001", "1002", "1003"}


def test_a_seat_is_taken_until_its_candidate_is_done() -> None:
    state = SmallDay().state
    sitting.apply(state, r.LoggedIn("1001", 1, "127.0.0.1"))
    assert state.at_seat(1) == "1001" and state.at_seat(2) is None
    sitting.apply(state, r.HandedIn("1001", Point(1, 1, bytes(32))))
    assert state.at_seat(1) is None


@pytest.mark.parametrize(("position", "found"), [(0, False), (1, True), (2, True), (3, False), (-1, False)])
def test_a_digest_is_known_for_stored_positions_only(position: int, found: bool) -> None:
    day = SmallDay()
    day.open()
    pc = day.log_in("1001")
    day.start()
    day.answer("1001", 7, "A")
    attempt = day.state.attempts["1001"]
    digest = attempt.digest_at(1, position)
    assert (digest == pc.entries[position - 1].digest) if found else digest is None
    assert attempt.digest_at(2, 1) is None
    moved = day.log_in("1001", seat=31)
    assert attempt.digest_at(2, 1) == moved.entries[-1].digest
    assert attempt.digest_at(1, 3) is None
    assert attempt.items == {7}
    assert attempt.head(3, attempt.accepted) == Point(3, 0, attempt.accepted.digest)
