"""A sitting as its copies tell it."""

from pathlib import Path

from shared import codec, ledger
from shared import commands as c
from shared import records as r
from shared.io.store import Batch, Store
from site_server import folding
from site_server.authorisation import Authorised
from tests.support.small_day import MINUTE, SmallDay, T


def told_of(day: SmallDay, folder: Path) -> folding.Told:
    """The sitting as the site folds it from its copies."""
    store = Store(folder / "copies.db")
    store.submit(Batch([ledger.parse(entry) for entry in day.sitting_entries])).result()
    one = Authorised(day.formal, day._formal(), day.keys)
    told = folding.fold(store, one, day.room.id, (day.chain.at,))
    store.close()
    return told


def test_what_a_candidate_brings_along_is_what_was_recorded(tmp_path: Path) -> None:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.put(c.ConfirmRead("1001"))
    day.start()
    for letter in "AB":
        day.answer("1001", 1, letter)
    day.put(c.ExtendTime("", 5 * MINUTE, "停电"))
    day.put(c.RecordViolation("1001", "warning", "left", "离座"))
    day.now = T + 10 * MINUTE
    day.put(c.Pause("停电"))
    told = told_of(day, tmp_path)
    found = folding.brought(told, "1001", T + 12 * MINUTE)
    assert (found.epoch, found.form, found.warnings, found.read, found.saved_at) == (1, "A", 1, True, T)
    assert [(part.first, part.upto) for part in found.accepted] == [(1, 3)]
    assert found.extra == (5 + 2) * MINUTE, "what was given, and the pause so far"
    assert found.over == ((T + 10 * MINUTE, T + 12 * MINUTE),)
    assert codec.encode(told.state.attempts["1001"].accepted) == codec.encode(day.state.attempts["1001"].accepted)


def test_what_two_people_let_count_goes_along_too(tmp_path: Path) -> None:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.start()
    day.answer("1001", 1, "A")
    late = day.pcs["1001"].write(r.Answered(("B",)), day.now, 2)
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    day.receive(day.pcs["1001"], late)
    day.agree(c.DecideHeld(("1001",), True, "断网"))
    assert [(part.first, part.upto) for part in told_of(day, tmp_path).ranges("1001")] == [(1, 3)]
