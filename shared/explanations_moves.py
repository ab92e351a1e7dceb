"""What the wire codes of moves from room to room mean to a person: the part of `shared.explanations` about them.

Each says what happened, what was kept and what to do next.
"""

from typing import Final

from shared.explanations_lan import N_

MOVES: Final[dict[str, str]] = {
    "is_moved": N_(
        "This candidate goes on in another room. All answers saved here are kept there. Send the candidate to the room "
        "and seat that the chief invigilator named."
    ),
    "guest_refused": N_(
        "A candidate whom the site sends could not be taken into this room. Everything saved is kept at the site. Tell "
        "the site administrator, and move the candidate to another room."
    ),
    "no_epoch_left": N_(
        "This PC went on so often that this room may not let the candidate go on any more. The answers are kept. Call "
        "the technician, and move the candidate to another room."
    ),
    "not_moved_away": N_(
        "The candidate has not left this room, so no other room can send the candidate here. Nothing was changed. Tell "
        "the site administrator."
    ),
    "no_free_seat": N_(
        "The other room has too few PCs that are enrolled and free. Nobody was moved and nothing was changed. Choose "
        "another room, or enrol more PCs there."
    ),
    "same_room": N_("The candidates are in that room already. Nothing was changed. Choose another room."),
    "rooms_differ": N_(
        "The two rooms do not sit the same paper at the same time. Nobody was moved and nothing was changed. Choose a "
        "room with the same start and paper."
    ),
    "room_silent": N_(
        "The room that the candidates leave did not answer in time. Whoever it let go on elsewhere is kept and moved "
        "as soon as it answers. Look at the site's page, then give the order again for the others."
    ),
    "room_not_back": N_(
        "This site was rebuilt from a save, and a room of this session has not linked since. It may hold moves that "
        "the save does not know. Nobody was moved and nothing was changed. Wait until all rooms have linked; revoke "
        "the machine of a room that will not come back today, then give the order again."
    ),
    "nobody_to_move": N_("Nobody there is unfinished. Nothing was changed. Check the room and the session."),
    "not_your_room": N_(
        "Candidates can be moved only out of the room of this console, except by people of the site. Nothing was "
        "changed. Give the order at a console of their room, or ask the site's chief invigilator."
    ),
}
