"""Fills a room's ledger by the room's own desk: a sitting of many candidates who saved many answers, all durable.

The room's folder must hold the session's offer already, as a service that once linked to its site leaves it.
"""

import asyncio
from pathlib import Path

from proctor_console.room import machine, sessions
from proctor_console.room.desk import Desk
from proctor_console.room.hall import Hall
from shared import commands as c
from shared import crypto, ledger
from shared.io import clock
from shared.io.store import Store
from shared.io.tasks import Tasks
from shared.ledger import Parsed
from shared.refusal import Refusal
from shared.roles import Role
from tests.bench.kit import Kit, Seat, Writer

CHIEF = c.Actor("张主考", Role.CHIEF, "console-01-1", "127.0.0.1")

ITEMS = 3
"""Of the small papers of `tests.support`."""


async def fill(
    folder: Path,
    session_key: bytes,
    keys: dict[str, bytes],
    now: int,
    records: int,
    tickets: frozenset[str] = frozenset(),
) -> None:
    """Adds at least so many records to the ledger in a room's folder; it is `now` in the sitting, ms. Those named (all
    where none is) log in and save.
    """
    found = machine.load(folder)
    store = Store(found.database)
    anchor = clock.Anchor(now - clock.boot_now(), 1, clock.boot_now(), clock.boot_id(), "bench")
    hall, tasks = Hall(found, store, clock.TrustedClock(anchor)), Tasks()
    sessions.restore(hall)
    desk = next(iter(hall.desks.values()))
    tasks.spawn("desk", desk.run())
    try:
        writers = await _begin(desk, session_key, keys, tickets)
        await _play(desk, writers, records)
    finally:
        await tasks.close()
        store.close()


async def _begin(desk: Desk, session_key: bytes, keys: dict[str, bytes], tickets: frozenset[str]) -> list[Writer]:
    """Everybody logged in, the paper open."""
    kit = Kit(desk.state.session.id, session_key, b"", ())
    await _do(desk, c.ByStaff(c.AllowLogin(), CHIEF))
    writers = []
    for place in desk.briefing.places:
        if not tickets or place.ticket in tickets:
            writers.append(Writer(kit, Seat(place.seat, place.ticket, "", "", crypto.new_key()), 1, ITEMS))
    logins = [c.LogIn(one.seat.ticket, True, one.seat.seat, one.device.public, "127.0.0.9", False) for one in writers]
    await asyncio.gather(*(_do(desk, command) for command in logins))
    await _do(desk, c.ByStaff(c.AllowStart(), CHIEF))
    desk.give_keys(keys)
    await asyncio.gather(*(_do(desk, _save(one, ledger.parse(one.opening()))) for one in writers))
    while desk.state.opened_at is None:  # noqa: ASYNC110  # it tells the rooms' publisher, and there is none
        await asyncio.sleep(0.01)
    return writers


async def _play(desk: Desk, writers: list[Writer], records: int) -> None:
    """Rounds of one save of everybody."""
    answers = [one.answers() for one in writers]
    for _ in range(records // len(writers)):
        saves = [_save(one, ledger.parse(next(at))) for one, at in zip(writers, answers, strict=True)]
        await asyncio.gather(*(_do(desk, save) for save in saves))


def _save(writer: Writer, parsed: Parsed) -> c.Receive:
    return c.Receive(writer.seat.ticket, 1, (parsed,))


async def _do(desk: Desk, command: c.AnyCommand) -> None:
    outcome = await desk.ask(command)
    if isinstance(outcome, Refusal):
        raise TypeError(f"{type(command).__name__} was refused: {outcome.code}")
