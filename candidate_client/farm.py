"""Many headless candidates from one parent: everything is imported once, then every PC is a fork.

Commands come as JSON lines on standard input, news go as JSON lines to standard output. When it forks, the parent has
no thread and no event loop, so that this is safe; each child is a process of its own with its own folder, address and
connection. Ends no child by itself but on `stop` or when its input ends.
"""

import asyncio
import contextlib
import gc
import logging
import os
import select
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from candidate_client import headless
from candidate_client.device import Device
from candidate_client.enrol import enrol
from shared import codec, limits
from shared.errors import KaodianError
from shared.io import tls
from shared.io.identity import read_site_file
from shared.io.store import Batch

log = logging.getLogger(__name__)

LOOK_EVERY = 0.2
"""Seconds between two looks for children that ended."""


class Start(headless.Script, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="start", kw_only=True):
    """Starts one candidate PC."""

    pc: str


class Enrol(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="enrol"):
    """Enrols one PC in its folder `data`; it ends with 0 once it is certified."""

    pc: str
    data: str
    site_file: str
    room: str
    code: str
    seat: int = 0
    local: str = ""


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="stop"):
    """Ends all of them."""


def serve(say: Callable[[dict[str, object]], None]) -> int:
    """Obeys standard input until `stop` or its end; `say` tells each start and each exit. Returns the exit code."""
    _warm_up()
    gc.collect()
    gc.freeze()
    children: dict[int, str] = {}
    pending = b""
    while True:
        _reap(children, say)
        if not select.select([0], [], [], LOOK_EVERY)[0]:
            continue
        data = os.read(0, 64 * limits.KIB)
        *lines, pending = (pending + data).split(b"\n")
        for line in filter(None, lines):
            if _obey(line, children, say):
                data = b""
        if not data:
            _end(children, say)
            return 0


def _warm_up() -> None:
    """Loads what is loaded at first use, so that the children share it; whatever it starts has ended afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        device = Device(Path(folder))
        device.store.submit(Batch(facts={"warm": b""})).result()
        device.store.points("attempt/")
        device.close()
    _, certificate = tls.self_signed("warm")
    tls.client_context(certificate)


def _obey(line: bytes, children: dict[int, str], say: Callable[[dict[str, object]], None]) -> bool:
    """One command; true when it is the last."""
    try:
        command: Start | Enrol | Stop = codec.decode_json(Start | Enrol | Stop, line, limits.PAGE_FRAME_BYTES)  # type: ignore[arg-type]  # a union is no type
    except KaodianError as error:
        say({"error": str(error)})
        return False
    if isinstance(command, Stop):
        return True
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _child(command)
    children[pid] = command.pc
    say({"pc": command.pc, "pid": pid})
    return False


def _child(command: Start | Enrol) -> None:
    """The forked PC; never returns."""
    code = headless.BROKEN
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        code = _enrol(command) if isinstance(command, Enrol) else headless.run(command)
    except BaseException:
        log.exception("PC %s failed", command.pc)
    finally:
        os._exit(code)


def _enrol(command: Enrol) -> int:
    site = read_site_file(Path(command.site_file))
    asyncio.run(enrol(Path(command.data), site, command.room, command.code, command.seat, command.local))
    return 0


def _reap(children: dict[int, str], say: Callable[[dict[str, object]], None]) -> None:
    for pid in list(children):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            say({"pc": children.pop(pid), "pid": pid, "exit": os.waitstatus_to_exitcode(status)})


def _end(children: dict[int, str], say: Callable[[dict[str, object]], None]) -> None:
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for pid, pc in children.items():
        _, status = os.waitpid(pid, 0)
        say({"pc": pc, "pid": pid, "exit": os.waitstatus_to_exitcode(status)})
