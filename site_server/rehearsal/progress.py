"""Live progress of a rehearsal on the terminal: phase, seats and saves per second. Decides nothing."""

import asyncio
import sys

from shared.io.clock import boot_now, system_now
from shared.io.text import translator
from site_server.rehearsal.pcs import Farm
from site_server.rehearsal.proctor import FINAL, Proctor

_ = translator("site_server")
EVERY = 1.0
PLAIN_EVERY = 5
"""Without a terminal only every fifth line is printed."""


class Progress:
    """Prints lines; on a terminal the last one is rewritten."""

    def __init__(self) -> None:
        self._begin = boot_now()
        self._live = sys.stdout.isatty()
        self._open = False
        self._sizes: dict[str, tuple[int, int]] = {}

    def say(self, text: str) -> None:
        """A line that stays."""
        seconds = (boot_now() - self._begin) / 1000
        sys.stdout.write(("\n" if self._open else "") + f"[{seconds:6.1f} s] {text}\n")
        sys.stdout.flush()
        self._open = False

    def status(self, text: str) -> None:
        """A line that the next one replaces."""
        if self._live:
            sys.stdout.write("\r\x1b[K" + text)
            sys.stdout.flush()
            self._open = True
        else:
            self.say(text)

    async def watch(self, proctors: list[Proctor], farm: Farm, start: int, end: int) -> None:
        """Shows the exam until cancelled."""
        before = 0
        for tick in range(1_000_000):
            saves = self._acked(farm)
            rows = [row for proctor in proctors if proctor.board for row in proctor.board.rows]
            online = sum(row.online for row in rows)
            done = sum(row.status in FINAL for row in rows)
            now = system_now()
            phase = _("before the start") if now < start else _("answering") if now < end else _("collecting")
            text = _("{phase} {left:+d} s · {online} online · {done} of {all} finished · {saves} saved, {rate}/s")
            line = text.format(
                phase=phase, left=((start if now < start else end) - now) // -1000, online=online, done=done,
                all=len(rows), saves=saves, rate=saves - before,
            )  # fmt: skip
            if self._live or tick % PLAIN_EVERY == 0:
                self.status(line)
            before = saves
            await asyncio.sleep(EVERY)

    def _acked(self, farm: Farm) -> int:
        """Acknowledged saves in all traces; reads only what is new."""
        for path in farm.trace_folder.iterdir():
            offset, count = self._sizes.get(path.name, (0, 0))
            with path.open("rb") as file:
                file.seek(offset)
                new = file.read()
            self._sizes[path.name] = (offset + len(new), count + new.count(b'"acked"'))
        return sum(count for _, count in self._sizes.values())
