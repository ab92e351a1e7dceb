"""The journal of one attempt on this PC: the own epoch being written, and the accepted records of earlier ones.

Everything rests sealed in the ledger store, the attempt's key lives in memory only. Answers are a fold over the
present epoch and the accepted parts it continues. Talks to nobody: the agent sends what is durable here.
"""

from collections.abc import Iterable

from shared import ledger
from shared import records as r
from shared.crypto import Ed25519Signer
from shared.errors import Damaged
from shared.io.store import Batch, Store
from shared.ledger import Chain, Entry, Head, Parsed, Point

CURRENT = "current/"
RECEIPT = "receipt/"


def last_point(store: Store, ticket: str) -> Point:
    """Where this PC's ledger of the candidate's newest attempt ends; `START` if it has none."""
    stream = (store.fact(CURRENT + ticket) or b"").decode()
    points = store.points(stream).get(stream, ()) if stream else ()
    return points[-1] if points else ledger.START


class Journal:
    """One attempt stream, ready to be written once `enter` has returned."""

    def __init__(self, store: Store, session: str, ticket: str, key: bytes, device: Ed25519Signer) -> None:
        self.stream = ledger.attempt_stream(session, ticket)
        self._store = store
        self._ticket = ticket
        self._key = key
        self._device = device
        self._chain = Chain(self.stream, key, ledger.START)
        self.at = ledger.START
        """Where the durable part of the present epoch ends."""

    async def enter(self, epoch: int, continues: Point, head: Point, now: int) -> None:
        """Goes on with the epoch granted, or begins it; `head` is where the room's copy of it ends.

        Raises:
            Damaged: the room holds records of this epoch that are not here, or grants it from another point than the
                machine before it did.
            Unavailable: the disk refused.
        """
        mine = next((point for point in self._points() if point.epoch == epoch), None)
        if mine is not None:
            self._check_head(mine, head)
            self._check_opening(epoch, continues)
            self._chain = Chain(self.stream, self._key, mine)
            self.at = mine
        elif head.position:
            raise Damaged(f"{self.stream} {epoch}: the room holds records that are missing here")
        else:
            self._chain = Chain(self.stream, self._key, ledger.open_epoch(epoch, continues))
            await self.write([(r.AttemptOpened(self._device.public, continues), 0)], now)

    async def write(self, made: Iterable[tuple[r.Record, int]], now: int) -> list[Parsed]:
        """Appends records (each with its item number or 0) and returns once they are durable.

        Raises:
            Unavailable: the disk refused; nothing more can be written until a restart.
        """
        entries = [ledger.parse(r.append(self._chain, record, now, item)) for record, item in made]
        await self._store.commit(Batch(entries, facts={CURRENT + self._ticket: self.stream.encode()}))
        self.at = self._chain.at
        return entries

    async def take_in(self, entries: Iterable[Entry]) -> None:
        """Keeps accepted records of earlier epochs that came from the room; what is here already is skipped.

        Raises:
            Damaged: another record stands here at the same position, or one is of another attempt.
        """
        held = {point.epoch: self.after(point.epoch, 0) for point in self._points()}
        new: list[Parsed] = []
        for parsed in map(ledger.parse, entries):
            epoch, position = parsed.header.epoch, parsed.header.position
            if parsed.header.stream != self.stream:
                raise Damaged(f"history of {parsed.header.stream} instead of {self.stream}")
            mine = held.get(epoch, [])
            if position > len(mine):
                new.append(parsed)
            elif mine[position - 1].digest != parsed.digest:
                raise Damaged(f"{self.stream} {epoch}.{position}: the room holds another record")
        if new:
            await self._store.commit(Batch(new))

    def after(self, epoch: int, position: int) -> list[Parsed]:
        """Stored records of an epoch after `position`, in order."""
        return [ledger.parse(entry) for entry in self._store.entries(self.stream, epoch, position)]

    def story(self) -> list[Parsed]:
        """What counts for this attempt, oldest first: the accepted parts continued from, then the present epoch.

        Raises:
            Damaged: a part is missing or does not chain on.
        """
        parts: list[list[Parsed]] = []
        epoch, upto = self.at.epoch, self.at
        while epoch > 0:
            part = self.after(epoch, 0)[: upto.position]
            opened = r.read_clear(part[0].header) if part else None
            if not isinstance(opened, r.AttemptOpened) or part[-1].digest != upto.digest:
                raise Damaged(f"{self.stream} {epoch}: not whole up to {upto.position}")
            at = ledger.open_epoch(epoch, opened.continues)
            for one in part:
                at = ledger.follow(at, one.header, one.digest)
            parts.append(part)
            epoch, upto = opened.continues.epoch, opened.continues
        return [one for part in reversed(parts) for one in part]

    def answers(self, story: Iterable[Parsed]) -> dict[int, tuple[tuple[str, ...], Point]]:
        """The newest answer of each item number in `story`, and where it stands."""
        found: dict[int, tuple[tuple[str, ...], Point]] = {}
        for one in story:
            record = r.read(one.header, one.entry, self._key) if one.header.item else None
            if isinstance(record, r.Answered):
                found[one.header.item] = (record.answer, Point(one.header.epoch, one.header.position, one.digest))
        return found

    def unsent_elsewhere(self) -> list[tuple[int, list[Parsed]]]:
        """Own records of closed epochs that no later epoch continues: the room may still want to hold them."""
        taken: dict[int, int] = {}
        for one in self.story():
            taken[one.header.epoch] = one.header.position
        left = [(point.epoch, self.after(point.epoch, taken.get(point.epoch, 0))) for point in self._points()]
        return [(epoch, rest) for epoch, rest in left if rest and epoch < self.at.epoch]

    def sign_head(self, now: int) -> Head:
        """This PC's signed word on how far its durable stream goes."""
        return Chain(self.stream, self._key, self.at).sign_head(self._device, now)

    @staticmethod
    async def keep_receipt(store: Store, stream: str, document: bytes) -> None:
        """Keeps the candidate's receipt beside the attempt."""
        await store.commit(Batch(facts={RECEIPT + stream: document}))

    def _points(self) -> tuple[Point, ...]:
        return self._store.points(self.stream).get(self.stream, ())

    def _check_opening(self, epoch: int, continues: Point) -> None:
        opened = r.read_clear(ledger.header_of(self._store.entries(self.stream, epoch, 0, 1)[0]))
        if opened != r.AttemptOpened(self._device.public, continues):
            raise Damaged(f"{self.stream} {epoch}: was begun from another point than is granted now")

    def _check_head(self, mine: Point, head: Point) -> None:
        if head.position > mine.position:
            raise Damaged(f"{self.stream} {mine.epoch}: the room holds records that are missing here")
        if head.position:
            stored = self.after(head.epoch, head.position - 1)[0]
            if stored.digest != head.digest:
                raise Damaged(f"{self.stream} {head.epoch}.{head.position}: the room holds another record")
