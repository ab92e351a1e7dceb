"""A simulated disk and the store on it: the interface of `shared.io.store`, no thread and no file.

Models what SQLite leaves after a crash: a transaction is there whole or not at all, in the order of commits. One that
was under way may be there; one whose flush failed may show up after the restart, though nobody may tell of it. What
happens below (torn, reordered, lost writes) is tried with the real SQLite in `tests/faults`.
"""

import asyncio
import random
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import Future
from typing import NoReturn

from shared.errors import Unavailable
from shared.io.recent import Stored
from shared.io.store import Batch, Store
from shared.ledger import Entry, Head, Parsed, Point
from tests.sim.loop import SimLoop

Done = asyncio.Future[None] | Future[None]
Place = tuple[str, int]
"""A stream and an epoch."""


class Disk:
    """What is durable on one machine. `on_durable(disk, entries)` hears of every transaction once it is."""

    def __init__(self, loop: SimLoop, draw: random.Random, on_durable: "Callable[[Disk, list[Parsed]], None]") -> None:
        self.loop = loop
        self.draw = draw
        self.slow = 1.0
        """Factor of every flush."""
        self.failing = 0
        """So many of the next transactions fail; negative: all, until the disk is freed."""
        self.log: list[Parsed] = []
        self.places: dict[Place, dict[int, Parsed]] = {}
        self.streams: dict[bytes, str] = {}
        """Digest of every record -> its stream."""
        self.heads: dict[Place, Head] = {}
        self.facts: dict[str, bytes] = {}
        self.ghosts: list[Batch] = []
        """Written, not flushed: a restart may find them."""
        self.aside: list[Disk] = []
        """What stood here each time that it was set aside for an empty ledger, oldest first."""
        self._on_durable = on_durable

    def apply(self, batches: list[Batch]) -> None:
        """One transaction becomes durable; raises ValueError, with nothing done, where SQLite would refuse it."""
        entries = [entry for batch in batches for entry in batch.entries]
        keys = [(one.header.stream, one.header.epoch, one.header.position) for one in entries]
        if len(set(keys)) < len(keys) or any(p in self.places.get((s, e), ()) for s, e, p in keys):
            raise ValueError("a position stands twice")
        for one in entries:
            self.log.append(one)
            self.streams[one.digest] = one.header.stream
            self.places.setdefault((one.header.stream, one.header.epoch), {})[one.header.position] = one
        for batch in batches:
            for head in batch.heads:
                self.heads[head.stream, head.point.epoch] = head
            for name, value in batch.facts.items():
                if value is None:
                    self.facts.pop(name, None)
                else:
                    self.facts[name] = value
        if entries:
            self._on_durable(self, entries)

    def recover(self) -> None:
        """What a restart finds of a transaction that was never flushed."""
        ghosts, self.ghosts = self.ghosts, []
        if ghosts and self.draw.random() < 0.5:
            self.apply(ghosts)

    def find(self, digest: bytes) -> str:
        """The stream of a durable record, or empty."""
        return self.streams.get(digest, "")

    def copy_to(self, other: "Disk") -> None:
        """Everything durable here is there too."""
        other.log, other.streams = list(self.log), dict(self.streams)
        other.places = {place: dict(found) for place, found in self.places.items()}
        other.heads, other.facts = dict(self.heads), dict(self.facts)

    def set_aside(self) -> None:
        """Everything is kept apart; the disk is empty."""
        apart = Disk(self.loop, self.draw, self._on_durable)
        self.copy_to(apart)
        self.aside.append(apart)
        self.lose(len(self.log))
        self.facts.clear()

    def lose(self, count: int) -> None:
        """A disk that lied: its newest `count` records and all heads are gone."""
        for one in self.log[len(self.log) - count :]:
            place = (one.header.stream, one.header.epoch)
            del self.places[place][one.header.position], self.streams[one.digest]
            if not self.places[place]:
                del self.places[place]
        del self.log[len(self.log) - count :]
        self.heads, self.ghosts = {}, []


