"""What every wire code means to a person, in plain English (the msgid): what happened, what was kept, what to do next.

A code raised anywhere has its line here, and its Chinese in `shared/locale`; a repository test compares. Does not
translate: `shared.io.text.explain` does.
"""

from typing import Final


def N_(msgid: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return msgid


EXPLANATIONS: Final[dict[str, str]] = {
    # The classes of shared.errors.
    "internal": N_(
        "Something unexpected went wrong in the program. What was already saved is kept. Try once more; if it happens "
        "again, call the technician and note the time."
    ),
    "untrusted": N_(
        "The data received did not pass the check. It was not used and nothing was changed. Fetch it again from where "
        "it came; if it fails again, report it."
    ),
    "malformed": N_(
        "The data received is incomplete or not in the right form. It was not used and nothing was changed. Fetch or "
        "copy it again; if it fails again, report it."
    ),
    "bad_signature": N_(
        "The signature, key or certificate does not fit. The data was not used and nothing was changed. Do not go on "
        "with this file or machine; get it again from its source and tell the technical head."
    ),
    "wrong_binding": N_(
        "This is genuine, but made for another site, session, room, dongle or version. It was not used and nothing was "
        "changed. Check that you took the right file and the right dongle."
    ),
    "expired": N_(
        "This is genuine, but not valid at the present trusted time. It was not used and nothing was changed. Check "
        "the time shown on the screen, then get a document that is still valid."
    ),
    "damaged": N_(
        "Stored or received records are damaged. Nothing was deleted or skipped, and sound copies elsewhere are "
        "untouched. Call the technician, who repairs them from the neighbouring machine's copy."
    ),
    "refused": N_(
        "The rules do not allow this now. Nothing was changed. Check the state shown on the screen, or ask the person "
        "in charge."
    ),
    "unavailable": N_(
        "A machine, disk, key or dongle that is needed cannot be reached now. What was already saved is kept. Check "
        "cable, power and plug; the program goes on trying by itself."
    ),
    "misuse": N_(
        "The program stopped an action because of an error of its own. Nothing was changed. Note the time and what you "
        "did, and report it to the technical support."
    ),
    # Untrusted, more exactly.
    "too_large": N_(
        "The data is larger than allowed. It was not used and nothing was changed. Check that the right file was "
        "chosen, or split it."
    ),
    "wrong_type": N_(
        "This is a document of another kind than the one needed here. It was not used and nothing was changed. Choose "
        "the right file."
    ),
}
