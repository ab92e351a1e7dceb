"""Candidates who go on in another room: what both rooms record, and that bundle and second verifier agree."""

import io
from collections.abc import Callable

import msgspec
import pytest

from shared import commands as c
from shared import crypto, limits, verifier
from shared import records as r
from shared.errors import Damaged
from shared.ledger import START, Point
from shared.refusal import Refusal
from shared.sitting import Status
from tests.support import by_the_book as book
from tests.support.moved_day import OTHER, MovedDay, moved_day
from tests.support.small_day import MINUTE, ROOM, T, build


@pytest.fixture
def day() -> MovedDay:
    """Two candidates answer in room 01."""
    made = MovedDay()
    made.open()
    made.log_in("1001")
    made.log_in("1003")
    made.start()
    made.answer("1001", 1, "A")
    made.answer("1003", 1, "B")
    return made


def second(data: bytes, root: crypto.PublicKey) -> book.Book:
    """The second verifier's reading."""
    return book.verify_bundle(data, {"alg": root.alg, "raw": root.raw})


def test_the_room_left_closes_at_the_last_accepted_point_and_holds_what_still_comes(day: MovedDay) -> None:
    point = day.state.attempts["1001"].accepted
    assert day.send_away("1001") == [r.MovedAway("1001", 1, OTHER, 1, point, "主考")]
    assert day.state.candidates["1001"].status is Status.MOVED
    made = day.answer("1001", 2, "C")
    assert isinstance(made, list) and isinstance(made[0], r.Held) and made[0].reason == "old_epoch"
    assert day.state.attempts["1001"].accepted == point
    assert day.send_away("1001") == []
    assert day.put(c.LogIn("1001", True, 1, day.pcs["1001"].device.public, "", False)) == Refusal("is_moved")
    assert day.put(c.RecordViolation("1001", "warning", "x", "y")) == Refusal("is_moved")


def test_a_finished_candidate_stays_unless_another_room_goes_on_already(day: MovedDay) -> None:
    day.now = T + 31 * MINUTE
    day.hand_in("1001")
    assert day.send_away("1001") == Refusal("finished", ticket="1001")
    made = day.send_away("1001", granted=True)
    assert isinstance(made, list) and isinstance(made[0], r.MovedAway)
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    day.put(c.MarkAbsent("1002"))
    day.put(c.EndSitting())
    assert day.send_away("1003", granted=True) != Refusal("sitting_ended")


def test_the_next_room_opens_as_far_and_goes_on_with_all_that_was_given(day: MovedDay) -> None:
    day.put(c.ExtendTime("", 5 * MINUTE, "停电"))
    day.put(c.ExtendTime("1001", 3 * MINUTE, "换机"))
    day.put(c.RecordViolation("1001", "warning", "left", "离座"))
    day.put(c.ConfirmRead("1001"))
    end, point = day.state.times("1001").end, day.state.attempts["1001"].accepted
    day.enter(OTHER)
    day.put(c.AllowLogin())
    day.enter(ROOM)
    day.move("1001")
    assert day.room.id == OTHER and day.state.login_allowed and day.state.armed
    day.put(c.Tick())
    one = day.state.candidates["1001"]
    assert (one.status, one.warnings, one.read, one.device) == (Status.LOGGED_IN, 1, True, None)
    assert day.state.times("1001").end == end
    pc = day.log_in("1001")
    assert (pc.chain.at.epoch, day.state.candidates["1001"].continues) == (1000, point)
    made = day.answer("1001", 2, "C")
    assert isinstance(made, list) and isinstance(made[0], r.Accepted)
    day.put(c.ExtendTime("", 2 * MINUTE, "此处"))
    assert day.state.times("1001").end == end + 2 * MINUTE


