"""One candidate's answers on this PC: what was typed, what is written, and how far each answer has come.

Typing never waits: an answer replaces the unwritten one of its item, and the writer takes what has gathered. Pure;
the agent does the writing and sending.
"""

from collections.abc import Iterable, Mapping

from candidate_client.view import Saved
from shared.ledger import Parsed, Point

Letters = tuple[str, ...]


class Attempt:
    """`answers` is the newest answer of each item number, as the page shows it."""

    def __init__(self) -> None:
        self.answers: dict[int, Letters] = {}
        self.saved: dict[int, Saved] = {}
        self._unwritten: dict[int, tuple[Letters, int]] = {}
        self._written: dict[int, tuple[Point, Letters, int]] = {}

    @property
    def unsent(self) -> int:
        """Answers that the room has not taken yet."""
        return sum(1 for number in self.answers if self.saved.get(number) in (None, Saved.HERE))

    @property
    def unsaved(self) -> int:
        """Answers that are not durable on this PC, nor anywhere else."""
        return sum(1 for number in self.answers if number not in self.saved)

    def type(self, number: int, letters: Letters, boot: int) -> None:
        """The candidate's answer as it now stands, given at boot-time `boot`."""
        self.answers[number] = letters
        self.saved.pop(number, None)
        self._unwritten[number] = (letters, boot)

    def take_unwritten(self) -> list[tuple[int, Letters, int]]:
        """What has gathered since the last call: number, answer, when it was typed."""
        taken = [(number, letters, boot) for number, (letters, boot) in self._unwritten.items()]
        self._unwritten.clear()
        return taken

    def put_back(self, taken: Iterable[tuple[int, Letters, int]]) -> None:
        """What was taken could not be written; what was typed since stays on top."""
        self._unwritten = {number: (letters, boot) for number, letters, boot in taken} | self._unwritten

    def wrote(self, record: Parsed, letters: Letters, boot: int) -> None:
        """An answer typed at `boot` is durable on this PC as `record`."""
        number = record.header.item
        self._written[number] = (Point(record.header.epoch, record.header.position, record.digest), letters, boot)
        if self.answers.get(number) == letters:
            self.saved[number] = Saved.HERE

    def settle(self, record: Parsed, accepted: bool) -> tuple[Letters, int] | None:
        """The room holds `record`; when it is its item's newest answer: that answer and the boot-time it was typed."""
        number = record.header.item
        written = self._written.get(number)
        if written is None or written[0].digest != record.digest:
            return None
        # A newer answer may be on its way to the ledger: it is not the one that the room has.
        if self.answers.get(number) == written[1]:
            self.saved[number] = Saved.ROOM if accepted else Saved.HELD
        return written[1], written[2]

    def restore(
        self, answers: Mapping[int, tuple[Letters, Point]], head: Point, held: Iterable[tuple[int, int]], boot: int
    ) -> None:
        """What the ledger tells after an admission; the room's copy of the present epoch ends at `head`, and `held` are
        the places in it (first and last) that do not count. What was told of earlier epochs stands.

        What is typed but not written yet stays on top.
        """
        parts, before = tuple(held), self.saved
        self.answers = {number: letters for number, (letters, _) in answers.items()}
        self.saved = {}
        for number, (letters, at) in answers.items():
            known = self._written.get(number)
            self._written[number] = (at, letters, known[2] if known is not None else boot)
            there = at.epoch < head.epoch or at.position <= head.position
            late = before.get(number) is Saved.HELD and known is not None and known[0] == at
            if at.epoch == head.epoch:
                late = any(first <= at.position <= last for first, last in parts)
            self.saved[number] = (Saved.HELD if late else Saved.ROOM) if there else Saved.HERE
        for number, (letters, _) in self._unwritten.items():
            self.answers[number] = letters
            self.saved.pop(number, None)


def valid(letters: Iterable[str], allowed: Iterable[str], many: bool) -> Letters | None:
    """The answer in its stored form (the bank's letters, sorted, each once), or None when it is none to the item."""
    chosen = tuple(sorted(set(letters)))
    return chosen if set(chosen) <= set(allowed) and (many or len(chosen) <= 1) else None
