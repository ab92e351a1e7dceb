"""The state of the site as people and programs may see it: machines, counts and copies, never an answer.

Made from the copies, the links and what rooms last told; the command, the page and the platform's report show the same.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from shared import codec, ledger, trust
from shared import documents as d
from shared.io.files import free
from shared.machines import Kind
from shared.messages import RoomStatus
from site_server import granting
from site_server.authorisation import Authorised
from site_server.returning import lacking
from site_server.rooms import Alarm
from site_server.station import Station


class RoomState(msgspec.Struct, frozen=True):
    """One room of a session. `points` are (epoch, position) of the copied sitting stream; `records` counts attempts
    too.

    `told` is what the room said last, while the service runs; `code` names the sitting's newest signed head held here,
    as the room's console shows it. `candidates` are those arranged here, `came` and `gone` those moved here and away.
    `cut` is since when the link is gone, ms UTC (0: it stands, or never did since the service began). `machines`
    is how many machines were granted the sitting: of 2 the second took over.
    """

    room: str
    name: str
    candidates: int
    enrolled: bool
    came: int
    gone: int
    linked: bool
    cut: int
    machines: int
    records: int
    attempts: int
    points: list[tuple[int, int]]
    ended: bool
    copied: bool
    code: str
    told: RoomStatus | None


class SessionState(msgspec.Struct, frozen=True):
    """One session; `session_version` is 0 without a session authorisation."""

    session: str
    title: str
    start: int
    formal_version: int
    session_version: int
    rooms: list[RoomState]
    complete: bool
    bundle: bool
    backed_up: bool
    uploaded: bool


class Lacking(msgspec.Struct, frozen=True):
    """A room holds a session of which documents of these `types` are not here: they must be loaded again."""

    session: str
    room: str
    types: list[str]


class SaveState(msgspec.Struct, frozen=True):
    """The saves of the site's data: `folder` where the service saves to by itself (empty: nowhere), when the last save
    was made and where (0 and empty: never), and whether it is too old or did not succeed.
    """

    folder: str
    last: int
    last_folder: str
    bad: bool


class SiteState(msgspec.Struct, frozen=True):
    """The whole site; `now` and `time_error` (ms) are 0 without trusted time, `window_left` machines may still
    enrol, `disk_left` bytes are free (-1: not known). `dongle` is `open`, `gone` (taken out: new openings stop) or
    `closed` (looked at without the service).
    """

    site: str
    name: str
    joined: bool
    now: int
    time_error: int
    window_left: int
    disk_ok: bool
    disk_left: int
    dongle: str
    sessions: list[SessionState]
    lacking: list[Lacking]
    save: SaveState
    alarms: list[Alarm]


def of(station: Station, free: Callable[[Path], int] = free) -> SiteState:
    """The state now; `free` asks for the free bytes where a folder is."""
    site = station.site
    known = sorted(station.held.sessions.values(), key=lambda one: (one.formal.session.start, one.id))
    return SiteState(
        site=site.id,
        name=site.settings.name,
        joined=site.welcome is not None,
        now=site.now() or 0,
        time_error=site.clock.error() if site.clock.known else 0,
        window_left=sum(one.left for one in station.desk.windows()),
        disk_ok=not site.broken.is_set(),
        disk_left=free(site.folder.path),
        dongle="closed" if not site.open_for_work else "open" if site.keys.here else "gone",
        sessions=[_session(station, one) for one in known],
        lacking=list(_lacking(station)),
        save=_save(station),
        alarms=station.rooms.alarms,
    )


def report(state: SiteState) -> bytes:
    """上报开考情况: what the platform is told, JSON; sums per session, so that it stays small at any site."""
    sums = ("logged_in", "online", "submitted", "collected", "absent", "void")
    sessions = [
        {
            "session": one.session,
            "rooms": len(one.rooms),
            "candidates": sum(room.candidates for room in one.rooms),
            "linked": sum(room.linked for room in one.rooms),
            "ended": sum(room.ended for room in one.rooms),
            "copied": sum(room.copied for room in one.rooms),
            "records": sum(room.records for room in one.rooms),
            **{name: sum(getattr(room.told, name) for room in one.rooms if room.told) for name in sums},
        }
        for one in state.sessions
    ]
    facts = {"site": state.site, "now": state.now, "time_error": state.time_error, "dongle": state.dongle}
    return codec.encode_json(facts | {"alarms": len(state.alarms), "sessions": sessions})


def _session(station: Station, one: Authorised) -> SessionState:
    store = station.site.store
    rooms = [_room(station, one, room) for room in sorted(one.rooms)]
    return SessionState(
        session=one.id,
        title=one.formal.session.title,
        start=one.formal.session.start,
        formal_version=one.formal.version,
        session_version=one.version_of(d.SESSION),
        rooms=rooms,
        complete=all(room.copied for room in rooms if station.moves.takes_part(one, room.room)),
        bundle=(station.site.folder.bundles / f"{one.id}.kdr").exists(),
        backed_up=store.fact(f"backup/{one.id}") is not None,
        uploaded=store.fact(f"receipt/{one.id}") is not None,
    )


def _lacking(station: Station) -> Iterator[Lacking]:
    for room, sessions in sorted(station.rooms.returning.sessions.items()):
        for kept in sessions:
            types = lacking(kept, station.held.sessions.get(kept.session))
            if types:
                yield Lacking(kept.session, room, types)


def _save(station: Station) -> SaveState:
    saver = station.saver
    made, folder = (saver.last.made, saver.last.folder) if saver.last is not None else (0, "")
    return SaveState(station.site.settings.saves, made, folder, bool(saver.failed) or saver.old)


def _code(heads: dict[tuple[str, int], ledger.Head], stream: str) -> str:
    """The code of a stream's newest head, or empty."""
    mine = [head for (name, _), head in heads.items() if name == stream]
    newest = max(mine, key=lambda head: head.point.epoch, default=None)
    return ledger.point_code(stream, newest.point) if newest is not None else ""


def _room(station: Station, one: Authorised, room: str) -> RoomState:
    copies = station.copies
    held = copies.of_session(one, room)
    stream = ledger.sitting_stream(one.id, room)
    sitting, granted = held.pop(stream, {}), granting.grants(station.site, stream)
    arranged, stays = set(one.tickets(room)), station.moves.stays(one)
    here = {ticket for ticket in stays.ever_in(room) if stays.last(ticket).room == room}
    return RoomState(
        room=room,
        name=one.rooms[room].name,
        candidates=len(arranged),
        enrolled=station.machines.current(Kind.ROOM, room) is not None,
        came=len(here - arranged),
        gone=len(arranged - here),
        linked=room in station.rooms.links,
        cut=0 if room in station.rooms.links else station.rooms.cut.get(room, 0),
        machines=len({trust.grant(one, station.site.ca_public, stream).key for _, one in granted}),
        records=sum(p.position for epochs in (sitting, *held.values()) for p in epochs.values()),
        attempts=len(held),
        points=[(epoch, point.position) for epoch, point in sorted(sitting.items())],
        ended=copies.progress(one.id, room).ended is not None,
        copied=copies.whole(one.id, room),
        code=_code(copies.heads, stream),
        told=station.rooms.states.get((one.id, room)),
    )
