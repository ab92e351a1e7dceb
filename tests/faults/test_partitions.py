"""Bad lines: what a schedule asks, one that stands, and a server that goes on talking to a peer that is gone."""

import asyncio
import random
from pathlib import Path

import pytest

from shared import messages as m
from shared.io import link, tls
from shared.io.peer import ServerPeer
from tests.faults import partitions
from tests.faults.proxy import Line, Proxy
from tests.support.patience import within
from tests.support.wire import wire

SILENT = 300
"""Milliseconds after which the server gives a peer up."""


@pytest.mark.long
@pytest.mark.parametrize("number", [1, 2], ids=["uvloop", "asyncio"])
def test_five_bad_lines_lose_and_double_nothing(number: int) -> None:
    assert partitions.run(number) == len(partitions.TICKETS)


def test_a_schedule_ends_well_and_all_kinds_of_badness_come() -> None:
    drawn = [partitions.schedule(random.Random(n)) for n in range(40)]
    assert all(steps[-1][1] is Line.UP for steps in drawn)
    assert {line for steps in drawn for _, line in steps} == set(Line)
    assert any(seconds >= partitions.SILENT for steps in drawn for seconds, _ in steps)


@pytest.mark.parametrize("line", [Line.HOLE, Line.RESET, Line.CLOSED])
async def test_talking_on_to_a_peer_that_is_gone_harms_nobody(tmp_path: Path, line: Line) -> None:
    told = asyncio.Event()

    async def talk(peer: ServerPeer) -> None:
        await peer.receive(m.Beacon)
        for _ in range(3 * SILENT // 10):
            await asyncio.sleep(0.01)
            peer.send(m.Beacon(1))
        told.set()

    async with wire(tmp_path, talk) as server:
        server.silent = SILENT
        proxy = Proxy(server.port, "127.0.0.1")
        await proxy.open()
        address = link.Address("127.0.0.1", proxy.port, "room-01", "/ws")
        peer = await link.dial(address, tls.client_context(server.ca), m.Beacon)
        await peer.send(m.Beacon(1))
        await peer.receive()
        proxy.become(line)
        async with within(8.0, lambda: "the end of what the server says"):
            await told.wait()
        await proxy.close()
        await peer.close()
