"""The commands of a site without a line, on the command line: `confirm-time` and `receipt`.

Does not carry anything out, and reads no PIN itself: `dongle_cli` does.
"""

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shared.io import clock
from shared.io.text import translator
from site_server.dongle_cli import two_people

if TYPE_CHECKING:
    from site_server.verbs import ConfirmTime

_ = translator("site_server")
BEIJING = dt.timezone(dt.timedelta(hours=8))


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[argparse.ArgumentParser]:
    """The parsers of these commands."""
    confirm = verbs.add_parser("confirm-time", help=_("two people confirm that this machine's clock is right"))
    confirm.add_argument("--first", required=True, metavar="NAME", help=_("who confirms"))
    confirm.add_argument("--second", required=True, metavar="NAME", help=_("who confirms too"))
    receipt = verbs.add_parser("receipt", help=_("take in the platform's receipt for a bundle that was carried there"))
    receipt.add_argument("file", type=Path, metavar="FILE.kdd", help=_("the receipt"))
    return [confirm, receipt]


def confirm_of(args: argparse.Namespace) -> "ConfirmTime":
    """The request, with both people's PINs; says first what they confirm."""
    from site_server.verbs import ConfirmTime

    now = dt.datetime.fromtimestamp(clock.system_now() / 1000, BEIJING)
    shown = now.strftime("%Y-%m-%d %H:%M:%S")
    print(_("This machine's clock shows {time} (Beijing time). Both compare it.").format(time=shown), file=sys.stderr)
    return ConfirmTime(*two_people(args))
