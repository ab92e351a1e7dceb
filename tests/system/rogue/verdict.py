"""What an attack cost the honest, and which of their saves tell it."""

import math

from tests.support.pulse import Pulse

SAVES = 60
"""Honest saves that a judgement needs at least; more after a short attack would only hide what it did."""
P99 = 1_000
"""Milliseconds: what no rogue may take the honest above."""
STANDSTILL = 300
"""Milliseconds that this process was not let run: a save of that time measures the machine."""


class Verdict:
    """What a judged attack cost the honest: milliseconds of p99, bytes of memory."""

    p99 = 0
    memory = 0

    def take(self, took: list[int]) -> None:
        """Takes in how long each save took, in rising order."""
        self.p99 = took[math.ceil(len(took) * 0.99) - 1]


def clean(saves: list[tuple[int, int]], pulse: Pulse) -> list[int]:
    """How long each save (when, ms) took, in rising order, without those during which the machine stood still."""
    return sorted(ms for sent, ms in saves if pulse.starved(sent, sent + ms) < STANDSTILL)
