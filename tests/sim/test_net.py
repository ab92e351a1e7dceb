"""The simulated LAN: an ordinary connection keeps order, a rough one neither order nor number, until it is healed."""

import asyncio
import random

from tests.sim.host import Host
from tests.sim.loop import SimLoop
from tests.sim.net import Line, Net

FRAMES = [bytes([n]) for n in range(200)]


def sent(rough: float, smoothed: bool = False) -> list[bytes]:
    """What arrives of the frames, in the order of arrival."""
    loop = SimLoop()
    net = Net(loop, random.Random(1))
    net.rough = rough
    if smoothed:
        net.smooth()
    line = Line(net, Host(loop, "pc", 0, 0), Host(loop, "room", 0, 0))
    found: list[bytes] = []

    async def listen() -> None:
        while (frame := await line.server.next()) is not None:
            found.append(frame)

    async def talk() -> None:
        for frame in FRAMES:
            line.send(line.client, frame)
        await asyncio.sleep(1_000)
        line.close(line.client)

    async def both() -> None:
        await asyncio.gather(listen(), talk())

    loop.play(both())
    loop.close()
    return found


def test_an_ordinary_connection_keeps_order_and_number() -> None:
    assert sent(0.0) == FRAMES


def test_a_rough_one_doubles_frames_and_lets_some_overtake_others() -> None:
    found = sent(0.05)
    assert sorted(set(found)) == FRAMES, "none is lost"
    assert len(found) > len(FRAMES), "some came twice"
    firsts = list(dict.fromkeys(found))
    assert firsts != FRAMES, "some were overtaken"


def test_healing_makes_it_an_ordinary_one() -> None:
    assert sent(0.05, smoothed=True) == FRAMES
