"""What others hold at the end of a rehearsed day, collected by the programs' own commands.

The platform's heads, every room's copy and every candidate's receipt, as files in one folder, to be held against the
bundle. Judges nothing: `kaodian-verify --against` does.
"""

import asyncio
import shutil
from pathlib import Path

from site_server.rehearsal.options import SESSION
from site_server.rehearsal.stage import Stage

FOLDER = "witnesses"


async def collect(stage: Stage, out: Path) -> list[Path]:
    """The witness files, in `out`/witnesses."""
    folder = out / FOLDER
    folder.mkdir()
    await stage.platform("heads", "--session", SESSION, "--out", folder / "platform.kdw")
    for room in stage.rooms:
        await stage.on_room(room, "witness", "--session", SESSION, "--out", folder / f"room-{room}.kdw")
    await asyncio.to_thread(_receipts, stage.work, folder)
    return sorted(folder.iterdir())


def _receipts(work: Path, folder: Path) -> None:
    """Every candidate's newest receipt, from whichever PC."""
    for path in sorted(work.glob("candidates/pc/*/receipts/*.kdd"), key=lambda one: one.stat().st_mtime):
        shutil.copyfile(path, folder / path.name)
