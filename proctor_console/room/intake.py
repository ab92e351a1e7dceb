"""What the site's link brings for the desks: sessions, their changes, moves, and copies of what this room lacks.

One after the other, in a task of its own: an offer to a machine that took another's place first needs the older
records, which come by the same link. Only moves that wait are taken a few at a time, so that a whole room's share
commits, and the site reads the next history while one is stored. Believes nothing itself: `sessions.py` and
`history.py` do.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn, TypeVar

from proctor_console.room import history, moving
from proctor_console.room.desk import Desk
from proctor_console.room.hall import Hall
from proctor_console.room.sessions import Past
from shared import messages as m
from shared.commands import Receive
from shared.io.tasks import Tasks
from shared.ledger import Point
from shared.refusal import Refusal

log = logging.getLogger(__name__)
M = TypeVar("M", m.MoveOut, m.Guest)
OnOffer = Callable[[m.SessionOffer, Past], Awaitable[None]]
OnChanges = Callable[[m.SessionChanged], None]
News = m.SessionOffer | m.SessionChanged | m.MoveOut | m.Guest
_LEAVING, _COMING = 200, 4
"""Moves taken together: a whole room's leave in few commits; of guests as many as keep site and disk at work."""


class Intake:
    """The intake of one link."""

    def __init__(
        self,
        hall: Hall,
        send: Callable[[m.Message], Awaitable[None]],
        points: dict[str, tuple[Point, ...]],
        on_offer: OnOffer,
        on_changes: OnChanges,
    ) -> None:
        self._hall = hall
        self._send = send
        self.source = history.Source(self._fetch, points)
        self._on_offer = on_offer
        self._on_changes = on_changes
        self._waiting: deque[News] = deque()
        self._news = asyncio.Event()
        self._asked = 0
        self._frames: dict[int, asyncio.Future[m.History]] = {}
        """Where the answers to `HistoryWanted` are waited for, by its id."""

    def take(self, message: News | m.History) -> None:
        """Something came."""
        if not isinstance(message, m.History):
            self._waiting.append(message)
            self._news.set()
        elif (frame := self._frames.pop(message.id, None)) is not None and not frame.done():
            frame.set_result(message)

    async def run(self) -> NoReturn:
        """Works for ever; raises `Unavailable` when the link is cut or the disk refuses."""
        await self._catch_up()
        while True:
            while not self._waiting:
                self._news.clear()
                await self._news.wait()
            message = self._waiting.popleft()
            match message:
                case m.SessionChanged():
                    self._on_changes(message)
                case m.MoveOut():
                    leaving = [message, *self._more(m.MoveOut, _LEAVING)]
                    await _together([moving.send_away(self._hall, self._send, one) for one in leaving])
                case m.Guest():
                    coming = [message, *self._more(m.Guest, _COMING)]
                    await _together([moving.take_guest(self._hall, self.source, one) for one in coming])
                case m.SessionOffer():
                    await self._on_offer(message, self.source.past)
                    await self._catch_up()

    def _more(self, kind: type[M], most: int) -> list[M]:
        """What waits next, as long as it is of the same kind, so that `most` are taken with the one before."""
        found: list[M] = []
        while self._waiting and isinstance(self._waiting[0], kind) and len(found) < most - 1:
            found.append(self._waiting.popleft())  # type: ignore[arg-type]  # looked at in the line above
        return found

    async def _catch_up(self) -> None:
        """Attempt records whose verdict was lost with the machine before are put to their desk like any other."""
        for stream, points in self.source.points.items():
            kind, session, name = stream.split("/")
            desk = self._hall.desks.get(session)
            if kind == "attempt" and desk is not None and not self._behind(desk):
                for point in points:
                    await self._receive(desk, stream, name, point)

    async def _receive(self, desk: Desk, stream: str, ticket: str, point: Point) -> None:
        held = desk.state.attempts[ticket].heads.get(point.epoch)
        position = held.position if held is not None else 0
        if position >= point.position:
            return
        log.warning("%s %d: the site holds what this room has not judged", stream, point.epoch)
        records = await history.after(self.source, stream, point.epoch, position)
        outcome = await desk.ask(Receive(ticket, point.epoch, tuple(records)))
        if isinstance(outcome, Refusal):
            log.error("%s %d: was refused as %s", stream, point.epoch, outcome.code)
            self._hall.alarm("behind_site")

    async def _fetch(self, stream: str, epoch: int, after: int) -> m.History:
        self._asked += 1
        frame: asyncio.Future[m.History] = asyncio.get_running_loop().create_future()
        self._frames[self._asked] = frame
        await self._send(m.HistoryWanted(self._asked, stream, epoch, after))
        return await frame

    def _behind(self, desk: Desk) -> bool:
        """Whether the site holds more of the sitting than this room: then its own records must not go on from here."""
        at = desk.point
        return any(
            (point.epoch, point.position) > (at.epoch, at.position) for point in self.source.points.get(desk.stream, ())
        )


async def _together(work: list[Coroutine[Any, Any, None]]) -> None:
    """Does all of it at once; what fails ends the rest."""
    tasks = Tasks()
    try:
        for one in [tasks.spawn("move", each) for each in work]:
            await one
    finally:
        await tasks.close()
