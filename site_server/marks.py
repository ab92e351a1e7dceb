"""What the dongle's mark forbids, and how it moves on.

The mark holds the newest platform-signed time and a point of the site stream. A folder whose stream does not contain
that point is an older copy (`rolled_back`); a clock before that time is wrong (`clock_before_mark`). Both stay refused
until two named people override them (`site_server.restoring`). The mark is written after the records it names are
durable, so a crash in between leaves it behind, never ahead.
"""

import logging
import threading

import msgspec

from shared import documents as d
from shared.errors import Refused, Unavailable
from shared.io.store import Store
from shared.ledger import Point
from site_server.dongle.port import Dongle

log = logging.getLogger(__name__)


class Marks:
    """The mark of one opened site: as it should stand, and whether the dongle has it so."""

    def __init__(self, mark: d.Mark) -> None:
        self.mark = mark
        self.written = True
        self.behind = False
        """Whether a time that came last lies before the mark."""
        self._one = threading.Lock()

    def move(self, dongle: Dongle | None, time: int, point: Point) -> None:
        """Moves the mark on to `time` and `point`, whichever is newer than what it holds; blocks for the dongle.

        Without a dongle, or when it does not answer, the mark is kept to be written when it is back.
        """
        with self._one:
            newest = max(self.mark.point, point, key=lambda one: (one.epoch, one.position))
            moved = msgspec.structs.replace(self.mark, time=max(self.mark.time, time), point=newest)
            self.written = self.written and moved == self.mark
            self.mark = moved
            self._write(dongle)

    def check_time(self, now: int, error: int) -> None:
        """Raises `Refused` (`clock_before_mark`) when `now` (ms, within `error`) lies before the mark's time."""
        self.behind = now + error < self.mark.time
        if self.behind:
            late = self.mark.time - now
            raise Refused(f"this time lies {late} ms before the newest that the dongle remembers", "clock_before_mark")

    def replace(self, dongle: Dongle, mark: d.Mark) -> None:
        """Sets the mark after an override: the only way that its time goes back."""
        with self._one:
            self.mark, self.written = mark, False
            dongle.write_mark(mark)
            self.written = True

    def flush(self, dongle: Dongle) -> None:
        """Writes what could not be written before."""
        with self._one:
            self._write(dongle)

    def _write(self, dongle: Dongle | None) -> None:
        if self.written or dongle is None:
            return
        try:
            dongle.write_mark(self.mark)
        except Unavailable as error:
            log.warning("the dongle's mark waits: %s", error)
        else:
            self.written = True


def check(mark: d.Mark, site: str, store: Store, stream: str) -> None:
    """Raises `Refused`: `other_dongle` for a mark of another site, `rolled_back` when the stream lacks its point."""
    if mark.site != site:
        raise Refused(f"the dongle belongs to site {mark.site[:80]!r}", "other_dongle")
    point = mark.point
    found = store.entries(stream, point.epoch, point.position - 1, 1) if point.position else []
    if point.position and (not found or found[0].digest != point.digest):
        ends = store.points(stream).get(stream, ())
        end = f"{ends[-1].epoch}.{ends[-1].position}" if ends else "nothing"
        detail = f"the dongle remembers record {point.epoch}.{point.position} of the site; this folder ends at {end}"
        raise Refused(detail, "rolled_back")
