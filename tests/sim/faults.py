"""What goes wrong in one simulated exam, drawn from its seed: each fault begins somewhere and heals by itself.

Crashes and power cuts of every machine, cut and slow links, disks that refuse, stall or lied, wall clocks that jump,
candidates who must change their PC. A disk that lied is only ever a PC's: the promise asks that others honour flushes.
"""

import random
from collections.abc import Callable

from tests.sim.world import World

LAST = 118.0
"""Virtual second after which nothing new goes wrong."""
Fault = Callable[[World, random.Random], str]


def plan(world: World, draw: random.Random) -> None:
    """Schedules the faults of this seed."""
    kinds = list(FAULTS)
    draw.shuffle(kinds)
    for kind in kinds[: draw.randint(2, 6)]:
        for _ in range(draw.randint(1, FAULTS[kind])):
            world.loop.call_later(draw.uniform(2, LAST), _begin, world, kind, draw)


def _begin(world: World, kind: Fault, draw: random.Random) -> None:
    world.trace(f"fault {kind.__name__} {kind(world, draw)}")


def _room_dies(world: World, draw: random.Random) -> str:
    return world.crash(world.room, draw.random() < 0.4, draw.uniform(0.3, 10))


def _room_destroyed(world: World, draw: random.Random) -> str:
    return world.destroy_room(draw.uniform(2, 15))


def _site_dies(world: World, draw: random.Random) -> str:
    return world.crash(world.site, draw.random() < 0.4, draw.uniform(0.3, 25))


def _pc_dies(world: World, draw: random.Random) -> str:
    pc = draw.choice(world.pcs)
    power = draw.random() < 0.5
    told = world.crash(pc, power, draw.uniform(0.5, 10))
    if power and draw.random() < 0.3 and pc.disk.log:
        lost = draw.randint(1, min(5, len(pc.disk.log)))
        pc.disk.lose(lost)
        world.judge.forgets(pc)
        room = [] if world.room.gone else [world.room.disk]
        world.judge.loses_records([*room, world.site.disk, *(one.disk for one in world.pcs)])
        told += f" and lost {lost} records"
    return told


def _moves(world: World, draw: random.Random) -> str:
    """Half of those who move do so because their PC hangs; what they typed there comes later."""
    one = draw.choice(world.candidates)
    spares = [pc for pc in world.pcs[len(world.candidates) :] if not pc.sitter]
    if one.pc is None or not spares or one.pc.seat > len(world.candidates):
        return "nobody"
    spare, typing = draw.choice(spares), draw.uniform(1, 12)
    if draw.random() < 0.5:
        return world.move(one.ticket, spare, draw.uniform(0.5, 4))
    told = world.part(one.pc.host, world.room.host, typing + draw.uniform(5, 20))
    world.loop.call_later(typing, world.move, one.ticket, spare, draw.uniform(0.5, 4))
    spare.sitter = one.ticket
    return f"{told}, then {one.ticket} goes to {spare.host}"


def _seat_cut(world: World, draw: random.Random) -> str:
    pc = draw.choice(world.pcs)
    return world.part(pc.host, world.room.host, draw.uniform(0.5, 30))


def _room_cut(world: World, draw: random.Random) -> str:
    spell = draw.uniform(0.5, 20)
    for pc in world.pcs:
        world.part(pc.host, world.room.host, spell)
    return f"all PCs for {spell:.1f} s"


def _site_cut(world: World, draw: random.Random) -> str:
    return world.part(world.room.host, world.site.host, draw.uniform(1, 40))


def _disk_refuses(world: World, draw: random.Random) -> str:
    program = draw.choice([world.room, world.room, world.site, draw.choice(world.pcs)])
    program.disk.failing = draw.choice((1, 1, 2))
    return f"{program.host}: {program.disk.failing} transactions"


def _disk_full(world: World, draw: random.Random) -> str:
    program = draw.choice([world.room, world.site])
    program.disk.failing = -1
    spell = draw.uniform(1, 12)
    world.loop.call_later(spell, setattr, program.disk, "failing", 0)
    return f"{program.host} for {spell:.1f} s"


def _disk_stalls(world: World, draw: random.Random) -> str:
    program = draw.choice([world.room, world.site, draw.choice(world.pcs)])
    program.disk.slow = draw.choice((10.0, 100.0, 1000.0))
    world.loop.call_later(draw.uniform(1, 10), setattr, program.disk, "slow", 1.0)
    return f"{program.host} by {program.disk.slow}"


def _clock_jumps(world: World, draw: random.Random) -> str:
    program = draw.choice([world.room, world.site, draw.choice(world.pcs)])
    by = draw.choice((-1, 1)) * draw.choice((3_000, 3_600_000, 86_400_000 * 400))
    program.host.away += by
    return f"{program.host} by {by} ms"


FAULTS: dict[Fault, int] = {
    _room_dies: 3, _room_destroyed: 1,
    _site_dies: 3, _pc_dies: 8, _moves: 5, _seat_cut: 15, _room_cut: 3, _site_cut: 3, _disk_refuses: 3,
    _disk_full: 2, _disk_stalls: 4, _clock_jumps: 4,
}  # fmt: skip
"""Kind of fault -> how often at most in one exam."""
