"""What can be asked of a site about its machines: windows, the list, confirming, turning away, revoking.

Requests like those of `site_server.verbs`, which hands them here. A machine is named by its TLS name or its key's id.
"""

from typing import Any

import msgspec

from shared import limits
from shared.errors import Refused
from shared.machines import Enrolled, Kind
from site_server.station import Station


class MachineVerb(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="verb"):
    """Base of these requests."""


class OpenWindow(MachineVerb, frozen=True, tag="window"):
    """Open an enrolment window; `room` empty: any room machine."""

    minutes: int = limits.WINDOW_MINUTES
    count: int = 1
    kind: Kind = Kind.ROOM
    room: str = ""


class ListMachines(MachineVerb, frozen=True, tag="machines"):
    """The machines of a room, or of all when it is empty."""

    room: str = ""


class Confirm(MachineVerb, frozen=True, tag="confirm"):
    """Certify PCs that wait in a room: those named, or all without a conflict; `seat` for one (0: as proposed)."""

    room: str
    machines: tuple[str, ...] = ()
    seat: int = 0


class Decline(MachineVerb, frozen=True, tag="decline"):
    """Turn PCs that wait in a room away."""

    room: str
    machines: tuple[str, ...]


class Revoke(MachineVerb, frozen=True, tag="revoke"):
    """Take a machine's certificate back."""

    machine: str
    reason: str
    by: str = ""


AnyMachineVerb = OpenWindow | ListMachines | Confirm | Decline | Revoke


async def run(station: Station, verb: AnyMachineVerb) -> dict[str, Any]:
    """Carries a request out; the facts to show. Raises any `KaodianError`; nothing was changed then."""
    desk = station.desk
    match verb:
        case OpenWindow(minutes=minutes, count=count, kind=kind, room=room):
            window = await desk.open(kind, room, minutes, count)
            return {"code": window.code, "minutes": minutes, "count": count, "kind": kind.value, "room": room}
        case ListMachines(room=room):
            return _list(station, room)
        case Confirm(room=room, machines=ids, seat=seat):
            made = await desk.confirm(room, ids, seat, "")
            return {"confirmed": [one.machine.name for one in made], "waiting": len(desk.pending(room))}
        case Decline(room=room, machines=ids):
            desk.decline(room, ids)
            return {"declined": len(ids)}
        case Revoke(machine=machine, reason=reason, by=by):
            gone = await desk.revoke(_id_of(station, machine), reason, by, station.site.stamp())
            return {"machine": gone.name, "reason": gone.revoked}


def _list(station: Station, room: str) -> dict[str, Any]:
    found = [one for one in station.machines.all() if room in ("", one.room)]
    rooms = sorted({one.room for one in found} | {room} - {""})
    return {
        "machines": [_row(one) for one in found],
        "waiting": [{"room": name, **msgspec.to_builtins(one)} for name in rooms for one in station.desk.pending(name)],
        "windows": msgspec.to_builtins(station.desk.windows(room or None)),
    }


def _row(one: Enrolled) -> dict[str, Any]:
    return {
        "id": one.id, "name": one.name, "kind": one.kind.value, "room": one.room, "number": one.number,
        "address": one.address, "expires": one.expires, "revoked": one.revoked,
    }  # fmt: skip


def _id_of(station: Station, machine: str) -> str:
    """The id of a machine by its id or by the name under which it counts; raises `Refused` (`unknown_machine`)."""
    for one in station.machines.all():
        if machine == one.id or (machine == one.name and not one.revoked):
            return one.id
    raise Refused(f"there is no machine {machine[:80]!r}", "unknown_machine")
