"""`kaodian-console`: reads the site file, asks who is there, and opens the console. Exam rules are none of its
business.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from proctor_console.console.target import read_target
from proctor_console.console.texts import _
from shared.errors import KaodianError
from shared.io.text import explain


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="kaodian-console", description=_("The proctor's console of one exam room."))
    parser.add_argument("--site-file", type=Path, required=True, help=_("the site file of the install stick"))
    parser.add_argument("--room", required=True, help=_("the room's id"))
    parser.add_argument("--name", default="", help=_("your name as registered at the site"))
    parser.add_argument("--local", default="", help=_("bind this address of our own"))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the console; 0 after leaving it, 1 when the site file does not serve."""
    given = arguments().parse_args(argv)
    # A terminal application owns the screen: what is logged goes to a file or nowhere.
    if log_file := os.environ.get("KAODIAN_LOG_FILE"):
        logging.basicConfig(filename=log_file, level=os.environ.get("KAODIAN_LOG", "INFO"))
    else:
        logging.disable(logging.CRITICAL)
    try:
        target = read_target(given.site_file, given.room, given.local)
    except KaodianError as error:
        print(f"{error.detail}: {explain(error.wire_code)}", file=sys.stderr)
        return 1
    from proctor_console.console.app import ConsoleApp

    ConsoleApp(target, given.name, os.environ.get("KAODIAN_PIN", "")).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
