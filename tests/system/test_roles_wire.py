"""The whole table of roles, every cell of it tried over the wire at a real room and a real site."""

import asyncio
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from shared.ledger import sitting_stream
from shared.roles import DEFAULT, ROWS, STAFF, Door, Level, Role, Row, Stage
from site_server import verbs
from tests.support import site_day, small_day
from tests.support.fake_site import ROOM, id_number
from tests.system.rogue import line as w
from tests.system.rogue import stages
from tests.system.rogue.callers import Caller, Pc, callers
from tests.system.rogue.candidate import START, VERSION
from tests.system.rogue.site_world import SiteWorld
from tests.system.rogue.world import World

pytestmark = [pytest.mark.system, pytest.mark.long]

ROOM_ROUTE = "route:room "
REACHED = {"101", "400", "404"}
"""Statuses of a route that is open to the asker: what was asked for may be wrong or missing."""
ROOM_DOORS = (Door.ORDER, Door.ROOM, Door.CONSOLE, Door.PC)
OUTSIDE = {"shut", "cut"}
VERBS = {str(kind.__struct_config__.tag) for kind in get_args(verbs.AnyVerb)}


class Walk:
    """One walk over the cells of some rows; what did not fit is collected, so that one run shows all of it."""

    def __init__(self) -> None:
        self.tried: set[tuple[Role, str, Stage]] = set()
        self.wrong: list[str] = []

    def note(self, role: Role, row: Row, stage: Stage, answer: str, fits: bool) -> None:
        """One cell."""
        self.tried.add((role, row.action, stage))
        if not fits:
            self.wrong.append(f"{row.action} by {role} at {stage} ({DEFAULT.level(role, row.action, stage)}): {answer}")

    def check(self, rows: list[Row]) -> None:
        """Every cell of these rows was tried, and each was as the table says."""
        assert not self.wrong, "\n".join(self.wrong)
        assert self.tried == {(role, row.action, stage) for role in Role for row in rows for stage in Stage}


def order(row: Row, role: Role, stage: str) -> dict[str, Any]:
    """An order of a row, well-formed; the first who may warn or void meets somebody who logged in."""
    absent, first, second = (stages.ticket_of(stage, seat) for seat in (stages.ABSENT, *stages.VICTIMS))
    violation = {"do": "RecordViolation", "category": "x", "text": "传纸条"}
    commands: dict[str, dict[str, Any]] = {
        "warn": {**violation, "ticket": first if role is Role.PROCTOR else absent, "level": "warning"},
        "void_paper": {**violation, "ticket": second if role is Role.CHIEF else first, "level": "void"},
        "undo_violation": {"do": "UndoViolation", "ticket": second, "reason": "看错了"},
        "mark_absent": {"do": "MarkAbsent", "ticket": absent},
        "undo_absence": {"do": "UndoAbsence", "ticket": absent, "reason": "来了"},
        "extend_time": {"do": "ExtendTime", "ticket": "", "extra": 1, "reason": "停电"},
        "extend_beyond": {"do": "ExtendTime", "ticket": "", "extra": stages.HOUR + 1, "reason": "停电"},
        "resume_here": {"do": "ApproveResume", "ticket": absent},
        "change_seat": {"do": "ApproveResume", "ticket": absent},
        "deny_resume": {"do": "DenyResume", "ticket": absent},
        "permit_leave": {"do": "PermitLeave", "ticket": first},
        "lower_hand": {"do": "LowerHand", "ticket": first},
        "reopen": {"do": "Reopen", "ticket": first, "reason": "误交"},
        "decide_held": {"do": "DecideHeld", "tickets": [second], "accept": True, "reason": "断网"},
        "pause": {"do": "Pause", "reason": "火警"},
        "go_on": {"do": "GoOn", "reason": "解除"},
        "end_early": {"do": "EndEarly", "reason": "秩序混乱"},
        "reset_pin": {"do": "ResetPin", "name": "nobody"},
        "confirm_time": {"do": "ConfirmTime", "system": 1},
        "open_window": {"do": "OpenWindow", "kind": "pc", "minutes": 5, "count": 1},
        "confirm_machines": {"do": "ConfirmMachines", "ids": [], "number": 0},
        "decline_machines": {"do": "DeclineMachines", "ids": []},
        "move_to_room": {
            "do": "MoveToRoom",
            "session": "m1",
            "origin": "01",
            "tickets": [],
            "room": "02",
            "seat": 0,
        },
        "revoke_machine": {"do": "RevokeMachine", "id": "0" * 16, "reason": "丢失"},
    }
    name = row.action.partition(":")[2]
    return commands.get(name) or {"do": "".join(part.capitalize() for part in name.split("_"))}


