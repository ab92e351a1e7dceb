"""The wall clock confirmed by two people, where no machine knows the time: who said what, and when it counts.

Pure: the boot-time clock is an argument. Does not know who may confirm and adopts nothing.
"""

import msgspec

from shared import limits
from shared.refusal import Refusal


class Word(msgspec.Struct, frozen=True):
    """What one person confirmed: the wall clock was `system` at boot-time `boot`."""

    by: str
    system: int
    boot: int

    def at(self, boot: int) -> int:
        """What that clock shows at boot-time `boot`."""
        return self.system + boot - self.boot


class Agreed(msgspec.Struct, frozen=True):
    """Two people's word: the time (ms UTC) at the second's confirmation."""

    first: str
    second: str
    time: int


class WallClock:
    """The first person's word, until the second's comes or it has grown too old."""

    def __init__(self) -> None:
        self._first: Word | None = None

    def waiting(self, boot: int) -> Word | None:
        """The word that waits for a second person."""
        first = self._first
        return first if first is not None and boot - first.boot <= limits.CONFIRM_WITHIN else None

    def confirm(self, word: Word, proven: int) -> Agreed | Refusal | None:
        """Takes one person's word; None when it waits for a second person. `proven` is an instant that has passed.

        Refused as `before_record` when it lies before that, as `times_differ` when the two are too far apart: then
        the second word waits in place of the first.
        """
        if word.system < proven:
            return Refusal("before_record", at=proven)
        first, self._first = self.waiting(word.boot), word
        if first is None or first.by == word.by:
            return None
        apart = word.system - first.at(word.boot)
        if abs(apart) > limits.CONFIRM_APART:
            return Refusal("times_differ", at=abs(apart))
        self._first = None
        return Agreed(first.by, word.by, max(proven, word.system - apart // 2))
