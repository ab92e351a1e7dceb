"""The dongle on the command line: where `init` puts it, its passphrase or PIN, and the commands `unlock` and `restore`.

Secrets come from the environment or a terminal, never from the command line. Does not open any dongle.
"""

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shared import crypto
from shared.errors import Refused
from shared.io.text import translator
from site_server.dongle.place import KeyFilePlace, Place, TokenPlace

if TYPE_CHECKING:
    from site_server.people import Credentials
    from site_server.verbs import Restore, Unlock

_ = translator("site_server")
PASSPHRASE = "KAODIAN_PASSPHRASE"  # noqa: S105  # the name of a variable
PIN = "KAODIAN_PIN"
FIRST_PIN, SECOND_PIN = "KAODIAN_FIRST_PIN", "KAODIAN_SECOND_PIN"


def add_place(parser: argparse.ArgumentParser) -> None:
    """The options of `init` that say what the dongle is."""
    add = parser.add_argument
    add("--dongle", choices=("file", "pkcs11"), default="file", help=_("a key file, or a PKCS#11 token"))
    add("--dongle-path", type=Path, metavar="FILE", help=_("the key file, on a stick; default: in the data folder"))
    add("--module", type=Path, metavar="PATH", help=_("the token vendor's PKCS#11 module"))
    add("--slot", type=int, metavar="N", help=_("the token's slot, where there are several"))
    add("--label", default="", metavar="NAME", help=_("the token's label, where there are several"))
    add(
        "--wrap",
        choices=(crypto.HPKE_P256, crypto.RSA_OAEP),
        default=crypto.HPKE_P256,
        help=_("kind of keys"),
    )


def place_of(args: argparse.Namespace) -> Place:
    """Where the dongle is, from the options of `init`; wrong combinations end the program with usage."""
    token = args.module is not None or args.slot is not None or args.label
    if args.dongle == "file":
        if token or args.wrap != crypto.HPKE_P256:
            args.usage(_("--module, --slot, --label and --wrap belong to --dongle pkcs11"))
        return KeyFilePlace(str(args.dongle_path.resolve()) if args.dongle_path else "")
    if args.module is None or args.dongle_path is not None:
        args.usage(_("--dongle pkcs11 needs --module, and no --dongle-path"))
    return TokenPlace(str(args.module.resolve()), args.slot, args.label, args.wrap)


def secret_of(place: Place, *, fresh: bool = False) -> str:
    """The dongle's passphrase or PIN; a fresh passphrase is typed twice.

    Raises:
        Refused: no terminal and no variable, or the two differ (`no_passphrase`).
    """
    if isinstance(place, TokenPlace):
        return _ask(PIN, _("PIN of the token: "))
    given = os.environ.get(PASSPHRASE)
    typed = _ask(PASSPHRASE, _("Passphrase of the dongle: "))
    if fresh and given is None and typed != getpass.getpass(_("The same passphrase again: ")):
        raise Refused("the two passphrases differ", "no_passphrase")
    return typed


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[argparse.ArgumentParser]:
    """The commands about the dongle of a made site."""
    unlock = verbs.add_parser("unlock", help=_("open the dongle again after it was taken out"))
    restore = verbs.add_parser("restore", help=_("go on with an older data folder or clock, confirmed by two people"))
    restore.add_argument("--reason", required=True, metavar="TEXT", help=_("why; it is recorded"))
    restore.add_argument("--first", required=True, metavar="NAME", help=_("who confirms"))
    restore.add_argument("--second", required=True, metavar="NAME", help=_("who confirms too"))
    return [unlock, restore]


def unlock_of(place: Place) -> "Unlock":
    """The request to open the dongle again."""
    from site_server.verbs import Unlock

    return Unlock(secret_of(place))


def restore_of(args: argparse.Namespace) -> "Restore":
    """The request to override, with both people's PINs."""
    from site_server.verbs import Restore

    return Restore(args.reason, *two_people(args))


def two_people(args: argparse.Namespace) -> "tuple[Credentials, Credentials]":
    """Who confirms (`first`, `second`), with their PINs."""
    return one_person(args.first, FIRST_PIN), one_person(args.second, SECOND_PIN)


def one_person(name: str, variable: str) -> "Credentials":
    """Somebody who orders something, with the PIN from the environment or the terminal."""
    from site_server.people import Credentials

    return Credentials(name, _ask(variable, _("PIN of {name}: ").format(name=name)))


def _ask(variable: str, prompt: str) -> str:
    given = os.environ.get(variable)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise Refused(f"set {variable}, or run at a terminal", "no_passphrase")
    return getpass.getpass(prompt)
