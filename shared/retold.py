"""One sitting told again from its unsealed records, checked for what clear headers cannot show.

A range may only be accepted while the candidate's time and grace ran; held ranges are decided by a proposal that
another person confirmed and that says so. Folds by `shared.sitting.apply`; chains, grants and ranges are the business
of `shared.verifier`.
"""

from shared import commands as c
from shared import records as r
from shared.errors import Damaged
from shared.sitting import Sitting, apply


class Retold:
    """The fold of one sitting stream, record by record."""

    def __init__(self, state: Sitting) -> None:
        self.state = state
        self._agreed: dict[int, r.Proposed] = {}

    def take(self, record: r.Record, time: int) -> None:
        """The next record, written at `time`; raises `Damaged` when no honest room could have written it here."""
        one = self._of_sitting(record)
        match one:
            case r.ProposalConfirmed(number=number, by=by):
                proposed = self.state.proposals.get(number)
                if proposed is None or proposed.by == by:
                    raise Damaged(f"proposal {number}: confirmed without being open, or by whoever made it")
                self._agreed[number] = proposed
            case r.HeldDecided():
                self._decided(one)
            case r.Accepted(ranges=ranges):
                for part in ranges:
                    if self.state.clock(time) >= self.state.times(part.ticket).closes:
                        raise Damaged(f"attempt {part.ticket} {part.epoch}.{part.upto}: accepted after its time")
            case _:
                pass
        apply(self.state, one)

    def _decided(self, record: r.HeldDecided) -> None:
        command = self._agreed[record.proposal].command if record.proposal in self._agreed else None
        fits = isinstance(command, c.DecideHeld) and record.range.ticket in command.tickets
        if not fits or getattr(command, "accept", None) is not record.accepted:
            part = record.range
            raise Damaged(f"attempt {part.ticket} {part.epoch}.{part.first}: decided without two people agreeing so")

    def _of_sitting(self, record: r.Record) -> r.SittingRecord:
        """The record, if the fold can take it: one of a sitting's, about somebody who is placed or came there."""
        if not isinstance(record, r.SittingRecord):
            raise Damaged(f"a {type(record).__name__} stands in a sitting stream")
        of_all = isinstance(record, r.GuestArrived) or (isinstance(record, r.TimeExtended) and record.ticket == "")
        named = () if of_all else getattr(record, "tickets", (getattr(record, "ticket", None),))
        for ticket in named:
            if ticket is not None and ticket not in self.state.candidates:
                raise Damaged(f"a {type(record).__name__} names {ticket!r}, who is not placed in this room")
        return record
