"""What a refusal of the room means to a proctor, in words with the facts filled in.

Codes are those of `shared.exam`, `shared.receiving` and the room's log-in; an unknown one gets the general
explanation of `shared.io.text`. Every text says what happened, what was kept and what to do next.
"""

from typing import Final

from proctor_console.console.texts import N_, _, minutes, time_of_day
from shared.io.text import explain
from shared.refusal import Refusal

WORDS: Final[dict[str, str]] = {
    "sitting_ended": N_(
        "The exam of this sitting is ended. Nothing was changed, and nothing more can be changed here."
    ),
    "unknown_ticket": N_(
        "No candidate with this ticket belongs to the room. Nothing was changed. Check the ticket number."
    ),
    "already_done": N_("This was done already, perhaps at another console. Nothing was changed; go on."),
    "too_early": N_("It is too early. Nothing was changed. Possible from {time}."),
    "login_first": N_("Log-in is not allowed yet. Nothing was changed. Press F2 first, then F3."),
    "unfinished": N_(
        "{count} candidates are not finished, the first is {ticket}. The exam goes on and nothing was changed. "
        "Register "
        "absences (F7) or wait for the automatic collection, then end the exam."
    ),
    "reason_needed": N_("A reason is needed. Nothing was changed. Write in a few words what happened."),
    "over_makeup": N_("More than the rules allow in all ({minutes} min). No time was added. Enter fewer minutes."),
    "not_open": N_("The paper is not open yet. Nothing was changed. Extra time can be given after the start."),
    "over": N_("The time is over and the papers are collected. Nothing was changed. Ask the chief invigilator."),
    "finished": N_("This candidate is finished already. Nothing was changed."),
    "not_absent": N_("This candidate is not registered as absent. Nothing was changed."),
    "was_here": N_("This candidate was logged in and cannot be registered as absent. Nothing was changed."),
    "not_allowed": N_("This is not possible here. Nothing was changed. Check the entries and try again."),
    "never_here": N_("This candidate never logged in, so no violation can be recorded. Nothing was changed."),
    "nothing_waiting": N_(
        "Nobody is waiting any more; it was perhaps decided at another console. Nothing was changed."
    ),
    "seat_taken": N_(
        "Seat {seat} is taken by another candidate who is not finished. Nothing was changed. Take another PC "
        "and log in there."
    ),
    "not_handed_in": N_("The paper is not handed in. The candidate stays; nothing was changed."),
    "stay_seated": N_("In the last minutes nobody leaves. Nothing was changed. Leaving is possible again from {time}."),
    "pin_wrong": N_(
        "Name or PIN is not right. Nothing was changed. Check both and try again; if the room machine has never "
        "reached the site machine today, it does not know its staff yet."
    ),
    "slow_down": N_("Too many wrong PINs for this name. Wait a minute, then try again, or ask for a new PIN."),
    "no_time": N_(
        "The room has no trusted time yet. Nothing was changed. Tell the site administrator, then try again."
    ),
    "times_differ": N_(
        "That is more than a minute away from what the other person confirmed. Nothing was set. Compare your watches "
        "and confirm again, both of you."
    ),
    "before_record": N_(
        "It is later than that: this room has records up to {time}. Nothing was set. Check date and time, then confirm "
        "again."
    ),
    "no_link": N_(
        "The site machine does not answer, so nothing was changed here. If it had the order already, the screen shows "
        "it once the site is back: look then, and order again if needed. The exam goes on."
    ),
    "unknown_session": N_(
        "The room does not know this sitting any more. Nothing was changed. Choose another with F10."
    ),
    "other_version": N_(
        "Console and room service are of different versions. Nothing was changed. Install the same version on both."
    ),
}


def words(refusal: Refusal) -> str:
    """The refusal as one text for the person at the console."""
    text = WORDS.get(refusal.code)
    if text is None:
        return explain(refusal.code)
    return _(text).format(
        time=time_of_day(refusal.at),
        minutes=minutes(refusal.at),
        seat=refusal.seat,
        count=refusal.count,
        ticket=refusal.ticket,
    )
