"""PINs: right, wrong, slowed, locked, and what unlocks."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import crypto, limits
from shared.errors import Refused, Unavailable
from shared.io.roll import Roll
from shared.io.store import Store
from shared.model import Staff
from shared.roles import Role

SALT = b"salt" * 4
STAFF = tuple(Staff(name, Role.PROCTOR, SALT, crypto.pin_hash("835204", SALT)) for name in ("王监考", "李监考"))


class Clock:
    """Boot-time by hand."""

    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> int:
        self.at += limits.LOGIN_PAUSE_MAX
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "x.db")
    yield found
    found.close()


async def tried(roll: Roll, name: str, pin: str) -> str:
    """The code of the refusal, or empty."""
    try:
        await roll.check(name, pin)
    except Refused as error:
        return error.wire_code
    return ""


async def locked(store: Store) -> Roll:
    """A list where one person was guessed at until locked."""
    roll = Roll(store, Clock())
    await roll.replace(STAFF)
    guessed: list[int] = []
    roll.on_guessing = guessed.append
    found = [await tried(roll, "王监考", "000000") for _ in range(limits.PIN_TRIES)]
    assert found == ["pin_wrong"] * limits.PIN_TRIES and guessed == [limits.PIN_TRIES]
    assert await tried(roll, "王监考", "835204") == "pin_locked"
    return roll


async def test_a_right_pin_forgets_the_wrong_ones(store: Store) -> None:
    roll = Roll(store, Clock())
    await roll.replace(STAFF)
    for _ in range(3):
        for _ in range(limits.PIN_TRIES - 1):
            assert await tried(roll, "王监考", "000000") == "pin_wrong"
        assert await tried(roll, " 王监考 ", "835204") == ""


async def test_wrong_ones_slow_down_that_person_only(store: Store) -> None:
    roll = Roll(store, lambda: 5)
    await roll.replace(STAFF)
    assert await tried(roll, "王监考", "000000") == "pin_wrong"
    assert await tried(roll, "王监考", "835204") == "slow_down"
    assert await tried(roll, "李监考", "835204") == ""
    assert await tried(roll, "谁", "835204") == "pin_wrong"


async def test_a_locked_person_stays_locked_over_a_restart_and_nobody_else_is(store: Store) -> None:
    await locked(store)
    again = Roll(store, Clock())
    assert await tried(again, "王监考", "835204") == "pin_locked"
    assert await tried(again, "李监考", "835204") == ""


async def test_a_reset_or_a_new_pin_unlocks_and_the_same_list_does_not(store: Store) -> None:
    roll = await locked(store)
    await roll.replace(STAFF)
    await roll.replace((*STAFF, Staff("赵监考", Role.PROCTOR, SALT, SALT)))
    assert await tried(roll, "王监考", "835204") == "pin_locked"
    await roll.reset("王监考")
    assert await tried(roll, "王监考", "835204") == ""
    with pytest.raises(Refused):
        await roll.reset("谁")
    roll = await locked(store)
    await roll.replace((Staff("王监考", Role.PROCTOR, b"other" * 3, crypto.pin_hash("204835", b"other" * 3)), STAFF[1]))
    assert await tried(roll, "王监考", "204835") == ""


async def test_who_left_the_list_is_known_no_more(store: Store) -> None:
    roll = Roll(store, Clock())
    await roll.replace(STAFF)
    await roll.replace(STAFF[1:])
    assert not roll.knows(STAFF[0]) and roll.knows(STAFF[1])
    assert await tried(roll, "王监考", "835204") == "pin_wrong"


async def test_what_the_disk_refuses_changes_nobody(store: Store, tmp_path: Path) -> None:
    roll = await locked(store)
    with sqlite3.connect(tmp_path / "x.db") as outside:
        outside.execute("CREATE TRIGGER full BEFORE INSERT ON facts BEGIN SELECT RAISE(ABORT, 'full'); END")
    before = roll.digest
    with pytest.raises(Unavailable):
        await roll.replace(STAFF[:1])
    with pytest.raises(Unavailable):
        await roll.reset("王监考")
    assert roll.digest == before and roll.knows(STAFF[1])
    assert await tried(roll, "王监考", "835204") == "pin_locked"
    assert await tried(roll, "李监考", "835204") == "", "who may sign in still may"
