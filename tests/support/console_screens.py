"""Pictures of the console for a person to look at: scenes of an exam day, drawn through the real program.

`python -m tests.support.console_screens DIR [WIDTHxHEIGHT] [SCENE ...]` writes one PNG per scene. Rich's SVG sets
text lengths by characters and names a web font; both are mended so that Chinese comes out at its true width.
"""

import argparse
import asyncio
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from html import unescape
from pathlib import Path
from typing import Final

import cairosvg
import msgspec
from rich.cells import cell_len

from proctor_console.console.app import ConsoleApp
from proctor_console.console.target import read_target
from shared import commands as c
from shared import limits
from shared import messages as m
from shared.machines import Conflict, Kind, Pending, Window
from shared.roles import Role
from tests.support.console_room import PIN, START_AT, SimulatedRoom, open_paper
from tests.support.machines import Population

MINUTE: Final = limits.MINUTE
Happening = Callable[[SimulatedRoom], Awaitable[None]]
FONT: Final = "Noto Sans Mono CJK SC"


def png(svg: str) -> bytes:
    """The picture of a Textual SVG, with Chinese at its true width."""
    unit = re.search(r'textLength="([\d.]+)"[^>]*>([^<]*)</text>', svg)
    cell = float(unit[1]) / len(unescape(unit[2])) if unit is not None else 12.2

    def mended(match: re.Match[str]) -> str:
        return f'textLength="{cell_len(unescape(match[3])) * cell:.1f}"{match[2]}>{match[3]}</text>'

    svg = re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)</text>', mended, svg)
    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg).replace("Fira Code", FONT).replace("monospace", FONT)
    picture: bytes = cairosvg.svg2png(bytestring=svg.encode())
    return picture


def before(room: SimulatedRoom) -> None:
    """T-58: PCs are on, one has a fault; log-in is not allowed yet."""
    room.pcs += [
        m.PcRow(seat, f"10.0.0.{seat}", ("display",) if seat == 7 else ()) for seat in range(1, 43) if seat != 12
    ]


def waiting(room: SimulatedRoom) -> None:
    """T-12: log-in allowed, 33 are in."""
    room.do(c.AllowLogin())
    for number in range(1, 34):
        room.log_in(f"T{number:04}")
    room.do(c.AllowStart())


def answering(room: SimulatedRoom) -> None:
    """T+20: some troubles."""
    open_paper(room, 38, 12)
    room.offline |= {"T0005", "T0017"}
    room.do(c.RaiseHand("T0022"))
    room.do(c.RecordViolation("T0030", "void", "copying", "x"))
    room.saved["T0009"] = room.now() - 9 * MINUTE
    room.clocks = {f"T{number:04}": (number * 37 % 400 - 200, 20 + number % 9) for number in range(1, 39)}
    room.clocks["T0009"] = (3_600_000 + 300, 31)


def resuming(room: SimulatedRoom) -> None:
    """T+50: a PC died, its candidate waits at a spare; the site is away."""
    open_paper(room, 38, 25)
    room.offline.add("T0014")
    room.log_in("T0014", 41)
    room.site_online, room.site_behind = False, 1234


def timeless(room: SimulatedRoom) -> None:
    """T+55: the room machine was restarted, nobody could tell the time yet, one person has confirmed the clock."""
    answering(room)
    room.timeless = m.TimeState(False, room.now() + 12_000, "监考乙", room.now())


def ended(room: SimulatedRoom) -> None:
    """After the end: everybody is finished."""
    open_paper(room, 38, 45)
    for number in range(1, 31):
        room.hand_in(f"T{number:04}")
    room.do(c.MarkAbsent("T0039"))
    room.do(c.MarkAbsent("T0040"))
    room.do(c.Tick())
    room.do(c.EndSitting())


