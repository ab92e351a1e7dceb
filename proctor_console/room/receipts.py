"""Candidates' receipts: a signed word on a closed attempt, provisional until the site's durable copy covers it.

The same closing always gives the same two documents (the signature is deterministic and `issued` is the closing's own
time), so nothing needs keeping. Does not decide when an attempt closes.
"""

from collections.abc import Callable

from proctor_console.room.desk import Desk
from proctor_console.room.register import Closing
from shared import crypto, signed
from shared import documents as d
from shared import messages as m
from shared.ledger import Point, attempt_stream

Covered = Callable[[str, Point], bool]
"""Whether the site's durable copy of a stream reaches a point."""


class Receipts:
    """The receipts of one sitting."""

    def __init__(self, desk: Desk, signer: crypto.Signer, covered: Covered) -> None:
        self._desk = desk
        self._signer = signer
        self._covered = covered
        self._provisional: set[str] = set()

    def current(self, ticket: str) -> m.Receipt | None:
        """The receipt as it stands now, or None while the attempt is open (or never began)."""
        closing = self._desk.register.closings.get(ticket)
        if closing is None:
            return None
        final = self._final(ticket)
        if not final:
            self._provisional.add(ticket)
        state = self._desk.state
        receipt = d.AttemptReceipt(
            session=state.session.id,
            room=state.room.id,
            ticket=ticket,
            status=closing.status,
            attempt=closing.attempt,
            sitting=self._sitting(closing),
            answered=closing.answered,
            issued=closing.time,
            final=final,
            grant=self._desk.briefing.offer.grant,
        )
        return m.Receipt(signed.sign(self._signer, d.ATTEMPT_RECEIPT, receipt))

    def became_final(self) -> list[str]:
        """Tickets whose provisional receipt was given out and is final now; each is named once."""
        # Who was opened again has no closing, until there is another one.
        self._provisional &= self._desk.register.closings.keys()
        ready = sorted(ticket for ticket in self._provisional if self._final(ticket))
        self._provisional.difference_update(ready)
        return ready

    def _final(self, ticket: str) -> bool:
        closing = self._desk.register.closings[ticket]
        attempt = attempt_stream(self._desk.state.session.id, ticket)
        return (closing.attempt.position == 0 or self._covered(attempt, closing.attempt)) and self._covered(
            self._desk.stream, self._sitting(closing)
        )

    def _sitting(self, closing: Closing) -> Point:
        """The place in the sitting that the receipt names: in the epoch that our own key was granted."""
        desk = self._desk
        return closing.sitting if closing.sitting.epoch == desk.point.epoch else desk.opening
