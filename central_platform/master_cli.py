"""`kaodian-platform`, the verbs before an exam: banks and rosters in, sessions planned, arranged and assembled.

Only arguments and words: the rules are in `central_platform.bank`, `.roster` and `.plan`.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from shared import codec, limits
from shared.errors import Malformed
from shared.io import text
from shared.model import Room, Rules, Session
from shared.roles import RoleRules

if TYPE_CHECKING:
    from central_platform.importers.reading import Reading, Stored
    from central_platform.issue import Order
    from central_platform.model import BankItem, RosterRow
    from central_platform.tables import Database

_ = text.translator("central_platform")

FULL_MINUTES = 120
GRACE_FLOOR = 5 * limits.SECOND
JSON_BYTES = 64 * limits.KIB
Verb = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_verbs(verb: Verb) -> None:
    """Adds these verbs to a parser."""
    one = verb("import-bank", import_bank, _("read a question bank (.xlsx, .jsonl, .gift) into the item bank"))
    one.add_argument("file", type=Path)
    one.add_argument("--bank", required=True, metavar="NAME")
    one.add_argument("--images", type=Path, help=_("folder or zip of the pictures that the file names"))
    one.add_argument("--skip-bad", action="store_true", help=_("import the good rows though others are rejected"))
    one = verb("import-roster", import_roster, _("read a roster of candidates (.xlsx)"))
    one.add_argument("file", type=Path)
    one.add_argument("--roster", required=True, metavar="NAME")
    one.add_argument("--skip-bad", action="store_true", help=_("import the good rows though others are rejected"))
    _add_plan(verb("plan", plan, _("plan a session")))
    one = verb("arrange", arrange, _("give every candidate a room, a seat and a form"))
    one.add_argument("--session", required=True)
    one.add_argument("--seed", default="1")
    one.add_argument("--replace", action="store_true", help=_("in place of another arrangement"))
    one = verb("assemble", assemble, _("draw the papers from the bank"))
    one.add_argument("--session", required=True)
    one.add_argument("--seed", default="1")
    one.add_argument("--blueprint", type=Path, metavar="FILE", help=_("JSON list of kind, count, marks in hundredths"))
    one.add_argument("--replace", action="store_true", help=_("in place of other papers"))


def _add_plan(one: argparse.ArgumentParser) -> None:
    for name in ("--session", "--title", "--occupation", "--level", "--site", "--bank", "--roster"):
        one.add_argument(name, required=True)
    one.add_argument("--subject", default="theory")
    one.add_argument("--start", type=instant, required=True, help=_("ISO 8601 with time zone, or ms UTC"))
    one.add_argument(
        "--room", type=_room, action="append", required=True, metavar="[SITE/]ID:SEATS:SPARES",
        help=_("repeatable; a room of another site than --site names it first"),
    )  # fmt: skip
    one.add_argument("--minutes", type=float, help=_("length of the exam; every other duration shrinks with it"))
    one.add_argument("--rules", type=Path, metavar="FILE", help=_("JSON object of rules in place of the defaults"))
    one.add_argument("--roles", type=Path, metavar="FILE", help=_("JSON object of what changes in who may do what"))
    one.add_argument(
        "--accommodation", type=_accommodation, action="append", default=[], metavar="TICKET:MINUTES",
        help=_("extra time granted to a candidate; repeatable"),
    )  # fmt: skip
    one.add_argument("--replace", action="store_true", help=_("in place of another plan, its places and papers"))


def import_bank(args: argparse.Namespace) -> int:
    """Reads a bank and reports on every row that was not taken as it stood."""
    from central_platform.bank import store_bank
    from central_platform.home import Home
    from central_platform.importers.banks import read_bank

    home = Home(args.data)
    reading = read_bank(args.file, args.images)
    _remarks(reading)
    with home.database() as database:
        _stored(store_bank(database, args.bank, reading, skip_bad=args.skip_bad))
    return 0


def import_roster(args: argparse.Namespace) -> int:
    """Reads a roster and reports on every row that was not taken as it stood."""
    from central_platform.home import Home
    from central_platform.importers.rosters import read_roster
    from central_platform.roster import store_roster

    home = Home(args.data)
    reading = read_roster(args.file)
    _remarks(reading)
    with home.database() as database:
        _stored(store_roster(database, args.roster, reading, skip_bad=args.skip_bad))
    return 0


def plan(args: argparse.Namespace) -> int:
    """Stores the plan of a session."""
    from central_platform.home import Home
    from central_platform.model import Plan, PlannedRoom
    from central_platform.plan import store_plan

    session = Session(
        id=args.session,
        title=args.title,
        occupation=args.occupation,
        level=args.level,
        subject=args.subject,
        start=args.start,
        rules=_rules(args),
    )
    rooms = tuple(PlannedRoom(site=site or args.site, room=room) for site, room in args.room)
    extra = dict(args.accommodation)
    roles = codec.decode_json(RoleRules, _small(args.roles), JSON_BYTES) if args.roles else RoleRules()
    made = Plan(session=session, bank=args.bank, roster=args.roster, rooms=rooms, accommodations=extra, roles=roles)
    with Home(args.data).database() as database:
        changed = store_plan(database, made, replace=args.replace)
    said = _("Session {session} is planned.") if changed else _("Session {session} was planned so already.")
    print(said.format(session=args.session))
    return 0


def arrange(args: argparse.Namespace) -> int:
    """Places everybody of the roster."""
    from central_platform.home import Home
    from central_platform.plan import arrange_session

    with Home(args.data).database() as database:
        places = arrange_session(database, args.session, args.seed, replace=args.replace)
    rooms = len({place.room for place in places})
    print(_("{candidates} candidates have places in {rooms} rooms.").format(candidates=len(places), rooms=rooms))
    return 0


def assemble(args: argparse.Namespace) -> int:
    """Draws the forms and says how many items each two share."""
    from central_platform.home import Home
    from central_platform.plan import assemble_session, decode_blueprint, set_blueprint

    with Home(args.data).database() as database:
        if args.blueprint is not None:
            set_blueprint(database, args.session, decode_blueprint(_small(args.blueprint)), replace=args.replace)
        made = assemble_session(database, args.session, args.seed, replace=args.replace)
    for paper in made.papers:
        marks = sum(item.marks for item in paper.items) / 100
        said = _("Form {form}: {items} items, {marks:g} marks.")
        print(said.format(form=paper.form, items=len(paper.items), marks=marks))
    for pair in made.shared:
        said = _("Forms {form} and {other} share {items} items.")
        print(said.format(form=pair.form, other=pair.other, items=pair.items))
    return 0


def order(database: "Database", session: str) -> "Order":
    """What an issue of this session needs, as planned, arranged and assembled."""
    from central_platform.issue import Order
    from central_platform.plan import load_assembly, load_places, load_plan
    from central_platform.roster import load_roster

    made = load_plan(database, session)
    return Order(
        plan=made,
        places=load_places(database, session),
        papers=load_assembly(database, session).papers,
        people=load_roster(database, made.roster),
    )


def _rules(args: argparse.Namespace) -> Rules:
    if args.rules is not None:
        return codec.decode_json(Rules, _small(args.rules), JSON_BYTES)
    return scaled(Rules(), args.minutes / FULL_MINUTES) if args.minutes is not None else Rules()


def scaled(rules: Rules, factor: float) -> Rules:
    """The same rules with every duration multiplied; grace keeps a floor, because networks do not shrink."""

    def short(duration: int) -> int:
        return round(duration * factor)

    return Rules(
        duration=short(rules.duration),
        login_opens_before=short(rules.login_opens_before),
        arm_opens_before=short(rules.arm_opens_before),
        reading=short(rules.reading),
        late_entry=short(rules.late_entry),
        earliest_hand_in=short(rules.earliest_hand_in),
        last_leave=short(rules.last_leave),
        reminders=tuple(short(reminder) for reminder in rules.reminders),
        grace=max(GRACE_FLOOR, short(rules.grace)),
        makeup=short(rules.makeup),
        multiple=rules.multiple,
        shuffle_items=rules.shuffle_items,
        shuffle_options=rules.shuffle_options,
    )


def _remarks(reading: "Reading[BankItem] | Reading[RosterRow]") -> None:
    from central_platform.reasons import remark

    for note in reading.notes:
        print(_("note: {remark}").format(remark=remark(note)))
    for fault in reading.faults:
        print(_("rejected: {remark}").format(remark=remark(fault)), file=sys.stderr)
    said = _("{accepted} rows accepted, {rejected} rejected, {notes} notes.")
    print(said.format(accepted=len(reading.rows), rejected=reading.rejected, notes=len(reading.notes)))


def _stored(result: "Stored") -> None:
    said = _("Stored: {added} added, {updated} updated, {unchanged} unchanged.")
    print(said.format(added=result.added, updated=result.updated, unchanged=result.unchanged))


def instant(value: str) -> int:
    """ISO 8601 with a zone, or ms UTC, as ms UTC."""
    if value.isascii() and value.isdigit():
        return int(value)
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(_("write the time with its zone, as in 2027-03-01T08:00:00+08:00"))
    return round(found.timestamp() * limits.SECOND)


def _room(value: str) -> tuple[str, Room]:
    site, _slash, spec = value.rpartition("/")
    name, *counts = spec.split(":")
    if len(counts) != 2 or not all(count.isascii() and count.isdigit() for count in counts):
        raise argparse.ArgumentTypeError(_("write a room as ID:SEATS:SPARES, as in 01:40:4"))
    return site, Room(id=name, name=name, seats=int(counts[0]), spares=int(counts[1]))


def _accommodation(value: str) -> tuple[str, int]:
    ticket, _colon, minutes = value.rpartition(":")
    if not ticket or not (minutes.isascii() and minutes.isdigit()):
        raise argparse.ArgumentTypeError(_("write extra time as TICKET:MINUTES"))
    return ticket, int(minutes) * limits.MINUTE


def _small(path: Path) -> bytes:
    with path.open("rb") as source:
        data = source.read(JSON_BYTES + 1)
    if len(data) > JSON_BYTES:
        raise Malformed(f"{path} is too large", "too_large")
    return data
