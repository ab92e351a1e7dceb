"""What becomes of attempt records that arrive, in any order, repeated, forged or late."""

import msgspec
import pytest

from shared import commands as c
from shared import crypto, ledger, limits
from shared import records as r
from shared.refusal import Refusal
from tests.support.small_day import MINUTE, Candidate, SmallDay, T


@pytest.fixture
def day() -> SmallDay:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.start()
    return day


def pc_of(day: SmallDay) -> Candidate:
    return day.pcs["1001"]


def held(made: object) -> str:
    assert isinstance(made, list) and isinstance(made[0], r.Held), made
    return made[0].reason


def code(made: object) -> str:
    assert isinstance(made, Refusal), made
    return made.code


def test_answers_are_accepted_in_one_range(day: SmallDay) -> None:
    pc = pc_of(day)
    sent = [pc.write(r.Answered((letter,)), day.now, item) for item, letter in enumerate("ABC", 1)]
    made = day.receive(pc, *sent)
    assert made == [r.Accepted((r.Range("1001", 1, 2, 4, sent[-1].digest),))]
    assert day.state.attempts["1001"].items == {1, 2, 3}


def test_a_repeat_makes_no_record_in_every_state(day: SmallDay) -> None:
    pc = pc_of(day)
    sent = pc.write(r.Answered(("A",)), day.now, 1)
    day.receive(pc, sent)
    assert day.receive(pc, sent) == []
    day.now = T + 40 * MINUTE
    day.hand_in("1001")
    assert day.receive(pc, sent) == []
    day.now = T + 200 * MINUTE
    assert day.receive(pc, sent) == []


def test_the_same_position_with_other_content_is_a_conflict(day: SmallDay) -> None:
    pc = pc_of(day)
    before = pc.chain.at
    day.answer("1001", 1, "A")
    pc.chain.at = before
    assert code(day.receive(pc, pc.write(r.Answered(("B",)), day.now, 1))) == "conflict"


def test_a_gap_names_where_to_resend_from_and_stores_nothing(day: SmallDay) -> None:
    pc = pc_of(day)
    pc.write(r.Answered(("A",)), day.now, 1)
    made = day.receive(pc, pc.write(r.Answered(("B",)), day.now, 2))
    assert isinstance(made, Refusal) and (made.code, made.position) == ("gap", 1)
    assert day.state.attempts["1001"].items == set()


def test_a_record_that_does_not_continue_the_chain_is_refused(day: SmallDay) -> None:
    pc = pc_of(day)
    pc.chain.at = ledger.Point(1, pc.chain.at.position, bytes(32))
    assert code(day.receive(pc, pc.write(r.Answered(("A",)), day.now, 1))) == "gap"


@pytest.mark.parametrize(
    "changes",
    [{"stream": "attempt/m1/1002"}, {"kind": "LoggedIn"}, {"item": 0}, {"item": 401}, {"kind": "AttemptOpened"}],
)
def test_records_of_another_stream_or_kind_are_refused(day: SmallDay, changes: dict[str, object]) -> None:
    pc = pc_of(day)
    parsed = pc.write(r.Answered(("A",)), day.now, 1)
    forged = msgspec.structs.replace(parsed, header=msgspec.structs.replace(parsed.header, **changes))
    assert code(day.receive(pc, forged)) == "malformed"


def test_an_epoch_must_be_opened_by_the_granted_device() -> None:
    day = SmallDay()
    day.open()
    device = crypto.Ed25519Signer(crypto.new_key())
    day.put(c.LogIn("1001", True, 1, device.public, "", False))
    stream = ledger.attempt_stream("m1", "1001")
    chain = ledger.Chain(stream, crypto.new_key(), ledger.open_epoch(1, ledger.START))
    other = crypto.Ed25519Signer(crypto.new_key()).public
    entry = r.append(chain, r.AttemptOpened(other, ledger.START), day.now)
    assert code(day.put(c.Receive("1001", 1, (ledger.parse(entry),)))) == "malformed"
    assert code(day.put(c.Receive("1001", 2, (ledger.parse(entry),)))) == "no_epoch"


