"""A small disk of its own for one machine's data folder, which can be filled to the last byte and freed again.

A tmpfs in the rehearsal's own mount namespace: it holds nothing beyond the rehearsal. Knows no exam.
"""

import asyncio
import errno
import os
import shutil
from pathlib import Path

from shared.errors import Refused

BALLAST = "ballast"
PIECE = 1 << 20


class SmallDisk:
    """The disk under `folder`, `size` bytes large; `open` it before the folder is used."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size

    async def open(self) -> None:
        """Mounts it; raises `Refused` (`rehearsal_step`) when the system does not do it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        await _run("mount", "-t", "tmpfs", "-o", f"size={self._size},mode=700", "tmpfs", str(self._folder))

    async def fill(self) -> None:
        """Takes every free byte."""
        await asyncio.to_thread(self._fill)

    async def free(self) -> None:
        """Gives them back."""
        await asyncio.to_thread((self._folder / BALLAST).unlink)

    async def close(self) -> None:
        """Unmounts it; what was on it stays in the folder."""
        copy = self._folder.with_name(self._folder.name + "-copy")
        await asyncio.to_thread(shutil.copytree, self._folder, copy)
        await _run("umount", str(self._folder))
        await asyncio.to_thread(self._folder.rmdir)
        await asyncio.to_thread(copy.rename, self._folder)

    def _fill(self) -> None:
        """Most of it at once, the rest in ever smaller pieces; when not even one byte fits any more that is the end."""
        piece = PIECE
        space = os.statvfs(self._folder)
        with (self._folder / BALLAST).open("ab", buffering=0) as file:
            os.posix_fallocate(file.fileno(), 0, max(PIECE, space.f_bavail * space.f_frsize - 8 * PIECE))
            while piece:
                try:
                    piece = file.write(bytes(piece)) or 0
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    piece //= 2


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, err = await process.communicate()
    if process.returncode:
        raise Refused(f"{' '.join(command)}: {err.decode(errors='replace').strip()}", "rehearsal_step")
