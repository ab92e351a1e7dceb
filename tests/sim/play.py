"""One simulated exam from the morning to the last copy, decided by one number.

The same seed gives the same trace, whatever the process; only keys and nonces differ, and nothing is decided by them.
"""

import asyncio
import gc
import random
import warnings
from contextvars import copy_context

import msgspec

from shared.io.clock import SOURCE
from tests.sim import faults
from tests.sim.ending import check
from tests.sim.host import Nobody, factory
from tests.sim.loop import SimLoop
from tests.sim.world import OVER, World, morning

PATIENCE = OVER + 240.0
"""Virtual second by which everything is at rest, or never will be."""


class Played(msgspec.Struct, frozen=True):
    """What an exam came to; `trace` is SHA-256 over everything that happened, in hex."""

    trace: str
    steps: int
    answers: int
    accepted: int
    held: int
    seconds: float


def play(seed: int) -> Played:
    """Plays the exam of a seed; raises AssertionError, with the seed in it, where a promise broke."""
    with warnings.catch_warnings():
        # A process that is killed leaves work that was never begun.
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
        gc.disable()
        try:
            alone = copy_context()
            alone.run(SOURCE.set, Nobody())
            return alone.run(_watched, seed)
        finally:
            gc.enable()
            gc.collect()


def _watched(seed: int) -> Played:
    morning()
    random.seed(seed)
    loop = SimLoop()
    loop.set_task_factory(factory)
    world = World(seed, loop)
    try:
        return loop.play(_play(world))
    except Exception as error:
        what = str(error) if isinstance(error, AssertionError) else repr(error)
        raise AssertionError(f"seed {seed} at {loop.now:.3f} s: {what}") from error
    finally:
        world.close()
        loop.set_exception_handler(lambda _loop, _context: None)
        loop.call_later(1, loop.stop)
        loop.run_forever()
        loop.close()


async def _play(world: World) -> Played:
    loop = world.loop
    world.site.start()
    world.room.start()
    for pc in world.pcs:
        loop.call_later(world.draw.uniform(0, 5), pc.start)
    for one, pc in zip(world.candidates, world.pcs, strict=False):
        if one.comes:
            world.seat(one, pc, 5)
    faults.plan(world, world.draw)
    proctor = loop.create_task(world.proctor.work(lambda: world.room))
    while (left := world.over(faults.LAST) - loop.now) > 0:  # noqa: ASYNC110  # what it waits for moves meanwhile
        await asyncio.sleep(left)
    world.heal()
    while unrest := world.unrest():
        assert loop.now < PATIENCE, f"not at rest: {unrest}"
        await asyncio.sleep(1)
    proctor.cancel()
    check(world)
    judge = world.judge
    counts = judge.steps, len(judge.content), len(judge.room.accepted), len(judge.room.held)
    return Played(world.hash.hexdigest(), *counts, loop.now)
