"""From the sealed form to the paper on screen: fetches it in time, and opens it once both the form and its key are
here.

The key is dropped as soon as the paper is open. Knows the state only to put the paper into it.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from pathlib import Path

from candidate_client import display, paper
from candidate_client.state import State
from candidate_client.writer import OnEvent, Send
from shared import messages as m
from shared.errors import KaodianError, Unavailable, Untrusted
from shared.io.clock import TrustedClock, boot_now
from shared.io.link import Address
from shared.io.tasks import Tasks

log = logging.getLogger(__name__)

STAGGER = 1.0
"""Seconds over which the PCs of a room spread their fetching, as long as the paper is not open."""
RETRY = 2.0
"""Seconds between two attempts to fetch."""


class Opening:
    """The paper of whoever is logged in. `where()` is the room's present address."""

    def __init__(
        self, folder: Path, state: State, clock: TrustedClock, on_event: OnEvent, changed: Callable[[], None]
    ) -> None:
        self._folder = folder
        self._state = state
        self._clock = clock
        self._on_event = on_event
        self._changed = changed
        self._where: Callable[[], Address] | None = None
        self._tls: ssl.SSLContext | None = None
        self._tasks = Tasks()
        self._fetching: asyncio.Task[None] | None = None
        self._ref: m.PaperRef | None = None
        self._sealed: bytes | None = None
        self._key: bytes | None = None
        self._send: Send | None = None

    def reach(self, where: Callable[[], Address], context: ssl.SSLContext) -> None:
        """Says how the room is reached."""
        self._where, self._tls = where, context

    async def admitted(self, message: m.Admitted, send: Send) -> None:
        """The candidate may go on: the form is needed, unless it is open already."""
        self._send = send
        if self._state.paper is not None:
            await send(m.PaperFetched())
            self.show()
            return
        if self._ref != message.paper:
            self.forget()
            self._ref = message.paper
        if self._sealed is not None:
            await send(m.PaperFetched())
        elif self._fetching is None or self._fetching.done():
            self._fetching = self._tasks.spawn("fetch paper", self._fetch(message.paper, bool(message.clock.opened)))

    async def key(self, key: bytes) -> None:
        """The paper opens."""
        self._key = key
        await self._open()

    def forget(self) -> None:
        """Drops form and key from memory."""
        self._sealed = self._key = self._ref = None
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None

    async def close(self) -> None:
        """Ends what still runs."""
        await self._tasks.close()

    def show(self) -> None:
        """Tells what the page shows now."""
        answers = {self._state.item_id(n): list(letters) for n, letters in self._state.attempt.answers.items()}
        self._on_event("shown", {"answers": answers})

    async def _fetch(self, ref: m.PaperRef, at_once: bool) -> None:
        sealed = await asyncio.to_thread(paper.kept, self._folder, ref)
        if sealed is None and not at_once:
            await asyncio.sleep(random.uniform(0, STAGGER))  # noqa: S311  # spreads the PCs, not a secret
        while sealed is None:
            try:
                sealed = await self._download(ref)
            except (Unavailable, Untrusted) as error:
                log.warning("%s", error)
                if error.wire_code == "file_failed":
                    await self._cannot_keep()
                    return
                self._state.fail(error.wire_code)
                self._changed()
                await asyncio.sleep(random.uniform(RETRY / 2, RETRY))  # noqa: S311  # as above
        if self._state.error == "no_paper":
            self._state.fail("")
        self._state.kept_file()
        self._sealed = sealed
        self._on_event("ready", {"boot": boot_now()})
        await _quietly(self._send, m.PaperFetched())
        await self._open()

    async def _cannot_keep(self) -> None:
        """This PC is not ready for the opening, and is not so by waiting: the next admission tries again."""
        self._state.cannot_save("file_failed")
        self._changed()
        await _quietly(self._send, m.HandUp())

    async def _download(self, ref: m.PaperRef) -> bytes:
        if self._where is None or self._tls is None:
            raise Unavailable("the room's address is not known yet", "no_paper")
        return await paper.fetch(self._folder, ref, self._where(), self._tls)

    async def _open(self) -> None:
        state, admitted, sealed, key = self._state, self._state.admitted, self._sealed, self._key
        if state.paper is not None or admitted is None or sealed is None or key is None:
            return
        try:
            opened = await paper.opened(sealed, key, admitted.session.id, admitted.paper.form)
        except Untrusted as error:
            log.error("the paper does not open: %s", error)  # noqa: TRY400  # the trace tells nothing more
            state.fail(error.wire_code)
            self._changed()
            return
        if state.status:
            return
        state.items = display.arrange(opened, admitted.session.rules, admitted.ticket)
        state.paper = opened
        self._sealed = self._key = None
        self._on_event("opened", {"boot": boot_now(), "trusted": self._clock.now()})
        self.show()
        self._changed()


async def _quietly(send: Send | None, message: m.Message) -> None:
    """Sends what is said again after the next admission anyway."""
    try:
        if send is not None:
            await send(message)
    except KaodianError as error:
        log.debug("%s", error)
