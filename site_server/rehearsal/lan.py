"""Networks of the rehearsal's own: one for every room machine, joined to all others by two cables that can be cut.

The rehearsal lives in a network, user and mount namespace of its own, where it may do this without being root. PCs,
site, platform and consoles are in it; each room machine is in a further network namespace with one cable to its PCs
(`front`) and one to site and consoles (`back`). Knows no exam and no fault's timing.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.errors import Refused
from site_server.rehearsal.options import Options

INSIDE = "KAODIAN_REHEARSAL_INSIDE"
"""Set in the environment of a rehearsal that has its own namespaces already."""
UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
TOOLS = ("unshare", "nsenter", "ip", "mount")
FRONT, BACK = "front", "back"


def enter(arguments: Sequence[str]) -> None:
    """Becomes the same rehearsal in namespaces of its own; returns only if it is there already.

    Raises:
        Refused: this machine lacks a tool for it or does not allow it (`no_namespaces`).
    """
    if os.environ.get(INSIDE):
        return
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        raise Refused(f"not installed: {', '.join(lacking)}", "no_namespaces")
    tried = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise Refused(tried.stderr.strip() or "unshare failed", "no_namespaces")
    again = [*UNSHARE, sys.executable, "-m", "site_server.rehearsal.cli", *arguments]
    sys.stdout.flush()
    os.execvpe(again[0], again, os.environ | {INSIDE: "1"})  # noqa: S606  # our own command line


class Lan:
    """The room machines' networks; without `options.apart` every machine is on the loopback and nothing can be cut."""

    def __init__(self, options: Options, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._rooms: list[str] = []

    async def open(self, rooms: list[str]) -> None:
        """Lays all cables; raises `Refused` (`rehearsal_step`) when the system does not do it."""
        if not self._options.apart:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        await _ip(["link set lo up", f"addr add {self._options.site_host}/32 dev lo"])
        for room in rooms:
            await self._lay(room)
            self._rooms.append(room)

    def inside(self, room: str) -> list[str]:
        """What puts a command on a room's machine, as the beginning of its command line."""
        return ["nsenter", f"--net={self._namespace(room)}"] if self._options.apart else []

    async def unplug(self, room: str) -> None:
        """The cable between a room's machine and its PCs is pulled out."""
        await self._on(room, [f"link set {FRONT} down"])

    async def plug(self, room: str) -> None:
        """... and put back."""
        await self._on(room, [f"link set {FRONT} up"])

    async def mute(self, room: str) -> None:
        """The room's machine hears its PCs, and nothing it says reaches them."""
        await self._on(room, [f"route add blackhole {self._pcs(room)}"])

    async def unmute(self, room: str) -> None:
        """... and it is heard again."""
        await self._on(room, [f"route del blackhole {self._pcs(room)}"])

    async def lose_site(self, room: str) -> None:
        """The room's machine does not reach the site any more; its consoles do reach it."""
        await self._on(room, [f"route add blackhole {self._options.site_host}/32"])

    async def find_site(self, room: str) -> None:
        """... and reaches it again."""
        await self._on(room, [f"route del blackhole {self._options.site_host}/32"])

    async def close(self) -> None:
        """Lets the networks go, so that the folder can be removed."""
        for room in self._rooms:
            await _run(["umount", "--lazy", str(self._namespace(room))])
        self._rooms.clear()

    def _namespace(self, room: str) -> Path:
        return self._folder / f"room-{room}"

    def _pcs(self, room: str) -> str:
        return f"{self._options.pc_host(room, 0)}/24"

    async def _lay(self, room: str) -> None:
        """The PCs' addresses are all local here; the room's machine finds them behind its front cable."""
        options, namespace = self._options, self._namespace(room)
        namespace.touch()
        await _run(["unshare", f"--net={namespace}", "true"])
        front, back = f"{FRONT}{room}", f"{BACK}{room}"
        host, inner = options.room_host(room), options.back_host(room)
        beside, outer = _beside(host), _beside(inner)
        await _ip([
            f"link add name {front} type veth peer name {FRONT} netns {namespace}",
            f"link add name {back} type veth peer name {BACK} netns {namespace}",
            f"addr add {beside}/16 dev {front}", f"addr add {outer}/24 dev {back}",
            f"link set {front} up", f"link set {back} up",
            f"route add local {self._pcs(room)} dev lo",
        ])  # fmt: skip
        await self._on(room, [
            "link set lo up", f"addr add {host}/16 dev {FRONT}", f"addr add {inner}/24 dev {BACK}",
            f"link set {FRONT} up", f"link set {BACK} up", f"route add default via {outer}",
        ])  # fmt: skip

    async def _on(self, room: str, commands: list[str]) -> None:
        await _ip(commands, self.inside(room))


def _beside(host: str) -> str:
    """The address at the other end of a machine's cable."""
    first, _, last = host.rpartition(".")
    return f"{first}.{int(last) + 1}"


async def _ip(commands: list[str], inside: Sequence[str] = ()) -> None:
    await _run([*inside, "ip", "-batch", "-"], "\n".join(commands) + "\n")


async def _run(command: list[str], said: str = "") -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate(said.encode())
    if process.returncode:
        raise Refused(f"{' '.join(command)}: {err.decode(errors='replace').strip()}", "rehearsal_step")
