"""A candidate's PC: device key, journal of two epochs, receipts, as `candidate_client` writes them."""

import random
from pathlib import Path

from candidate_client.device import Device
from candidate_client.journal import RECEIPT, Journal, last_point
from shared import records as r
from shared.errors import Unavailable
from shared.ledger import START, Parsed, Point
from tests.faults.promises import KEPT, TRIED, Mark, Outcome, Ready, acknowledged, everything, put, stays_refused, told

SESSION, TICKET, KEY = "m1", "1001", bytes(32)
TURNS = 150


async def work(folder: Path, drawn: random.Random, ready: Ready, turns: int = TURNS) -> None:
    """Answers, now and then a long event, a receipt, and once the seat is granted anew."""
    device = Device(folder / "pc")
    try:
        put(Mark(KEPT, "key", value=device.key.seed))
        await _write(device, drawn, ready, turns)
    except Unavailable:
        await stays_refused(device.store)
        raise
    finally:
        device.close()


async def _write(device: Device, drawn: random.Random, ready: Ready, turns: int) -> None:
    journal = Journal(device.store, SESSION, TICKET, KEY, device.key)
    await journal.enter(1, START, START, 1)
    acknowledged(journal.stream, journal.at)
    ready()
    for turn in range(turns):
        if turn == turns * 2 // 3:
            continues = _accepted(journal, drawn)
            journal = Journal(device.store, SESSION, TICKET, KEY, device.key)
            await journal.enter(2, continues, Point(2, 0, continues.digest), turn)
            acknowledged(journal.stream, journal.at)
        await journal.write(_typed(drawn), turn)
        acknowledged(journal.stream, journal.at)
        if drawn.random() < 0.05:
            await _receipt(device, journal, drawn.randbytes(700))


async def recover(folder: Path, drawn: random.Random, on: bool) -> Outcome:
    """Starts as after a reboot: the room is told where the journal ends and lets it go on from there."""
    device = Device(folder / "pc")
    try:
        began = everything(device.store, RECEIPT)
        began.values["key"] = device.key.seed
        told(device.store)
        at = last_point(device.store, TICKET)
        assert at.position or not began.streams, "the newest attempt is not known any more"
        journal = Journal(device.store, SESSION, TICKET, KEY, device.key)
        # The room has as much of this epoch as it was told of.
        if at.position:
            await journal.enter(at.epoch, _begun_from(journal, at.epoch), at, 1000)
        else:
            await journal.enter(1, START, START, 1000)
        journal.answers(journal.story())
        if not on:
            return Outcome(began)
        await journal.write(_typed(drawn), 1001)
        acknowledged(journal.stream, journal.at)
        ended = everything(device.store, RECEIPT)
        ended.values["key"] = device.key.seed
        return Outcome(began, ended)
    finally:
        device.close()


def _accepted(journal: Journal, drawn: random.Random) -> Point:
    """A place of the stream that the room may have accepted last."""
    known: list[Parsed] = journal.after(journal.at.epoch, 0)
    return known[drawn.randrange(len(known) // 2, len(known))].point


def _begun_from(journal: Journal, epoch: int) -> Point:
    """The point that an epoch here goes on from, which the room grants again."""
    opened = r.read_clear(journal.after(epoch, 0)[0].header)
    assert isinstance(opened, r.AttemptOpened)
    return opened.continues


def _typed(drawn: random.Random) -> list[tuple[r.Record, int]]:
    made: list[tuple[r.Record, int]] = [
        (r.Answered(tuple(drawn.sample("ABCD", drawn.randint(1, 4)))), drawn.randint(1, 100))
        for _ in range(drawn.randint(1, 4))
    ]
    if drawn.random() < 0.1:
        made.append((r.PcEvent("note", "x" * drawn.randint(100, 9000)), 0))
    return made


async def _receipt(device: Device, journal: Journal, document: bytes) -> None:
    put(Mark(TRIED, RECEIPT + journal.stream, value=document))
    await Journal.keep_receipt(device.store, journal.stream, document)
    put(Mark(KEPT, RECEIPT + journal.stream, value=document))
