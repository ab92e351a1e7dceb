"""The commands about machines of `kaodian-site`: their arguments, their requests and how their outcome is said."""

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shared import limits
from shared.io.text import translator

if TYPE_CHECKING:
    from site_server.machine_verbs import AnyMachineVerb

_ = translator("site_server")
VERBS = frozenset({"window", "machines", "confirm", "decline", "revoke"})
CONFLICTS = {
    "": "",
    "no_seat": _("no seat could be told: give --seat"),
    "beyond_plan": _("beyond the room's plan"),
    "asked_twice": _("two ask for this seat"),
    "replaces": _("takes the place of an enrolled PC"),
}


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", run: Callable[[argparse.Namespace], int]) -> None:
    """Adds the commands to the parser."""
    one = verbs.add_parser("window", help=_("let machines enrol for a while"))
    one.add_argument("--kind", choices=("room", "pc", "console"), default="room", help=_("kind of machine"))
    one.add_argument("--room", default="", metavar="ID", help=_("their room; rooms need none"))
    one.add_argument("--minutes", type=int, default=limits.WINDOW_MINUTES, help=_("how long"))
    one.add_argument("--count", type=int, default=1, help=_("how many machines"))
    one.set_defaults(run=run)
    one = verbs.add_parser("machines", help=_("show enrolled machines and those that wait"))
    one.add_argument("--room", default="", metavar="ID", help=_("only of this room"))
    one.add_argument("--json", action="store_true", help=_("as JSON"))
    one.set_defaults(run=run)
    one = verbs.add_parser("confirm", help=_("confirm PCs that wait; without --machine all that show no conflict"))
    one.add_argument("--room", required=True, metavar="ID", help=_("the room"))
    one.add_argument("--machine", action="append", default=[], metavar="ID", help=_("id of a PC that waits"))
    one.add_argument("--seat", type=int, default=0, help=_("another seat than proposed, for one PC"))
    one.set_defaults(run=run)
    one = verbs.add_parser("decline", help=_("turn a PC that waits away"))
    one.add_argument("--room", required=True, metavar="ID", help=_("the room"))
    one.add_argument("--machine", action="append", required=True, metavar="ID", help=_("id of a PC that waits"))
    one.set_defaults(run=run)
    one = verbs.add_parser("revoke", help=_("take a machine's certificate back for good"))
    one.add_argument("--machine", required=True, metavar="NAME", help=_("its name or id, as `machines` shows them"))
    one.add_argument("--reason", required=True, help=_("why"))
    one.add_argument("--by", default="", metavar="NAME", help=_("who decided it"))
    one.set_defaults(run=run)


def verb_of(args: argparse.Namespace) -> "AnyMachineVerb":
    """The request of one of these commands."""
    from shared.machines import Kind
    from site_server import machine_verbs as v

    match args.verb:
        case "window":
            return v.OpenWindow(args.minutes, args.count, Kind(args.kind), args.room)
        case "machines":
            return v.ListMachines(args.room)
        case "confirm":
            return v.Confirm(args.room, tuple(args.machine), args.seat)
        case "decline":
            return v.Decline(args.room, tuple(args.machine))
        case _:
            return v.Revoke(args.machine, args.reason, args.by)


def say(args: argparse.Namespace, facts: dict[str, Any]) -> str:
    """The outcome in words."""
    match args.verb:
        case "window":
            text = _("Enrolment is open for {minutes} minutes and {count} machines with the code {code}")
            return text.format(**facts)
        case "machines":
            return json.dumps(facts, ensure_ascii=False) if args.json else _say_list(facts)
        case "confirm":
            text = _("Certified: {count}. Still waiting, each to be decided by itself: {waiting}")
            return text.format(count=len(facts["confirmed"]), waiting=facts["waiting"])
        case "decline":
            return _("Turned away: {declined}").format(**facts)
        case _:
            return _("Revoked for good: {machine} ({reason})").format(**facts)


def _say_list(facts: dict[str, Any]) -> str:
    lines = []
    for one in facts["machines"]:
        state = _("revoked: {why}").format(why=one["revoked"]) if one["revoked"] else _("valid")
        lines.append(f"{one['name']:<16} {one['address']:<16} {one['id']}  {state}")
    for one in facts["waiting"]:
        seat = _("waits in room {room} for seat {number}").format(**one)
        lines.append(f"{seat}  {one['address']}  {one['id']}  {CONFLICTS[one['conflict']]}".rstrip())
    lines += [_("open window: {kind} {room}, code {code}, {left} more").format(**one) for one in facts["windows"]]
    return "\n".join(lines or [_("No machine is enrolled yet.")])
