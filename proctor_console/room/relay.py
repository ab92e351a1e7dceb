"""What the room hands on to the site: enrolment requests of PCs and consoles, staff orders about machines, alarms.

Each waits for the site's answer for a while; without a link it is answered at once. Keeps nothing durable: machines
ask again, staff see what holds. `uplink.py` gives it the link.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from shared import limits
from shared import messages as m
from shared.commands import MachineCommand, MoveToRoom
from shared.errors import Unavailable
from shared.refusal import Refusal

Send = Callable[[m.Message], Awaitable[None]]
NO_LINK = Refusal("no_link")
_ALARMS_KEPT = 50


class Relay:
    """The way to the site, while there is one."""

    def __init__(self) -> None:
        self._send: Send | None = None
        self._count = 0
        self._waiting: dict[int, asyncio.Future[m.EnrolReply | Refusal | None]] = {}
        self.alarms: deque[m.Alarm] = deque(maxlen=_ALARMS_KEPT)
        """Alarms the site has not been told yet."""

    def up(self, send: Send) -> None:
        """There is a link."""
        self._send = send

    def down(self) -> None:
        """The link is gone, and with it every answer under way."""
        self._send = None
        for future in self._waiting.values():
            if not future.done():
                future.set_result(NO_LINK)

    async def enrol(self, request: m.EnrolRequest, address: str) -> m.EnrolReply | Refusal:
        """The site's word on a machine's request; `not_confirmed` when staff have not decided in time."""
        number = self._next()
        return await self._ask(
            number, m.EnrolAsk(number, request, address), limits.ENROL_HELD, Refusal("not_confirmed")
        ) or Refusal("internal")  # fmt: skip

    async def order(self, command: MachineCommand | MoveToRoom, by: str, at: int) -> Refusal | None:
        """Has the site carry a staff order out; None when it is done."""
        number = self._next()
        found = await self._ask(number, m.SiteOrder(number, command, by, at), limits.LINK_SILENT, NO_LINK)
        return found if isinstance(found, Refusal) else None

    def take(self, message: m.EnrolAnswer | m.OrderDone | m.Refused) -> bool:
        """Takes an answer in; false if nobody waits for it."""
        match message:
            case m.EnrolAnswer(id=number, refusal=refusal):
                found = refusal or m.EnrolReply(message.certificate, message.number)
                return self._answer(number, found)
            case m.OrderDone(id=number):
                return self._answer(number, None)
            case m.Refused(re=number, refusal=refusal):
                return self._answer(number, refusal)

    def _next(self) -> int:
        self._count += 1
        return self._count

    async def _ask(self, number: int, message: m.Message, wait: int, late: Refusal) -> m.EnrolReply | Refusal | None:
        if self._send is None:
            return NO_LINK
        future: asyncio.Future[m.EnrolReply | Refusal | None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await self._send(message)
            async with asyncio.timeout(wait / 1000):
                return await future
        except Unavailable:
            return NO_LINK
        except TimeoutError:
            return late
        finally:
            del self._waiting[number]

    def _answer(self, number: int, found: m.EnrolReply | Refusal | None) -> bool:
        future = self._waiting.get(number)
        if future is None or future.done():
            return False
        future.set_result(found)
        return True
