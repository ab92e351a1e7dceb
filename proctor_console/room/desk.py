"""The desk: the single writer of one sitting.

Takes everything that waits, decides it in order, applies and chains it in memory, commits once, and only then answers
and publishes. Attempt records and the `Accepted` that covers them share a transaction, and so do `PaperOpened` and
the keys that may rest on disk from then until `SittingEnded`. Knows no sockets and no rules: `shared.exam` decides,
`done` and `on_commit` carry the outcome out. A failed commit ends `run` with `Unavailable`.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn

import msgspec

from proctor_console.room.briefing import Briefing, guest_fact
from proctor_console.room.register import Register
from shared import codec, crypto, exam, ledger, limits, orders, receiving
from shared import commands as c
from shared import records as r
from shared.errors import BadSignature, Damaged, Unavailable
from shared.io.clock import TrustedClock
from shared.io.store import Batch, Store
from shared.ledger import Head, Parsed, Point
from shared.refusal import Refusal
from shared.sitting import Sitting, apply, note

log = logging.getLogger(__name__)
Outcome = orders.Decision

_NEVER = 2**62

PHASES = (r.SittingOpened, r.LoginAllowed, r.StartAllowed, r.PaperOpened, r.SittingEnded)
"""Records after which a head is signed at once."""


class Ask:
    """One command in the inbox and who hears of its outcome."""

    __slots__ = ("command", "done", "future", "outcome")

    def __init__(self, command: c.AnyCommand, done: Callable[[Outcome], None] | None) -> None:
        self.command = command
        self.done = done
        self.future: asyncio.Future[Outcome] | None = None
        self.outcome: Outcome = []


def keys_fact(session: str) -> str:
    """Name of the store fact that keeps the paper keys between opening and end."""
    return f"keys/{session}"


class Desk:
    """One sitting. `settled` is set while `state` holds nothing that is not durable yet."""

    def __init__(self, briefing: Briefing, signer: crypto.Signer, store: Store, clock: TrustedClock) -> None:
        self.briefing = briefing
        self.state = Sitting(briefing.session, briefing.room, briefing.places, briefing.table)
        self.register = Register()
        self.settled = asyncio.Event()
        self.settled.set()
        self.stream = ledger.sitting_stream(briefing.session.id, briefing.room.id)
        self.keys: dict[str, bytes] = {}
        self.on_commit: Callable[[list[r.SittingRecord]], None] = lambda _made: None
        self.on_stored: Callable[[list[Head]], None] = lambda _heads: None
        self.on_late_keys: Callable[[], None] = lambda: None
        self.on_keys: Callable[[], None] = lambda: None
        self.served = 0
        """The last instant this room surely served before it was started, ms UTC; 0 if it never did."""
        self._signer = signer
        self._store = store
        self._clock = clock
        self._key = ledger.stream_key(briefing.offer.sitting_key, self.stream)
        self._chain = ledger.Chain(self.stream, self._key, ledger.START)
        self._head = Head(self.stream, ledger.START, 0, b"")
        self._inbox: list[Ask] = []
        self._heads: list[Head] = []
        self._wake = asyncio.Event()
        self._missed = False
        self._guests: list[c.TakeGuest] = []
        """Taken in this turn, with the older records that this room lacks: they are stored after the sitting's."""
        self._next: int | None = None
        """When time alone next changes something; None until it is looked up, for which it takes all candidates."""
        self._unkept = False
        self._happened = 0
        self.opening = ledger.START
        """The record that opened the present epoch of the sitting stream."""

    @property
    def point(self) -> Point:
        """Where the sitting stream ends."""
        return self._chain.at

    @property
    def head(self) -> Head | None:
        """The newest signed head of the sitting stream since this service began; None before the first."""
        return self._head if self._head.point.position else None

    @property
    def fresh(self) -> bool:
        """Nothing but the opening of the stream, notes on clocks and changes of the platform has happened, so a newer
        authorisation may replace this one.
        """
        return self._happened <= self.state.noted and not self._inbox

    @property
    def wants_keys(self) -> bool:
        """Armed, not over, and without the paper keys."""
        return self.state.armed and not self.state.ended and not self.keys

    def fold(self, parsed: Parsed) -> None:
        """Takes in one stored record of this session at start, in the order of storing.

        Raises:
            Damaged: it does not continue what was folded before.
        """
        header = parsed.header
        if header.stream != self.stream:
            self._fold_attempt(parsed)
            return
        at = self._chain.at
        if header.epoch > at.epoch and header.position == 1:
            at = ledger.open_epoch(header.epoch, at)
        self._chain.at = ledger.follow(at, header, parsed.digest)
        record: r.SittingRecord = r.read(header, parsed.entry, self._key)  # type: ignore[assignment]  # our own stream
        apply(self.state, record)
        self._took(record, header.time)

    def _took(self, record: r.SittingRecord, time: int) -> None:
        """A record stands at the end of the chain."""
        self.register.take(self.state, record, self._chain.at, time)
        if isinstance(record, r.SittingOpened):
            self.opening = self._chain.at
        else:
            self._happened += 1

    def _fold_attempt(self, parsed: Parsed) -> None:
        header, ticket = parsed.header, parsed.header.stream.rsplit("/", 1)[-1]
        attempt = self.state.attempts.get(ticket)
        if attempt is None:
            raise Damaged(f"{header.stream}: no such candidate in this sitting")
        if header.position > 1:
            ledger.follow(attempt.heads.get(header.epoch, ledger.START), header, parsed.digest)
        note(self.state, ticket, header, parsed.digest)

    async def ask(self, command: c.AnyCommand, done: Callable[[Outcome], None] | None = None) -> Outcome:
        """Puts a command; returns its outcome once durable. `done` is called first, in the order of the inbox."""
        one = self.put(command, done)
        one.future = asyncio.get_running_loop().create_future()
        return await one.future

    def put(self, command: c.AnyCommand, done: Callable[[Outcome], None] | None = None) -> Ask:
        """Puts a command for which nobody waits; `done` hears of its durable outcome, in the order of the inbox."""
        one = Ask(command, done)
        self._inbox.append(one)
        self._wake.set()
        return one

    def take_head(self, ticket: str, head: Head) -> None:
        """Queues a PC's signed head; it is kept if it is genuine and states a point held here."""
        device = self.register.device(ticket, head.point.epoch)
        stream = ledger.attempt_stream(self.state.session.id, ticket)
        held = self.state.attempts[ticket].digest_at(head.point.epoch, head.point.position)
        if device is None or head.stream != stream or held != head.point.digest:
            log.info("%s: a head that fits no record was dropped", stream)
            return
        try:
            ledger.verify_head(head, device)
        except BadSignature:
            log.warning("%s: a head with a wrong signature was dropped", stream)
            return
        # Kept with the next commit: heads lag by at most one head period.
        self._heads.append(head)

    def give_keys(self, keys: dict[str, bytes]) -> None:
        """The paper keys came (from the site, or at start from the kept file); they stay in memory until opening."""
        self.keys = dict(keys)
        self._next = None
        self._unkept = self.state.opened_at is not None
        self._wake.set()

    async def run(self) -> NoReturn:
        """Serves the sitting for ever; raises `Unavailable` when storage failed."""
        await self._clock.wait_known()
        await self._open_epoch()
        if self.served:
            # First of all: what arrived meanwhile is judged by the time that the outage leaves.
            self._inbox.insert(0, Ask(c.NoteOutage(self.served, self._clock.now()), None))
        for actor in list(self.state.staff.values()):
            self.put(c.StaffLeft(actor))  # signed in before a restart
        while True:
            now = self._clock.now()
            due = self._due(now)
            if self._unkept:
                await self._keep_keys()
            if self._inbox or due <= now:
                await self._turn(now)
                continue
            self._wake.clear()
            try:
                async with asyncio.timeout(min(due - now, limits.SECOND) / 1000):
                    await self._wake.wait()
            except TimeoutError:
                self._watch(self._clock.now())

    async def _open_epoch(self) -> None:
        """Begins the epoch the site granted, unless it goes on from before the restart."""
        at, epoch = self._chain.at, self.briefing.epoch
        if at.epoch == epoch:
            return
        if at.epoch > epoch:
            raise Unavailable(f"{self.stream}: epoch {epoch} was granted, records end at {at.epoch}", "no_history")
        # Another machine served until about its newest record that was copied; what came then is judged by then.
        self.served = self.served or self.register.newest
        self._chain.at = ledger.open_epoch(epoch, at)
        made = [r.SittingOpened(self._signer.public, at), *receiving.owed(self.state, self.register.newest)]
        for record in made:
            apply(self.state, record)
        await self._commit([], made, self._clock.now())

    async def _keep_keys(self) -> None:
        """The keys of a paper that is open already came to a machine that took another's place."""
        self._unkept = False
        await self._store.commit(Batch(facts={keys_fact(self.state.session.id): codec.encode(self.keys)}))
        self.on_keys()

    def _due(self, now: int) -> int:
        """The next instant at which time alone asks for a turn."""
        due = min(now + limits.MINUTE, self._instant(now))
        if self._head.point != self._chain.at or self._heads:
            due = min(due, self._head.time + limits.HEAD_EVERY)
        return due

    def _instant(self, now: int) -> int:
        """When time alone next changes something; far away where nothing does."""
        if self._next is None:
            self._next = exam.next_instant(self.state, now, bool(self.keys)) or _NEVER
        return self._next

    def _watch(self, now: int) -> None:
        """Says once that the start is missed because the keys are not there."""
        if self.wants_keys and self.state.opened_at is None and now >= self.state.times().opening and not self._missed:
            self._missed = True
            self.on_late_keys()

    async def _turn(self, now: int) -> None:
        work, self._inbox = self._inbox, []
        attempts: list[Parsed] = []
        made: list[r.SittingRecord] = []
        self.settled.clear()
        for one in work:
            one.outcome = self._settle(one.command, now, attempts)
            made += [] if isinstance(one.outcome, Refusal) else one.outcome
        made = exam.merge(made + self._tick(now))
        await self._commit(attempts, made, now)
        self.settled.set()
        for one in work:
            if one.done is not None:
                one.done(one.outcome)
            if one.future is not None and not one.future.done():
                one.future.set_result(one.outcome)
        if made:
            self.on_commit(made)

    def _tick(self, now: int) -> list[r.SittingRecord]:
        if now < self._instant(now):
            return []
        self._next = None
        made = exam.tick(self.state, now, bool(self.keys))
        for record in made:
            self._apply(record)
        return made

    def _apply(self, record: r.SittingRecord) -> None:
        apply(self.state, record)
        if not isinstance(record, r.Accepted | r.Held):
            self._next = None

    def _settle(self, command: c.AnyCommand, now: int, attempts: list[Parsed]) -> Outcome:
        if not isinstance(command, c.Receive):
            return self._decide(command, now)
        made: list[r.SittingRecord] = []
        while True:
            new = receiving.fresh(self.state, command)
            if isinstance(new, Refusal):
                return made or new
            outcome = receiving.judge(self.state, command, new, now)
            for parsed in new:
                note(self.state, command.ticket, parsed.header, parsed.digest)
            attempts += new
            for record in outcome:
                self._apply(record)
            made += outcome
            # A request to hand in cuts a frame short; what follows it has its own verdict.
            if not new or new[-1] is command.records[-1]:
                return made

    def _decide(self, command: c.AnyCommand, now: int) -> Outcome:
        outcome = exam.decide(self.state, command, now)
        for record in [] if isinstance(outcome, Refusal) else outcome:
            self._apply(record)
            if isinstance(record, r.SittingChanged | r.SpareTaken) and self.state.opened_at is None:
                # Other keys may be due, or these not for a long time: they are asked for again once armed.
                self.keys, self._missed = {}, False
        if isinstance(command, c.TakeGuest) and outcome and not isinstance(outcome, Refusal):
            self._take_guest(command)
        return outcome

    def _take_guest(self, command: c.TakeGuest) -> None:
        """Takes in the records that the attempt goes on from, unless this room had it before."""
        ticket = command.arrived.ticket
        attempt = self.state.attempts[ticket]
        lacking = tuple(
            one for one in command.history if attempt.digest_at(one.header.epoch, one.header.position) is None
        )
        for one in lacking:
            note(self.state, ticket, one.header, one.digest)
        self._guests.append(msgspec.structs.replace(command, history=lacking))

    async def _commit(self, attempts: list[Parsed], made: list[r.SittingRecord], now: int) -> None:
        entries = list(attempts)
        facts: dict[str, bytes | None] = {}
        guests, self._guests = self._guests, []
        for record in made:
            entry = r.append(self._chain, record, now)
            entries.append(ledger.parse(entry))
            self._took(record, now)
            if isinstance(record, r.PaperOpened):
                facts[keys_fact(self.state.session.id)] = codec.encode(self.keys)
            if isinstance(record, r.SittingEnded):
                facts[keys_fact(self.state.session.id)] = None
                self.keys, self._next = {}, None
        for guest in guests:
            entries += guest.history
            came = guest.arrived
            facts[guest_fact(self.state.session.id, came.ticket, came.epoch)] = guest.told
        heads, self._heads = self._heads, []
        changed = self._head.point != self._chain.at
        due = now >= self._head.time + limits.HEAD_EVERY
        if changed and (due or any(isinstance(record, PHASES) for record in made)):
            self._head = self._chain.sign_head(self._signer, now)
            heads.append(self._head)
        if entries or heads:
            await self._store.commit(Batch(entries, heads, facts))
            self.on_stored(heads)