class SimStore(Store):
    """The store of one process on a disk; `crash` is what happens to it when the process is killed."""

    def __init__(self, disk: Disk) -> None:
        disk.recover()
        self._disk = disk
        self._waiting: list[tuple[Batch, Done]] = []
        self._flying: list[tuple[Batch, Done]] = []
        self._refused = asyncio.Event()
        self._failed = ""
        self._dead = False

    async def commit(self, batch: Batch) -> None:
        """As the real one."""
        done: asyncio.Future[None] = self._disk.loop.create_future()
        self._put(batch, done)
        await done

    def submit(self, batch: Batch) -> "Future[None]":
        """As the real one."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()
        self._put(batch, done)
        return done

    async def fails(self) -> NoReturn:
        """As the real one."""
        await self._refused.wait()
        raise Unavailable(self._failed, "disk_failed")

    def close(self) -> None:
        """As the real one; what waits is written."""
        self._disk.apply([batch for batch, _ in (*self._flying, *self._waiting)])
        self._flying, self._waiting, self._dead = [], [], True

    def crash(self) -> None:
        """What was under way is there or not; what waited is not."""
        if not self._dead and self._flying and not self._failed:
            self._disk.ghosts = [batch for batch, _ in self._flying]
        self._dead = True

    def entries(self, stream: str, epoch: int, after: int = 0, most: int = 1_000_000) -> list[Entry]:
        """As the real one."""
        found = self._disk.places.get((stream, epoch), {})
        if not found or (not after and most >= len(found)):
            return [found[position].entry for position in sorted(found)]
        positions = sorted(found)
        at = bisect_right(positions, after)
        return [found[position].entry for position in positions[at : at + most]]

    def digest(self, stream: str, epoch: int, position: int) -> bytes | None:
        """As the real one."""
        found = self._disk.places.get((stream, epoch), {}).get(position)
        return found.digest if found is not None else None

    def since(self, seq: int, most: int) -> list[Stored]:
        """As the real one."""
        found = ((at, one.header, one.entry) for at, one in enumerate(self._disk.log[seq : seq + most], seq + 1))
        return [Stored(at, header.stream, header.epoch, header.position, entry) for at, header, entry in found]

    def points(self, prefix: str = "") -> dict[str, tuple[Point, ...]]:
        """As the real one."""
        found: dict[str, tuple[Point, ...]] = {}
        for (stream, _), held in sorted(self._disk.places.items()):
            if stream.startswith(prefix) and held:
                found[stream] = (*found.get(stream, ()), held[max(held)].point)
        return found

    def heads(self, prefix: str = "") -> list[Head]:
        """As the real one."""
        return [head for (stream, _), head in sorted(self._disk.heads.items()) if stream.startswith(prefix)]

    def fact(self, name: str) -> bytes | None:
        """As the real one."""
        return self._disk.facts.get(name)

    def facts(self, prefix: str) -> dict[str, bytes]:
        """As the real one."""
        return {name: value for name, value in self._disk.facts.items() if name.startswith(prefix)}

    def _put(self, batch: Batch, done: Done) -> None:
        self._waiting.append((batch, done))
        if not self._flying:
            self._begin()

    def _begin(self) -> None:
        self._flying, self._waiting = self._waiting, []
        flush = self._disk.draw.expovariate(1 / 0.002) * self._disk.slow
        self._disk.loop.call_later(flush, self._end)

    def _end(self) -> None:
        if self._dead:
            return
        work, self._flying = self._flying, []
        batches = [batch for batch, _ in work]
        if not self._failed and self._disk.failing:
            self._disk.failing -= self._disk.failing > 0
            self._disk.ghosts = batches
            self._failed = "storage failed: OperationalError"
        if not self._failed:
            try:
                self._disk.apply(batches)
            except ValueError:
                self._failed = "storage failed: IntegrityError"
        if self._failed:
            self._refused.set()
        for _, done in work:
            if done.done():
                continue  # nobody waits any more
            if self._failed:
                done.set_exception(Unavailable(self._failed, "disk_failed"))
            else:
                done.set_result(None)
        if self._waiting:
            self._begin()
