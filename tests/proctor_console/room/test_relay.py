"""What the room hands on: answered, refused, or said at once when there is no link."""

import asyncio

from proctor_console.room.relay import NO_LINK, Relay
from shared import commands as c
from shared import messages as m
from shared.io.tasks import Tasks
from shared.machines import Kind
from shared.refusal import Refusal

ASKED = m.EnrolRequest(Kind.CONSOLE, "01", 0, "1", b"", None)
WINDOW = c.OpenWindow(Kind.PC, 5, 1)


class Line:
    """A link that keeps what was sent."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[m.Message] = asyncio.Queue()

    async def send(self, message: m.Message) -> None:
        """Keeps it."""
        self.sent.put_nowait(message)


async def test_without_a_link_nobody_waits() -> None:
    relay = Relay()
    assert await relay.enrol(ASKED, "10.0.0.1") == NO_LINK
    assert await relay.order(WINDOW, "王", 7) == NO_LINK


async def test_answers_reach_whoever_asked_and_a_cut_ends_the_waiting() -> None:
    relay, line, tasks = Relay(), Line(), Tasks()
    relay.up(line.send)
    first = tasks.spawn("first", relay.enrol(ASKED, "10.0.0.1"))
    second = tasks.spawn("second", relay.order(WINDOW, "王", 7))
    third = tasks.spawn("third", relay.enrol(ASKED, "10.0.0.2"))
    asked, order, other = [await line.sent.get() for _ in range(3)]
    assert isinstance(asked, m.EnrolAsk) and isinstance(order, m.SiteOrder) and isinstance(other, m.EnrolAsk)
    assert (asked.address, order.command, order.by, order.at) == ("10.0.0.1", WINDOW, "王", 7)
    assert relay.take(m.Refused(Refusal("bad_window"), order.id))
    assert relay.take(m.EnrolAnswer(asked.id, b"certificate", 1, None))
    assert await second == Refusal("bad_window")
    assert await first == m.EnrolReply(b"certificate", 1)
    relay.down()
    assert await third == NO_LINK
    assert not relay.take(m.OrderDone(order.id)), "nobody waits any more"
    await tasks.close()
