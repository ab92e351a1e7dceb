"""A room: the real `RoomService` with its site and PCs around it, and its start after a crash."""

import asyncio
import random
from pathlib import Path

from proctor_console.room import enrol, machine
from proctor_console.room.app import RoomService
from proctor_console.room.desk import Desk, keys_fact
from shared import commands as c
from shared import ledger
from shared import messages as m
from shared import records as r
from shared.io.store import Store
from shared.io.tasks import Tasks
from tests.faults.promises import Found, Outcome, Ready, acknowledged, everything, stays_refused, told
from tests.support.fake_site import CODE, LONG, ROOM, FakeSite, exam
from tests.support.pc import Pc
from tests.support.room_day import RoomDay, eventually

TICKETS = ("1001", "1002", "1003", "1004")
TURNS = 40


async def work(folder: Path, drawn: random.Random, ready: Ready, turns: int = TURNS) -> None:
    """Four candidates answer at once, some faster; all that the room acknowledged is marked. It ends early when the
    service does.
    """
    outside = folder.with_name(folder.name + "-outside")
    site = FakeSite(exam(1_000, LONG, tickets=TICKETS))
    await site.up(outside / "site")
    await enrol.enrol(folder / "room", site.site_file, ROOM, CODE)
    day, tasks = RoomDay(outside, site), Tasks()
    day.service = RoomService(machine.load(folder / "room"))
    await day.service.start("127.0.0.1", 0)
    try:
        await eventually(lambda: len(day.room.hall.desks) == 1 and day.room.hall.clock.known)
        await eventually(lambda: bool(day.room.hall.machines.all()))
        await day.armed()
        pcs = [day.pc(seat + 1) for seat in range(len(TICKETS))]
        await asyncio.gather(*(pc.log_in(ticket) for pc, ticket in zip(pcs, TICKETS, strict=True)))
        for pc in pcs:
            acknowledged(pc.chain.stream, pc.chain.at)
            while (ack := await pc.answer(1, "A")).verdict != "accepted":  # noqa: ASYNC110  # too early
                await asyncio.sleep(0.1)
            acknowledged(pc.chain.stream, ack.point)
        ready()
        over = tasks.spawn("over", day.room.wait())
        answering = [tasks.spawn("pc", _answer(pc, random.Random(f"{pc.seat} {drawn.random()}"), turns)) for pc in pcs]
        await asyncio.wait([over, tasks.spawn("all", asyncio.wait(answering))], return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            await stays_refused(day.room.hall.store)
    finally:
        await tasks.close()
        await day.close()


async def _answer(pc: Pc, drawn: random.Random, turns: int) -> None:
    """Sends in bursts and marks each acknowledgement as it comes."""
    for _ in range(turns):
        for _ in range(drawn.randint(1, 3)):
            await pc.put(r.Answered((drawn.choice("ABCD"),)), drawn.randint(1, 3))
        while (ack := await pc.want(m.Ack)).point != pc.chain.at:
            acknowledged(pc.chain.stream, ack.point)
        acknowledged(pc.chain.stream, ack.point)


async def recover(folder: Path, drawn: random.Random, on: bool) -> Outcome:
    """What the service does before it listens, then one more answer."""
    if not (folder / "room" / "machine.json").exists():
        return Outcome(Found({}, {}), Found({}, {}))
    service, tasks = RoomService(machine.load(folder / "room")), Tasks()
    hall, store = service.hall, service.hall.store
    try:
        began = everything(store)
        await service.restore()
        told(store)
        for desk in hall.desks.values():
            _whole(desk, store)
            if on and hall.clock.known:
                tasks.spawn("desk", desk.run())
                await _go_on(desk, drawn)
        return Outcome(began, everything(store) if on else None)
    finally:
        await tasks.close()
        await service.close()


def _whole(desk: Desk, store: Store) -> None:
    """What shares a transaction is there together: records and their verdicts, the opening and the keys."""
    for ticket, attempt in desk.state.attempts.items():
        for epoch, head in attempt.heads.items():
            covered = sum(one.upto - one.first + 1 for one in desk.register.verdicts(ticket, epoch, 1, head.position))
            assert covered == head.position, f"{ticket} {epoch}: {head.position} records, {covered} with a verdict"
    kept = store.fact(keys_fact(desk.state.session.id)) is not None
    assert kept == (desk.state.opened_at is not None and not desk.state.ended), "the paper keys and the opening differ"


async def _go_on(desk: Desk, drawn: random.Random) -> None:
    """One candidate answers once more."""
    open_ = [ticket for ticket, one in desk.state.attempts.items() if one.heads]
    if not open_:
        return
    ticket = drawn.choice(open_)
    head = max(desk.state.attempts[ticket].heads.values(), key=lambda point: point.epoch)
    stream = ledger.attempt_stream(desk.state.session.id, ticket)
    chain = ledger.Chain(stream, ledger.stream_key(desk.briefing.session_key, stream), head)
    one = ledger.parse(r.append(chain, r.Answered(("A",)), 1, 1))
    await desk.ask(c.Receive(ticket, head.epoch, (one,)))
    acknowledged(stream, chain.at)
