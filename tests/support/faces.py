"""Both faces at real programs: a rehearsal's stage, candidate PCs with their page in Chromium, the console in tmux.

Starts and looks; decides nothing about an exam. `tests.support.faces_tour` plays a day with it.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from io import StringIO
from pathlib import Path

from playwright.async_api import Browser, BrowserContext
from playwright.async_api import Page as Tab
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.support.console_screens import png

CHROMIUM = "/usr/bin/chromium"
START_SECONDS = 60.0
LOOK_EVERY = 0.2
THEME = TerminalTheme((18, 18, 18), (224, 224, 224), [(0, 0, 0)] * 8, [(128, 128, 128)] * 8)


class CandidatePc:
    """A real `kaodian-candidate` and the browser before it; `close` is the power going."""

    def __init__(self, browser: Browser, *arguments: object) -> None:
        self._browser = browser
        self._arguments = [*map(str, arguments), "--no-browser", "--page-port", "0"]
        self._process: asyncio.subprocess.Process | None = None
        self._context: BrowserContext | None = None
        self.complaints: list[str] = []

    async def start(self, size: tuple[int, int] = (1280, 800)) -> Tab:
        """Starts the program and opens its page."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "candidate_client.cli", *self._arguments, stdout=PIPE
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            await self._process.stdout.readline()
            address = (await self._process.stdout.readline()).decode().split()[1]
        self._context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
        )
        tab = await self._context.new_page()
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        await tab.goto(address)
        return tab

    async def close(self) -> None:
        """kill -9 and the window gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._context is not None:
            await self._context.close()
            self._context = None


class Terminal:
    """A program in a terminal of its own (tmux), typed at and looked at as a person does."""

    def __init__(self, name: str, width: int, height: int) -> None:
        self._server = f"kaodian-{name}-{os.getpid()}"
        self.size = width, height

    async def run(self, command: list[str], environment: dict[str, str]) -> None:
        """Starts the program."""
        width, height = map(str, self.size)
        settings = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        await self._tmux("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, *settings, *command)
        await self._tmux("set-option", "-g", "status", "off")
        await self.resize(*self.size)

    async def press(self, *keys: str) -> None:
        """Keys by their tmux names (`F2`, `Enter`, `Escape`, `a`)."""
        for key in keys:
            await self._tmux("send-keys", key)
            # A program that moves its focus while the next key is already there gives that key to the old place.
            await asyncio.sleep(LOOK_EVERY)

    async def type(self, text: str) -> None:
        """Plain text."""
        await self._tmux("send-keys", "-l", text)

    async def resize(self, width: int, height: int) -> None:
        """Another size."""
        self.size = width, height
        await self._tmux("resize-window", "-x", str(width), "-y", str(height))

    async def text(self) -> str:
        """What stands on the screen."""
        return await self._tmux("capture-pane", "-p")

    async def wait_for(self, words: str, seconds: float = 20.0) -> str:
        """Waits until the screen shows `words`; the failure tells what it shows instead."""
        shown = ""
        try:
            async with asyncio.timeout(seconds):
                while words not in (shown := await self.text()):  # noqa: ASYNC110  # a terminal has no events
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError as error:
            raise AssertionError(f"no {words!r} on the screen:\n{shown}") from error
        return shown

    async def picture(self, path: Path) -> None:
        """The screen as PNG."""
        lines = await self._tmux("capture-pane", "-p", "-e", "-N")
        width, height = self.size
        console = Console(record=True, width=width, height=height, force_terminal=True, file=StringIO())
        console.print(Text.from_ansi(lines), end="", no_wrap=True, crop=True)
        # Half a square is the cell of the Chinese font that `png` sets.
        drawn = png(console.export_svg(title="kaodian-console", theme=THEME, font_aspect_ratio=0.5))
        await asyncio.to_thread(path.write_bytes, drawn)

    async def close(self) -> None:
        """Ends program and terminal."""
        await self._tmux("kill-server", check=False)

    async def _tmux(self, *words: str, check: bool = True) -> str:
        process = await asyncio.create_subprocess_exec(
            "tmux", "-u", "-L", self._server, *words, stdout=PIPE, stderr=PIPE, env={**os.environ, "LANG": "C.UTF-8"}
        )
        out, err = await process.communicate()
        if process.returncode and check:
            raise AssertionError(f"tmux {words[0]}: {err.decode()}")
        return out.decode()
