"""What can be asked of a site, one typed request per command, carried out here and nowhere else.

The command-line program runs them itself, or hands them to a running service by the control socket; both get the same
facts back. Does not print and does not translate.
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from shared import codec, records, signed, trust
from shared import documents as d
from shared.errors import Malformed, Refused, Unavailable
from shared.io import clock
from shared.io.files import read_limited, write_durably
from shared.io.store import Batch
from shared.roles import Role
from site_server import (
    backup,
    bundling,
    guard,
    loading,
    machine_verbs,
    move_verbs,
    restoring,
    status,
    timekeeping,
    timewatch,
)
from site_server.dongle.place import KeyFilePlace
from site_server.folder import check_id
from site_server.people import Credentials
from site_server.platform import Platform
from site_server.site import Site
from site_server.station import Station
from site_server.upload import Upload

Tell = Callable[[str], None]
Facts = dict[str, Any]


class Verb(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="verb"):
    """Base of all requests; paths are absolute."""


class Join(Verb, frozen=True, tag="join"):
    """Take the platform's welcome in."""

    path: str


class WriteSiteFile(Verb, frozen=True, tag="site-file"):
    """Write the site file for the install stick; the rooms named here may enrol."""

    rooms: dict[str, d.RoomAddress]
    out: str
    spares: dict[str, tuple[d.RoomAddress, ...]] = {}
    """Addresses of spare machines that may take a room's place."""


class AddStaff(Verb, frozen=True, tag="staff"):
    """Register a person for a room (`room` empty: for the site) in place of one of the same name and of `instead`; a
    PIN is drawn unless one is given.
    """

    room: str
    name: str
    role: Role
    pin: str = ""
    instead: str = ""


class RemoveStaff(Verb, frozen=True, tag="staff-remove"):
    """Take a person off the list; consoles where they sit are signed out."""

    room: str
    name: str


class ListStaff(Verb, frozen=True, tag="staff-list"):
    """Who is registered, for a room or (`room` empty) for the site."""

    room: str


class SyncTime(Verb, frozen=True, tag="sync-time"):
    """校时."""


class ConfirmTime(Verb, frozen=True, tag="confirm-time"):
    """Two people confirm that this machine's wall clock is right: trusted time where no other source is left."""

    first: Credentials
    second: Credentials


class Load(Verb, frozen=True, tag="load"):
    """Take authorisations in from a folder, or from the platform when it is empty."""

    folder: str = ""


class Status(Verb, frozen=True, tag="status"):
    """The state of the site."""


class MakeBundle(Verb, frozen=True, tag="bundle"):
    """Make the result bundle and write a copy of it."""

    session: str
    out: str


class Backup(Verb, frozen=True, tag="backup"):
    """刻盘备份."""

    session: str
    folder: str


class Save(Verb, frozen=True, tag="save"):
    """数据备份 to `folder` (empty: where the settings say); `always`: the service saves there by itself from now on."""

    folder: str = ""
    always: bool = False


class Send(Verb, frozen=True, tag="upload"):
    """上报; `receipt` is where to write the platform's receipt, or empty."""

    session: str
    receipt: str = ""


class TakeReceipt(Verb, frozen=True, tag="receipt"):
    """Take in the platform's receipt for a bundle that was carried there."""

    path: str


Results = MakeBundle | Backup | Send | TakeReceipt


class Unlock(Verb, frozen=True, tag="unlock"):
    """Open the dongle again after it was taken out, with its passphrase or PIN."""

    secret: str


class Restore(Verb, frozen=True, tag="restore"):
    """Override what the dongle's mark forbids, by two people."""

    reason: str
    first: Credentials
    second: Credentials


AboutDongle = Unlock | Restore
TimeVerb = SyncTime | ConfirmTime
StaffVerb = AddStaff | RemoveStaff | ListStaff
Elsewhere = machine_verbs.AnyMachineVerb | move_verbs.Move
AnyVerb = Join | WriteSiteFile | StaffVerb | TimeVerb | Load | Status | Save | Results | AboutDongle | Elsewhere