def enrolling(room: SimulatedRoom) -> None:
    """The day before: a window is open, most PCs are enrolled, some wait, one was revoked."""
    known, now = Population(*room._ca, room.room.id, "10.0.0"), room.now()
    valid = (now - limits.DAY, now + limits.CERTIFICATE_DAYS * limits.DAY)
    rows = [
        m.MachineRow(one, (one.address,) if seat % 5 else ())
        for seat in range(1, 35)
        for one in [known.make(Kind.PC, seat, f"10.0.0.{seat}", valid).machine]
    ]
    rows[6] = m.MachineRow(rows[6].machine, ("10.0.0.7", "10.0.0.93"))
    gone = known.make(Kind.PC, 35, "10.0.0.35", valid).machine
    rows += [m.MachineRow(msgspec.structs.replace(gone, revoked="主板更换"), ())]
    rows += [m.MachineRow(known.make(Kind.CONSOLE, 1, "10.0.0.200", valid).machine, ("10.0.0.200",))]
    waiting = (
        Pending("a" * 16, 36, "10.0.0.36", Conflict.NONE), Pending("b" * 16, 37, "10.0.0.37", Conflict.NONE),
        Pending("c" * 16, 38, "10.0.0.38", Conflict.ASKED_TWICE),
        Pending("d" * 16, 38, "10.0.0.39", Conflict.ASKED_TWICE), Pending("e" * 16, 0, "fe80::1", Conflict.NO_SEAT),
    )  # fmt: skip
    window = Window(Kind.PC, room.room.id, "40718263", now + 17 * MINUTE + 23_000, 5, 1)
    room.machines = m.MachineBoard(tuple(rows), waiting, (window,))


def proposing(room: SimulatedRoom) -> None:
    """T+50: a technician asks for a move, a proctor for an early end; somebody's answers came too late."""
    resuming(room)
    room.site_online = True
    room.do(c.ApproveResume("T0014"), by=c.Actor("技术员", Role.TECHNICIAN, "console-01-2", "10.0.0.2"))
    room.do(c.EndEarly("火警，全体疏散"), by=c.Actor("监考乙", Role.PROCTOR, "console-01-2", "10.0.0.3"))
    for ticket, count in (("T0003", 4), ("T0021", 11)):
        room.hand_in(ticket)
        room.hold(ticket, count)


def away(room: SimulatedRoom) -> None:
    """The room was away from T+30 to T+40; the PCs of three candidates had to be restarted, two are not back."""
    open_paper(room, 38, 12)
    at = START_AT + 40 * MINUTE
    room.do(c.NoteOutage(START_AT + 30 * MINUTE, at), at)
    for number in range(3, 39):
        one = room.sitting.candidates[f"T{number:04}"]
        assert one.device is not None
        alone = number not in (4, 9, 23)
        room.do(c.LogIn(one.place.ticket, True, one.seat, one.device, "10.0.0.1", False, by_itself=alone), at + MINUTE)
    room.offline |= {"T0001", "T0002"}


def paused(room: SimulatedRoom) -> None:
    """T+50: paused two minutes ago."""
    open_paper(room, 38, 12)
    room.do(c.Pause("火警演练"), START_AT + 48 * MINUTE)


def full(room: SimulatedRoom) -> None:
    """T+50: the disk is almost full, and the site is away."""
    open_paper(room, 38, 12)
    room.disk_left = 312 * limits.MIB
    room.site_online, room.site_behind = False, 1234


def moved(room: SimulatedRoom) -> None:
    """T+50: six of the candidates go on in the emergency room."""
    open_paper(room, 38, 12)
    for number in range(1, 7):
        room.send_away(f"T{number:04}", "05", number + 2)


def emptied(room: SimulatedRoom) -> None:
    """T+50: the whole room goes on in the emergency room."""
    open_paper(room, 40, 12)
    for number in range(1, 41):
        room.send_away(f"T{number:04}", "05", number)


def guests(room: SimulatedRoom) -> None:
    """T+50: three candidates come from another room, one is at the PC already."""
    open_paper(room, 38, 12)
    for number, seat in ((3, 41), (4, 42), (5, 43)):
        room.send_away(f"T{number:04}", "05", 1)
        room.take_guest(f"T{number:04}", seat)


def broken(room: SimulatedRoom) -> None:
    """T+50: the disk refused a write."""
    open_paper(room, 38, 12)
    room.disk_ok = False


async def cut(room: SimulatedRoom) -> None:
    """The room service is gone."""
    await room.stop()


def alarm(*alarms: m.Alarm) -> Happening:
    """The room tells these alarms."""

    async def tell(room: SimulatedRoom) -> None:
        for one in alarms:
            room.alarm(one)

    return tell


