"""What a candidate's PC knows at one moment, and the screen that follows from it.

`take` folds the room's plain messages into the state; admissions, keys and acknowledgements need the ledger and are
the agent's business. `view` tells the page everything. Pure: time is an argument.
"""

from candidate_client.attempt import Attempt
from candidate_client.view import CorrectionView, NoticeView, PersonView, Saved, Screen, SessionView, View
from shared import messages as m
from shared.model import Item, Paper
from shared.refusal import Refusal

FINAL = frozenset({"submitted", "collected", "void", "absent", "cancelled", "moved"})
"""Statuses of an admission after which nothing counts any more."""
_ENDS = {"moved": Screen.MOVED, "void": Screen.STOPPED, "cancelled": Screen.CANCELLED}
TRANSIENT = frozenset({"internal", "unavailable", "disk_failed", "no_time", "malformed", "too_large", "truncated"})
"""The room cannot serve this connection: the PC goes on by itself once it can."""

NOT_YET = frozenset({"unavailable", "no_time"})
"""The room can let nobody in yet: the page says so, and what was typed is put to it again until it can."""


class State:
    """The whole state. `now`-dependent parts are worked out in `screen` and `view`."""

    def __init__(self, seat: int, room: str) -> None:
        self.seat = seat
        self.room = room
        self.faults: tuple[str, ...] = ()
        self.link = False
        self.error = ""
        self.error_at = 0
        self.notice: NoticeView | None = None
        self._notices = 0
        self.leave()

    def leave(self) -> None:
        """Nobody is logged in here."""
        self.waiting = False
        self.admitted: m.Admitted | None = None
        self.clock: m.Clockwork | None = None
        self.attempt = Attempt()
        self.paper: Paper | None = None
        self.items: tuple[Item, ...] = ()
        self.confirmed = False
        self.read = False
        self.handing_in = False
        self.hand_up = False
        self.may_leave = False
        self.status = ""
        self.gone = ("", 0)
        self.held = 0
        self.unsaved = 0
        self.receipt = ""
        self.receipt_final = False
        self.corrections: dict[int, CorrectionView] = {}

    def admit(self, admitted: m.Admitted) -> None:
        """The room lets this candidate go on here."""
        self.waiting = False
        if admitted.status not in FINAL:
            # Perhaps opened again by two people after it was closed.
            self.status, self.receipt, self.receipt_final = "", "", False
            self.unsaved = 0
        self.held = 0  # counted anew from what the room tells
        self.admitted = admitted
        self.clock = admitted.clock
        self.read = self.read or admitted.read
        self.confirmed = self.confirmed or self.read
        self.fail("")

    def fail(self, code: str, at: int = 0) -> None:
        """Shows an error until the next step; an empty code clears it."""
        self.error, self.error_at = code, at

    def cannot_save(self, code: str = "disk_failed") -> None:
        """This PC's disk refused a write: of the journal, which only a restart may try again, or (`file_failed`) of a
        file beside it, paper or receipt. The page says so, and a proctor is called for whoever is not through.
        """
        if code not in self.faults:
            self.faults = (*self.faults, code)
        if not self.status:
            self.fail(code)
            self.hand_up = True

    def kept_file(self) -> None:
        """A file beside the journal is kept: what was wrong with the one before is over."""
        self.faults = tuple(fault for fault in self.faults if fault != "file_failed")
        if self.error == "file_failed":
            self.fail("")

    def finish(self, told: m.Finished) -> None:
        """The attempt is closed; the answers leave the page and memory."""
        self.status = told.status
        self.gone = (told.room, told.seat)
        self.held += sum(one is Saved.HELD for one in self.attempt.saved.values())
        self.unsaved += self.attempt.unsaved
        self.handing_in = False
        self.hand_up = False
        self.attempt = Attempt()
        self.paper, self.items = None, ()

    def item_id(self, number: int) -> str:
        """The bank's id of an item of the open paper; empty if there is none."""
        return next((item.id for item in self.items if item.number == number), "")

    def notify(self, kind: str, value: int = 0, text: str = "") -> None:
        """Shows something once."""
        self._notices += 1
        self.notice = NoticeView(self._notices, kind, value, text)


