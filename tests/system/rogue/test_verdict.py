"""Which saves tell of a rogue, and what they tell."""

from tests.support.pulse import Pulse
from tests.system.rogue.verdict import STANDSTILL, Verdict, clean


class Stopped(Pulse):
    """Of a process that was not let run from 1000 until 3000."""

    def starved(self, begun: int, ended: int) -> int:
        return max(0, min(ended, 3_000) - max(begun, 1_000))


def test_only_saves_while_the_machine_stood_still_are_left_out() -> None:
    alone = [(0, 900), (0, 1_000 + STANDSTILL - 1), (3_000, 5_000), (3_001 - STANDSTILL, 2_000)]
    stopped = [(0, 1_000 + STANDSTILL), (1_500, 400), (3_000 - STANDSTILL, 2_000)]
    assert clean(alone + stopped, Stopped()) == sorted(ms for _, ms in alone)


def test_the_p99_of_few_is_the_slowest_of_them() -> None:
    verdict = Verdict()
    verdict.take([*range(59), 5_000])
    assert verdict.p99 == 5_000
