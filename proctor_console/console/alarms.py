"""Alarms and standing concerns in words, each with its next step. Pure.

An `Alarm` is an event the room reports once; a `Concern` is a condition that the present state shows and that goes
away by itself. Texts never name an answer. Unknown codes of a newer room are shown with the code.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from proctor_console.console import board as b
from proctor_console.console import clockface, rights
from proctor_console.console import state as s
from proctor_console.console.texts import N_, _, date_time, span, time_of_day
from shared import limits
from shared.io.text import explain
from shared.messages import Alarm, Board

TIME_ERROR_MAX: Final = 2 * limits.SECOND
SEATS_NAMED: Final = 8

WORDS: Final[dict[str, str]] = {
    "disk_failed": N_(
        "The room machine cannot write to its disk. Answers stay in the PCs meanwhile. Call the technician at once."
    ),
    "disk_hangs": N_(
        "The room machine's disk does not answer. Nothing is lost: answers stay in the PCs and are saved here as soon "
        "as it does. Call the technician at once."
    ),
    "disk_low": N_(
        "The room machine's disk is almost full: {count} MiB left, all is still saved. Call the technician to free "
        "space (no exam files)."
    ),
    "site_away": N_(
        "The site machine is not heard from. The exam goes on here and everything is kept; it is sent by itself later. "
        "Tell the site administrator."
    ),
    "seat_silent": N_(
        "The PC at seat {seat} ({ticket}) is not heard from. What was typed stays in that PC. Look whether it is on "
        "and its cable is in; else let the candidate go on at a spare PC."
    ),
    "keys_missing": N_(
        "The paper keys have not come. The paper opens as soon as they are here. Tell the site administrator."
    ),
    "keys_unfit": N_(
        "The paper keys that came do not fit this session and were not used. Tell the site administrator at once."
    ),
    "record_conflict": N_(
        "Seat {seat} ({ticket}) sent records that contradict stored ones. What was stored is kept. Call the technician "
        "and note the time."
    ),
    "resume_waiting": N_("{ticket} asks to go on at seat {seat}. Press F4 to decide."),
    "clock_jumped": N_(
        "The system clock was changed by {value} s. The exam keeps trusted time; nothing moved. Tell the technician."
    ),
    "time_from_neighbours": N_(
        "After its restart the room took the time back from {count} PCs that agree; the exam keeps its end. The site's "
        "time takes over by itself once the site answers."
    ),
    "time_doubted": N_(
        "The PCs say that it is earlier than what this room has recorded; they were not believed. Compare your "
        "watches: two people confirm the wall clock, or wait for the site machine."
    ),
    "time_confirmed": N_(
        "Two people confirmed the wall clock, and the room goes by it. The site's time takes over by itself once the "
        "site answers. Both names stand in the record."
    ),
    "time_moved": N_(
        "Trusted time was corrected by {value} s by the site machine; ends shown here are right again. Note it, and "
        "tell the chief invigilator."
    ),
    "site_refused": N_(
        "The site machine turned something of this room down. The exam goes on here, everything is kept. Tell the site "
        "administrator."
    ),
    "room_replaced": N_(
        "Another machine took this room machine's place; this one ends and takes nothing more. What it saved is kept. "
        "Leave it switched off; this console finds the new machine by itself."
    ),
    "offer_refused": N_(
        "A session that the site machine sent did not pass the check and was not taken in. Sittings that are here go "
        "on. Tell the site administrator."
    ),
    "session_changed": N_(
        "The certification body changed this session. Read the lines at the top of the screen, announce what concerns "
        "the candidates, and check whether the start has to be allowed again."
    ),
    "change_refused": N_(
        "A change of the session by the certification body came too late and was not carried out; this is recorded. "
        "The exam goes on as it is. Tell the site administrator."
    ),
    "pin_guessing": N_(
        "Wrong PINs were tried at a console of this room until the person was locked. Nobody was let in. See who sits "
        "at the machines; the chief invigilator or the site unlocks."
    ),
    "flood": N_(
        "The PC at seat {seat} ({ticket}) sends more than any candidate can type and is made to wait; nobody else "
        "notices. Look at what runs there; the technician may revoke the PC."
    ),
    "crowd": N_(
        "A machine (seat {seat}) opens more connections than it needs and is hung up on; nobody else notices. Look for "
        "a foreign device on the room's network."
    ),
    "site_contradicts": N_(
        "The site machine's record contradicts what it told this room before, or what this room holds. Everything here "
        "is kept as evidence. Note the time and call the chief invigilator and the certification body."
    ),
    "site_head_refused": N_(
        "The site machine sent a signed head that does not fit and was not kept. The exam goes on. Tell the technical "
        "head of the site."
    ),
    "guest_arrived": N_(
        "{ticket} comes from another room and goes on at seat {seat}, with all answers saved there. Let the candidate "
        "log in at that PC with ticket and ID number; lost time is proposed then."
    ),
    "behind_site": N_(
        "This machine lacks records that the site machine holds. Do not end the exam. Call the technician at once."
    ),
}


STANDING: Final = frozenset({
    "resume_waiting", "seat_silent", "guest_arrived", "disk_low", "disk_failed", "site_away", "keys_missing",
})  # fmt: skip
"""Alarms of what the board tells for as long as it is so: on the strip they would still ask when it is over."""
GRAVE: Final = frozenset({
    "disk_failed", "disk_hangs", "room_replaced", "behind_site", "site_contradicts", "record_conflict", "keys_unfit",
    "guest_refused",
})  # fmt: skip


def words(alarm: Alarm) -> str:
    """An alarm as one text: what happened, what is kept, what to do."""
    text = WORDS.get(alarm.code)
    if text is None:
        where = _("Seat {who}").format(who=f"{alarm.seat}: ") if alarm.seat else ""
        return f"{where}{explain(alarm.code)}" + "".join(f" ({fact})" for fact in (alarm.ticket, alarm.text) if fact)
    seat = alarm.seat or "-"
    value = round(alarm.value / limits.SECOND)
    return _(text).format(seat=seat, ticket=alarm.ticket or "-", value=value, count=alarm.value)


class Weight(IntEnum):
    """How a concern is coloured; the larger the more urgent."""

    NOTE = 0
    CARE = 1
    DANGER = 2


class Concern(NamedTuple):
    """A condition to show on the strip."""

    weight: Weight
    text: str


def concerns(state: s.State, now: int, boot: int) -> tuple[Concern, ...]:
    """What must be on the strip now, the most urgent first."""
    found = []
    if state.link is s.LinkState.DOWN:
        text = _(
            "No line to the room service for {time}, reconnecting by itself; below is the last known. Candidates go on."
        )
        found.append(Concern(Weight.DANGER, text.format(time=span(boot - state.down_since))))
    if state.time is not None and not state.time.known and state.link is s.LinkState.UP:
        text = _(
            "The room has no trusted time. It takes it from the site or the PCs by itself; if neither answers: c, two "
            "people confirm the clock."
        )
        said = _("{name} has confirmed it is {time}; a second person confirms with c.")
        waits = said.format(name=state.time.by, time=time_of_day(state.time.confirmed)) if state.time.by else text
        found.append(Concern(Weight.DANGER, waits))
    board = s.current(state)
    if board is not None:
        found += _of_board(board, now)
    if state.machines is not None and state.machines.pending:
        text = _("{count} PCs wait to be enrolled: F5 shows them")
        found.append(Concern(Weight.CARE, text.format(count=len(state.machines.pending))))
    for other in s.elsewhere(state):
        text = _("Somebody waits in the other sitting {title}: F10 switches")
        found.append(Concern(Weight.CARE, text.format(title=other.session.title)))
    found += _unseen(state, board is not None)
    return tuple(sorted(found, key=lambda one: -one.weight))


def _unseen(state: s.State, boards: bool) -> list[Concern]:
    """The most urgent alarm that nobody has looked at, of several such the newest; `boards` say what stands."""
    open_ = [one.alarm for one in state.alarms if not one.seen and not (boards and one.alarm.code in STANDING)]
    if not open_:
        return []
    grave = [one for one in open_ if one.code in GRAVE]
    weight = Weight.DANGER if grave else Weight.CARE
    return [Concern(weight, f"{words((grave or open_)[-1])} " + _("[F9 log]"))]


def _of_board(board: Board, now: int) -> list[Concern]:
    found = _of_disk(board)
    if board.armed and not board.opened and not board.keys and now >= board.clock.opening:
        found.append(Concern(Weight.DANGER, words(Alarm("keys_missing"))))
    for row in b.waiting(board) if not board.ended else ():
        text = _("{name} asks to go on at seat {seat} (from seat {old}): F4 decides")
        filled = text.format(name=row.name, seat=row.waiting_seat, old=b.stands_at(row))
        found.append(Concern(Weight.CARE, filled))
    if board.time_error < 0:
        found.append(Concern(Weight.DANGER, _("The room has no trusted time yet. Tell the site administrator.")))
    if board.time_error > TIME_ERROR_MAX:
        text = _("Trusted time is uncertain by {seconds} s. Tell the site administrator; do not set any clock by hand.")
        found.append(Concern(Weight.CARE, text.format(seconds=round(board.time_error / limits.SECOND, 1))))
    found += _of_changes(board)
    if not board.ended:
        found += _of_time(board, now)
    wrong = [b.stands_at(row) for row in board.rows if clockface.wrong(row.clock_off, row.clock_error)]
    wrong += [pc.seat for pc in board.pcs if clockface.wrong(pc.clock_off, pc.clock_error)]
    if wrong:
        text = _("The PCs' system clocks are wrong at seats {seats}. The exam does not go by them.")
        found.append(Concern(Weight.NOTE, text.format(seats=_few(wrong))))
    if board.proposals:
        text = _("{count} proposals wait (key p), the first by {name}: {what}")
        first = board.proposals[0]
        filled = text.format(count=len(board.proposals), name=first.by, what=rights.what(first.command, board))
        found.append(Concern(Weight.CARE, filled))
    held = sum(row.undecided for row in b.decidable(board))
    if held:
        text = _("{count} records came too late or from an old PC and are held: key d, two people decide")
        found.append(Concern(Weight.CARE, text.format(count=held)))
    if not board.site_online:
        text = _(
            "Site machine not reachable: the exam goes on, tell the site administrator. {count} records wait and are "
            "sent by themselves."
        )
        found.append(Concern(Weight.NOTE, text.format(count=board.site_behind)))
    return found


def _of_disk(board: Board) -> list[Concern]:
    if not board.disk_ok:
        return [Concern(Weight.DANGER, words(Alarm("disk_failed")))]
    if 0 <= board.disk_left < limits.DISK_LOW:
        return [Concern(Weight.DANGER, words(Alarm("disk_low", value=board.disk_left // limits.MIB)))]
    return []


def _of_time(board: Board, now: int) -> list[Concern]:
    """Who is out of work or was, and whether the clock stands."""
    found: list[Concern] = []
    if board.clock.paused:
        text = _("PAUSED since {time} for {length}: the clock stands and the papers are covered; r goes on.")
        paused = board.clock.paused
        found.append(Concern(Weight.DANGER, text.format(time=time_of_day(paused), length=span(now - paused))))
    unheard = [b.stands_at(row) for row in b.unheard(board)]
    if unheard:
        text = _(
            "No word from the PCs at seats {seats}: check power and cable, or use a spare PC. Answers stay in them."
        )
        found.append(Concern(Weight.CARE, text.format(seats=_few(unheard))))
    guests = [b.stands_at(row) for row in b.guests(board)]
    if guests:
        text = _("{count} candidates come from another room, to seats {seats}: let them log in there.")
        found.append(Concern(Weight.CARE, text.format(count=len(guests), seats=_few(guests))))
    gone = b.gone(board)
    if gone:
        text = _("{count} candidates go on in another room: where stands at their seats (t list).")
        found.append(Concern(Weight.NOTE, text.format(count=len(gone))))
    lost = b.lost(board)
    if lost:
        text = _("{count} candidates lost time, {most} at most: key g gives it back or not")
        most = span(max(row.lost for row in lost))
        found.append(Concern(Weight.CARE, text.format(count=len(lost), most=most)))
    return found


def _few(seats: list[int]) -> str:
    return ", ".join(map(str, sorted(seats)[:SEATS_NAMED])) + (" ..." if len(seats) > SEATS_NAMED else "")


def _of_changes(board: Board) -> list[Concern]:
    """What the certification body changed of this session, as long as the sitting is open."""
    found: list[Concern] = []
    if board.ended:
        return found
    if board.cancelled:
        text = _("This session was CANCELLED by the certification body: announce it calmly, then press F8 to end it.")
        found.append(Concern(Weight.DANGER, text))
    elif board.planned not in (0, board.session.start) and not board.opened:
        text = _("Postponed by the certification body: starts at {time} instead of {planned}.")
        filled = text.format(time=date_time(board.session.start), planned=date_time(board.planned))
        found.append(Concern(Weight.CARE, filled))
    if board.spare:
        found.append(Concern(Weight.NOTE, _("The spare paper is in use here.")))
    for one in reversed(board.corrections):
        text = _("Correction {number}: {text} ({seen} candidates have read it)")
        found.append(Concern(Weight.NOTE, text.format(number=one.number, text=one.text, seen=one.seen)))
    return found
