"""`kaodian-site move`: candidates go on in another room. Reads the PIN as other commands do; carries nothing out."""

import argparse
from typing import TYPE_CHECKING, Any, Final

from shared.io.text import translator
from site_server.dongle_cli import one_person

if TYPE_CHECKING:
    from site_server.move_verbs import Move

_ = translator("site_server")
PIN: Final = "KAODIAN_HEAD_PIN"  # the name of a variable


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """The parser of the command."""
    one = verbs.add_parser("move", help=_("let candidates go on in another room"))
    one.add_argument("--session", required=True, metavar="ID", help=_("the session"))
    one.add_argument("--from", dest="origin", required=True, metavar="ROOM", help=_("the room they leave"))
    one.add_argument("--to", dest="room", required=True, metavar="ROOM", help=_("the room they go to"))
    one.add_argument(
        "--ticket", action="append", default=[], help=_("a candidate; without it all who are unfinished there")
    )
    one.add_argument("--seat", type=int, default=0, help=_("for a single one; otherwise the first free ones"))
    one.add_argument("--by", required=True, metavar="NAME", help=_("the chief invigilator who orders it"))
    one.add_argument("--json", action="store_true", help=_("as JSON"))
    return one


def verb_of(args: argparse.Namespace) -> "Move":
    """The request, with the person's PIN."""
    from site_server.move_verbs import Move

    head = one_person(args.by, PIN)
    return Move(args.session, args.origin, args.room, head, tuple(args.ticket), args.seat)


def say(facts: dict[str, Any]) -> str:
    """Who goes where: to be read out."""
    lines = [
        _("{ticket}: room {room}, seat {seat}").format(ticket=ticket, room=facts["room"], seat=seat)
        for ticket, seat in facts["seats"].items()
    ]
    lines.append(_("They log in there with ticket and ID number; everything saved is there."))
    return "\n".join(lines)