def test_a_guest_sits_where_the_site_says_or_where_a_person_agrees(day: MovedDay) -> None:
    day.move("1001")
    device = crypto.Ed25519Signer(crypto.new_key()).public
    assert day.put(c.LogIn("1001", True, 5, device, "", False)) == [r.ResumeRequested("1001", 5, device, "")]
    made = day.put(c.ApproveResume("1001"))
    assert isinstance(made, list) and isinstance(made[0], r.AttemptGranted) and made[0].epoch == 1000


def test_a_guest_who_never_logs_in_is_collected_where_the_other_room_stopped(day: MovedDay) -> None:
    point = day.state.attempts["1001"].accepted
    day.move("1001")
    day.put(c.Tick())
    day.now = T + 123 * MINUTE
    assert day.put(c.Tick()) == [r.Collected("1001", point)]


def test_a_guest_is_taken_once_and_comes_back_the_same_way(day: MovedDay) -> None:
    day.send_away("1001")
    guest = day.guest_of(grant := day.grant_move("1001"))
    day.arrive(grant)
    assert day.put(guest) == []
    day.put(c.Tick())
    day.log_in("1001")
    day.answer("1001", 1, "D")
    day.move("1001", ROOM)
    assert (day.room.id, day.state.candidates["1001"].first) == (ROOM, 2000)
    assert day.log_in("1001").chain.at.epoch == 2000
    assert day.send_away("1001", granted=True) != []
    day.end()
    found = verifier.verify(io.BytesIO(day.bundle()), day.root.public, day.keys)
    assert second(day.bundle(), day.root.public).judged
    assert [part.epoch for part in found.accepted["1001"]] == [1, 1000, 2000]


@pytest.mark.parametrize(
    ("command", "code"), [(c.EndEarly("x"), "sitting_ended"), (c.EndSitting(), "sitting_ended")], ids=str
)
def test_a_sitting_that_is_over_takes_nobody(day: MovedDay, command: c.StaffCommand, code: str) -> None:
    day.send_away("1001")
    guest = day.guest_of(day.grant_move("1001"))
    day.enter(OTHER)
    for one in (c.AllowLogin(), c.AllowStart(), c.Tick()):
        day.put(one)
    if isinstance(command, c.EndEarly):
        day.agree(command)
    else:
        assert not isinstance(day.put(command), Refusal)
    assert day.put(guest) == Refusal(code)


def test_a_room_grants_no_epoch_of_the_next_block(day: MovedDay) -> None:
    one = day.state.candidates["1001"]
    assert one.device is not None
    for epoch in range(2, limits.EPOCHS_PER_STAY):
        day.put(c.LogIn("1001", True, 1, one.device, "", False, behind=True))
        assert day.state.candidates["1001"].epoch == epoch
    behind = c.LogIn("1001", True, 1, one.device, "", False, behind=True)
    assert day.put(behind) == Refusal("no_epoch_left")
    other = crypto.Ed25519Signer(crypto.new_key()).public
    day.put(c.LogIn("1001", True, 31, other, "", False))
    assert day.put(c.ApproveResume("1001")) == Refusal("no_epoch_left")


def test_the_bundle_of_a_moved_attempt_verifies_and_both_rooms_ranges_count() -> None:
    day = moved_day()
    found = verifier.verify(io.BytesIO(day.bundle()), day.root.public, day.keys)
    assert [(part.epoch, part.upto) for part in found.accepted["1001"]] == [(1, 3), (1000, 3)]
    assert (found.statuses["1001"], found.statuses["1002"]) == ("submitted", "collected")
    assert found.forms == {"1001": "A", "1002": "B", "1003": "A"}
    assert verifier.verify(io.BytesIO(day.bundle()), day.root.public).forms == found.forms
    second_found = second(day.bundle(), day.root.public)
    assert second_found.closed == {"1001": "HandedIn", "1002": "Collected", "1003": "Collected"}


