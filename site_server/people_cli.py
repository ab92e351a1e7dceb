"""The part of `kaodian-site` about people: who works where, and their PINs.

A PIN never stands on the command line: it is drawn, comes from the environment (`KAODIAN_NEW_PIN`) or is typed at the
terminal. Knows no rules of `people.py`.
"""

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from shared.errors import Refused
from shared.io.text import translator
from shared.roles import SITE_STAFF, STAFF, Role

if TYPE_CHECKING:
    from site_server.verbs import AddStaff, ListStaff, RemoveStaff

_ = translator("site_server")
PIN: Final = "KAODIAN_NEW_PIN"  # the name of a variable


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", run: Callable[[argparse.Namespace], int]) -> None:
    """The commands `staff` (of a room) and `person` (of the site)."""
    for name, text, roles in (
        ("staff", _("register, list, replace and remove a room's staff"), STAFF),
        ("person", _("the same for people of the site: chief invigilator, technical head, inspectors"), SITE_STAFF),
    ):
        one = verbs.add_parser(name, help=text)
        one.add_argument("what", nargs="?", choices=("add", "list", "replace", "remove"), default="add")
        if name == "staff":
            one.add_argument("--room", required=True, metavar="ID", help=_("the room"))
        one.add_argument("--name", default="", help=_("the person's name"))
        one.add_argument("--role", choices=sorted(roles), help=_("the person's role"))
        one.add_argument("--by", default="", metavar="NAME", help=_("with replace: who comes instead"))
        one.add_argument("--choose-pin", action="store_true", help=_("type the PIN instead of having it drawn"))
        one.add_argument("--json", action="store_true", help=_("as JSON"))
        one.set_defaults(run=run, parser=one)


def verb_of(args: argparse.Namespace) -> "AddStaff | RemoveStaff | ListStaff":
    """The request; leaves with wrong usage when a word is missing."""
    from site_server import verbs as v

    room = args.room if args.verb == "staff" else ""
    if args.what == "list":
        return v.ListStaff(room)
    if not args.name or (args.what != "remove" and not args.role) or (args.what == "replace" and not args.by):
        args.parser.error(_("needed: --name, to add or replace also --role, to replace also --by"))
    if args.what == "remove":
        return v.RemoveStaff(room, args.name)
    pin = _typed(PIN, _("PIN of {name}: ").format(name=args.by or args.name)) if args.choose_pin else ""
    if args.what == "replace":
        return v.AddStaff(room, args.by, Role(args.role), pin, args.name)
    return v.AddStaff(room, args.name, Role(args.role), pin)


def say(args: argparse.Namespace, facts: dict[str, Any]) -> str:
    """What came of it."""
    where = _("Room {room}").format(room=facts["room"]) if facts["room"] else _("Site")
    if args.what == "list":
        lines = [f"{where}: {one['name']} ({one['role']})" for one in facts["staff"]]
        return "\n".join(lines) or f"{where}: " + _("nobody is registered")
    if args.what == "remove":
        return f"{where}: " + _("{name} was removed and is signed out everywhere").format(**facts)
    if not facts["pin"]:
        return f"{where}: " + _("{name} is registered with the PIN typed").format(**facts)
    return f"{where}, " + _("{name}: note the PIN now, it is not shown again: {pin}").format(**facts)


def _typed(variable: str, text: str) -> str:
    """A PIN from the environment or, unseen, from the terminal."""
    given = os.environ.get(variable)
    if given is None and not sys.stdin.isatty():
        raise Refused(f"set {variable}, or run at a terminal", "no_pin")
    return (given if given is not None else getpass.getpass(text)).strip()
