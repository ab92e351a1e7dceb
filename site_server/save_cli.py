"""Saves on the command line: `save` copies the site's data to another disk, `rebuild` makes a destroyed site from them.

Parses and says; the work is done in `site_server.saving` and `site_server.rebuilding`.
"""

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.io.text import translator
from site_server import dongle_cli

if TYPE_CHECKING:
    from site_server.verbs import Facts

_ = translator("site_server")
BEIJING = dt.timezone(dt.timedelta(hours=8))


def add_save(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """The command `save`."""
    one = verbs.add_parser("save", help=_("save the site's data to another disk, without the dongle"))
    one.add_argument("--to", type=Path, metavar="DIR", help=_("the folder; default: where the service saves to"))
    one.add_argument("--always", action="store_true", help=_("from now on the service saves there by itself"))
    return one


def add_rebuild(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command `rebuild`."""
    one = verbs.add_parser("rebuild", help=_("make a destroyed site again from a save, with its dongle"))
    one.add_argument("--from", dest="save", type=Path, required=True, metavar="DIR", help=_("the folder of the save"))
    dongle_cli.add_place(one)
    one.set_defaults(run=_rebuild, usage=one.error)


def say(facts: "Facts") -> str:
    """What `save` did."""
    lines = [_("Saved, read back and verified up to record {point}: {folder}").format(**facts)]
    if facts["always"]:
        lines.append(_("From now on the running service saves there by itself."))
    if facts["dongle_inside"]:
        lines.append(
            _("The dongle's key file lies in the data folder and is in no save: copy it to a stick of its own.")
        )
    return "\n".join(lines)


def say_status(save: dict[str, Any]) -> list[str]:
    """The saves in the words of `status`."""
    if save["bad"]:
        return [_("The site's data are not saved as they should be: see {folder}").format(folder=save["folder"])]
    if not save["last"]:
        return [_("The site's data were never saved. Name a folder on another disk: save --to DIR --always")]
    at = dt.datetime.fromtimestamp(save["last"] / 1000, BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return [_("Data saved {at}: {folder}").format(at=at, folder=save["last_folder"])]


def _rebuild(args: argparse.Namespace) -> int:
    from site_server import rebuilding
    from site_server.folder import Folder

    place = dongle_cli.place_of(args)
    folder = Folder(args.data)
    made = rebuilding.rebuild(folder, args.save.resolve(), place, lambda: dongle_cli.secret_of(place))
    text = _("Site {site} is rebuilt from save {number}, up to record {epoch}.{position} of its stream.")
    print(text.format(site=made.site, number=made.number, epoch=made.point.epoch, position=made.point.position))
    print(_("Next: two people run restore. Then start the service; rooms hand back by themselves what they hold."))
    print(_("Then look at status: it names the authorisations to load again. Change staff again as after the save."))
    return 0
