"""`kaodian-room`: enrol this machine as a room's, or in another's place, serve the room, show where it stands.

Parses arguments and says what happened; the work is done elsewhere and imported only when needed.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from shared.errors import KaodianError
from shared.io.text import Translate, explain, translator

if TYPE_CHECKING:
    from proctor_console.room.machine import Machine

PACKAGE = "proctor_console"
_SAY_EVERY = 2000
"""Records that come between two words of progress."""


def main(arguments: list[str] | None = None) -> int:
    """The command; returns 0 done, 1 refused or failed, 2 wrong usage, 3 storage failed while serving."""
    os.umask(0o077)
    logging.basicConfig(
        level=os.environ.get("KAODIAN_LOG", "INFO").upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    _ = translator(PACKAGE)
    args = _parser(_).parse_args(arguments)
    verbs = {"enrol": _enrol, "takeover": _takeover, "serve": _serve, "status": _status, "witness": _witness}
    try:
        return verbs[args.verb](args, _)
    except KaodianError as error:
        logging.getLogger(__name__).debug("refused", exc_info=error)
        print(f"{explain(error.wire_code)} ({error.detail})", file=sys.stderr)
    except OSError as error:
        text = _("A file or the network could not be used: {detail}. Nothing was lost; mend this and start again.")
        print(text.format(detail=error), file=sys.stderr)
    return 1


def _parser(_: Translate) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kaodian-room", description=_("The room service of an exam room."))
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=_("the room's data folder"))
    verbs = parser.add_subparsers(dest="verb", required=True)
    stick = _("site.kdd from the install stick")
    for verb, about in (
        ("enrol", _("make this machine the one of a room")),
        ("takeover", _("take a destroyed room machine's place, with everything the site holds of the room")),
    ):
        enrol = verbs.add_parser(verb, help=about)
        enrol.add_argument("--site-file", type=Path, required=True, metavar="FILE", help=stick)
        enrol.add_argument("--room", required=True, metavar="ID", help=_("the room"))
        enrol.add_argument("--code", required=True, help=_("the code shown at the site machine"))
    serve = verbs.add_parser("serve", help=_("serve the room until stopped"))
    serve.add_argument("--host", help=_("address to listen on; default: from the site file"))
    serve.add_argument("--port", type=int, help=_("port to listen on, 0 for any; default: from the site file"))
    status = verbs.add_parser("status", help=_("show the room's sittings"))
    status.add_argument("--json", action="store_true", help=_("as JSON"))
    told = _("write what this room's ledger holds as a witness, to be held against a result bundle")
    witness = verbs.add_parser("witness", help=told)
    witness.add_argument("--session", default="", metavar="ID", help=_("only of this session"))
    witness.add_argument("--out", type=Path, required=True, metavar="FILE", help=_("where to write the witness (.kdw)"))
    return parser


def _enrol(args: argparse.Namespace, _: Translate) -> int:
    from proctor_console.room import enrol
    from shared.io.identity import read_site_file

    found = asyncio.run(enrol.enrol(args.data, read_site_file(args.site_file), args.room, args.code))
    print(_("This machine is now the one of room {room}.").format(room=found.room))
    return 0


def _takeover(args: argparse.Namespace, _: Translate) -> int:
    from proctor_console.room import takeover
    from shared.io.identity import read_site_file

    print(
        _(
            "This machine takes the place of the machine of room {room}. The old one must be switched off or unplugged "
            "now and must not come back: what it still took would be missing here until its candidates connect."
        ).format(room=args.room)
    )
    if sys.stdin.isatty() and input(_("Is the old machine off? Type yes: ")).strip().lower() not in ("yes", "是"):
        print(_("Nothing was changed."))
        return 1
    site_bytes = read_site_file(args.site_file)
    found = asyncio.run(takeover.enrol_instead(args.data, site_bytes, args.room, args.code))
    print(_("Enrolled; the old machine's certificate is revoked. Fetching the records from the site ..."), flush=True)
    for one in asyncio.run(takeover.fill(found, _Count(_))):
        text = _("Session {session}: {records} records, {candidates} candidates, {done} of them finished.")
        print(text.format(**msgspec.structs.asdict(one)))
    print(_("Everything the site holds is here and verified. Now start the service: kaodian-room --data DIR serve"))
    return 0


class _Count:
    """Says on the terminal how many records have come, not more often than people can read."""

    def __init__(self, _: Translate) -> None:
        self._text = _("  {records} records")
        self._records = self._said = 0

    def __call__(self, more: int) -> None:
        self._records += more
        if self._records - self._said >= _SAY_EVERY:
            self._said = self._records
            print(self._text.format(records=self._records), flush=True)


def _serve(args: argparse.Namespace, _: Translate) -> int:
    from proctor_console.room import machine
    from shared.io import loop

    found = machine.load(args.data)
    host = args.host or found.address.host
    port = found.address.port if args.port is None else args.port
    return loop.serve(_run(found, host, port))


async def _run(found: "Machine", host: str, port: int) -> int:
    from proctor_console.room.app import RoomService

    service = RoomService(found)
    try:
        await service.start(host, port)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, service.stop)
        print(f"ready {host}:{service.port}", flush=True)
        return await service.wait()
    finally:
        await service.close()


def _witness(args: argparse.Namespace, _: Translate) -> int:
    from proctor_console.room import machine, witness
    from shared.io.files import write_durably

    write_durably(args.out, witness.of(machine.load(args.data), args.session))
    print(_("Written: {file}. It holds digests and heads, no answer and no key.").format(file=args.out))
    return 0


def _status(args: argparse.Namespace, _: Translate) -> int:
    from proctor_console.room import machine, status

    rows = status.of(machine.load(args.data))
    if args.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    if not rows:
        print(_("No session has been taken in yet."))
    for row in rows:
        text = _("Session {session} in room {room}: {phase}; candidates {candidates}, records {records}.")
        print(text.format(**row))
    return 0
