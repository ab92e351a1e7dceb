"""What a desk remembers of its records besides the rules' state: verdicts, devices, closings and last saves.

Folded from the same records in the same order, so a restarted room knows the same. Holds no answer. Does not decide
and does not store: `desk.py` feeds it, connections and receipts ask it.
"""

from collections.abc import Iterator

import msgspec

from shared import records as r
from shared.crypto import PublicKey
from shared.ledger import Point
from shared.sitting import Sitting, Status

ACCEPTED, HELD = "accepted", "held"


class Verdict(msgspec.Struct, frozen=True):
    """What became of positions `first` to `upto` of one attempt epoch."""

    first: int
    upto: int
    verdict: str
    reason: str


class Closing(msgspec.Struct, frozen=True):
    """How an attempt was closed: `attempt` is the accepted head, `sitting` the record that closed it."""

    status: str
    attempt: Point
    sitting: Point
    time: int
    answered: int = 0


class Register:
    """The memory of one desk. `newest` is the latest time of a record."""

    def __init__(self) -> None:
        self.closings: dict[str, Closing] = {}
        self.ended: tuple[Point, int] | None = None
        """Where the sitting ended, and when: its code stands on the room record sheet for good."""
        self.saved_at: dict[str, int] = {}
        self.newest = 0
        self._verdicts: dict[tuple[str, int], list[Verdict]] = {}
        self._devices: dict[tuple[str, int], PublicKey] = {}

    def take(self, state: Sitting, record: r.SittingRecord, at: Point, time: int) -> None:
        """Takes in one record of the sitting stream, already applied to `state`; `at` and `time` are the record's."""
        self.newest = max(self.newest, time)
        self.ended = (at, time) if isinstance(record, r.SittingEnded) else self.ended
        match record:
            case r.Accepted(ranges=ranges):
                for part in ranges:
                    self.saved_at[part.ticket] = time
                    self._add(part, ACCEPTED, "")
            case r.Held(range=part, reason=reason):
                self._add(part, HELD, reason)
            case r.Reopened(ticket=ticket) | r.GuestArrived(ticket=ticket):
                self.closings.pop(ticket, None)
            case r.GuestBrought():
                self._brought(record)
            case r.ViolationUndone(ticket=ticket):
                self._undo(state, ticket)
            case r.AttemptGranted(ticket=ticket, epoch=epoch, device=device):
                self._devices[ticket, epoch] = device
            case r.HandedIn(ticket=ticket, point=point) | r.Collected(ticket=ticket, point=point):
                how = Status.SUBMITTED if isinstance(record, r.HandedIn) else Status.COLLECTED
                self._close(state, ticket, Closing(how, point, at, time))
            case r.ViolationRecorded(ticket=ticket, voids=True):
                self._close(state, ticket, Closing(Status.VOID, state.attempts[ticket].accepted, at, time))
            case _:
                pass

    def device(self, ticket: str, epoch: int) -> PublicKey | None:
        """The device that epoch of an attempt was granted to."""
        return self._devices.get((ticket, epoch))

    def verdicts(self, ticket: str, epoch: int, first: int, upto: int) -> Iterator[Verdict]:
        """The verdicts on the stored positions from `first` to `upto`, cut to them, ascending."""
        for one in self._verdicts.get((ticket, epoch), ()):
            if one.upto >= first and one.first <= upto:
                yield Verdict(max(first, one.first), min(upto, one.upto), one.verdict, one.reason)

    def accepted(self, ticket: str) -> list[tuple[int, int, int]]:
        """(epoch, first, upto) of all accepted ranges of an attempt, ascending."""
        epochs = sorted(epoch for name, epoch in self._verdicts if name == ticket)
        return [
            (epoch, one.first, one.upto)
            for epoch in epochs
            for one in self._verdicts[ticket, epoch]
            if one.verdict == ACCEPTED
        ]

    def held(self, ticket: str) -> int:
        """How many records of an attempt are held."""
        found = (one for key, all_ in self._verdicts.items() if key[0] == ticket for one in all_)
        return sum(one.upto - one.first + 1 for one in found if one.verdict == HELD)

    def _undo(self, state: Sitting, ticket: str) -> None:
        """A paper that is void no more has no closing of its own either."""
        if not state.candidates[ticket].done:
            self.closings.pop(ticket, None)

    def _brought(self, record: r.GuestBrought) -> None:
        """What counts of the epochs that other rooms granted."""
        self.saved_at[record.ticket] = record.saved_at
        for part in record.accepted:
            if self.device(part.ticket, part.epoch) is None:
                self._add(part, ACCEPTED, "")

    def _add(self, part: r.Range, verdict: str, reason: str) -> None:
        all_ = self._verdicts.setdefault((part.ticket, part.epoch), [])
        last = all_[-1] if all_ else None
        if last and last.upto + 1 == part.first and last.verdict == verdict and last.reason == reason:
            all_[-1] = Verdict(last.first, part.upto, verdict, reason)
        else:
            all_.append(Verdict(part.first, part.upto, verdict, reason))

    def _close(self, state: Sitting, ticket: str, closing: Closing) -> None:
        """The first closing stands: a later verdict appends, it never changes a receipt."""
        answered = len(state.attempts[ticket].items)
        self.closings.setdefault(ticket, msgspec.structs.replace(closing, answered=answered))
