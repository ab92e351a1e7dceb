"""The same sitting with its staff: resumes denied, violations, hand-ins opened again, an early end, held answers
decided, and a room that forgets everything and folds its records again.
"""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from shared import commands as c
from shared import crypto, ledger, sitting
from shared import records as r
from shared.refusal import Refusal
from shared.sitting import FINAL, Sitting, Status
from tests.support.sitting_model import ExamDay, answers, tickets
from tests.support.small_day import MINUTE, ROOM, TICKETS

HAND_IN_OPENS = 30 * MINUTE


class StaffedDay(ExamDay):
    """`offences` are the violations that stand, each with the status before it where it voided the paper."""

    def __init__(self) -> None:
        super().__init__()
        self.offences: dict[str, list[tuple[str, Status | None]]] = {ticket: [] for ticket in TICKETS}

    @rule(ticket=tickets, spare=st.sampled_from([0, 31, 32, 33]))
    def deny(self, ticket: str, spare: int) -> None:
        """Another PC asks to go on and is turned down: nothing changes."""
        if not self.movable(ticket, spare):
            return
        before, device = self.day.state.candidates[ticket], crypto.Ed25519Signer(crypto.new_key())
        asked = c.LogIn(ticket, True, spare or before.seat, device.public, "127.0.0.9", True)
        made = self.day.put(asked)
        assert isinstance(made, list) and isinstance(made[0], r.ResumeRequested)
        assert self.day.put(asked) == [], "asking again makes no second request"
        denied = self.day.put(c.DenyResume(ticket))
        assert isinstance(denied, list) and [type(one) for one in denied] == [r.ResumeDenied]
        assert self.day.state.candidates[ticket] == before

    @rule(ticket=tickets, level=st.sampled_from(["warning", "warning", "void", "disqualified"]))
    def violation(self, ticket: str, level: str) -> None:
        """A warning, of which the second voids, or a void paper at once; before and after handing in."""
        before = self.day.state.candidates[ticket]
        made = self.day.put(c.RecordViolation(ticket, level, "talk", "说话"))
        assert isinstance(made, list) == (bool(before.epoch) and not self.day.state.ended)
        if isinstance(made, list):
            warned = any(one == "warning" for one, _ in self.offences[ticket])
            voids = level != "warning" or warned
            self.offences[ticket].append((level, before.status if voids else None))
            assert (self.day.state.candidates[ticket].status is Status.VOID) == (voids or before.status is Status.VOID)

    @rule(ticket=tickets)
    def undo_violation(self, ticket: str) -> None:
        """Two people take the newest violation back, and what it led to."""
        made = self.day.agree(c.UndoViolation(ticket, "误记"))
        assert isinstance(made, list) == (bool(self.offences[ticket]) and not self.day.state.ended)
        if isinstance(made, list):
            before = self.offences[ticket].pop()[1]
            if before is not None:
                self.finals.pop(ticket, None)
                assert self.day.state.candidates[ticket].status is before

    @rule(ticket=tickets)
    def reopen(self, ticket: str) -> None:
        """Who handed in goes on until the own end, where two people let them."""
        handed_in = self.day.state.candidates[ticket].status is Status.SUBMITTED
        made = self.day.agree(c.Reopen(ticket, "误交卷"))
        if isinstance(made, list):
            assert handed_in and self.day.now < self.end_of(ticket)
            self.opened_again(made)
            assert not self.day.state.candidates[ticket].done

    @precondition(lambda self: not self.stopped)
    @rule(sure=st.integers(0, 5))
    def end_early(self, sure: int) -> None:
        """Two people stop the exam for everybody; seldom."""
        made = self.day.agree(c.EndEarly("火警")) if sure == 0 else Refusal("not_sure")
        if isinstance(made, list):
            self.stopped = self.day.now

    @rule(chosen=st.sets(tickets, min_size=1), accept=st.booleans())
    def decide_held(self, chosen: set[str], accept: bool) -> None:
        """Two people let late answers count, or not; every range is decided once, and only of finished attempts."""
        held = {ticket: {one.range for one in self.day.state.attempts[ticket].held} for ticket in chosen}
        made = self.day.agree(c.DecideHeld(tuple(sorted(chosen)), accept, "断线"))
        for record in made if isinstance(made, list) else []:
            if not isinstance(record, r.HeldDecided):
                continue
            part = record.range
            assert record.accepted == accept and part in held[part.ticket]
            assert self.day.state.candidates[part.ticket].status in FINAL
            assert part not in {one.range for one in self.day.state.attempts[part.ticket].held}
            if accept:
                inside = [
                    one
                    for one in self.stored[part.ticket]
                    if one.header.epoch == part.epoch and part.first <= one.header.position <= part.upto
                ]
                assert len(inside) == part.upto - part.first + 1
                self.must_count(part.ticket, inside)

    @rule(ticket=tickets, item=st.integers(1, 3), answer=answers)
    def hand_in_too_early(self, ticket: str, item: int, answer: tuple[str, ...]) -> None:
        """The refusal is a record, and answering goes on in the same epoch."""
        one = self.day.state.candidates[ticket]
        opens = self.day.state.times().start + HAND_IN_OPENS
        now, end = self.day.now, self.end_of(ticket)
        if ticket not in self.day.pcs or one.done or now < self.day.state.times().start or now >= min(opens, end):
            return
        self.hand_in(ticket)
        assert not self.day.state.candidates[ticket].done
        self.unsent[ticket].clear()
        self.answer_online(ticket, item, answer)

    @rule()
    def crash(self) -> None:
        """The room forgets everything; its records say all that it knew."""
        assert plain(self.folded()) == plain(self.day.state)

    def folded(self) -> Sitting:
        """The state as a room that starts folds it: what is stored, then the verdict on it."""
        day = self.day
        key = ledger.stream_key(day.keys.sittings[ROOM], day.chain.stream)
        state = Sitting(day.session, day.room, day.places)
        stored = {
            (ticket, one.header.epoch, one.header.position): one for ticket in TICKETS for one in self.stored[ticket]
        }
        for entry in day.sitting_entries:
            record = r.read(ledger.header_of(entry), entry, key)
            ranges = record.ranges if isinstance(record, r.Accepted) else ()
            for part in (*ranges, *((record.range,) if isinstance(record, r.Held) else ())):
                for position in range(part.first, part.upto + 1):
                    one = stored[part.ticket, part.epoch, position]
                    sitting.note(state, part.ticket, one.header, one.digest)
            sitting.apply(state, record)  # type: ignore[arg-type]  # the sitting's own stream
        return state


def plain(state: Sitting) -> dict[str, object]:
    """Everything a state holds, comparable; its instants are what they would be if none had ever been asked for."""
    asked = {ticket: state.times(ticket) for ticket in ("", *state.candidates)}
    state.other_times()
    assert {ticket: state.times(ticket) for ticket in asked} == asked
    state.other_times()
    return vars(state) | {"attempts": {ticket: vars(attempt) for ticket, attempt in state.attempts.items()}}