async def run(station: Station, verb: AnyVerb, tell: Tell) -> Facts:
    """Carries a request out; the facts to show. Raises any `KaodianError`; what was not finished changed nothing."""
    station.check_working()
    match verb:
        case Join():
            return _join(station, verb)
        case WriteSiteFile():
            return await _site_file(station, verb)
        case AddStaff() | RemoveStaff() | ListStaff():
            return await _staff(station, verb)
        case SyncTime() | ConfirmTime():
            return await _time(station, verb)
        case Load():
            return await _load(station, verb)
        case Unlock() | Restore():
            return await _dongle(station, verb)
        case Status():
            facts: Facts = msgspec.to_builtins(status.of(station))
            return facts
        case Save():
            return await _save(station, verb)
        case machine_verbs.MachineVerb() | move_verbs.Move():
            return await _elsewhere(station, verb)
        case _:
            return await _results(station, verb, tell)


async def _elsewhere(station: Station, verb: Elsewhere) -> Facts:
    asked = move_verbs.run(station, verb) if isinstance(verb, move_verbs.Move) else machine_verbs.run(station, verb)
    return await asked


async def _time(station: Station, verb: TimeVerb) -> Facts:
    if isinstance(verb, ConfirmTime):
        first, second = await station.rooms.people.agreed("verb:confirm-time", verb.first, verb.second)
        now = clock.system_now()
        return {"error": await timewatch.confirm(station, first, second, now), "now": now}
    made = await timekeeping.sync(station.site)
    if made.moved:
        station.rooms.warn("time_moved", f"{made.moved} ms")
    return {"error": made.error, "now": station.site.stamp()}


async def _results(station: Station, verb: Results, tell: Tell) -> Facts:
    receipt = read_limited(Path(verb.path)) if isinstance(verb, TakeReceipt) else b""
    one = station.held.get(verb.session if not isinstance(verb, TakeReceipt) else _session_of(receipt))
    made = await bundling.make(station.site, station.copies, one, tell)
    facts: Facts = {"sha256": made.sha256.hex(), "size": made.size, "records": made.records}
    match verb:
        case MakeBundle(out=out):
            await asyncio.to_thread(_copy_out, made.path, Path(out))
            return facts | {"out": out}
        case Backup(folder=folder):
            return facts | await _backup(station, verb.session, made, Path(folder))
        case Send(receipt=out):
            resumed = await _send(station, verb.session, made, out, tell)
            return facts | {"receipt": out, "resumed": resumed}
        case TakeReceipt():
            _backed_up(station.site, one.id, made)
            await _keep_receipt(station.site, one.id, made, receipt)
            return facts


async def _save(station: Station, verb: Save) -> Facts:
    site = station.site
    folder = verb.folder or site.settings.saves
    if not folder:
        raise Unavailable("no folder for saves is named, here or in the settings", "save_failed")
    made = await station.saver.save(Path(folder))
    if verb.always:
        site.save_to(folder)
    point = f"{made.point.epoch}.{made.point.position}"
    size = sum(one.size for one in made.files)
    held = isinstance(site.settings.dongle, KeyFilePlace) and not site.settings.dongle.path
    return {"folder": folder, "point": point, "size": size, "always": verb.always, "dongle_inside": held}


def _join(station: Station, verb: Join) -> Facts:
    welcome = station.site.join(read_limited(Path(verb.path)))
    station.site.unsaved.set()
    return {"url": welcome.url, "root": welcome.root.id}


