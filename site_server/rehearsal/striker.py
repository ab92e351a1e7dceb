"""Makes the planned faults: kills processes, cuts cables, fills a disk, destroys machines and replaces them.

Tells each on the terminal and notes when it began and was over. Decides nothing about which and when, judges nothing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from shared.errors import Refused
from shared.io.clock import boot_now, system_now
from shared.io.tasks import Tasks
from shared.io.text import translator
from site_server.rehearsal.disks import SmallDisk
from site_server.rehearsal.faults import Fault
from site_server.rehearsal.lan import Lan
from site_server.rehearsal.outages import Strike
from site_server.rehearsal.pcs import Farm, Script
from site_server.rehearsal.proctor import LOOK_EVERY, Proctor
from site_server.rehearsal.programs import Programs
from site_server.rehearsal.spares import Spares

Say = Callable[[str], None]
_ = translator("site_server")
PC_AWAY: Final = (0.5, 2.0)
"""Seconds until a PC that lost power is switched on again, or the candidate sits at a spare one."""
FETCHED: Final = (5.0, 10.0)
"""Seconds until people have a spare machine on the table."""
RECONNECTED: Final = 15_000
"""Milliseconds after a LAN was mended until every PC has come back."""
CAUGHT_UP: Final = 120
"""Seconds until a rebuilt site must hold everything of all rooms."""
ON_ITS_WAY: Final = 50
"""Records of a room under way to the site at any time, as answers go on coming."""
FLAP_DOWN: Final = (0.2, 1.0)
FLAP_UP: Final = (0.3, 1.5)


@dataclass(frozen=True)
class Scene:
    """What faults happen to."""

    farm: Farm
    programs: Programs
    lan: Lan
    disks: dict[str, SmallDisk]
    spares: Spares
    proctors: dict[str, Proctor]
    present: list[Script]


class Striker:
    """Makes one day's faults; `strikes` says what was really done."""

    def __init__(self, scene: Scene, seed: int, say: Say) -> None:
        self._scene = scene
        self._say = say
        self._random = random.Random(f"striker {seed}")  # noqa: S311  # repeatable pauses, no secret
        self._whole = asyncio.Event()
        self._whole.set()
        self.strikes: list[Strike] = []

    async def run(self, faults: list[Fault], start: int) -> None:
        """Makes all of them at their instants after `start` (T, ms UTC); ends when all are over."""
        if any(fault.kind == "site_destroyed" for fault in faults):
            self._whole.clear()
        tasks = Tasks()
        try:
            await asyncio.gather(*(tasks.spawn(fault.kind, self._one(fault, start + fault.at)) for fault in faults))
        finally:
            await tasks.close()

    async def _one(self, fault: Fault, instant: int) -> None:
        await asyncio.sleep(max(0, instant - system_now()) / 1000)
        match fault.kind:
            case "pc_killed":
                await self._pc(fault)
            case "site_destroyed":
                await self._site()
            case "room_destroyed":
                await self._room(fault.room)
            case "disk_full":
                await self._disk(fault)
            case "flapping":
                await self._flap(fault)
            case "room_killed" | "site_killed" | "platform_killed":
                await self._service(fault)
            case _:
                await self._cut(fault)

    async def _pc(self, fault: Fault) -> None:
        script, spare = fault.script, fault.spare
        assert script is not None  # noqa: S101  # a killed PC has a candidate
        ticket, began = script.candidate.ticket, boot_now()
        made = await self._scene.farm.kill(f"{script.room}-{script.seat}")
        if spare:
            text = _("fault: the PC of {ticket} is killed; the candidate goes on at spare seat {seat}")
        else:
            text = _("fault: the PC of {ticket} is killed and started again")
        self._say(text.format(ticket=ticket, seat=spare))
        await asyncio.sleep(self._random.uniform(*PC_AWAY))
        where = f"{script.room}-{script.seat}" + (f" > {spare}" if spare else "")
        self.strikes.append(Strike(fault.kind, where, began, boot_now(), frozenset({ticket}), made))
        await self._scene.farm.start(script, spare)

    async def _service(self, fault: Fault) -> None:
        """A service dies and its supervisor starts it again: the fault is over at once, what follows is recovery."""
        name = f"room-{fault.room}" if fault.room else fault.kind.removesuffix("_killed")
        began = boot_now()
        await self._scene.programs.kill(name)
        self._note(fault.kind, name, began, began, fault.room)
        self._say(_("fault: the service {name} is killed and started again").format(name=name))
        await self._scene.programs.restart(name)

    async def _cut(self, fault: Fault) -> None:
        """One cable of a room, cut for a while."""
        lan, room = self._scene.lan, fault.room
        seconds = fault.lasts / 1000
        cut, mend, text = {
            "unplugged": (lan.unplug, lan.plug, _("fault: room {room}: the LAN is cut for {seconds:.0f} s")),
            "across_end": (lan.unplug, lan.plug, _("fault: room {room}: the LAN is cut across the end of the exam")),
            "mute": (lan.mute, lan.unmute, _("fault: room {room}: nothing reaches the PCs for {seconds:.0f} s")),
            "no_site": (lan.lose_site, lan.find_site, _("fault: room {room}: no way to the site for {seconds:.0f} s")),
        }[fault.kind]
        if fault.kind == "across_end":
            self._scene.proctors[room].patient = system_now() + fault.lasts + RECONNECTED
        self._say(text.format(room=room, seconds=seconds))
        await self._during(fault, lambda: cut(room), lambda: mend(room))
        self._say(_("fault over: room {room} is joined again").format(room=room))

    async def _flap(self, fault: Fault) -> None:
        """The cable goes out and in, never the same while."""
        lan, room, began = self._scene.lan, fault.room, boot_now()
        self._say(_("fault: room {room}: the LAN flaps for {seconds:.0f} s").format(
            room=room, seconds=fault.lasts / 1000
        ))  # fmt: skip
        while boot_now() < began + fault.lasts:
            await lan.unplug(room)
            await asyncio.sleep(self._random.uniform(*FLAP_DOWN))
            await lan.plug(room)
            await asyncio.sleep(self._random.uniform(*FLAP_UP))
        self._note(fault.kind, f"room-{room}", began, boot_now(), room)
        self._say(_("fault over: room {room} is joined again").format(room=room))

    async def _disk(self, fault: Fault) -> None:
        disk, room = self._scene.disks[fault.room], fault.room
        text = _("fault: room {room}: the disk is full for {seconds:.0f} s")
        self._say(text.format(room=room, seconds=fault.lasts / 1000))
        strike = await self._during(fault, disk.fill, disk.free)
        heard = self._scene.proctors[room].heard
        alarms = [at for at, code in heard if code.startswith("disk_") and strike.began <= at <= strike.over]
        strike.alarm = min(alarms, default=0)
        self._say(_("fault over: room {room} has room on its disk again").format(room=room))

    async def _during(
        self, fault: Fault, begin: Callable[[], Awaitable[None]], end: Callable[[], Awaitable[None]]
    ) -> Strike:
        began = boot_now()
        await begin()
        try:
            await asyncio.sleep(fault.lasts / 1000)
        finally:
            await end()
        return self._note(fault.kind, f"room-{fault.room}", began, boot_now(), fault.room)

    async def _room(self, room: str) -> None:
        """One machine at a time: that is the promise. So a destroyed site is whole again before a room is destroyed."""
        await self._whole.wait()
        began = boot_now()
        self._say(_("fault: the machine of room {room} is destroyed").format(room=room))
        await self._scene.spares.destroy_room(room)
        await asyncio.sleep(self._random.uniform(*FETCHED))
        self._note("room_destroyed", f"room-{room}", began, boot_now(), room)
        self._say(_("room {room}: a spare machine takes over").format(room=room))
        await self._scene.spares.take_over(room)
        self._say(_("room {room}: the spare machine serves, {seconds:.0f} s after it began").format(
            room=room, seconds=(boot_now() - self.strikes[-1].over) / 1000
        ))  # fmt: skip
        for line in await self._scene.spares.old_comes(room):
            self._say(_("room {room}: the old machine is switched on again: {said}").format(room=room, said=line))

    async def _site(self) -> None:
        began = boot_now()
        self._say(_("fault: the site machine is destroyed"))
        await self._scene.spares.destroy_site()
        await asyncio.sleep(self._random.uniform(*FETCHED))
        over = boot_now()
        self._note("site_destroyed", "site", began, over, "")
        self._say(_("site: a new machine is filled from the backup and the rooms"))
        await self._scene.spares.rebuild_site()
        await self._caught_up()
        self._whole.set()
        self._say(_("site: whole again, {seconds:.0f} s after it began").format(seconds=(boot_now() - over) / 1000))

    async def _caught_up(self) -> None:
        """Until staff of every room have seen the site hold everything of theirs but what is on its way to it.

        Raises:
            Refused: some do not see it (`rehearsal_step`).
        """
        lacking = dict(self._scene.proctors)
        for _look in range(int(CAUGHT_UP / LOOK_EVERY)):
            for room, proctor in list(lacking.items()):
                board = proctor.board
                if board is not None and board.site_online and board.site_behind <= ON_ITS_WAY:
                    del lacking[room]
            if not lacking:
                return
            await asyncio.sleep(LOOK_EVERY)
        rooms = ", ".join(sorted(lacking))
        raise Refused(f"after {CAUGHT_UP} s the new site machine had not everything of rooms {rooms}", "rehearsal_step")

    def _note(self, kind: str, who: str, began: int, over: int, room: str) -> Strike:
        """Concerns the candidates of the room, or of all rooms when it is empty."""
        tickets = frozenset(one.candidate.ticket for one in self._scene.present if room in ("", one.room))
        strike = Strike(kind, who, began, over, tickets)
        self.strikes.append(strike)
        return strike
