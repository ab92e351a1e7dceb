"""The journal of one attempt on this PC: the own epoch being written, and the accepted records of earlier ones.

Everything rests sealed in the ledger store, the attempt's key lives in memory only. Answers are a fold over the
present epoch and the accepted parts it continues. Talks to nobody: the agent sends what is durable here.
"""

import logging
from collections.abc import Iterable
from itertools import chain

from shared import ledger
from shared import records as r
from shared.crypto import Ed25519Signer
from shared.errors import Damaged, KaodianError
from shared.io.store import Batch, Store
from shared.ledger import Chain, Entry, Head, Parsed, Point

log = logging.getLogger(__name__)
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
        self._session = session
        self._ticket = ticket
        self._key = key
        self._device = device
        self._chain = Chain(self.stream, key, ledger.START)
        self.at = ledger.START
        """Where the durable part of the present epoch ends."""

    async def enter(self, epoch: int, continues: Point, head: Point, now: int, aside: Iterable[Store] = ()) -> None:
        """Goes on with the epoch granted, or begins it; `head` is where the room's copy of it ends.

        A room's machine that is gone may have granted more than the present one knows. What this PC answered by that
        is brought back: written once more, behind what stands in the epoch already or, where that begins anew, from the
        journal that was set `aside` (newest first) for it.

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
            left = self._left_out(epoch, self.story(), ())
            if left:
                await self.write(left, now)
        elif head.position:
            raise Damaged(f"{self.stream} {epoch}: the room holds records that are missing here")
        else:
            self._chain = Chain(self.stream, self._key, ledger.open_epoch(epoch, continues))
            opened = r.AttemptOpened(self._device.public, continues)
            left = self._left_out(epoch, self.story(continues), aside)
            await self.write([(opened, 0), *left], now)

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

    def story(self, end: Point | None = None) -> list[Parsed]:
        """What counts for this attempt up to `end` (None: where the present epoch ends), oldest first: the accepted
        parts continued from, then the epoch of `end`.

        Raises:
            Damaged: a part is missing or does not chain on.
        """
        parts: list[list[Parsed]] = []
        upto = self.at if end is None else end
        epoch = upto.epoch
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

    def _newest(self) -> Point:
        return max(self._points(), key=lambda point: point.epoch, default=ledger.START)

    def _points(self) -> tuple[Point, ...]:
        return self._store.points(self.stream).get(self.stream, ())

    def _left_out(self, epoch: int, granted: list[Parsed], aside: Iterable[Store]) -> list[tuple[r.Record, int]]:
        """What to bring back of this epoch and later ones, as this journal or one set aside has them from a machine
        that is gone: a note of where they end, and the answers written after all that `granted` has about the item.

        Only the trusted time tells what is newer where two machines gave out the same epoch.
        """
        newest = {one.header.item: one.header.time for one in granted if one.header.item}
        ends: list[Point] = []
        found: dict[int, tuple[str, ...]] = {}
        for store in chain([self._store] if self._newest().epoch > epoch else [], aside):
            former = Journal(store, self._session, self._ticket, self._key, self._device)
            try:
                former.at = former._newest()
                story = former.story() if former.at.epoch >= epoch else []
                answers = former.answers(story)
            except KaodianError as error:
                log.warning("nothing is brought back of a journal: %s", error)
                continue
            times = {one.digest: one.header.time for one in story}
            for number, (letters, at) in answers.items():
                if times[at.digest] > newest.get(number, 0):
                    newest[number], found[number] = times[at.digest], letters
                    ends.append(former.at)
        note = [
            (r.PcEvent("brought_back", f"{end.epoch}.{end.position} {end.digest.hex()[:16]}"), 0) for end in ends[:1]
        ]
        return [*note, *((r.Answered(letters), number) for number, letters in found.items())]

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
