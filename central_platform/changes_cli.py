"""`kaodian-platform`, the verbs that change an issued session, and what is carried to a site without a line.

Only arguments and words: the rules are in `central_platform.changes` and `central_platform.spare`.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from central_platform.master_cli import Verb, instant
from shared.io import clock, text
from shared.model import AnyChange, Cancellation, Correction, Postponement

if TYPE_CHECKING:
    from central_platform.spare import Made

_ = text.translator("central_platform")


def add_verbs(verb: Verb) -> None:
    """Adds these verbs to a parser."""
    one = verb("postpone", postpone, _("give named rooms of a session a later start"))
    one.add_argument("--start", type=instant, required=True, help=_("ISO 8601 with time zone, or ms UTC"))
    _add_named(one, "--reason")
    one = verb("cancel", cancel, _("cancel a session in named rooms"))
    _add_named(one, "--reason")
    one = verb("correct", correct, _("show candidates a correction of an item, or of the whole paper"))
    one.add_argument("--item", metavar="ID", help=_("the bank's id of the item; default: the whole paper"))
    _add_named(one, "--text")
    one = verb("release-spare", release_spare, _("let named rooms sit the spare paper"))
    _add_named(one)
    one = verb("time-file", time_file, _("write the time for a site that has no line"))
    one.add_argument("--site", required=True)
    one.add_argument("--out", type=Path, required=True)


def _add_named(one: argparse.ArgumentParser, said: str = "") -> None:
    one.add_argument("--session", required=True)
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("--room", action="append", metavar="ID", help=_("a room; repeatable"))
    which.add_argument("--all-rooms", action="store_true", help=_("every room of the session"))
    if said:
        one.add_argument(said, required=True, metavar="TEXT", help=_("what candidates and staff are told"))
    one.add_argument("--out", type=Path, required=True)


def postpone(args: argparse.Namespace) -> int:
    """A later T for named rooms."""
    return _change(args, Postponement(args.start, args.reason))


def cancel(args: argparse.Namespace) -> int:
    """The session does not take place in named rooms."""
    return _change(args, Cancellation(args.reason))


def correct(args: argparse.Namespace) -> int:
    """A text beside an item, or about the whole paper."""
    from central_platform import changes
    from central_platform.home import Home

    items: dict[str, int] = {}
    if args.item is not None:
        with Home(args.data).database() as database:
            items = changes.items_of(database, args.session, args.item)
    return _change(args, Correction(items, args.text))


def _change(args: argparse.Namespace, what: AnyChange) -> int:
    from central_platform import changes
    from central_platform.home import Home

    home = Home(args.data)
    with home.database() as database:
        made = changes.change(home, database, args.session, _rooms(args), what, clock.system_now())
    _write(args, made, "changes.kdd")
    return 0


def release_spare(args: argparse.Namespace) -> int:
    """The spare paper's key for named rooms."""
    from central_platform import spare
    from central_platform.home import Home

    home = Home(args.data)
    with home.database() as database:
        made = spare.release(home, database, args.session, _rooms(args), clock.system_now())
    _write(args, made, "spare.kdd")
    return 0


def time_file(args: argparse.Namespace) -> int:
    """The platform's time, to be carried to a site."""
    from central_platform import changes
    from central_platform.home import Home, write_durably

    home = Home(args.data)
    with home.database() as database:
        data = changes.time_file(home, database, args.site, clock.system_now())
    write_durably(args.out, data)
    print(_("Written: {file}").format(file=args.out))
    return 0


def _rooms(args: argparse.Namespace) -> tuple[str, ...]:
    from central_platform.home import Home
    from central_platform.plan import load_plan

    if not args.all_rooms:
        return tuple(args.room)
    with Home(args.data).database() as database:
        return tuple(planned.room.id for planned in load_plan(database, args.session).rooms)


def _write(args: argparse.Namespace, made: "tuple[Made, ...]", name: str) -> None:
    """One file; with several sites a folder for each."""
    from central_platform.home import write_durably

    for one in made:
        folder = args.out if len(made) == 1 else args.out / one.site
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / name, one.data)
        said = _("Session {session}, site {site}, version {version}: {file}. The site fetches it, or take it there.")
        print(said.format(session=args.session, site=one.site, version=one.version, file=folder / name))
