"""How fast somebody may go on: an account of units that refills steadily and may be overdrawn once.

Pure: time is an argument (boot-time ms). Whoever overdrew waits until the account is even; nobody else notices.
"""


class Pace:
    """At most `burst` units at once and `rate` units a second for ever."""

    __slots__ = ("_burst", "_rate", "_seen", "_units")

    def __init__(self, burst: int, rate: int) -> None:
        self._burst = burst * 1000
        self._rate = rate
        self._units = self._burst
        self._seen = 0

    def spend(self, units: int, now: int) -> None:
        """Takes `units`, also more than there are."""
        self._refill(now)
        self._units -= units * 1000

    @property
    def overdrawn(self) -> bool:
        """Whether more was taken than there was, as of the last look."""
        return self._units < 0

    def wait(self, now: int) -> int:
        """Milliseconds until the account is even again; 0 when work may go on."""
        self._refill(now)
        return 0 if self._units >= 0 else -(self._units // self._rate)

    def full(self, now: int) -> bool:
        """Nothing of it is in use: it may be forgotten."""
        self._refill(now)
        return self._units == self._burst

    def _refill(self, now: int) -> None:
        # One unit is 1000 parts and `rate` parts come each millisecond.
        self._units = min(self._burst, self._units + max(0, now - self._seen) * self._rate)
        self._seen = max(self._seen, now)
