"""Where a sitting stands and what the proctor does next: phase ladder, countdown, next step. Pure; time is an argument.

The next step is always told, also when it is to wait, and names its key.
"""

from enum import IntEnum
from typing import Final

from proctor_console.console import board as b
from proctor_console.console.texts import N_, _, minutes, span, time_of_day
from shared import limits
from shared.messages import Board
from shared.sitting import Status

_LAST_MINUTES: Final = 5 * limits.MINUTE


class Rung(IntEnum):
    """The ladder of an exam, in order."""

    PREPARE = 0
    LOGIN = 1
    ARMED = 2
    ANSWERING = 3
    CLOSING = 4
    ENDED = 5


RUNGS: Final[dict[Rung, str]] = {
    Rung.PREPARE: N_("Prepare"),
    Rung.LOGIN: N_("Log-in"),
    Rung.ARMED: N_("Start allowed"),
    Rung.ANSWERING: N_("Exam"),
    Rung.CLOSING: N_("Collection"),
    Rung.ENDED: N_("Ended"),
}


def rung(board: Board, now: int) -> Rung:
    """Where the sitting stands."""
    if board.ended:
        return Rung.ENDED
    now = b.clock(board, now)
    if board.opened:
        return Rung.CLOSING if now >= board.clock.end or not b.unfinished(board) else Rung.ANSWERING
    if board.armed:
        return Rung.ARMED
    return Rung.LOGIN if board.login_allowed else Rung.PREPARE


def countdown(board: Board, now: int) -> tuple[str, str]:
    """What is counted down to, and the time left as text."""
    at, now = rung(board, now), b.clock(board, now)
    if at is Rung.ENDED:
        return _("Ended"), "--:--"
    if board.clock.paused:
        return _("PAUSED since {time}, left").format(time=time_of_day(now)), span(board.clock.end - now)
    if now < board.clock.start:
        return _("To the start at {time}").format(time=time_of_day(board.clock.start)), span(board.clock.start - now)
    if now < board.clock.end:
        return _("To the end at {time}").format(time=time_of_day(board.clock.end)), span(board.clock.end - now)
    return _("Ended at {time}").format(time=time_of_day(board.clock.end)), "00:00"


def next_step(board: Board, now: int) -> str:
    """One sentence: what to do now, or what to wait for."""
    urgent = "" if board.ended else _urgent(board)
    if urgent:
        return urgent
    match rung(board, now):
        case Rung.PREPARE:
            return _before_login(board, now)
        case Rung.LOGIN:
            return _before_arming(board, now)
        case Rung.ARMED:
            return _before_opening(board, now)
        case Rung.ANSWERING:
            return _answering(board, now)
        case Rung.CLOSING:
            return _closing(board, now)
        case Rung.ENDED:
            return _ended(board)


def _urgent(board: Board) -> str:
    """What comes before anything that the phase asks for; empty if nothing does."""
    if board.cancelled:
        return _("The session is cancelled: tell the candidates calmly, then press F8 to end the exam")
    if not board.disk_ok:
        return _("Call the technician at once; candidates go on and stay seated, their PCs keep every answer")
    asking = b.waiting(board)
    if asking:
        return _("Decide about {name} (F4)").format(name=asking[0].name)
    if board.clock.paused:
        return _("Keep order, the papers are covered; when the chief invigilator agrees, press r to go on")
    return ""


def while_cut() -> str:
    """What to do while the room service is not reached: what the last board asked for may be long done."""
    return _("Keep order, candidates go on answering; if the line is still cut after a minute, call the technician")


def _before_login(board: Board, now: int) -> str:
    opens = board.session.start - board.session.rules.login_opens_before
    if now < opens:
        return _("Check PCs and seats; log-in may be allowed from {time}").format(time=time_of_day(opens))
    return _("Press F2 to allow log-in")


def _before_arming(board: Board, now: int) -> str:
    opens = board.session.start - board.session.rules.arm_opens_before
    if now < opens:
        text = _("Seat the candidates and check ticket and ID card; the start may be allowed from {time}")
        return text.format(time=time_of_day(opens))
    return _("Press F3 to allow the start; the paper then opens by itself at {time}").format(
        time=time_of_day(board.clock.opening)
    )


def _before_opening(board: Board, now: int) -> str:
    absent = len(b.not_logged_in(board))
    if not board.keys and now >= board.clock.opening:
        return _("The paper keys are not here yet: tell the site administrator; the paper opens as soon as they come")
    if now >= board.clock.opening:
        return _("The paper is opening")
    if not board.keys:
        return _("Waiting for the paper keys from the site machine; nothing to do here")
    if absent:
        return _("Opens by itself at {time}; call the {count} who are not logged in (key 2 lists them)").format(
            time=time_of_day(board.clock.opening), count=absent
        )
    return _("All are logged in; the paper opens by itself at {time}").format(time=time_of_day(board.clock.opening))


def _answering(board: Board, now: int) -> str:
    missing = len(b.not_logged_in(board))
    late_ends = board.session.start + board.session.rules.late_entry
    hands = [row for row in board.rows if row.hand_up]
    if hands:
        return _("Seat {seat} raised a hand: go there, then select it and press h").format(seat=b.stands_at(hands[0]))
    if b.guests(board):
        text = _("Candidates come from another room: let {name} log in at seat {seat}, with ticket and ID number")
        first = b.guests(board)[0]
        return text.format(name=first.name, seat=b.stands_at(first))
    if b.lost(board):
        return _("{count} candidates lost time: press g to give it back or not").format(count=len(b.lost(board)))
    if missing and now < late_ends:
        return _("Check identities seat by seat; {count} not logged in may still come until {time}").format(
            count=missing, time=time_of_day(late_ends)
        )
    if missing:
        return _("Press F7 to register the absence of {count} who never logged in").format(count=missing)
    if now >= board.clock.end - _LAST_MINUTES:
        text = _("Remind everybody to hand in; whoever has not is collected automatically at {time}")
        return text.format(time=time_of_day(board.clock.end))
    leaving = sum(row.status == Status.SUBMITTED and not row.left for row in board.rows)
    if leaving:
        return _("{count} handed in: check the seat, select it and press l to let the candidate leave").format(
            count=leaving
        )
    left = minutes(board.clock.end - now)
    return _("Watch the room; {count} min left, nothing to do here").format(count=left)


def _closing(board: Board, now: int) -> str:
    open_ = b.unfinished(board)
    if b.lost(board):
        return _("{count} candidates lost time: press g to give it back or not, before you end the exam").format(
            count=len(b.lost(board))
        )
    if not open_ and b.gone(board) and now < board.clock.end:
        return _("{count} go on in another room: lead them to the room and seat shown at their seats; then F8").format(
            count=len(b.gone(board))
        )
    if not open_:
        return _("All are finished: press F8 to end the exam")
    if b.not_logged_in(board):
        return _("Press F7 to register the absence of {count} who never logged in").format(
            count=len(b.not_logged_in(board))
        )
    return _("Collecting automatically until {time}; {count} to go. Candidates stay seated, PCs stay on").format(
        time=time_of_day(max(row.end for row in open_) + board.session.rules.grace), count=len(open_)
    )


def _ended(board: Board) -> str:
    if board.site_behind:
        return _("Ended. Leave this machine on: {count} records are still on their way to the site machine").format(
            count=board.site_behind
        )
    if board.head is None:
        return _("Ended, and all records have reached the site machine. Sign the room record sheet")
    text = _("Ended, and all records have reached the site machine. Write the closing code {code} into the room record")
    return text.format(code=board.head.code)
