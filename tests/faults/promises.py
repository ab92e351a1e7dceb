"""What a program told others before the power went, and whether that is still so after its recovery.

A child puts `Mark`s into the log of its calls; whoever reads the log up to a point folds them into `Promises`. Knows no
hop and no disk.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy

import msgspec

from shared import ledger
from shared.errors import Unavailable
from shared.io.store import Batch, Store
from shared.ledger import Point
from tests.faults import shim

RECORD, TRIED, KEPT, READY, WRONG = "record", "tried", "kept", "ready", "wrong"
Ready = Callable[[], None]
"""What a hop calls once it is set up."""


class Mark(msgspec.Struct, frozen=True):
    """`record`: the record at that place of stream `name` was acknowledged; its digest is `value`. `tried`: a value
    called `name` is being written; `kept`: it was acknowledged. `ready`: the hop is set up. `wrong`: a store that had
    failed took something again.
    """

    what: str
    name: str = ""
    epoch: int = 0
    position: int = 0
    value: bytes = b""


class Found(msgspec.Struct):
    """What a recovery found: digests of every record by `stream epoch`, and named values."""

    streams: dict[str, list[bytes]]
    values: dict[str, bytes]


class Outcome(msgspec.Struct):
    """`began` is what was there at once, `ended` what was there after the machine had gone on a little, if it did."""

    began: Found
    ended: Found | None = None


def put(mark: Mark) -> None:
    """In the child: puts a mark between its calls."""
    shim.mark(msgspec.msgpack.encode(mark))


def acknowledged(stream: str, point: Point) -> None:
    """In the child: somebody was told that the stream is safe up to there."""
    put(Mark(RECORD, stream, point.epoch, point.position, point.digest))


def told(store: Store) -> None:
    """In the child: it works, so whoever asks is told where its streams end."""
    for stream, points in store.points().items():
        for point in points:
            acknowledged(stream, point)


async def stays_refused(store: Store) -> None:
    """In the child, after a failure: nothing may be taken any more."""
    for again in (b"1", b"2"):
        with contextlib.suppress(Unavailable):
            await store.commit(Batch(facts={"again": again}))
            put(Mark(WRONG))


def marks(events: Iterable[shim.Event]) -> Iterator[Mark]:
    """The marks among events."""
    for event in events:
        if event.kind is shim.Kind.MARK:
            yield msgspec.msgpack.decode(event.data, type=Mark)


def everything(store: Store, prefix: str = "") -> Found:
    """What a store holds, each stream checked to be whole; facts whose names begin with `prefix`, if one is given.

    Raises:
        Damaged: a stream is no chain.
    """
    found = Found({}, store.facts(prefix) if prefix else {})
    for stream, points in store.points().items():
        for end in points:
            entries = [ledger.parse(entry) for entry in store.entries(stream, end.epoch)]
            at = Point(end.epoch, 0, entries[0].header.previous)
            for one in entries:
                at = ledger.follow(at, one.header, one.digest)
            assert at == end
            found.streams[f"{stream} {end.epoch}"] = [one.digest for one in entries]
    return found


class Promises:
    """The sum of marks so far."""

    def __init__(self) -> None:
        self._records: dict[str, dict[int, bytes]] = {}
        self._values: dict[str, set[bytes]] = {}

    def take(self, mark: Mark) -> None:
        """One more mark."""
        match mark.what:
            case "record" if mark.position:
                self._records.setdefault(f"{mark.name} {mark.epoch}", {})[mark.position] = mark.value
            case "tried":
                self._values.setdefault(mark.name, {b""}).add(mark.value)
            case "kept":
                self._values[mark.name] = {mark.value}
            case "wrong":
                raise AssertionError("a store that had failed took something again")
            case _:
                pass

    def copy(self) -> "Promises":
        """One that goes on by itself."""
        return deepcopy(self)

    def judge(self, found: Found, whole: Found) -> None:
        """Raises AssertionError unless all that was acknowledged is in `found`, and nothing that is not in `whole`."""
        for stream, records in self._records.items():
            held = found.streams.get(stream, [])
            for position, digest in records.items():
                assert position <= len(held), f"{stream}: {position} was acknowledged, {len(held)} are there"
                assert held[position - 1] == digest, f"{stream}: {position} is another record than acknowledged"
        for stream, held in found.streams.items():
            assert whole.streams.get(stream, [])[: len(held)] == held, f"{stream}: holds what nobody wrote"
        for name, values in self._values.items():
            assert found.values.get(name, b"") in values, f"{name}: not what was kept"
