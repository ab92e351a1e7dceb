"""What a fuzz target is, and the judge of one execution: only promised errors, in bounded time and memory.

A target feeds bytes to one decoder through its public door. Does not make inputs and does not count executions.
"""

import contextlib
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared import limits
from shared.errors import KaodianError, Untrusted

Shape = Literal["bytes", "msgpack", "json"]

CPU_SECONDS = 1.0
"""Most processor time for an input of up to `QUICK_BYTES`; longer inputs get in proportion more."""
QUICK_BYTES = 64 * 1024
MEMORY_KIB = 256 * 1024
"""Most that one execution may add to the highest resident size of the process."""


class Finding(Exception):
    """An input that a decoder does not stand: slow, hungry, or an error that cannot be logged as one line."""


@dataclass(frozen=True)
class Target:
    """One decoder behind its door.

    `run` returns or raises one of `promises`; `seeds` are valid inputs to begin from; `shape` says how inputs are
    mutated: as plain bytes, or as the values that MessagePack or JSON say. `share` is its part of a campaign's time.
    """

    name: str
    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    promises: tuple[type[KaodianError], ...] = (Untrusted,)
    shape: Shape = "bytes"
    most: int = QUICK_BYTES
    share: float = 1.0


def run_one(target: Target, data: bytes, patience: float = 1.0) -> KaodianError | None:
    """One execution: the promised error that ended it, or None. `patience` stretches the time for code that is slowed
    down by instruments.

    Raises:
        Finding: too slow, too large, or an error whose detail is no short line.
        Exception: whatever else the decoder let pass.
    """
    caught: KaodianError | None = None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    try:
        target.run(data)
    except target.promises as error:
        caught = error
    spent = time.process_time() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if spent > patience * CPU_SECONDS * max(1.0, len(data) / QUICK_BYTES):
        raise Finding(f"{target.name}: {spent:.1f} s for {len(data)} bytes")
    if grown > MEMORY_KIB:
        raise Finding(f"{target.name}: {grown} KiB more memory for {len(data)} bytes")
    if caught is not None and (len(caught.detail) > limits.DETAIL_CHARS or not caught.detail.isprintable()):
        raise Finding(f"{target.name}: the error's detail is no short line: {caught.detail[:200]!r}")
    return caught


def warmed(target: Target) -> list[bytes]:
    """The seeds of a target, after one unjudged run: what a target makes once and keeps is not an input's doing."""
    seeds = target.seeds()
    with contextlib.suppress(KaodianError):
        target.run(seeds[0])
    return seeds


@contextlib.contextmanager
def scratch() -> Iterator[str]:
    """A folder for everything that targets write, in memory where there is a file system in it; gone afterwards."""
    shared_memory = Path("/dev/shm")  # noqa: S108  # the folder in it is our own
    where = shared_memory if shared_memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="kaodian-fuzz-", dir=where, ignore_cleanup_errors=True) as folder:
        former, tempfile.tempdir = tempfile.tempdir, folder
        try:
            yield folder
        finally:
            tempfile.tempdir = former


def memory_folder() -> Path:
    """A new folder for a target whose door wants files; see `scratch`."""
    return Path(tempfile.mkdtemp())
