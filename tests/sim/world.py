"""The machines, links and people of one simulated exam: forty candidates at their PCs, their room and its site.

Builds them, lets faults act on them, and says when everything is at rest. What goes wrong is drawn in `faults`, what
must hold is checked by `judge` and `ending`.
"""

import asyncio
import gc
import hashlib
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import ParamSpec

import msgspec

from shared import codec
from shared.documents import Mark
from shared.errors import KaodianError
from shared.ledger import Parsed
from shared.machines import Certified
from tests.sim.disk import Disk
from tests.sim.host import BEGAN, Host, factory
from tests.sim.judge import Judge
from tests.sim.loop import SimLoop
from tests.sim.net import Net
from tests.sim.people import Candidate, Proctor
from tests.sim.programs import Pc, Program, RoomProgram, SiteProgram
from tests.sim.ruling import Room
from tests.sim.scenery import RULES, SEATS, SPARES, Scenery, scenery

P = ParamSpec("P")
log = logging.getLogger("campaign")
OVER = 45.0 + (RULES.duration + RULES.grace + RULES.makeup) / 1000 + 20
"""Virtual second by which the proctor ends the sitting."""
AFTERWARDS = 15.0
"""Seconds that faults go on after the last begins and after nobody has any time left; then all is healed."""


class World:
    """Everything of one exam."""

    def __init__(self, seed: int, loop: SimLoop) -> None:
        self.seed = seed
        self.loop = loop
        self.draw = random.Random(f"exam {seed}")
        self.scenery: Scenery = scenery()
        self.judge = Judge(self.scenery)
        self.net = Net(loop, self.draw)
        self.pcs = [self._pc(seat) for seat in range(1, SEATS + SPARES + 1)]
        self.room = self._room(0)
        self.site = self._site()
        self.candidates = [Candidate(ticket, self.draw) for ticket in self.scenery.tickets]
        for one in self.candidates:
            one.moved = partial(self.follow, one)
        self.proctor = Proctor(self.draw)
        self._refused: set[tuple[str, str]] = set()
        """PC and ticket that were refused once nothing was wrong any more."""
        self.healed = 0.0
        """Virtual second from which on nothing is wrong any more, once it is."""
        self.hash = hashlib.sha256()
        self._loud = log.isEnabledFor(logging.DEBUG)
        if self._loud:
            self.net.spy = self._overhear

    def trace(self, line: str) -> None:
        """One thing that happened now."""
        text = f"{self.loop.now:10.4f} {line}"
        self.hash.update(text.encode())
        if self._loud:
            log.debug("%s", text)

    def _overhear(self, one: Host, other: Host, data: bytes | None) -> None:
        """For the log alone: what is said on the LAN, in short."""
        said = "hangs up" if data is None else str(msgspec.msgpack.decode(data))[:150]
        if "beacon" not in said:
            log.debug("%10.4f %s -> %s: %s", self.loop.now, one, other, said)

    def close(self) -> None:
        """Everything ends."""
        for program in (*self.pcs, self.room, self.site):
            program.gone = True
            program.kill(power=True)

    def seat(self, one: Candidate, pc: Pc, after: float) -> None:
        """A candidate sits down at a PC, once it runs."""

        def sit() -> None:
            if pc.agent is not None and pc.sitter in ("", one.ticket):
                self.trace(f"{one.ticket} sits at {pc.host}")
                one.task = pc.host.spawn(one.sit(pc))
            elif pc.sitter in ("", one.ticket) and not self.judge.room.ended:
                self.loop.call_later(1.0, sit)

        pc.sitter = one.ticket
        self.loop.call_later(after, sit)

    def crash(self, program: Program, power: bool, pause: float) -> str:
        """A process (with `power`: its machine) dies now and is started again after a pause."""
        if not program.host.up:
            return f"{program.host} is down already"
        program.kill(power)
        self.loop.call_later(pause, program.start)
        if isinstance(program, Pc):
            self.judge.forgets(program)
            one = next((one for one in self.candidates if one.ticket == program.sitter), None)
            if one is not None:
                self.seat(one, program, pause + 1)
        return f"{program.host} {'loses power' if power else 'is killed'} for {pause:.1f} s"

    def move(self, ticket: str, pc: Pc, pause: float) -> str:
        """A candidate goes to another PC."""
        one = next(one for one in self.candidates if one.ticket == ticket)
        assert one.pc is not None
        told = f"{ticket} from {one.pc.host} to {pc.host}"
        one.leave()
        self.seat(one, pc, pause)
        return told

    def follow(self, one: Candidate) -> None:
        """A candidate whose attempt was taken to another PC goes there, wherever they sat."""
        at = one.ticket, self.judge.room.granted[one.ticket]
        there = next((pc for pc in self.pcs if pc.public == self.judge.room.devices.get(at)), None)
        if there is not None:
            self.seat(one, there, 10)

    def destroy_room(self, pause: float) -> str:
        """The room's machine is gone for good; after a pause the spare one takes its place."""
        if self.room.number:
            return "the spare is at work already"
        self.room.gone = True
        self.room.kill(power=True)
        self.judge.loses_room(self.site.disk, self.pcs)
        self.loop.call_later(pause, self._take_over)
        return f"{self.room.host}, taken over in {pause:.1f} s"

    def _take_over(self) -> None:
        """Until it is done: the site may die in the middle of it."""

        async def enrol() -> None:
            with suppress(KaodianError):
                await self.site.enrol(1)
                if not self.room.number:
                    self.trace("the spare machine is enrolled")
                    self.judge.room = Room(self.scenery)
                    self.room = self._room(1)
                    self.room.start()

        if self.room.number:
            return
        if self.site.host.up:
            self.site.host.spawn(enrol())
        self.loop.call_later(5, self._take_over)

    def part(self, one: Host, other: Host, spell: float) -> str:
        """Two machines do not reach each other for a while."""
        self.net.part(one, other, True)
        self.loop.call_later(spell, self.net.part, one, other, False)
        return f"{one} and {other} for {spell:.1f} s"

    def over(self, last: float) -> float:
        """When to heal everything, as it looks now; `last` is the virtual second of the last fault."""
        room = self.judge.room
        closes = OVER if room.paused is not None else (max(map(self.judge.closes, self.scenery.tickets)) - BEGAN) / 1000
        return min(OVER, max(last, closes) + AFTERWARDS)

    def heal(self) -> None:
        """From here on nothing is wrong any more, and the proctor ends the sitting."""
        self.trace("all faults are over")
        self.healed = self.proctor.over_at = self.loop.now
        self.net.smooth()
        for program in (*self.pcs, self.room, self.site):
            program.disk.failing, program.disk.slow = 0, 1.0
            self.net.part(program.host, self.room.host, False)
            self.net.part(program.host, self.site.host, False)
            self.loop.call_later(self.draw.uniform(0, 3), self._restart, program)

    def _restart(self, program: Program) -> None:
        program.start()
        if isinstance(program, Pc) and program.broken:
            self.repair(program)

    def repair(self, pc: Pc) -> None:
        """A technician restarts a PC whose disk refused; whoever sat there logs in again."""
        self.trace(self.crash(pc, False, self.draw.uniform(1, 5)))

    def unrest(self) -> str:
        """What still goes on, or nothing."""
        station = self.site.station
        if not self.healed or self.loop.now < self.healed + 5 or not self.judge.room.ended:
            return "the sitting is not ended"
        if station is None or not station.copies.whole(self.scenery.session.id, self.scenery.room.id):
            return "the site's copy is not whole"
        if len(self.site.disk.log) - self.site.own() < len(self.room.disk.log):
            return "the site lacks records"
        back = [pc.host.name for pc in self.pcs if self._comes_back(pc)]
        if back:
            return f"not let in again: {back}"
        busy = {pc.host.name: found for pc in self.pcs if (found := self.judge.lacking(pc))}
        return f"not judged: {busy}" if busy else ""

    def _comes_back(self, pc: Pc) -> bool:
        """Whether somebody sits there whose key this PC lost, and is neither let in nor refused."""
        state, who = None if pc.agent is None else pc.agent.state, (pc.host.name, pc.sitter)
        if state is not None and state.error:
            self._refused.add(who)
        left = self.judge.forgotten - self._refused
        return who in left and state is not None and state.admitted is None

    def _host(self, name: str) -> Host:
        return Host(self.loop, name, self.draw.randint(-90_000, 90_000), self.draw.randint(-80, 80))

    def _pc(self, seat: int) -> Pc:
        host = self._host(f"pc{seat}")
        disk = Disk(self.loop, self.draw, self._heard(host.name, self.judge.on_pc))
        host.away = host.away if seat % 5 else host.away * 1000
        pc = Pc(self.scenery, seat, host, disk, self.net, self.loop)
        pc.taken = self._watched(self.judge.on_page)
        pc.complain = self.repair
        return pc

    def _heard(self, who: str, judged: Callable[[Disk, list[Parsed]], None]) -> Callable[[Disk, list[Parsed]], None]:
        """What a machine's disk tells: traced, then judged."""

        def on_durable(disk: Disk, entries: list[Parsed]) -> None:
            heads = (one.header for one in entries)
            kinds = ",".join(f"{one.stream}:{one.epoch}.{one.position}:{one.kind}" for one in heads)
            self.trace(f"{who} holds {kinds}")
            judged(disk, entries)

        return self._watched(on_durable)

    def _watched(self, judged: Callable[P, None]) -> Callable[P, None]:
        """Whatever catches a broken promise on its way, the exam ends with it."""

        def watched(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                judged(*args, **kwargs)
            except Exception as error:
                self.loop.fail(error)
                raise

        return watched

    def _room(self, number: int) -> RoomProgram:
        host = self._host(f"room{number}")
        disk = Disk(self.loop, self.draw, self._heard(host.name, self.judge.on_room))
        room = RoomProgram(self.scenery, number, host, disk, self.net, self.loop)

        room.told = self._watched(partial(self.judge.to_pc, disk))
        room.ended = lambda: self.trace(f"{host} ended by itself")
        room.broke = self.loop.fail
        return room

    def _site(self) -> SiteProgram:
        host = self._host("site")
        disk = Disk(self.loop, self.draw, self._heard("site", self.judge.on_site))
        held, mark = morning()
        held.copy_to(disk)
        site = SiteProgram(self.scenery, host, disk, self.net, self.loop)
        site.dongle.mark = mark
        site.told = self._watched(partial(self.judge.to_room, disk))
        site.broke = self.loop.fail
        site.ended = lambda: self.trace("site ended by itself")
        return site


@cache
def morning() -> tuple[Disk, Mark]:
    """The site's disk and dongle on the morning of the exam: enrolled machines, both authorisations."""
    loop = SimLoop()
    loop.now = -60.0
    loop.set_task_factory(factory)
    draw = random.Random("morning")
    world = scenery()
    host = Host(loop, "yesterday", 0, 0)
    disk = Disk(loop, draw, lambda _disk, _entries: None)
    for known in (*(world.machines.pc(seat) for seat in range(1, SEATS + SPARES + 1)), world.rooms[0]):
        held = Certified(known.machine, known.certificate)
        disk.facts[f"machine/{known.machine.id}"] = codec.encode(held)
    program = SiteProgram(world, host, disk, Net(loop, draw), loop)

    async def load() -> None:
        program.start()
        await asyncio.sleep(2)
        station = program.station
        assert station is not None
        await host.spawn(station.held.load(world.formal, None, world.paper_document))
        program.kill()
        await asyncio.sleep(1)

    loop.play(load())
    loop.close()
    # What lives as long as the process need not be looked through after every exam.
    gc.collect()
    gc.freeze()
    return disk, program.dongle.mark
