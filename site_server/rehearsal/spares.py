"""Spare machines: a destroyed room or site machine is replaced by its own commands, as people do it on the day.

Destroying is kill -9 and the loss of everything in the data folder. Does not decide when, does not judge.
"""

import asyncio
import shutil
from pathlib import Path

from shared.errors import Refused
from site_server.rehearsal.programs import Programs
from site_server.rehearsal.stage import Stage, number_in

STOPS_SECONDS = 30
"""How long an old machine may serve until the site has told it that it counts no more."""


class Spares:
    """Destroys and replaces the machines of one stage."""

    def __init__(self, stage: Stage, programs: Programs) -> None:
        self._stage = stage
        self._programs = programs

    async def destroy_room(self, room: str) -> None:
        """The room's machine is gone with all it held; it is found again when another took its place (`old_comes`)."""
        await self._programs.kill(f"room-{room}")
        if self._stage.options.spare_host(room):
            await asyncio.to_thread(shutil.copytree, self._stage.room(room), self._stage.old_room(room))
        await asyncio.to_thread(empty, self._stage.room(room))

    async def take_over(self, room: str) -> None:
        """A spare machine becomes the room's, filled from the site and by the candidates' PCs."""
        stage = self._stage
        code = number_in(await stage.site("window", "--room", room, "--minutes", 10, "--count", 1), 8)
        await stage.on_room(room, "takeover", "--site-file", stage.site_file, "--room", room, "--code", code)
        spare = stage.options.spare_host(room)
        if not spare:
            await self._programs.restart(f"room-{room}")
            return
        data = ["--data", stage.room(room)]
        await self._programs.start(f"room-{room}", "kaodian-room", *data, "serve", "--host", spare)

    async def old_comes(self, room: str) -> list[str]:
        """The old machine is switched on again at its address, and once more when it has stopped; what it said then,
        by line, where there is an old machine. Raises `Refused` (`rehearsal_step`) if it goes on serving.
        """
        stage, said = self._stage, []
        for _turn in range(2 if stage.options.spare_host(room) else 0):
            old = ["--data", stage.old_room(room), "serve", "--host", stage.options.room_host(room)]
            try:
                async with asyncio.timeout(STOPS_SECONDS):
                    await self._programs.run("kaodian-room", *old, log=f"old-room-{room}")
            except TimeoutError as error:
                raise Refused(f"the old machine of room {room} serves again", "rehearsal_step") from error
            except Refused as refused:
                said = refused.detail.splitlines()
        return said

    async def destroy_site(self) -> None:
        """The site's machine is gone with all it held; the dongle is on a stick of its own."""
        await self._programs.kill("site")
        await asyncio.to_thread(empty, self._stage.work / "site")

    async def rebuild_site(self) -> None:
        """A new machine is filled from the newest backup; two people let it go on, the rooms bring the rest."""
        stage = self._stage
        await stage.site("rebuild", "--from", stage.saves, *stage.dongle)
        first, second = stage.witnesses
        await stage.site("restore", "--reason", "演练：考点机损毁", "--first", first, "--second", second)
        await self._programs.restart("site")


def empty(folder: Path) -> None:
    """Removes all that is in a folder; the folder itself may be a disk."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
