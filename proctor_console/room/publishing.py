"""Who is told what after a commit: reacts to committed records of one sitting by messages to PCs and consoles.

The opening goes to every PC in one tight loop, encoded once per form and set of instants. Decides nothing.
"""

from proctor_console.room import admission
from proctor_console.room.desk import Desk
from proctor_console.room.hall import Hall
from proctor_console.room.presence import Pc
from shared import codec
from shared import messages as m
from shared import records as r
from shared.model import Cancellation, Correction, Postponement


class Publisher:
    """Tells the PCs of one sitting."""

    def __init__(self, hall: Hall, desk: Desk) -> None:
        self._hall = hall
        self._desk = desk
        self._session = desk.state.session.id

    def committed(self, made: list[r.SittingRecord]) -> None:
        """Publishes what was just committed, in order."""
        for record in made:
            if isinstance(record, r.PaperOpened):
                self.open_papers()
            else:
                self._one(record)

    def open_papers(self) -> None:
        """Sends the key to every admitted PC that lacks it."""
        encoded: dict[tuple[str, m.Clockwork], bytes] = {}
        ready: list[tuple[str, Pc, bytes]] = []
        for ticket, pc in self._hall.presence.of_session(self._session):
            opened = None if pc.opened else admission.opened(self._desk, ticket)
            if opened is None:
                continue
            kind = (self._desk.state.candidates[ticket].place.form, opened.clock)
            if kind not in encoded:
                encoded[kind] = codec.encode(opened)
            ready.append((ticket, pc, encoded[kind]))
        for _, pc, data in ready:
            pc.opened = True
            pc.send_bytes(data)
        for ticket, pc, _ in ready:
            for correction in admission.corrections(self._desk, ticket):
                pc.send(correction)

    def became_final(self) -> None:
        """Sends the final receipts that the site's copy has made possible."""
        receipts = self._hall.receipts[self._session]
        for ticket in receipts.became_final():
            receipt = receipts.current(ticket)
            if receipt is not None:
                self._tell(ticket, receipt)

    def _one(self, record: r.SittingRecord) -> None:
        match record:
            case r.HandedIn(ticket=ticket) | r.Collected(ticket=ticket):
                self._closed(ticket)
            case r.ViolationRecorded(ticket=ticket, voids=voids):
                if voids:
                    self._closed(ticket)
                else:
                    self._tell(ticket, m.Notice("warning"))
            case r.Reopened(ticket=ticket) | r.ViolationUndone(ticket=ticket):
                self._opened_again(ticket)
            case r.AttemptGranted():
                self._granted(record)
            case r.ResumeRequested(ticket=ticket, seat=seat):
                self._hall.alarm("resume_waiting", ticket, seat)
            case r.SittingChanged() | r.SpareTaken() | r.ChangeRefused():
                self._changed(record)
            case r.ResumeDenied(ticket=ticket):
                waiting = self._hall.presence.take_waiting(self._session, ticket)
                if waiting is not None:
                    waiting.send(m.Notice("resume_denied"))
            case _:
                self._notice(record)

    def _moved(self, record: r.MovedAway | r.GuestArrived) -> None:
        if isinstance(record, r.MovedAway):
            self._tell(record.ticket, admission.finished(self._desk, record.ticket))
        else:
            self._hall.alarm("guest_arrived", record.ticket, record.seat)

    def _notice(self, record: r.SittingRecord) -> None:
        match record:
            case r.MovedAway() | r.GuestArrived():
                self._moved(record)
            case r.Reminded():
                now = self._hall.clock.now()
                for ticket, pc in self._unfinished():
                    pc.send(m.Notice("reminder", max(0, self._desk.state.times(ticket).end - now)))
            case r.TimeExtended(extra=0):
                pass  # lost time that staff settled without giving any
            case r.TimeExtended(ticket=only, reason=reason):
                self._new_clock(only, reason)
            case r.EndedEarly(reason=reason) | r.Paused(reason=reason) | r.WentOn(reason=reason):
                self._new_clock("", reason)
            case r.HandInRefused(ticket=ticket, earliest=earliest):
                self._tell(ticket, m.HandInTooEarly(earliest))
            case r.LeavePermitted(ticket=ticket):
                self._tell(ticket, m.Notice("may_leave"))
            case r.HandRaised(ticket=ticket, up=False):
                self._tell(ticket, m.Notice("hand_seen"))
            case _:
                pass

    def _changed(self, record: r.SittingChanged | r.SpareTaken | r.ChangeRefused) -> None:
        """A change of the platform: every PC it concerns hears of it, and so do the consoles."""
        code = "change_refused" if isinstance(record, r.ChangeRefused) else "session_changed"
        self._hall.alarm(code, value=0 if isinstance(record, r.SpareTaken) else record.number)
        for ticket, pc in self._hall.presence.of_session(self._session):
            match record:
                case r.SpareTaken():
                    pc.admit(self._desk, ticket, False)
                case r.SittingChanged(what=Postponement(reason=reason)):
                    pc.send(m.ClockChanged(admission.clockwork(self._desk, ticket), reason))
                case r.SittingChanged(what=Cancellation()):
                    self._closed(ticket)
                case r.SittingChanged(number=number, what=Correction()):
                    for correction in admission.corrections(self._desk, ticket):
                        if correction.number == number:
                            pc.send(correction)
                case _:
                    pass

    def _unfinished(self) -> list[tuple[str, Pc]]:
        state = self._desk.state
        return [(t, pc) for t, pc in self._hall.presence.of_session(self._session) if not state.candidates[t].done]

    def _new_clock(self, only: str, reason: str) -> None:
        for ticket, pc in self._unfinished():
            if not only or ticket == only:
                pc.send(m.ClockChanged(admission.clockwork(self._desk, ticket), reason))

    def _granted(self, record: r.AttemptGranted) -> None:
        """The PC that waited goes on, the one before it is told; a PC that logged in was admitted already."""
        waiting = self._hall.presence.take_waiting(self._session, record.ticket)
        if waiting is not None and waiting.device == record.device:
            waiting.admit(self._desk, record.ticket, True)
        else:
            self._hall.presence.displace(self._session, record.ticket, record.device)

    def _opened_again(self, ticket: str) -> None:
        """The PC that was told it is over goes on where it was, or hears how it stands instead."""
        pc = self._hall.presence.live(self._session, ticket)
        if self._desk.state.candidates[ticket].done:
            self._closed(ticket)
        elif pc is not None:
            pc.admit(self._desk, ticket, False)

    def _closed(self, ticket: str) -> None:
        self._tell(ticket, admission.finished(self._desk, ticket))
        receipt = self._hall.receipts[self._session].current(ticket)
        if receipt is not None:
            self._tell(ticket, receipt)

    def _tell(self, ticket: str, message: m.Message) -> None:
        pc = self._hall.presence.live(self._session, ticket)
        if pc is not None:
            pc.send(message)
