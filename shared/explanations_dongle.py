"""What the wire codes of the dongle mean to a person: the part of `shared.explanations` for it.

Each says what happened, what was kept and what to do next.
"""

from typing import Final

from shared.explanations_lan import N_

DONGLE: Final[dict[str, str]] = {
    "no_dongle": N_(
        "The dongle is not plugged in or not open. What was already saved is kept and a running exam goes on. Plug it "
        "in, open it with unlock, and try again."
    ),
    "dongle_gone": N_(
        "The dongle was taken out or does not answer. What was already saved is kept and the running exam goes on. "
        "Plug it in again and open it with unlock."
    ),
    "other_dongle": N_(
        "This belongs to another dongle than the one here. It was not used and nothing was changed. Plug in the dongle "
        "registered for this site, or ask the platform to issue anew."
    ),
    "dongle_exists": N_("This stick holds a dongle already. It is kept as it is. Take another stick."),
    "dongle_locked": N_(
        "Too many wrong passphrases: the dongle is locked. Its content is kept. Tell the platform, which registers a "
        "replacement."
    ),
    "weak_passphrase": N_(
        "The passphrase is too weak: too short, too few different characters, digits alone, or the site's id. Nothing "
        "was changed. Choose a longer one, best several words, and try again."
    ),
    "wrong_passphrase": N_(
        "The passphrase does not open the dongle. Nothing was changed. Check it before the next try: tries are counted."
    ),
    "no_passphrase": N_("No passphrase or PIN was entered, or the two differ. Nothing was changed. Enter it again."),
    "token_pin_wrong": N_(
        "The PIN does not open the token. Nothing was changed. Check it before the next try: the token counts them and "
        "locks itself."
    ),
    "token_pin_locked": N_(
        "The token's PIN is locked or must be changed first. Its content is kept. Unlock it with the vendor's program "
        "and the security officer's PIN, or tell the platform."
    ),
    "no_token": N_(
        "No usable token is in the reader or slot. Nothing was changed. Plug it in, prepare a new one with the "
        "vendor's program, or choose another slot."
    ),
    "no_token_label": N_(
        "No single token fits the label and slot chosen. Nothing was changed. Choose one of those named by its "
        "label or slot."
    ),
    "no_module": N_(
        "The token's PKCS#11 module cannot be loaded. Nothing was changed. Check its path, and install the vendor's "
        "package and python-pkcs11."
    ),
    "module_crashed": N_(
        "The vendor's module crashed or hung. What was already saved is kept. Plug the token in again and retry; if it "
        "happens again, use another version of the module."
    ),
    "token_cannot": N_(
        "The token cannot do what this wrap type needs. Nothing was left on it. Choose the other wrap type, or take "
        "another token."
    ),
    "mark_damaged": N_(
        "The dongle does not hold its own mark any more. Nothing was changed. Do not go on by yourself: two named "
        "people decide with restore, and the platform is told."
    ),
    "rolled_back": N_(
        "This data folder is older than what the dongle remembers: a backup or copy was put in its place. Nothing was "
        "changed. Put the newest folder back; if it is lost, two named people confirm with restore that this one "
        "counts."
    ),
    "clock_before_mark": N_(
        "The time lies before the newest that the dongle remembers. It was not used and nothing was changed. "
        "Synchronise with the platform; if that time is right, two named people confirm with restore."
    ),
    "nothing_to_override": N_(
        "The dongle's mark forbids nothing here. Nothing was changed. Start the service as usual."
    ),
}
