"""A sitting under any order of events, against a plain model: nothing acknowledged is lost, nothing counts twice.

Hypothesis plays candidates, clock and a link that loses acknowledgements; `sitting_staff` adds what staff do. The
model is a dict of answers that must count, filled by the rule a person would say: in time, from the PC that holds the
attempt, before it is closed, or decided by two people.
"""

import io

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared import commands as c
from shared import ledger
from shared import records as r
from shared.ledger import Parsed
from shared.refusal import Refusal
from shared.sitting import FINAL, Status
from shared.verifier import verify
from tests.support.small_day import MINUTE, TICKETS, Candidate, SmallDay, T

Answers = dict[int, tuple[int, int, tuple[str, ...]]]
"""Item number -> epoch, position and letters of what must count."""
END, LATE_ENTRY, MAKEUP, GRACE = 120 * MINUTE, 30 * MINUTE, 45 * MINUTE, 2 * MINUTE
tickets = st.sampled_from(TICKETS)
answers = st.sets(st.sampled_from("ABCD")).map(lambda found: tuple(sorted(found)))


class ExamDay(RuleBasedStateMachine):
    """One room, three candidates, what must count of each, and what each has heard to be saved."""

    @initialize(present=st.sampled_from([(), ("1001",), ("1001", "1002")]), begun=st.booleans())
    def begin(self, present: tuple[str, ...], begun: bool) -> None:
        """Log-in is allowed and the start is armed; some have logged in, and the paper may be open already."""
        self.day = SmallDay()
        self.day.open()
        self.due: dict[str, Answers] = {ticket: {} for ticket in TICKETS}
        self.heard: dict[str, set[bytes]] = {ticket: set() for ticket in TICKETS}
        self.unsent: dict[str, list[Parsed]] = {ticket: [] for ticket in TICKETS}
        self.stored: dict[str, list[Parsed]] = {ticket: [] for ticket in TICKETS}
        self.stopped = 0
        self.extra = dict.fromkeys(("", *TICKETS), 0)
        self.finals: dict[str, Status] = {}
        for ticket in present:
            self.log_in(ticket)
        if begun:
            self.time_passes(40)

    @rule(minutes=st.sampled_from([1, 2, 29, 60]))
    def time_passes(self, minutes: int) -> None:
        """The clock goes on and the desk ticks."""
        self.day.now += minutes * MINUTE
        self.day.put(c.Tick())

    @rule(ticket=tickets)
    def log_in(self, ticket: str) -> None:
        """The candidate's own PC at the own seat."""
        late = min(T + LATE_ENTRY, self.stopped or T + LATE_ENTRY)
        if not self.day.state.candidates[ticket].epoch and self.day.now < late:
            self.begun(self.day.log_in(ticket))

    def movable(self, ticket: str, seat: int) -> bool:
        """Whether another PC may ask to go on with the attempt at that seat (0: the own)."""
        one, state = self.day.state.candidates[ticket], self.day.state
        free = not seat or state.at_seat(seat) in (None, ticket)
        return bool(one.epoch) and not one.done and free and self.day.now < self.end_of(ticket) + GRACE

    @rule(ticket=tickets, spare=st.sampled_from([0, 31, 32, 33]))
    def move(self, ticket: str, spare: int) -> None:
        """Another PC takes over; what the old one still had comes afterwards and must not count."""
        if not self.movable(ticket, spare):
            return
        old = self.day.pcs[ticket]
        late = self.fresh(ticket) or [old.write(r.Answered(("D",)), self.day.now, 3)]
        self.unsent[ticket] = []
        self.begun(self.day.log_in(ticket, seat=spare or self.day.state.candidates[ticket].seat))
        made = self.day.receive(old, *late)
        assert isinstance(made, list) and [getattr(one, "reason", "") for one in made] == ["old_epoch"]
        self.stored[ticket] += late

    @rule(ticket=tickets, item=st.integers(1, 3), answer=answers)
    def write(self, ticket: str, item: int, answer: tuple[str, ...]) -> None:
        """An answer enters the PC's own ledger; the link is down."""
        if ticket in self.day.pcs:
            self.unsent[ticket].append(self.day.pcs[ticket].write(r.Answered(answer), self.day.now, item))

    @rule(ticket=tickets, item=st.integers(1, 3), answer=answers)
    def answer_online(self, ticket: str, item: int, answer: tuple[str, ...]) -> None:
        """An answer is written, sent with whatever waits, and acknowledged."""
        self.write(ticket, item, answer)
        self.send(ticket, True, len(self.unsent[ticket]))

    @rule(ticket=tickets, acknowledged=st.booleans(), count=st.integers(1, 4))
    def send(self, ticket: str, acknowledged: bool, count: int) -> None:
        """Some of the outbox arrives; where the acknowledgement is lost the PC will send it again."""
        sent = self.unsent[ticket][:count]
        if sent:
            self.arrive(ticket, sent)
        if acknowledged:
            del self.unsent[ticket][:count]
            accepted = {item.digest for item in sent if self.covering(ticket, item)}
            self.heard[ticket] |= accepted

    @rule(ticket=tickets)
    def hand_in(self, ticket: str) -> None:
        """The whole outbox and a request to hand in."""
        if ticket not in self.day.pcs:
            return
        counts = not self.day.state.candidates[ticket].done and self.day.now < self.end_of(ticket) + GRACE
        request = self.day.pcs[ticket].write(r.HandInRequested(False), self.day.now)
        self.unsent[ticket].append(request)
        made = self.arrive(ticket, self.unsent[ticket])
        if counts and self.covering(ticket, request):
            early = self.day.now < T + LATE_ENTRY
            late = self.day.now >= self.end_of(ticket)
            assert isinstance(made[-1], r.Collected if late else r.HandInRefused if early else r.HandedIn)

    @rule(ticket=tickets)
    def send_everything_again(self, ticket: str) -> None:
        """A repeat makes nothing new, in whatever state."""
        epoch = self.day.state.candidates[ticket].epoch
        known = [item for item in self.stored[ticket] if item.header.epoch == epoch]
        if known:
            assert self.day.receive(self.day.pcs[ticket], *known) == []

    @rule(ticket=tickets)
    def lose_one_on_the_way(self, ticket: str) -> None:
        """A record is missing: the room asks for it and stores nothing."""
        pending = self.fresh(ticket)
        if len(pending) > 1:
            made = self.day.receive(self.day.pcs[ticket], pending[1])
            assert isinstance(made, Refusal) and made.code == "gap"

    @rule(ticket=st.sampled_from(("", *TICKETS)), minutes=st.integers(1, 30))
    def extend(self, ticket: str, minutes: int) -> None:
        """Extra time for one or for all."""
        made = self.day.put(c.ExtendTime(ticket, minutes * MINUTE, "停电"))
        if isinstance(made, list) and isinstance(made[0], r.TimeExtended):
            self.extra[ticket] += minutes * MINUTE
            self.opened_again(made)

    @rule(ticket=tickets)
    def mark_absent(self, ticket: str) -> None:
        """Only who never came, after late entry closed."""
        one = self.day.state.candidates[ticket]
        late = min(T + LATE_ENTRY, self.stopped or T + LATE_ENTRY)
        may = not (one.epoch or one.done or self.day.state.ended) and self.day.now >= late
        assert isinstance(self.day.put(c.MarkAbsent(ticket)), list) == may

    @rule(ticket=tickets)
    def undo_absence(self, ticket: str) -> None:
        """The one final state that can be taken back."""
        if isinstance(self.day.put(c.UndoAbsence(ticket, "误登记")), list):
            assert self.finals.pop(ticket) is Status.ABSENT

    @rule(wait=st.booleans())
    def end(self, wait: bool) -> None:
        """The sitting ends once, when everybody is done, as after waiting long enough; then its bundle verifies."""
        if wait and self.day.now < T + END + MAKEUP + GRACE:
            self.time_passes(250)
            for ticket in TICKETS:
                self.mark_absent(ticket)
        done = all(one.done for one in self.day.state.candidates.values())
        may = done and not self.day.state.ended
        assert isinstance(self.day.put(c.EndSitting()), list) == may
        if may:
            self.verify_the_bundle()

    def arrive(self, ticket: str, sent: list[Parsed]) -> list[r.SittingRecord]:
        """Records reach the room; what is new must count or be held as the rules say, after the end too."""
        new = [item for item in sent if item not in self.stored[ticket]]
        counts = self.counts(ticket, new)
        made = self.day.receive(self.day.pcs[ticket], *sent)
        assert isinstance(made, list), made
        assert [type(one) for one in made[:1]] == ([r.Accepted if counts else r.Held] if new else [])
        self.stored[ticket] += new
        if counts:
            self.must_count(ticket, new)
        return made

    def must_count(self, ticket: str, new: list[Parsed]) -> None:
        """Records count from now on: of each item the answer of the latest epoch and position."""
        for item in new:
            at = item.header
            if at.item and (at.epoch, at.position) > self.due[ticket].get(at.item, (0, 0))[:2]:
                self.due[ticket][at.item] = (at.epoch, at.position, self.answer(item))

    def opened_again(self, made: list[r.SittingRecord]) -> None:
        """Whoever is open again has no final state any more."""
        for record in made:
            if isinstance(record, r.Reopened):
                self.finals.pop(record.ticket, None)

    def counts(self, ticket: str, new: list[Parsed]) -> bool:
        """Whether records that arrive now from the PC that holds the attempt count."""
        opened = self.day.now >= T or not any(item.header.item for item in new)
        return opened and not self.day.state.candidates[ticket].done and self.day.now < self.end_of(ticket) + GRACE

    def begun(self, pc: Candidate) -> None:
        """A PC has opened an epoch."""
        self.stored[pc.ticket].append(ledger.parse(pc.entries[-1]))

    def fresh(self, ticket: str) -> list[Parsed]:
        """What the room has not stored of the PC's outbox."""
        return [item for item in self.unsent[ticket] if item not in self.stored[ticket]]

    def answer(self, item: Parsed) -> tuple[str, ...]:
        """The letters in a stored record."""
        found = r.read(item.header, item.entry, ledger.stream_key(self.day.keys.session, item.header.stream))
        assert isinstance(found, r.Answered)
        return found.answer

    def end_of(self, ticket: str) -> int:
        """The candidate's end by the model."""
        end = T + END + min(self.extra[""] + self.extra[ticket], MAKEUP)
        return min(end, self.stopped or end)

    def ranges(self, ticket: str, held: bool = False, decided: bool = False) -> list[r.Range]:
        """The accepted ranges of a candidate as the sitting stream holds them; with `held` all that were judged, with
        `decided` also those that two people let count.
        """
        found = [r.read_clear(ledger.header_of(entry)) for entry in self.day.sitting_entries]
        parts: list[r.Range] = []
        for one in found:
            if isinstance(one, r.Accepted):
                parts += one.ranges
            elif (isinstance(one, r.Held) and held) or (isinstance(one, r.HeldDecided) and decided and one.accepted):
                parts.append(one.range)
        return [part for part in parts if part.ticket == ticket]

    def covering(self, ticket: str, item: Parsed) -> int:
        """How many ranges that count cover a record."""
        where = item.header
        found = self.ranges(ticket, decided=True)
        return sum(one.epoch == where.epoch and one.first <= where.position <= one.upto for one in found)

    def verify_the_bundle(self) -> None:
        """The platform's view of the same day."""
        written = {ticket: pc.chain.at for ticket, pc in self.day.pcs.items()}
        for ticket, pc in self.day.pcs.items():
            whole = sorted(self.stored[ticket], key=lambda item: (item.header.epoch, item.header.position))
            pc.entries = [item.entry for item in whole]
            pc.chain.at = ledger.Point(whole[-1].header.epoch, whole[-1].header.position, whole[-1].digest)
        report = verify(io.BytesIO(self.day.bundle()), self.day.root.public, self.day.keys)
        for ticket, pc in self.day.pcs.items():
            pc.chain.at = written[ticket]
        assert report.statuses == {ticket: one.status for ticket, one in self.day.state.candidates.items()}
        for ticket in TICKETS:
            joined, single = report.accepted.get(ticket, []), self.ranges(ticket, decided=True)
            assert sum(one.upto - one.first + 1 for one in joined) == sum(one.upto - one.first + 1 for one in single)

    @invariant()
    def every_record_has_one_verdict(self) -> None:
        """In each epoch verdicts follow each other without gap or overlap; the last accepted one is the point."""
        for ticket in TICKETS:
            judged: dict[int, int] = {}
            for part in self.ranges(ticket, held=True):
                assert part.first == judged.get(part.epoch, 0) + 1 <= part.upto
                judged[part.epoch] = part.upto
            assert sum(judged.values()) == len(self.stored[ticket])
            accepted = [(part.epoch, part.upto) for part in self.ranges(ticket)]
            point = self.day.state.attempts[ticket].accepted
            assert accepted == sorted(accepted)
            assert (point.epoch, point.position) == (accepted or [(0, 0)])[-1]

    @invariant()
    def marking_sees_what_must_count(self) -> None:
        """Accepted records folded by epoch and position give the model; nothing heard as saved is missing."""
        for ticket in TICKETS:
            whole = sorted(self.stored[ticket], key=lambda item: (item.header.epoch, item.header.position))
            counted = [item for item in whole if self.covering(ticket, item) == 1]
            marked = {item.header.item: self.answer(item) for item in counted if item.header.item}
            assert marked == {number: letters for number, (_, _, letters) in self.due[ticket].items()}
            assert self.heard[ticket] <= {item.digest for item in counted}

    @invariant()
    def the_end_is_as_extended(self) -> None:
        """Extra time of all and of one add up to no more than the rule allows."""
        for ticket in TICKETS:
            assert self.day.state.times(ticket).end == self.end_of(ticket)

    @invariant()
    def a_final_state_stays(self) -> None:
        """One final state each; a violation may turn it into void."""
        for ticket, one in self.day.state.candidates.items():
            assert self.finals.get(ticket, one.status) in (one.status, Status.SUBMITTED, Status.COLLECTED)
            assert one.status in FINAL or ticket not in self.finals
            if ticket in self.finals and one.status is not self.finals[ticket]:
                assert one.status is Status.VOID
            if one.status in FINAL:
                self.finals[ticket] = one.status
