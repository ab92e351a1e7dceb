"""`kaodian-console`: enrols the console, or asks who is there and opens it. Exam rules are none of its business."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from proctor_console.console.target import enrol, read_target
from proctor_console.console.texts import _
from shared.errors import KaodianError
from shared.io.identity import read_site_file
from shared.io.text import explain


def arguments() -> argparse.ArgumentParser:
    """The command line of the console."""
    first = _("Before the first start: kaodian-console enrol")
    about = _("The proctor's console of one exam room.")
    parser = argparse.ArgumentParser(prog="kaodian-console", description=about, epilog=first)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help=_("this console's own folder, enrolled")
    )
    parser.add_argument("--name", default="", help=_("your name as registered at the site"))
    parser.add_argument("--local", default="", help=_("bind this address of our own"))
    return parser


def enrol_arguments() -> argparse.ArgumentParser:
    """The command line of its enrolment."""
    about = _("Enrol this console in its room.")
    parser = argparse.ArgumentParser(prog="kaodian-console enrol", description=about)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=_("this console's own folder"))
    stick = _("the site file of the install stick")
    parser.add_argument("--site-file", type=Path, required=True, metavar="FILE", help=stick)
    parser.add_argument("--room", required=True, metavar="ID", help=_("the room's id"))
    parser.add_argument("--code", required=True, help=_("the code shown at the site machine"))
    parser.add_argument("--local", default="", help=_("bind this address of our own"))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs or enrols the console; 0 after leaving it, 1 when it is not enrolled or was turned down."""
    words = sys.argv[1:] if argv is None else list(argv)
    enrolling = words[:1] == ["enrol"]
    given = enrol_arguments().parse_args(words[1:]) if enrolling else arguments().parse_args(words)
    # A terminal application owns the screen: what is logged goes to a file or nowhere.
    if log_file := os.environ.get("KAODIAN_LOG_FILE"):
        logging.basicConfig(filename=log_file, level=os.environ.get("KAODIAN_LOG", "INFO"))
    else:
        logging.disable(logging.CRITICAL)
    try:
        if enrolling:
            return _enrol(given)
        target = read_target(given.data, given.local)
    except KaodianError as error:
        print(f"{error.detail}: {explain(error.wire_code)}", file=sys.stderr)
        return 1
    from proctor_console.console.app import ConsoleApp

    ConsoleApp(target, given.name, os.environ.get("KAODIAN_PIN", "")).run()
    return 0


def _enrol(given: argparse.Namespace) -> int:
    made = asyncio.run(enrol(given.data, read_site_file(given.site_file), given.room, given.code, given.local))
    text = _("This is now console {number} of room {room}. Start it with: kaodian-console --data {folder}")
    print(text.format(number=made.place.number, room=made.place.room, folder=given.data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
