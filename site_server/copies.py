"""The site's verbatim copies of what the rooms hold: checked to be chains, counted, and known to be whole or not.

`take` checks entries of one room against the copies by stream, epoch and position and says what is new; the caller
commits it. A repeat is no news; the same position with other content, a gap or a foreign stream raises. Nothing is
unsealed here: only clear headers are read. The states of sittings are a fold over the same headers, rebuilt at
start.
"""

from collections.abc import Iterator

import msgspec

from shared import crypto, ledger, limits
from shared import records as r
from shared.errors import Damaged, KaodianError, Refused, WrongBinding
from shared.io.store import Store
from shared.ledger import GENESIS, START, Entry, Head, Parsed, Point
from shared.stays import Stay
from site_server.authorisation import Authorisations, Authorised
from site_server.moves import Moves

_STEP = 2000


class Progress:
    """What the copied headers of one sitting tell: how far each attempt must reach, who came and who left, whether it
    opened and was ended.
    """

    def __init__(self) -> None:
        self.opened_at = 0
        """Time of the record that says so (ms UTC); 0 before."""
        self.ended: r.SittingEnded | None = None
        self.due: dict[tuple[str, int], int] = {}
        self.left: dict[tuple[str, int], r.MovedAway] = {}
        """By ticket and first epoch of the stay."""
        self.arrived: set[tuple[str, int]] = set()

    @property
    def opened(self) -> bool:
        """Whether the paper opened."""
        return bool(self.opened_at)

    def note(self, header: ledger.Header) -> None:
        """Takes in one copied record of the sitting stream."""
        if header.kind == r.PaperOpened.__name__:
            self.opened_at = self.opened_at or header.time
        match r.read_clear(header):
            case r.SittingEnded() as ended:
                self.ended = ended
            case r.Accepted(ranges=ranges):
                for part in ranges:
                    self._need(part)
            case r.Held(range=part):
                self._need(part)
            case r.MovedAway() as left:
                self.left[left.ticket, left.epoch] = left
            case r.GuestArrived(ticket=ticket, epoch=epoch):
                self.arrived.add((ticket, epoch))
            case _:
                pass

    def moved(self, ticket: str, stay: Stay, after: Stay | None) -> bool:
        """Whether the records show all that is due of a stay in this room: the arrival, unless the candidate went on
        without it, and the leaving.
        """
        arrived = stay.epoch == 1 or (ticket, stay.epoch) in self.arrived
        return arrived if after is None else not arrived or (ticket, stay.epoch) in self.left

    def _need(self, part: r.Range) -> None:
        at = (part.ticket, part.epoch)
        self.due[at] = max(part.upto, self.due.get(at, 0))


class Taken(msgspec.Struct, frozen=True):
    """The new entries of a push and where each stream named in it ends now, a point for each epoch named."""

    fresh: list[Parsed]
    ends: dict[str, tuple[Point, ...]]


