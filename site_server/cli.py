"""`kaodian-site`: the site's commands. While the service runs they go through its control socket, else they run here.

Parses arguments and says what happened; the work is done in `site_server.verbs` and imported only when needed. Exit 0
done, 1 refused or failed (what happened, what was kept, what to do next, on stderr), 2 wrong usage, 3 a failed disk.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shared import limits
from shared.errors import KaodianError, Refused
from shared.io.text import explain, translator
from site_server import dongle_cli, move_cli, offline_cli, people_cli, save_cli

if TYPE_CHECKING:
    from site_server.folder import Folder
    from site_server.verbs import AnyVerb, Facts

_ = translator("site_server")
STARTING_TRIES: Final = 15
STARTING_PAUSE: Final = 0.4


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit code."""
    os.umask(0o077)
    logging.basicConfig(
        level=os.environ.get("KAODIAN_LOG", "WARNING").upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    args = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except KaodianError as error:
        logging.getLogger(__name__).debug("refused", exc_info=error)
        print(f"{explain(error.wire_code)} ({error.detail})", file=sys.stderr)
    except OSError as error:
        text = _("A file or the network could not be used: {detail}. Nothing was lost; mend this and try again.")
        print(text.format(detail=error), file=sys.stderr)
    except KeyboardInterrupt:
        print(_("Stopped."), file=sys.stderr)
    return 1


def _init(args: argparse.Namespace) -> int:
    from site_server import site
    from site_server.folder import Folder, Settings

    folder = Folder(args.data)
    saves = _whole(args.save_to)
    settings = Settings(args.site, args.name, args.host, args.port, dongle_cli.place_of(args), saves)
    site.create(folder, settings, lambda: dongle_cli.secret_of(settings.dongle, fresh=True))
    print(_("The site is made. Give this file to the platform: {path}").format(path=folder.registration))
    print(_("Fingerprint of the site's CA: {digest}").format(digest=site.fingerprint(folder)))
    return 0


def _serve(args: argparse.Namespace) -> int:
    from shared.io import loop
    from site_server.app import Service
    from site_server.folder import Folder
    from site_server.station import Station

    folder = Folder(args.data)
    settings = folder.settings()
    secret = dongle_cli.secret_of(settings.dongle)

    async def run() -> int:
        station = Station.open(folder, secret)
        try:
            port = settings.port if args.port is None else args.port
            return await Service(station).run(args.host or settings.host, port, args.page_port, _ready)
        finally:
            station.close()

    return loop.serve(run())


def _ready(host: str, port: int) -> None:
    print(f"ready {host}:{port}", flush=True)


def _do(args: argparse.Namespace) -> int:
    from site_server import machine_cli
    from site_server.folder import Folder

    facts = asyncio.run(_carry_out(Folder(args.data), _verb_of(args), looking=args.verb in ("status", "machines")))
    print(machine_cli.say(args, facts) if args.verb in machine_cli.VERBS else _say(args, facts))
    return 0


async def _carry_out(folder: "Folder", verb: "AnyVerb", looking: bool) -> "Facts":
    """Through the running service if there is one, else in this process; looking needs no passphrase."""
    from site_server import control, verbs
    from site_server.station import Station

    secret: str | None = None
    for tries_left in reversed(range(STARTING_TRIES)):
        facts = await control.ask(folder, verb, _tell)
        if facts is not None:
            return facts
        place = folder.settings().dongle
        secret = None if looking else secret or dongle_cli.secret_of(place)
        try:
            station = Station.open(folder, secret, overriding=isinstance(verb, verbs.Restore))
            break
        except Refused as error:
            # A service that is just starting holds the folder before it listens.
            if error.wire_code != "in_use" or not tries_left:
                raise
            await asyncio.sleep(STARTING_PAUSE)
    try:
        return await verbs.run(station, verb, _tell)
    finally:
        station.close()


def _tell(text: str) -> None:
    print(_(text), file=sys.stderr, flush=True)


def _verb_of(args: argparse.Namespace) -> "AnyVerb":
    from site_server import machine_cli
    from site_server import verbs as v
    from site_server.folder import Folder

    if args.verb in machine_cli.VERBS:
        return machine_cli.verb_of(args)
    made: dict[str, Callable[[], AnyVerb]] = {
        "join": lambda: v.Join(_whole(args.welcome)),
        "site-file": lambda: v.WriteSiteFile(dict(args.room), _whole(args.out), _by_room(args.spare)),
        "staff": lambda: people_cli.verb_of(args),
        "person": lambda: people_cli.verb_of(args),
        "sync-time": v.SyncTime,
        "confirm-time": lambda: offline_cli.confirm_of(args),
        "move": lambda: move_cli.verb_of(args),
        "load": lambda: v.Load(_whole(args.folder)),
        "status": v.Status,
        "bundle": lambda: v.MakeBundle(args.session, _whole(args.out)),
        "backup": lambda: v.Backup(args.session, _whole(args.folder)),
        "unlock": lambda: dongle_cli.unlock_of(Folder(args.data).settings().dongle),
        "restore": lambda: dongle_cli.restore_of(args),
        "save": lambda: v.Save(_whole(args.to), args.always),
        "upload": lambda: v.Send(args.session, _whole(args.receipt)),
        "receipt": lambda: v.TakeReceipt(_whole(args.file)),
    }
    return made[args.verb]()


def _whole(path: Path | None) -> str:
    """The absolute path: the service may run in another folder."""
    return str(path.resolve()) if path is not None else ""


def _say(args: argparse.Namespace, facts: "Facts") -> str:  # noqa: C901  # one line a verb
    if getattr(args, "json", False):
        return json.dumps(facts, ensure_ascii=False)
    match args.verb:
        case "join":
            return _("The platform at {url} is joined; compare its root key: {root}").format(**facts)
        case "site-file":
            return _("Written for {rooms} rooms: {out}").format(**facts)
        case "staff" | "person":
            return people_cli.say(args, facts)
        case "confirm-time":
            text = _("Trusted time is this machine's clock as confirmed, within {error} ms; it is recorded.")
            return text.format(**facts)
        case "sync-time":
            return _("Trusted time taken from the platform, within {error} ms.").format(**facts)
        case "load":
            return _say_loaded(facts)
        case "status":
            return _say_status(facts)
        case "bundle":
            return _("Bundle of {records} records, {size} bytes, verified: {out}").format(**facts) + _digest(facts)
        case "backup":
            return _("Backed up, read back and verified: {place}").format(**facts) + _digest(facts)
        case "save":
            return save_cli.say(facts)
        case "move":
            return move_cli.say(facts)
        case "receipt":
            return _("The platform's receipt is verified and kept: it holds exactly this bundle.") + _digest(facts)
        case "unlock":
            return _("The dongle is open again.") if facts["back"] else _("The dongle was not gone; it is open.")
        case "restore":
            return _("Overridden ({what}) and recorded; the site goes on in epoch {epoch}.").format(**facts)
        case _:
            return _("Uploaded; the platform's receipt is verified and kept.") + _digest(facts)


def _digest(facts: "Facts") -> str:
    return f"\nSHA-256 {facts['sha256']}"


def _say_loaded(facts: "Facts") -> str:
    if not facts["loaded"]:
        return _("Everything that is there was taken in before; nothing new.")
    return _("Verified and taken in: {names}").format(names=", ".join(facts["loaded"]))


def _say_status(facts: "Facts") -> str:
    lines = [f"{facts['name']} ({facts['site']})"]
    if facts["dongle"] == "gone":
        lines.append(_("The dongle was taken out: new openings stop. Plug it in and run unlock."))
    for one in facts["sessions"]:
        lines.append(f"{one['session']}  {one['title']}")
        lines += [f"  {_say_room(room)}" for room in one["rooms"]]
    if not facts["sessions"]:
        lines.append(_("No session is authorised yet."))
    lines += save_cli.say_status(facts["save"])
    for one in facts["lacking"]:
        text = _("room {room} holds session {session}; load again: {types}")
        lines.append(text.format(room=one["room"], session=one["session"], types=", ".join(one["types"])))
    return "\n".join(lines)


def _say_room(room: dict[str, Any]) -> str:
    state = _("copied whole") if room["copied"] else _("ended") if room["ended"] else _("open")
    text = _("room {room}: {records} records of {attempts} attempts copied, {state}")
    return text.format(room=room["room"], records=room["records"], attempts=room["attempts"], state=state)


def _address(text: str) -> tuple[str, Any]:
    """`ID=HOST:PORT`."""
    from shared.documents import RoomAddress

    room, _equals, place = text.partition("=")
    host, _colon, port = place.rpartition(":")
    if not (room and host and port.isdigit() and 0 < int(port) < 65536):
        raise argparse.ArgumentTypeError(_("needed: ROOM=HOST:PORT"))
    return room, RoomAddress(host, int(port))


def _by_room(pairs: list[tuple[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """The addresses of each room, in the order given."""
    return {room: tuple(place for name, place in pairs if name == room) for room, _place in pairs}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kaodian-site", description=_("The site server of an exam site."))
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=_("the site's data folder"))
    verbs = parser.add_subparsers(dest="verb", required=True)
    init = verbs.add_parser("init", help=_("make a new site: dongle, CA, keys, registration.kdd"))
    init.add_argument("--site", required=True, metavar="ID", help=_("id of the site"))
    init.add_argument("--name", required=True, help=_("name of the site"))
    init.add_argument("--host", default="127.0.0.1", help=_("fixed address where rooms find this machine"))
    init.add_argument("--port", type=int, default=limits.SITE_PORT, help=_("port where rooms find this machine"))
    init.add_argument("--save-to", type=Path, metavar="DIR", help=_("folder on another disk for saves of the data"))
    dongle_cli.add_place(init)
    init.set_defaults(run=_init, usage=init.error)
    serve = verbs.add_parser("serve", help=_("serve rooms until stopped"))
    serve.add_argument("--host", help=_("address to listen on; default: as made"))
    serve.add_argument("--port", type=int, help=_("port to listen on, 0 for any; default: as made"))
    serve.add_argument("--page-port", type=int, default=limits.PAGE_PORT, help=_("loopback port of the status page"))
    serve.set_defaults(run=_serve)
    _preparing(verbs)
    for one in offline_cli.add_verbs(verbs):
        one.set_defaults(run=_do)
    _results(verbs)
    for one in (*dongle_cli.add_verbs(verbs), save_cli.add_save(verbs), move_cli.add_verb(verbs)):
        one.set_defaults(run=_do)
    save_cli.add_rebuild(verbs)
    return parser


def _preparing(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from site_server import machine_cli

    one = verbs.add_parser("join", help=_("take the platform's welcome in"))
    one.add_argument("welcome", type=Path, metavar="welcome.kdd", help=_("the platform's welcome"))
    one.set_defaults(run=_do)
    one = verbs.add_parser("site-file", help=_("write the site file for the install stick"))
    one.add_argument("--room", action="append", required=True, type=_address, metavar="ID=HOST:PORT", help=_("a room"))
    spare = _("where a spare machine may take that room's place")
    one.add_argument("--spare", action="append", default=[], type=_address, metavar="ID=HOST:PORT", help=spare)
    one.add_argument("--out", type=Path, required=True, metavar="FILE", help=_("where to write it"))
    one.set_defaults(run=_do)
    machine_cli.add(verbs, _do)
    people_cli.add(verbs, _do)
    one = verbs.add_parser("sync-time", help=_("take trusted time from the platform"))
    one.set_defaults(run=_do)
    one = verbs.add_parser("load", help=_("take authorisations and papers in"))
    one.add_argument("folder", type=Path, nargs="?", metavar="DIR", help=_("folder of files; default: the platform"))
    one.set_defaults(run=_do)


def _results(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = verbs.add_parser("status", help=_("show sessions, rooms and copies"))
    one.add_argument("--json", action="store_true", help=_("as JSON"))
    one.set_defaults(run=_do)
    one = verbs.add_parser("bundle", help=_("make the result bundle of a session"))
    one.add_argument("--session", required=True, metavar="ID", help=_("the session"))
    one.add_argument("--out", type=Path, required=True, metavar="FILE.kdr", help=_("where to write it"))
    one.set_defaults(run=_do)
    one = verbs.add_parser("backup", help=_("copy the bundle to a disc or stick and verify the copy"))
    one.add_argument("--session", required=True, metavar="ID", help=_("the session"))
    one.add_argument("folder", type=Path, metavar="DIR", help=_("the disc's or stick's folder"))
    one.set_defaults(run=_do)
    one = verbs.add_parser("upload", help=_("send the bundle to the platform"))
    one.add_argument("--session", required=True, metavar="ID", help=_("the session"))
    one.add_argument("--receipt", type=Path, metavar="FILE", help=_("where to write the platform's receipt"))
    one.add_argument("--json", action="store_true", help=_("as JSON"))
    one.set_defaults(run=_do)


if __name__ == "__main__":
    sys.exit(main())
