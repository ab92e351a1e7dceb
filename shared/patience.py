"""Slowing down whoever guesses: after each wrong try a pause, doubled up to a most, per key (a seat, a person).

Pure: time is an argument (boot-time ms). One key's pauses never touch another's.
"""

from shared import limits

_MOST_KEYS = 2000


class Patience:
    """Wrong tries by key."""

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, int]] = {}

    def left(self, key: str, now: int) -> int:
        """Milliseconds until `key` may try again; 0 if it may now."""
        return max(0, self._wrong.get(key, (0, 0))[1] - now)

    def wrong(self, key: str, now: int) -> int:
        """Counts a wrong try; returns how many there were in a row."""
        if len(self._wrong) >= _MOST_KEYS:
            self._wrong = {one: kept for one, kept in self._wrong.items() if kept[1] + limits.MINUTE > now}
        count = self._wrong.get(key, (0, 0))[0] + 1
        pause = min(limits.LOGIN_PAUSE << min(count - 1, 10), limits.LOGIN_PAUSE_MAX)
        self._wrong[key] = (count, now + pause)
        return count

    def right(self, key: str) -> None:
        """Forgets the tries of `key`."""
        self._wrong.pop(key, None)