class Copies:
    """Ends of all copied streams and the progress of all sittings."""

    def __init__(self, store: Store, held: Authorisations, moves: Moves) -> None:
        self.moves = moves
        self._store = store
        self._held = held
        self.points: dict[str, dict[int, Point]] = {}
        self.heads: dict[tuple[str, int], Head] = {(h.stream, h.point.epoch): h for h in store.heads()}
        self._sittings: dict[str, Progress] = {}
        self._closed: set[str] = set()
        for stream, points in store.points().items():
            if stream.startswith("site/"):
                self._find_bundles(stream, points)
                continue
            self.points[stream] = {point.epoch: point for point in points}
            if stream.startswith("sitting/"):
                self._rebuild(stream, points)

    def progress(self, session: str, room: str) -> Progress:
        """What is known of one sitting."""
        return self._sittings.setdefault(ledger.sitting_stream(session, room), Progress())

    def opened(self, room: str) -> int:
        """When the earliest sitting of a room opened that is not ended, as far as it is copied (ms UTC); 0 for none."""
        known = [self.progress(one.id, room) for one in self._held.sessions.values() if room in one.rooms]
        return min((one.opened_at for one in known if one.opened and one.ended is None), default=0)

    def of_room(self, room: str) -> dict[str, tuple[Point, ...]]:
        """Where the copies of a room's streams end, for `Linked`: of attempts the epochs of stays there."""
        sessions = [one for one in self._held.sessions.values() if room in one.rooms]
        found = {stream: ends for one in sessions for stream, ends in self.of_session(one, room).items()}
        return {stream: tuple(point for _, point in sorted(ends.items())) for stream, ends in found.items()}

    def of_session(self, one: Authorised, room: str) -> dict[str, dict[int, Point]]:
        """Where the copies of a room's streams of one session end, by stream and epoch."""
        stays = self.moves.stays(one)
        found = {ledger.sitting_stream(one.id, room): self.points.get(ledger.sitting_stream(one.id, room), {})}
        for ticket in stays.ever_in(room):
            stream = ledger.attempt_stream(one.id, ticket)
            mine = [stay for stay in stays.of(ticket) if stay.room == room]
            ends = self.points.get(stream, {})
            found[stream] = {epoch: end for epoch, end in ends.items() if any(stay.holds(epoch) for stay in mine)}
        return {stream: ends for stream, ends in found.items() if ends}

    def whole(self, session: str, room: str) -> bool:
        """Whether the sitting was ended and everything it names is here, up to a signed head over its last record."""
        stream = ledger.sitting_stream(session, room)
        known = self.progress(session, room)
        if known.ended is None:
            return False
        for (ticket, epoch), upto in known.due.items():
            at = self.points.get(ledger.attempt_stream(session, ticket), {}).get(epoch)
            if at is None or at.position < upto:
                return False
        stays = self.moves.stays(self._held.get(session))
        for ticket in stays.ever_in(room):
            for stay in stays.of(ticket):
                if stay.room == room and not known.moved(ticket, stay, stays.after(ticket, stay)):
                    return False
        epoch, end = max(self.points[stream].items())
        head = self.heads.get((stream, epoch))
        return head is not None and head.point == end

    def ends(self, session: str) -> list[tuple[str, Point]]:
        """Where every copied stream of a session ends, each epoch, by name and epoch; rooms without candidates take no
        part.
        """
        rooms = self.moves.stays(self._held.get(session)).rooms()
        mine = (f"attempt/{session}/", *(ledger.sitting_stream(session, room) for room in rooms))
        found = [
            (stream, point)
            for stream, epochs in self.points.items()
            if stream in mine or stream.startswith(mine[0])
            for point in epochs.values()
        ]
        return sorted(found, key=lambda end: (end[0], end[1].epoch))

    def attempt_heads(self, session: str) -> list[Head]:
        """The devices' kept heads of a session, by stream and epoch."""
        return [head for (s, _), head in sorted(self.heads.items()) if s.startswith(f"attempt/{session}/")]

    def close(self, session: str) -> None:
        """The bundle of a session fixes its heads: later ones say nothing more."""
        self._closed.add(session)

    def take(self, room: str, entries: tuple[Entry, ...]) -> Taken:
        """Checks a push of `room` and advances the copies by what is new.

        Raises:
            Malformed: not a record.
            WrongBinding: a stream that is not this room's (`other_room`).
            Refused: a gap (`gap`); the room sends again from where the copy ends.
            Damaged: another content at a position held, or a chain that does not fit.
        """
        fresh: list[Parsed] = []
        named: dict[str, set[int]] = {}
        try:
            for entry in entries:
                parsed = ledger.parse(entry)
                self._own(room, parsed.header.stream, parsed.header.epoch)
                if self._is_new(parsed, fresh):
                    fresh.append(parsed)
                named.setdefault(parsed.header.stream, set()).add(parsed.header.epoch)
        except KaodianError:
            self._forget(fresh)
            raise
        for parsed in fresh:
            if parsed.header.stream.startswith("sitting/"):
                self._sittings.setdefault(parsed.header.stream, Progress()).note(parsed.header)
        ends = {stream: tuple(self.points[stream][one] for one in sorted(epochs)) for stream, epochs in named.items()}
        return Taken(fresh, ends)

    def take_head(self, room: str, head: Head, sitting_key: crypto.PublicKey | None) -> bool:
        """Checks a head pushed by `room`; False when it says nothing new or runs ahead of the copy.

        `sitting_key` is the room key granted for that epoch. Raises `BadSignature`, `WrongBinding` or `Damaged`.
        """
        self._own(room, head.stream, head.point.epoch)
        if head.stream.split("/")[1] in self._closed:
            return False
        point = head.point
        key = sitting_key if head.stream.startswith("sitting/") else self._device(head.stream, point.epoch)
        end = self.points.get(head.stream, {}).get(point.epoch)
        kept = self.heads.get((head.stream, point.epoch))
        if key is None or end is None or point.position > end.position or point.position < 1:
            return False
        ledger.verify_head(head, key)
        if self._digest(head.stream, point.epoch, point.position) != point.digest:
            where = f"{head.stream} {point.epoch}.{point.position}"
            raise Damaged(f"{where}: the signed head contradicts the copy", "contradicts_head")
        if kept is not None and kept.point.position >= point.position:
            return False
        self.heads[head.stream, point.epoch] = head
        return True

    def after(self, room: str, stream: str, epoch: int, position: int) -> tuple[list[ledger.Entry], int]:
        """Copied records of an epoch after `position`, at most a frame of them, and where the copy of that epoch ends:
        of a room's own streams, and of the attempts of its guests from before they came.

        Raises:
            WrongBinding: another room's stream, or an epoch of a room that a candidate went on to.
        """
        self._own(room, stream, epoch, reading=True)
        end = self.points.get(stream, {}).get(epoch)
        return self._store.entries(stream, epoch, position, limits.RECORDS_PER_FRAME), end.position if end else 0

    def _own(self, room: str, stream: str, epoch: int, *, reading: bool = False) -> None:
        """Checks that a room writes that epoch: of its sitting, or of an attempt in a stay there; or may read it."""
        kind, _, rest = stream.partition("/")
        session, _, name = rest.partition("/")
        one = self._held.sessions.get(session)
        stays = self.moves.stays(one).of(name) if one is not None and kind == "attempt" else []
        own = any(stay.room == room and (stay.holds(epoch) or (reading and epoch < stay.epoch)) for stay in stays)
        if one is None or room not in one.rooms or not (own or stream == ledger.sitting_stream(session, room)):
            raise WrongBinding(f"stream {stream[:120]!r} epoch {epoch} is not of room {room!r}", "other_room")

    def _is_new(self, parsed: Parsed, pending: list[Parsed]) -> bool:
        header = parsed.header
        epochs = self.points.setdefault(header.stream, {})
        at = epochs.get(header.epoch) or self._begin(parsed, pending)
        if header.position <= at.position:
            self._same(parsed, pending)
            return False
        if header.position > at.position + 1:
            raise Refused(f"{header.stream} {header.epoch}: a gap after {at.position}", "gap")
        if header.stream.startswith("sitting/") and max(epochs, default=0) > header.epoch:
            raise Refused(f"{header.stream} {header.epoch}: a later epoch continues it from {at.position}", "old_epoch")
        epochs[header.epoch] = ledger.follow(at, header, parsed.digest)
        return True

    def _begin(self, parsed: Parsed, pending: list[Parsed]) -> Point:
        """The point before the first record of an epoch, which names what it continues."""
        header = parsed.header
        where = f"{header.stream} {header.epoch}.{header.position}"
        if header.position != 1:
            raise Refused(f"{where}: the epoch's first record is missing", "gap")
        record = r.read_clear(header)
        if not isinstance(record, r.AttemptOpened | r.SittingOpened):
            raise Damaged(f"{where}: the epoch does not begin with its opening")
        continues = record.continues
        if continues != START:
            held = self._digest(header.stream, continues.epoch, continues.position, pending)
            # A move's point may lie beyond what the room that was left has copied to a rebuilt site; the CA signed it.
            known = held == continues.digest or (held is None and continues == self._moved_at(header))
            if not known and continues.position:
                raise Damaged(f"{where}: continues a record that the copy does not have")
        return Point(header.epoch, 0, continues.digest if continues != START else GENESIS)

    def _moved_at(self, header: ledger.Header) -> Point | None:
        """The point from which the stay that an epoch of an attempt belongs to goes on, by the move's signed grant."""
        kind, session, ticket = header.stream.split("/", 2)
        one = self._held.sessions.get(session) if kind == "attempt" else None
        stay = self.moves.stays(one).holding(ticket, header.epoch) if one is not None else None
        return stay.continues if stay is not None else None

    def _same(self, parsed: Parsed, pending: list[Parsed]) -> None:
        header = parsed.header
        if self._digest(header.stream, header.epoch, header.position, pending) != parsed.digest:
            raise Damaged(f"{header.stream} {header.epoch}.{header.position}: other content than the copy", "conflict")

    def _digest(self, stream: str, epoch: int, position: int, pending: list[Parsed] | None = None) -> bytes | None:
        end = self.points.get(stream, {}).get(epoch)
        if end is not None and end.position == position:
            return end.digest
        for one in pending or ():
            if (one.header.stream, one.header.epoch, one.header.position) == (stream, epoch, position):
                return one.digest
        found = self._store.entries(stream, epoch, position - 1, 1) if position > 0 else []
        return found[0].digest if found else None

    def _device(self, stream: str, epoch: int) -> crypto.PublicKey | None:
        found = self._store.entries(stream, epoch, 0, 1)
        record = r.read_clear(ledger.header_of(found[0])) if found else None
        return record.device if isinstance(record, r.AttemptOpened) else None

    def _forget(self, fresh: list[Parsed]) -> None:
        """Takes back the advance of a push that failed half way: nothing of it is kept."""
        for parsed in reversed(fresh):
            header = parsed.header
            epochs = self.points[header.stream]
            if header.position == 1:
                del epochs[header.epoch]
            else:
                epochs[header.epoch] = Point(header.epoch, header.position - 1, header.previous)

    def _rebuild(self, stream: str, points: tuple[Point, ...]) -> None:
        progress = self._sittings.setdefault(stream, Progress())
        for header in self._headers(stream, points):
            progress.note(header)

    def _find_bundles(self, stream: str, points: tuple[Point, ...]) -> None:
        for header in self._headers(stream, points):
            if header.kind == r.BundleMade.__name__ and isinstance(made := r.read_clear(header), r.BundleMade):
                self.close(made.session)

    def _headers(self, stream: str, points: tuple[Point, ...]) -> Iterator[ledger.Header]:
        for point in points:
            for after in range(0, point.position, _STEP):
                for entry in self._store.entries(stream, point.epoch, after, _STEP):
                    yield ledger.header_of(entry)


def by_place(end: tuple[str, Point]) -> tuple[str, int]:
    """Sorts ends of streams by name and epoch, as a bundle has them."""
    return end[0], end[1].epoch