def test_an_answer_before_the_start_is_held() -> None:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.now = T - 1
    assert held(day.answer("1001", 1, "A")) == "early"
    pc = day.pcs["1001"]
    assert isinstance(day.receive(pc, pc.write(r.PcEvent("blur"), day.now)), list)


def test_an_answer_after_the_start_counts_though_this_machine_did_not_open_the_paper() -> None:
    """The machine before it did, of which the site never heard."""
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.now = T
    assert day.state.opened_at is None
    made = day.answer("1001", 1, "A")
    assert isinstance(made, list) and isinstance(made[0], r.Accepted)


def test_what_arrives_within_grace_counts_and_after_it_is_held(day: SmallDay) -> None:
    day.now = T + 122 * MINUTE - 1
    assert isinstance(day.answer("1001", 1, "A"), list)
    day.now += 1
    assert held(day.answer("1001", 2, "B")) == "late"


def test_the_old_pc_after_a_move_is_held_and_the_new_one_counts(day: SmallDay) -> None:
    old = pc_of(day)
    day.answer("1001", 1, "A")
    unsent = old.write(r.Answered(("D",)), day.now, 2)
    old.entries.pop()
    moved = day.log_in("1001", seat=31)
    assert held(day.receive(old, unsent)) == "old_epoch"
    made = day.receive(moved, moved.write(r.Answered(("C",)), day.now, 2))
    assert isinstance(made, list) and isinstance(made[0], r.Accepted)


def test_handing_in_too_early_is_refused_and_answering_goes_on(day: SmallDay) -> None:
    day.now = T + 29 * MINUTE
    made = day.hand_in("1001")
    assert isinstance(made, list) and made[-1] == r.HandInRefused("1001", T + 30 * MINUTE)
    assert isinstance(day.answer("1001", 1, "A"), list)
    day.now = T + 30 * MINUTE
    made = day.hand_in("1001")
    assert isinstance(made, list) and isinstance(made[-1], r.HandedIn)
    assert held(day.answer("1001", 2, "A")) == "closed"


def test_what_stands_behind_a_hand_in_waits_for_the_next_frame(day: SmallDay) -> None:
    pc = pc_of(day)
    day.now = T + 40 * MINUTE
    request = pc.write(r.HandInRequested(False), day.now)
    behind = pc.write(r.PcEvent("blur"), day.now)
    made = day.receive(pc, request, behind)
    assert isinstance(made, list) and isinstance(made[1], r.HandedIn)
    assert day.state.attempts["1001"].heads[1].position == request.header.position
    assert held(day.receive(pc, behind)) == "closed"


def test_a_request_after_the_end_is_collected(day: SmallDay) -> None:
    day.now = T + 120 * MINUTE
    made = day.hand_in("1001", automatic=True)
    assert isinstance(made, list) and isinstance(made[-1], r.Collected)


def test_an_attempt_holds_no_more_than_an_exam_can_need_and_can_always_be_handed_in(day: SmallDay) -> None:
    pc = pc_of(day)
    while True:
        at = pc.chain.at
        made = day.receive(pc, *(pc.write(r.PcEvent("page_blur", "x" * 15_000), day.now) for _ in range(20)))
        if isinstance(made, Refusal):
            break
    assert code(made) == "attempt_full"
    attempt = day.state.attempts["1001"]
    assert limits.ATTEMPT_BYTES - 20 * limits.RECORD_BYTES < attempt.size <= limits.ATTEMPT_BYTES
    pc.chain.at = at
    day.now = T + 40 * MINUTE
    handed_in = day.hand_in("1001")
    assert isinstance(handed_in, list) and isinstance(handed_in[-1], r.HandedIn)
