"""Disks that refuse: the n-th write or flush of a working PC, room or site fails, once or from then on.

Whatever the program acknowledged must be there when it is started again, and still be there if the power goes then; a
store that has failed takes nothing more.
"""

import errno
import random

from tests.faults import shim
from tests.faults.crash import Recoverer, cut, recoverer_here
from tests.faults.disk import Disk, Draw
from tests.faults.promises import Promises, marks
from tests.faults.shim import Kind

CASES = (
    ("pc", "flush", errno.EIO, "once"),
    ("pc", "flush", errno.EIO, "always"),
    ("pc", "write", errno.EIO, "once"),
    ("pc", "write", errno.ENOSPC, "short"),
    ("pc", "change", errno.ENOSPC, "always"),
    ("files", "change", errno.EIO, "once"),
    ("site", "flush", errno.EIO, "once"),
    ("site", "write", errno.ENOSPC, "short"),
    ("room", "flush", errno.EIO, "once"),
    ("room", "write", errno.ENOSPC, "always"),
)


def refuse(case: tuple[str, str, int, str], n: int, recoverer: Recoverer) -> int:
    """Judges the n-th failure (from 1) of one case; 0 if the program made fewer calls, else how many states."""
    hop, kind, code, mode = case
    drawn = random.Random(f"{case} {n}")
    raised, events = recoverer.work(hop, f"{n}", shim.failure(kind, n, code=code, mode=mode))
    if not any(event.kind is Kind.FAILED for event in events):
        assert not raised, raised
        return 0
    disk, promises = Disk(recoverer.disk), Promises()
    for event in events:
        disk.take(event)
        for mark in marks([event]):
            promises.take(mark)
    dead, _ = recoverer.start(hop, disk.after(Draw(drawn)), "", on=False)
    promises.judge(dead.began, dead.began)
    outcome, more = recoverer.start(hop, disk.seen(), str(drawn.random()), on=True)
    promises.judge(outcome.began, outcome.began)
    cut(hop, disk.restarted(recoverer.disk), promises, outcome, more, drawn, recoverer)
    return 3


def run(number: int) -> int:
    """Judges the failure that a number means."""
    n, case = divmod(number - 1, len(CASES))
    return refuse(CASES[case], n + 1, recoverer_here())
