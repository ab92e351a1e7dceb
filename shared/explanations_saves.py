"""What the wire codes about saves of the site's data, and about a site rebuilt from one, mean to a person: the part of
`shared.explanations` for it.

Each says what happened, what was kept and what to do next.
"""

from typing import Final

from shared.explanations_lan import N_

SAVES: Final[dict[str, str]] = {
    "rebuilt": N_(
        "This data folder was rebuilt from a save. Nothing in it was changed since. Two people confirm with restore "
        "that the site goes on from it; then start the service, and the rooms hand back what they hold."
    ),
    "no_save": N_(
        "No save of a site lies in that folder. Nothing was changed. Name the folder that was given to save, or the "
        "stick on which it is."
    ),
    "save_failed": N_(
        "The site's data could not be saved. The exam goes on and the save before this one is kept as it was. Check "
        "that the disk or stick is there and has room, then save again."
    ),
    "save_damaged": N_(
        "The save does not read back as it was written, or was changed since. It was not used. Use another save, or "
        "save again onto another disk."
    ),
    "save_exists": N_("A save of another site lies in that folder. It is kept as it is. Choose another folder."),
    "save_old": N_(
        "The site's data were not saved for a long time. The exam goes on. Check that the disk or stick for saves is "
        "there, then save by hand."
    ),
    "machine_returned": N_(
        "A room machine that this site's data do not name linked with a certificate of this site: it was enrolled "
        "after the save. It was let in and its exam goes on. Check that it is the right machine, else revoke it."
    ),
    "staff_reset": N_(
        "This room knew other staff than the save this site was rebuilt from. Nothing of the exam was changed, and the "
        "list of the save counts now. Register again, and remove again, who was changed after the save."
    ),
    "moved_twice": N_(
        "A room was sent a candidate by this site, and this site's data name another room for that candidate. Both "
        "are kept, and so are all answers. Let the candidate go on where the candidate sits, leave the rooms as they "
        "are, and tell the platform before results are made."
    ),
    "granted_twice": N_(
        "This site and one of its rooms hold different grants for the same sitting. Both are kept. Leave the room as "
        "it is, collect evidence, and tell the platform before results are made."
    ),
}
