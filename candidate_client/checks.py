"""The environment check of a candidate PC: codes of what is wrong, for the proctor's seat map and the page.

`look` reads the machine, `faults` judges by a profile that is data. Does not forbid anything itself.
"""

import platform
from itertools import takewhile
from pathlib import Path

import msgspec
import psutil

from shared import limits


class Profile(msgspec.Struct, frozen=True):
    """What a session kind asks of a PC: bytes, ms, and programs by lower-case process name without `.exe`."""

    free_disk: int = 200 * limits.MIB
    free_memory: int = 200 * limits.MIB
    clock: int = 10 * limits.MINUTE
    oldest_windows: int = 10
    programs: frozenset[str] = frozenset()


# Remote control, screen sharing and messengers seen on school PCs.
_PROGRAMS = """
anydesk bandicam dingtalk discord feishu mstsc obs obs64 qq rustdesk sunloginclient teamviewer telegram tim todesk
vncviewer wechat weixin
"""
THEORY = Profile(programs=frozenset(_PROGRAMS.split()))


class Facts(msgspec.Struct, frozen=True):
    """What was seen: free bytes, Windows release (0 elsewhere), running programs, system minus trusted time (ms)."""

    free_disk: int
    free_memory: int
    windows: int = 0
    programs: frozenset[str] = frozenset()
    clock: int = 0


def faults(facts: Facts, profile: Profile = THEORY) -> tuple[str, ...]:
    """Codes in a fixed order; empty when the PC is fit."""
    wrong = {
        "old_system": 0 < facts.windows < profile.oldest_windows,
        "low_disk": facts.free_disk < profile.free_disk,
        "low_memory": facts.free_memory < profile.free_memory,
        "forbidden_program": bool(facts.programs & profile.programs),
        "clock_far": abs(facts.clock) > profile.clock,
    }
    return tuple(code for code, is_wrong in wrong.items() if is_wrong)


def look(data: Path, programs: bool = True, clock: int = 0) -> Facts:
    """The facts of this machine; `data` is the folder whose disk counts. Listing programs takes a while."""
    processes = psutil.process_iter(["name"]) if programs else ()
    running = {_program(one.info["name"]) for one in processes}
    free_disk, free_memory = psutil.disk_usage(str(data)).free, psutil.virtual_memory().available
    return Facts(free_disk, free_memory, windows_release(), frozenset(running), clock)


def windows_release(system: str = "", release: str = "") -> int:
    """7, 8, 10, 11..., or 0 where this is no Windows."""
    if (system or platform.system()) != "Windows":
        return 0
    name = release or platform.release()
    number = "".join(takewhile(str.isdigit, name))
    if not number:
        return 1  # XP, Vista: older than all that count
    # Servers are named by year; 2016 has the kernel of Windows 10.
    return int(number) if int(number) < 1000 else (10 if int(number) >= 2016 else 7)


def _program(name: str | None) -> str:
    return (name or "").lower().removesuffix(".exe")
