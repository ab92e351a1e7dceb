"""Run in namespaces of its own (`python -m tests.support.apart_probe lan|disk FOLDER`): tries the rehearsal's networks
and disks, and prints what it saw as JSON.
"""

import asyncio
import errno
import json
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path

from site_server.rehearsal.disks import SmallDisk
from site_server.rehearsal.lan import Lan
from tests.site_server.rehearsal.test_options import OPTIONS

PORT = 5000
PATIENCE = 1.0
MENDED = 15.0
"""Seconds within which a cable that was put back carries again."""
GREET = """
import socket
with socket.create_server(("0.0.0.0", 5000)) as server:
    print("ready", flush=True)
    while True:
        server.accept()[0].sendall(b"hello")
"""


async def lan(folder: Path) -> dict[str, object]:
    """Who reaches whom while cables are cut and mended: a PC and a console room 02, and room 02 the site."""
    options = replace(OPTIONS, faults=frozenset({"lan"}))
    net = Lan(options, folder / "lan")
    await net.open(["01", "02"])
    greeter = await asyncio.create_subprocess_exec(
        *net.inside("02"), sys.executable, "-c", GREET, stdout=asyncio.subprocess.PIPE
    )
    assert greeter.stdout is not None
    await greeter.stdout.readline()
    with socket.create_server((options.site_host, PORT)) as site:

        async def seen() -> list[bool]:
            return [
                await asyncio.to_thread(reaches, options.room_host("02"), options.pc_host("02", 7)),
                await asyncio.to_thread(reaches, options.back_host("02"), ""),
                await calls_site(net, options.site_host, site),
            ]

        found: dict[str, object] = {"whole": await seen()}
        for name, cut, mend in (
            ("unplugged", net.unplug, net.plug),
            ("mute", net.mute, net.unmute),
            ("no site", net.lose_site, net.find_site),
        ):  # fmt: skip
            await cut("02")
            found[name] = await seen()
            await mend("02")
            # The kernel takes a while to believe in a cable again, and a call repeats its first packet after a second.
            since = time.monotonic()
            while not all(now := await seen()) and time.monotonic() < since + MENDED:
                pass
            found[f"{name} no more"] = now
    greeter.kill()
    await greeter.wait()
    await net.close()
    for path in (folder / "lan").iterdir():
        path.unlink()
    return found


def reaches(host: str, local: str) -> bool:
    """Whether the greeter of a room's machine answers."""
    try:
        with socket.create_connection((host, PORT), PATIENCE, (local, 0)) as line:
            return line.recv(5) == b"hello"
    except OSError:
        return False


async def calls_site(net: Lan, host: str, site: socket.socket) -> bool:
    """Whether room 02's machine reaches the site."""
    site.settimeout(PATIENCE)
    code = f"import socket; socket.create_connection(('{host}', {PORT}), {PATIENCE})"
    caller = await asyncio.create_subprocess_exec(
        *net.inside("02"), sys.executable, "-c", code, stderr=asyncio.subprocess.DEVNULL
    )
    if await caller.wait():
        return False
    site.accept()[0].close()
    return True


async def disk(folder: Path) -> dict[str, object]:
    """What can be written while the disk is filled and freed, and what is there afterwards."""
    small = SmallDisk(folder / "room", 8 << 20)
    await small.open()
    (folder / "room" / "kept").write_bytes(b"kept")
    await small.fill()
    found: dict[str, object] = {"full": write(folder / "room" / "more")}
    await small.free()
    found["freed"] = write(folder / "room" / "more")
    await small.close()
    found["left"] = sorted(path.name for path in (folder / "room").iterdir())
    return found


def write(path: Path) -> str:
    """Writes one block; what the system says to it."""
    try:
        path.write_bytes(bytes(4096))
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "written"


if __name__ == "__main__":
    print(json.dumps(asyncio.run({"lan": lan, "disk": disk}[sys.argv[1]](Path(sys.argv[2])))))
