"""Time from neighbours: what a machine without upstream believes of those who still know the time.

Asks each with a `Beacon`, keeps its best answer, and finds the largest set of answers that fit together. One
neighbour may lie: a time counts only when enough of them, and more than half, agree on it. Sends nothing itself and
adopts nothing; who may be asked is the owner's business.
"""

from collections.abc import Sequence

from shared import limits
from shared.errors import Refused
from shared.io.clock import Anchor, boot_id, boot_now, exchange
from shared.messages import Beacon, BeaconReply


class Neighbours:
    """The answers of one machine's neighbours, by name."""

    def __init__(self) -> None:
        self._asked: dict[str, set[int]] = {}
        self._answers: dict[str, list[Anchor]] = {}
        self._first = 0

    def ask(self, who: str) -> Beacon | None:
        """The next question for a neighbour; None when it has answered often enough."""
        if len(self._answers.get(who, ())) >= limits.TIME_SAMPLES:
            return None
        sent = boot_now()
        self._asked.setdefault(who, set()).add(sent)
        return Beacon(sent)

    def take(self, who: str, reply: BeaconReply) -> None:
        """A neighbour's answer; one to a question that was not put to it, or a useless one, is ignored."""
        if reply.sent not in self._asked.get(who, ()):
            return
        self._asked[who].discard(reply.sent)
        back = boot_now()
        anchor = exchange(reply.sent, reply.received, reply.replied, back, reply.error, who)
        if anchor is not None and reply.error >= 0:
            self._first = self._first or back
            self._answers.setdefault(who, []).append(anchor)

    def agreed(self, source: str, expected: int, proven: int) -> tuple[Anchor, int] | None:
        """The time on which neighbours agree and how many of them, or None as long as that is not certain.

        `expected` is how many neighbours there could be at all: with fewer than `limits.NEIGHBOURS` all must agree.
        `proven` is an instant (ms UTC) that has surely passed: nothing before it is told.

        Raises:
            Refused: they agree on a time before `proven`, beyond its error (`time_doubted`).
        """
        now = boot_now()
        if not self._first or now - self._first < limits.NEIGHBOURS_GATHER:
            return None
        best = [min(one, key=lambda a: a.error_at(now)) for one in self._answers.values()]
        spans = [(one.offset, one.error_at(now)) for one in best if one.error_at(now) <= limits.NEIGHBOUR_ERROR]
        found = agree(spans)
        if found is None or found[2] < max(1, min(expected, limits.NEIGHBOURS)) or found[2] * 2 <= len(best):
            return None
        offset, error, count = found
        early = proven - (offset + now)
        if early > error:
            raise Refused(f"{count} neighbours agree on a time {early} ms before what is proven", "time_doubted")
        return Anchor(offset + max(0, early), error, now, boot_id(), source), count


def agree(spans: Sequence[tuple[int, int]]) -> tuple[int, int, int] | None:
    """Of (offset, error) pairs the largest set that shares a point: its median offset, a bound, how many they are.

    Each honest member bounds the median's error by its distance from it plus its own error. The middle one of these
    is taken: it holds as long as more than half of the set is honest.
    """
    best: list[tuple[int, int]] = []
    # The beginnings of the spans are the only places where the number of spans around a point can grow.
    for begin in {offset - error for offset, error in spans}:
        around = [(offset, error) for offset, error in spans if offset - error <= begin <= offset + error]
        if len(around) > len(best):
            best = around
    if not best:
        return None
    median = sorted(offset for offset, _ in best)[len(best) // 2]
    bounds = sorted(abs(offset - median) + error for offset, error in best)
    return median, bounds[(len(best) - 1) // 2], len(best)