def take(state: State, message: m.RoomToPc) -> None:
    """Takes in one plain message of the room."""
    match message:
        case m.Waiting():
            state.waiting = True
        case m.ClockChanged(clock=clock, reason=reason):
            _clock(state, clock, reason)
        case m.Corrected(number=number, item=item, text=text, seen=seen):
            state.corrections[number] = CorrectionView(number, item, text, seen)
        case m.Notice(kind=kind, value=value, text=text):
            _notice(state, kind, value, text)
        case m.Finished():
            state.finish(message)
        case m.HandInTooEarly(at=at):
            state.handing_in = False
            if state.clock is None or at <= state.clock.hand_in_opens:
                state.fail("hand_in_too_early", at)
            # Else it was this PC's own request at an end that has moved since: the candidate just goes on.
        case _:
            pass


def _clock(state: State, clock: m.Clockwork, reason: str) -> None:
    """New instants: another T is a postponement; else the clock was stopped or goes on, or the end moved."""
    before, state.clock = state.clock or clock, clock
    if clock.start != before.start:
        state.notify("postponed", clock.start, reason)
    elif bool(clock.paused) is not bool(before.paused):
        state.notify("paused" if clock.paused else "went_on", clock.end, reason)
    else:
        state.notify("extra_time" if clock.end >= before.end else "ended_early", clock.end, reason)


def _notice(state: State, kind: str, value: int, text: str) -> None:
    if kind == "may_leave":
        state.may_leave = True
    elif kind == "hand_seen":
        state.hand_up = False
    elif kind == "resume_denied":
        state.leave()
        state.fail("resume_denied")
    state.notify(kind, value, text)


def fact_of(refusal: Refusal) -> int:
    """The one number that explains a refusal: the right seat, else the instant, else a count."""
    return refusal.seat or refusal.at or refusal.count


def screen(state: State, now: int) -> Screen:
    """What the page shows at trusted time `now` (0 if unknown)."""
    if state.status:
        return _ENDS.get(state.status, Screen.FINISHED)
    if state.waiting:
        return Screen.APPROVAL
    if state.admitted is None or state.clock is None:
        return Screen.LOGIN if state.link else Screen.CONNECTING
    paused = bool(state.clock.paused)
    if state.handing_in or (now >= state.clock.end and not paused):
        return Screen.LOCKED
    if not state.confirmed:
        return Screen.CONFIRM
    if not state.read:
        return Screen.RULES
    if state.paper is None:
        return Screen.WAITING
    if paused:
        return Screen.PAUSED
    return Screen.EXAM if now >= state.clock.start else Screen.READING


def view(state: State, now: int, handed_over: bool = False) -> View:
    """Everything the page needs, at trusted time `now` (0 if unknown); `handed_over` is the writer's."""
    clock, attempt = state.clock, state.attempt
    return View(
        screen=screen(state, now),
        seat=state.seat,
        room=state.room,
        link=state.link,
        now=now,
        person=_person(state),
        session=_session(state),
        opening=clock.opening if clock else 0,
        start=clock.start if clock else 0,
        hand_in_opens=clock.hand_in_opens if clock else 0,
        leave_closes=clock.leave_closes if clock else 0,
        end=clock.end if clock else 0,
        paused=clock.paused if clock else 0,
        paper=state.paper is not None,
        answers={str(number): letters for number, letters in attempt.answers.items()},
        saved={str(number): saved for number, saved in attempt.saved.items()},
        unsent=attempt.unsent,
        hand_up=state.hand_up,
        may_leave=state.may_leave,
        status=state.status,
        gone_room=state.gone[0],
        gone_seat=state.gone[1],
        may_free=state.status == "moved" and handed_over,
        held=state.held,
        unsaved=state.unsaved,
        receipt=state.receipt,
        receipt_final=state.receipt_final,
        notice=state.notice,
        error=state.error,
        error_at=state.error_at,
        faults=state.faults,
        corrections=tuple(one for _, one in sorted(state.corrections.items())) if state.paper is not None else (),
    )


def _person(state: State) -> PersonView | None:
    one = state.admitted
    return PersonView(one.name, one.id_masked, one.ticket, one.seat, state.room) if one else None


def _session(state: State) -> SessionView | None:
    if state.admitted is None:
        return None
    session = state.admitted.session
    rules = session.rules
    return SessionView(
        session.title,
        session.occupation,
        session.level,
        state.clock.start if state.clock is not None else session.start,
        rules.duration,
        rules.late_entry,
        rules.earliest_hand_in,
        rules.last_leave,
    )
