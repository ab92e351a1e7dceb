"""A site: made, joined and authorised, then copying what a room pushes, and its start after a crash."""

import random
from pathlib import Path

from shared import records as r
from shared.errors import Unavailable
from shared.io.store import Batch
from shared.ledger import Entry
from site_server.folder import Folder
from site_server.station import Station
from tests.faults.promises import (
    KEPT,
    TRIED,
    Found,
    Mark,
    Outcome,
    Ready,
    acknowledged,
    everything,
    put,
    stays_refused,
    told,
)
from tests.support.fake_platform import FakePlatform
from tests.support.site_day import NOW, PASSPHRASE, Made, SiteDay, make
from tests.support.small_day import ROOM, SITE, TICKETS, SmallDay

FACT = "grant/"
TURNS = 120


async def work(folder: Path, drawn: random.Random, ready: Ready, turns: int = TURNS) -> None:
    """Copies a sitting by pushes as they come, keeps heads and grants, writes records of its own between."""
    home = make(folder / "site")
    day = SiteDay(home.registration.read_bytes())
    made = Made(home, day, FakePlatform(day, NOW))
    async with made.platform.serving():
        station = made.open()
        try:
            made.join(station)
            await station.held.load(day.formal, day.package, day.session_document)
            told(station.site.store)
            ready()
            await _copy(station, day, drawn, turns)
        except Unavailable:
            await stays_refused(station.site.store)
            raise
        finally:
            station.close()


async def _copy(station: Station, day: SiteDay, drawn: random.Random, turns: int) -> None:
    day.open()
    for ticket in TICKETS:
        day.log_in(ticket)
    day.start()
    pushed: dict[str, int] = {}
    for turn in range(turns):
        day.answer(drawn.choice(TICKETS), drawn.randint(1, 3), drawn.choice("ABCD"))
        if drawn.random() < 0.6:
            await _push(station, day, pushed)
        if drawn.random() < 0.1:
            await station.site.write(r.KeysReleased(day.session.id, ROOM))
            acknowledged(station.site.stream, station.site.end)
        if drawn.random() < 0.1:
            await _grant(station, turn)


async def recover(folder: Path, drawn: random.Random, on: bool) -> Outcome:
    """Opens the site, now and then with its dongle, which must find nothing missing; then one more fact."""
    home = Folder(folder / "site")
    if not home.made:
        return Outcome(Found({}, {}), Found({}, {}))
    station = Station.open(home, PASSPHRASE if drawn.random() < 0.03 else None)
    try:
        store = station.site.store
        began = everything(store, FACT)
        copied = {f"{stream} {epoch}" for stream, ends in station.copies.points.items() for epoch in ends}
        assert copied == {name for name in began.streams if not name.startswith("site/")}
        told(store)
        if not on:
            return Outcome(began)
        await _grant(station, 1000)
        return Outcome(began, everything(store, FACT))
    finally:
        station.close()


async def _push(station: Station, day: SmallDay, pushed: dict[str, int]) -> None:
    """What a room's link does with what the room has and the site lacks."""
    found: list[Entry] = []
    streams = {"sitting": day.sitting_entries} | {ticket: day.pcs[ticket].entries for ticket in TICKETS}
    for name, entries in streams.items():
        found += entries[pushed.get(name, 0) :]
        pushed[name] = len(entries)
    taken = station.copies.take(ROOM, tuple(found))
    if taken.fresh:
        await station.site.commit(Batch(taken.fresh))
    for stream, points in taken.ends.items():
        for point in points:
            acknowledged(stream, point)
    head = day.chain.sign_head(day.room_key, day.now)
    if station.copies.take_head(ROOM, head, day.room_key.public):
        await station.site.commit(Batch(heads=[head]))


async def _grant(station: Station, number: int) -> None:
    name, value = f"{FACT}{SITE}/{number % 3}", str(number).encode()
    put(Mark(TRIED, name, value=value))
    await station.site.commit(Batch(facts={name: value}))
    put(Mark(KEPT, name, value=value))