def message(row: Row, role: Role, stage: Stage, pc: Pc) -> dict[str, Any]:
    """What is said to try a cell."""
    at = stage.value if stage is not Stage.BEFORE else "early"
    session = stages.session_of(at) if stage is not Stage.BEFORE else "s-nowhere"
    tag = row.action.partition(":")[2]
    rogue = pc.stranger
    # Whoever is finished is told so again at the own PC; a log-in that is none of one's own shows that none is left.
    who = stages.ticket_of(at, stages.VICTIMS[0]) if stage in (Stage.OVER, Stage.ENDED) else rogue.ticket
    if row.door is Door.ORDER:
        return {"m": "order", "id": 1, "session": session, "command": order(row, role, at)}
    if row.door is Door.ROOM:
        return {"m": "room_order", "id": 1, "command": order(row, role, at)}
    known: dict[str, dict[str, Any]] = {
        "console_hello": {"version": VERSION, "name": role.value, "pin": "000000"},
        "order": {"id": 1, "session": "s-nowhere", "command": {"do": "AllowLogin"}},
        "room_order": {"id": 1, "command": {"do": "ResetPin", "name": "nobody"}},
        "beacon": {"sent": 5},
        "beacon_reply": {"sent": 1, "received": 1, "replied": 1, "error": 1},
        "clock_report": {"system": 5, "error": 5},
        "correction_read": {"number": 1},
        "pc_hello": {"version": VERSION, "device": rogue.device.public, "seat": stages.ROGUE_SEAT, "faults": []},
        "log_in": {"ticket": who, "id_number": id_number(who), "at": START},
        "resume": {"ticket": rogue.ticket, "at": rogue.ledger.at, "signature": rogue.proof()},
        "records": {"epoch": rogue.ledger.at[0], "entries": rogue.again},
        "pc_head": {"head": rogue.device.head(rogue.ledger.stream, rogue.ledger.at, 1)},
    }
    return {"m": tag, **known.get(tag, {})}


def order_fits(role: Role, row: Row, stage: Stage, answer: str, proposed: bool) -> bool:
    """Whether the answer to an order is what the table says of the cell."""
    level = DEFAULT.level(role, row.action, stage)
    if role not in STAFF:
        return answer in OUTSIDE
    if row.door is Door.ORDER and stage is Stage.BEFORE:
        return answer == "unknown_session"
    if DEFAULT.ever(role, row.action) is Level.NO:
        return answer == "not_your_role"
    if level is Level.NO:
        return answer not in {"done", "not_your_role", *OUTSIDE}
    if answer == "done" and row.door is Door.ORDER:
        return proposed is (row.pair or level is Level.PROPOSE)
    return answer not in {"not_your_role", "not_now", *OUTSIDE}


def said_fits(role: Role, row: Row, stage: Stage, answer: str) -> bool:
    """Whether the answer to a message of a console or a PC is what the table says of the cell."""
    level = DEFAULT.level(role, row.action, stage)
    if DEFAULT.ever(role, row.action) is Level.NO:
        return answer in {*OUTSIDE, "other_machine", "malformed"}
    tag = row.action.partition(":")[2]
    if tag in ("log_in", "resume", "records"):
        positive = {"log_in": {"admitted"}, "resume": {"admitted"}, "records": {"ack"}}[tag]
        return (answer in positive) is (level is Level.DECIDE)
    if level is Level.NO:
        return answer in {"silent", "not_logged_in", "sitting_ended"}
    return answer not in OUTSIDE or tag == "pc_hello"


def walk_stage(world: World, walk: Walk, stage: Stage, rows: list[Row]) -> None:
    """Every cell of one stage; everybody keeps their line meanwhile."""
    everybody: dict[Role, Caller] = callers(world, stage.value)
    pc = everybody[Role.CANDIDATE]
    assert isinstance(pc, Pc)
    stream = sitting_stream(stages.session_of(stage.value), ROOM)
    try:
        for row in rows:
            for role, caller in everybody.items():
                pc.stranger.connect()
                before = len(world.kinds(stream))
                answer = caller.says(message(row, role, stage, pc), row.door)
                if row.door in (Door.ORDER, Door.ROOM):
                    proposed = "Proposed" in world.kinds(stream)[before:]
                    walk.note(role, row, stage, answer, order_fits(role, row, stage, answer, proposed))
                else:
                    walk.note(role, row, stage, answer, said_fits(role, row, stage, answer))
    finally:
        for caller in everybody.values():
            caller.close()


def test_every_cell_of_the_rooms_part_is_as_the_table_says(world: World) -> None:
    world.wait_over()
    rows = [row for row in ROWS if row.door in ROOM_DOORS]
    walk = Walk()
    for stage in Stage:
        walk_stage(world, walk, stage, rows)
    walk.check(rows)


def test_every_route_of_the_room_is_as_the_table_says(world: World) -> None:
    rows, walk = [row for row in ROWS if row.action.startswith(ROOM_ROUTE)], Walk()
    for stage in Stage:
        for row in rows:
            for role in Role:
                status = route_of_room(world, role, row.action.removeprefix(ROOM_ROUTE))
                may = DEFAULT.level(role, row.action, stage) is Level.DECIDE
                walk.note(role, row, stage, status, status in REACHED if may else status in {"403", "shut"})
    walk.check(rows)


