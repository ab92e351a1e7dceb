"""What the wire codes of rights, second persons and PINs mean to a person: the part of `shared.explanations` for staff.

Each says what happened, what was kept and what to do next.
"""

from typing import Final

from shared.explanations_lan import N_

STAFF: Final[dict[str, str]] = {
    "not_your_role": N_(
        "Your role may not do this. Nothing was changed. Ask somebody who may, or the chief invigilator."
    ),
    "not_now": N_("This cannot be done in the present phase. Nothing was changed. Look at the phase and try then."),
    "same_person": N_(
        "A second person must confirm this. It still waits and nothing was changed. Ask another entitled person "
        "to sign in and confirm."
    ),
    "needs_head": N_(
        "Of the two people who agree on this, one must be the chief invigilator or a deputy. The first word is "
        "kept. Ask one of them to sign in and confirm."
    ),
    "no_proposal": N_(
        "This proposal was decided, has lapsed, or never was. Nothing was changed. Look at the list; propose it "
        "again if it is still needed."
    ),
    "already_proposed": N_(
        "The same is proposed already and waits. Nothing was changed. Ask another entitled person to confirm it."
    ),
    "too_many_proposals": N_(
        "Too many proposals wait in this sitting. They are kept and nothing was changed. Have some confirmed or "
        "declined first."
    ),
    "no_violation": N_("No violation of this candidate stands. Nothing was changed. Check the candidate."),
    "not_finished": N_(
        "This candidate is not finished or the paper is void. Nothing was changed. Decide about held answers once"
        " the paper is handed in or collected."
    ),
    "nothing_held": N_(
        "No held answers of these candidates can be decided so. Nothing was changed. Those that do not continue "
        "what counts can only be rejected."
    ),
    "nothing_lost": N_(
        "Of these candidates no lost time is undecided. Nothing was changed. Extra time can still be given to each (x)."
    ),
    "makeup_used": N_(
        "The rule leaves no time that one person could give. Nothing was changed. Give extra time beyond it (x), which "
        "a second person confirms."
    ),
    "not_paused": N_(
        "The exam is not paused. Nothing was changed; the clocks are running. Look at the countdown and go on."
    ),
    "has_left": N_(
        "This candidate has left the room. The paper stays handed in; nothing was changed. Ask the chief invigilator."
    ),
    "pin_locked": N_(
        "Too many wrong PINs in a row: this person is locked here. The exam goes on and nothing was changed. The "
        "chief invigilator can unlock at a console, or the site administrator gives a new PIN."
    ),
    "signed_in_elsewhere": N_(
        "This person signed in at another console, so this one was signed out. Everything ordered before is kept."
        " Sign in here again if it was not you, and tell the chief invigilator."
    ),
    "signed_out": N_(
        "The site changed this room's staff, so this console was signed out. Everything ordered before is kept. "
        "Sign in with a name and PIN that are valid now."
    ),
    "nobody": N_("Nobody of the staff has this name. Nothing was changed. Check the name."),
    "bad_pin": N_(
        "This PIN is too easy to guess or has the wrong length. Nothing was changed. Choose 6 to 12 digits that "
        "are not a row, a repetition or a known number."
    ),
    "name_taken": N_(
        "This name is registered elsewhere at this site. Nothing was changed. Choose another spelling, for "
        "example with a number."
    ),
    "no_pin": N_(
        "Name and PIN are needed and can be typed only at a terminal. Nothing was changed. Run the command at a "
        "terminal."
    ),
    "bad_roles": N_(
        "These changes of roles cannot be allowed. Nothing was changed. Readers stay readers, pairs stay pairs, "
        "and somebody must be left to decide every order."
    ),
}