async def _site_file(station: Station, verb: WriteSiteFile) -> Facts:
    site = station.site
    for room in verb.rooms:
        check_id(room, "room")
    if len({room.lower() for room in verb.rooms}) != len(verb.rooms) or not verb.rooms:
        raise Malformed("room ids must differ in more than upper and lower case", "bad_id")
    if not set(verb.spares) <= set(verb.rooms):
        raise Malformed("a spare address names another room", "bad_id")
    settings, platform = site.settings, site.platform
    document = d.SiteFile(
        settings.site, settings.name, site.ca_certificate, platform.root, platform.issuer_document, settings.host,
        settings.port, verb.rooms, verb.spares,
    )  # fmt: skip
    await asyncio.to_thread(write_durably, Path(verb.out), signed.sign(site.keys.ca, d.SITE_FILE, document))
    await site.commit(Batch(facts={"rooms": codec.encode(sorted(verb.rooms))}))
    site.unsaved.set()
    return {"out": verb.out, "rooms": len(verb.rooms)}


async def _staff(station: Station, verb: StaffVerb) -> Facts:
    people = station.rooms.people
    facts: Facts = {"room": verb.room}
    match verb:
        case AddStaff(room=room, name=name):
            pin = await people.put(room, name, verb.role, verb.pin, verb.instead)
            facts |= {"name": name.strip(), "pin": "" if verb.pin else pin}
        case RemoveStaff(room=room, name=name):
            await people.remove(room, name)
            facts |= {"name": name}
        case ListStaff(room=room):
            return facts | {"staff": [{"name": one.name, "role": one.role.value} for one in people.of(room)]}
    station.rooms.greet_again(verb.room)
    return facts


async def _load(station: Station, verb: Load) -> Facts:
    if verb.folder:
        done = await loading.load_folder(station.held, station.site, Path(verb.folder))
    else:
        done = await loading.load_online(station.held, station.site)
    await station.rooms.offer_again()
    return {"loaded": done, "count": len(done)}


async def _dongle(station: Station, verb: AboutDongle) -> Facts:
    if isinstance(verb, Restore):
        what = await restoring.restore(station.site, verb.reason, verb.first, verb.second)
        return {"what": what, "epoch": station.site.end.epoch}
    back = await guard.unlock(station.site, verb.secret)
    if back:
        await station.rooms.offer_again()
    return {"back": back}


async def _backup(station: Station, session: str, made: bundling.Made, folder: Path) -> Facts:
    place = await asyncio.to_thread(backup.copy, made, folder, station.site.platform.root)
    record = records.BackedUp(session, made.sha256, str(place))
    await station.site.write(record, facts={f"backup/{session}": made.sha256})
    return {"place": str(place)}


async def _send(station: Station, session: str, made: bundling.Made, out: str, tell: Tell) -> int:
    """Sends the bundle unless its receipt is here already; how often the transfer was resumed."""
    site, resumed = station.site, 0
    _backed_up(site, session, made)
    receipt = site.store.fact(f"receipt/{session}")
    if receipt is None:
        if site.welcome is None:
            raise Unavailable("the platform's welcome is not here", "not_joined")
        async with Platform(site.welcome) as platform:
            upload = Upload(platform, site.platform, session, made, tell)
            receipt, resumed = await upload.run(), upload.resumed
        await _keep_receipt(site, session, made, receipt)
    if out:
        await asyncio.to_thread(write_durably, Path(out), receipt)
    return resumed


def _session_of(receipt: bytes) -> str:
    return trust.peek(receipt, d.UPLOAD_RECEIPT, d.UploadReceipt).session


def _backed_up(site: Site, session: str, made: bundling.Made) -> None:
    if site.store.fact(f"backup/{session}") != made.sha256:
        raise Refused(f"the bundle of {session} was not backed up yet", "backup_first")


async def _keep_receipt(site: Site, session: str, made: bundling.Made, receipt: bytes) -> None:
    """Records a receipt once, whichever way it came, after checking that it is for exactly this bundle."""
    site.platform.upload_receipt(receipt, made.sha256, made.size)
    if site.store.fact(f"receipt/{session}") is None:
        await site.write(records.Uploaded(session, made.sha256), facts={f"receipt/{session}": receipt})


def _copy_out(source: Path, out: Path) -> None:
    try:
        shutil.copyfile(source, out)
    except OSError as error:
        raise Unavailable(f"{out}: {error.strerror}", "backup_failed") from error