def route_of_room(world: World, role: Role, route: str) -> str:
    """The status of a request that is in order but for what it asks for."""
    identity = {Role.ROOM: world.folder / "room", Role.SITE: world.folder / "site"}.get(role)
    try:
        if role in STAFF or role is Role.CANDIDATE:
            machine = world.own if role is Role.CANDIDATE else world.site.machines.console(3)
            line = world.line(world.address(), with_ws=False, machine=machine)
        else:
            line = w.Line(world.port, w.context(world.site.ca_certificate, identity), world.address(), with_ws=False)
        with line:
            if route == "GET /ws":
                line.upgrade()
                return "101"
            request = route.replace("{name}", "0" * 64)
            return str(line.ask(f"{request} HTTP/1.1\r\nHost: room\r\nContent-Length: 1\r\n\r\nx".encode())[0])
    except w.Cut as error:
        return str(error).removeprefix("status ") if "status" in str(error) else "shut"


LINK_MESSAGES: dict[str, dict[str, Any]] = {
    "link": {"version": VERSION, "room": small_day.ROOM},
    "kept": {"machines": [], "gone": [], "grants": [], "sessions": [], "staff": b"", "more": False},
    "history_wanted": {"id": 1, "stream": "sitting/m1/01", "epoch": 1, "after": 0},
    "push": {"entries": []},
    "push_head": {"head": ["sitting/m1/01", [1, 1, bytes(32)], 1, bytes(64)]},
    "room_status": {"session": "m1", "phase": "early", "expected": 0, "logged_in": 0, "online": 0, "submitted": 0,
                    "collected": 0, "absent": 0, "void": 0},
    "beacon": {"sent": 5},
    "beacon_reply": {"sent": 1, "received": 1, "replied": 1, "error": 1},
    "enrol_ask": {"id": 1, "address": "127.0.0.1", "request": {
        "kind": "pc", "room": small_day.ROOM, "number": 1, "code": "0", "point": bytes(65), "device": None}},
    "site_order": {"id": 1, "command": {"do": "DeclineMachines", "ids": []}, "by": "王", "at": 1},
    "moved_out": {"id": 1, "refusal": None},
    "alarm": {"code": "disk_failed", "ticket": "", "seat": 0, "value": 0, "text": ""},
}  # fmt: skip


def link_fits(role: Role, row: Row, stage: Stage, answer: str) -> bool:
    """Whether the site's answer to a message of a room is what the table says of the cell."""
    if DEFAULT.ever(role, row.action) is Level.NO:
        return answer == "shut"
    if row.action == "link:keys_wanted":
        return (answer == "keys") is (DEFAULT.level(role, row.action, stage) is Level.DECIDE)
    # A head that is none ends the link: it was heard all the same.
    return answer not in OUTSIDE or (row.action == "link:push_head" and answer == "cut")


def walk_site(site: SiteWorld, walk: Walk, stage: Stage, rows: list[Row]) -> None:
    """Every cell of one stage at a real site."""
    session = "m1" if stage is not Stage.BEFORE else "nothing"
    for row in rows:
        name = row.action.partition(":")[2]
        for role in Role:
            may = DEFAULT.level(role, row.action, stage) is Level.DECIDE
            if row.door is Door.LINK:
                said = {"session": session} if name == "keys_wanted" else LINK_MESSAGES[name]
                answer = site.says(role, {"m": name, **said})
                walk.note(role, row, stage, answer, link_fits(role, row, stage, answer))
            elif row.door is Door.ROUTE:
                request = name.removeprefix("site ").replace("{sha256}", "0" * 64)
                answer = site.requests(role, request, b"x")
                walk.note(role, row, stage, answer, answer in REACHED if may else answer in {"403", "shut"})
            else:
                far = site.requests(role, "POST /", msgspec.json.encode({"verb": name}))
                near = site.controls(name) if may else ""
                fits = far in {"404", "shut"} and (not may or near == "reached" or name not in VERBS)
                walk.note(role, row, stage, f"{far} {near}", fits)


async def test_every_cell_of_the_sites_part_is_as_the_table_says(tmp_path: Path) -> None:
    doors = (Door.LINK, Door.VERB)
    rows = [row for row in ROWS if row.door in doors or row.action.startswith("route:site ")]
    walk, site = Walk(), SiteWorld(site_day.copy_of(site_day.make(tmp_path / "template").path, tmp_path / "site"))
    async with site.made.platform.serving():
        for stage in Stage:
            async with site.at(stage):
                await asyncio.to_thread(walk_site, site, walk, stage, rows)
    walk.check(rows)


def test_the_walks_leave_no_row_out() -> None:
    routes = {row.action for row in ROWS if row.door is Door.ROUTE}
    assert {row.door for row in ROWS} == {*ROOM_DOORS, Door.ROUTE, Door.LINK, Door.VERB}
    assert {route for route in routes if not route.startswith((ROOM_ROUTE, "route:site "))} == set()