HAPPENS: Final[dict[str, Happening]] = {
    "cut": cut, "silent": alarm(m.Alarm("seat_silent", "T0005", 5)), "replaced": alarm(m.Alarm("room_replaced")),
    "behind": alarm(m.Alarm("behind_site")), "jumped": alarm(m.Alarm("clock_jumped", value=3_600_000)),
}  # fmt: skip
"""Picture -> what happens while the console looks on."""
SCENES: Final[dict[str, tuple[int, Callable[[SimulatedRoom], None]]]] = {
    "before": (-58, before), "waiting": (-12, waiting), "answering": (20, answering), "resuming": (50, resuming),
    "timeless": (55, timeless), "ended": (125, ended), "enrolling": (-1_000, enrolling), "morning": (-58, before),
    "proposing": (50, proposing), "away": (42, away), "paused": (50, paused), "full": (50, full),
    "moved": (50, moved), "emptied": (50, emptied), "guests": (50, guests), "broken": (50, broken),
}  # fmt: skip
KEYS: Final = {
    "login": ("answering", None), "before": ("before", ()), "waiting": ("waiting", ()), "answering": ("answering", ()),
    "attention": ("answering", ("3",)), "list": ("answering", ("t",)), "detail": ("answering", ("down", "enter")),
    "violation": ("answering", ("v",)), "extend": ("answering", ("x",)), "help": ("answering", ("f1",)),
    "resuming": ("resuming", ()), "resume": ("resuming", ("f4",)), "end": ("resuming", ("f8",)), "ended": ("ended", ()),
    "absences": ("resuming", ("f7",)), "alarms": ("resuming", ("f9",)), "enrol-strip": ("enrolling", ()),
    "machines": ("enrolling", ("f5",)), "machines-closed": ("morning", ("f5",)), "window": ("enrolling", ("f5", "o")),
    "confirm-all": ("enrolling", ("f5", "c")), "confirm-one": ("enrolling", ("f5", "enter")),
    "machines-end": ("enrolling", ("f5", "ctrl+end")), "revoke": ("enrolling", ("f5", *["down"] * 6, "r")),
    "clock-wrong": ("answering", ("right",) * 8 + ("enter",)), "timeless": ("timeless", ()),
    "clock": ("timeless", ("c",)),
    "proposing": ("proposing", ()), "proposals": ("proposing", ("p",)), "proposals2": ("proposing", ("p", "m")),
    "held": ("proposing", ("d",)), "held_reason": ("proposing", ("d", "y")), "early": ("proposing", ("e",)),
    "away": ("away", ()), "lost": ("away", ("g",)), "lost_reason": ("away", ("g", "y")), "paused": ("paused", ()),
    "go_on": ("paused", ("r",)), "full": ("full", ()), "full_log": ("full", ("f9",)),
    "moved": ("moved", ()), "moved_list": ("moved", ("t",)), "moved_seat": ("moved", ("enter",)),
    "move": ("answering", ("m",)), "emptied": ("emptied", ()), "guests": ("guests", ()), "broken": ("broken", ()),
    "held_one": ("proposing", ("right", "right", "j")), "cut": ("answering", ()), "silent": ("answering", ()),
    "replaced": ("answering", ()), "behind": ("answering", ()), "jumped": ("answering", ("f9",)),
    "person": ("proposing", ("f12",)), "reopen": ("ended", ("down", "enter")),
}  # fmt: skip
"""Picture -> scene and the keys to press in it (None: stay at the log-in)."""


async def picture(name: str, size: tuple[int, int], folder: Path, who: str = "监考甲") -> bytes:
    """One picture of the running console."""
    scene, keys = KEYS[name]
    minutes, prepare = SCENES[scene]
    room = SimulatedRoom(folder, minutes * MINUTE)
    prepare(room)
    await room.start()
    person = "技术员" if scene in ("enrolling", "morning") else who
    app = ConsoleApp(read_target(room.console()), person, PIN if keys is not None else "")
    async with app.run_test(size=size) as pilot:
        for _ in range(100 if keys is not None else 0):
            await pilot.pause(0.02)
            if app.desk.state.boards and app.desk.now() is not None:
                break
        if name in HAPPENS:
            await HAPPENS[name](room)
        await pilot.pause(0.6)
        for key in keys or ():
            await pilot.press(key)
            await pilot.pause(0.2)
        svg = app.export_screenshot()
        await app.action_quit()
    if name != "cut":
        await room.stop()
    return png(svg)


def main() -> int:
    """Writes the pictures asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("size", nargs="?", default="80x24")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--who", default="监考甲", help="whose console: 监考甲, 技术员 or 主考")
    given = parser.parse_args()
    width, height = (int(part) for part in given.size.split("x"))
    given.folder.mkdir(parents=True, exist_ok=True)
    for name in given.names or KEYS:
        with tempfile.TemporaryDirectory() as scratch:
            made = asyncio.run(picture(name, (width, height), Path(scratch), given.who))
        path = given.folder / f"{name}-{given.size}.png"
        path.write_bytes(made)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