def test_a_room_that_was_dead_may_have_accepted_more_and_it_counts(day: MovedDay) -> None:
    known = day.state.attempts["1001"].accepted
    grant = day.grant_move("1001", point=known)
    guest = day.guest_of(grant)
    day.answer("1001", 2, "C")
    day.send_away("1001", granted=True)
    day.enter(OTHER)
    assert not isinstance(day.put(guest), Refusal)
    day.put(c.Tick())
    day.log_in("1001")
    day.answer("1001", 1, "D")
    day.end()
    found = verifier.verify(io.BytesIO(day.bundle()), day.root.public, day.keys)
    assert [(part.epoch, part.upto) for part in found.accepted["1001"]] == [(1, 3), (1000, 2)]
    second(day.bundle(), day.root.public)


def forge(day: MovedDay, change: Callable[[MovedDay], None]) -> bytes:
    """The bundle after a change of the day's documents or records, signed by whoever must sign."""
    change(day)
    documents, records, heads = day.parts()
    return build(documents, records, heads, day.site_key, day.session.id)


def drop_move(day: MovedDay) -> None:
    del day.moves[0]


def move_from_elsewhere(day: MovedDay) -> None:
    data, told = day.moves[0]
    day.moves[0] = (data[:-1] + bytes([data[-1] ^ 1]), told)


def unrecorded(day: MovedDay) -> None:
    data, told = day.moves[0]
    day.moves[0] = (data, msgspec.structs.replace(told, digest=bytes(32)))


def swapped(day: MovedDay) -> None:
    day.moves.reverse()


@pytest.mark.parametrize("change", [drop_move, move_from_elsewhere, unrecorded, swapped])
def test_documents_of_moves_cannot_be_dropped_or_changed(change: Callable[[MovedDay], None]) -> None:
    day = moved_day()
    data = forge(day, change)
    with pytest.raises(Damaged):
        verifier.verify(io.BytesIO(data), day.root.public)
    with pytest.raises(book.Wrong):
        second(data, day.root.public)


def accept_after_leaving(day: MovedDay) -> None:
    day.send_away("1001")
    one = day.pcs["1001"]
    new = one.write(r.Answered(("B",)), day.now, 2)
    day._write(r.Accepted((r.Range("1001", 1, new.header.position, new.header.position, new.digest),)))
    day.arrive(day.grant_move("1001", point=day.state.attempts["1001"].accepted))


def never_left(day: MovedDay) -> None:
    day.arrive(day.grant_move("1001"))
    day.enter(ROOM)


def never_arrived(day: MovedDay) -> None:
    day.send_away("1001")
    day.grant_move("1001")


def from_what_was_held(day: MovedDay) -> None:
    day.send_away("1001")
    day.answer("1001", 2, "C")
    head = day.state.attempts["1001"].heads[1]
    day.arrive(day.grant_move("1001", point=head))


def from_another_digest(day: MovedDay) -> None:
    day.send_away("1001")
    at = day.state.attempts["1001"].accepted
    grant = day.grant_move("1001", point=Point(at.epoch, at.position, bytes(32)))
    guest = day.guest_of(grant)
    day.enter(OTHER)
    day.put(guest)


def left_at_another_point(day: MovedDay) -> None:
    day._write(r.MovedAway("1001", 1, OTHER, 1, START, "主考"))
    day.arrive(day.grant_move("1001"))


def without_a_grant(day: MovedDay) -> None:
    day.send_away("1001")
    guest = day.guest_of(day.grant_move("1001"))
    day.moves.clear()
    day.enter(OTHER)
    day.put(guest)


@pytest.mark.parametrize(
    "change",
    [
        accept_after_leaving, never_left, never_arrived, from_what_was_held, from_another_digest, left_at_another_point,
        without_a_grant,
    ],
)  # fmt: skip
def test_what_no_honest_rooms_record_is_damage(day: MovedDay, change: Callable[[MovedDay], None]) -> None:
    change(day)
    day.end()
    data = day.bundle()
    with pytest.raises(Damaged):
        verifier.verify(io.BytesIO(data), day.root.public)
    with pytest.raises(book.Wrong):
        second(data, day.root.public)
