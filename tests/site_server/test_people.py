"""Who works at a site, their PINs, and two people who agree."""

import itertools

import pytest

from shared import crypto, limits
from shared.errors import Malformed, Refused
from shared.roles import Role
from site_server.people import SITE, Credentials, People, weak
from site_server.station import Station


@pytest.fixture
def people(station: Station) -> People:
    return station.rooms.people


async def code(awaited: object) -> str:
    with pytest.raises((Refused, Malformed)) as caught:
        await awaited  # type: ignore[misc]  # any coroutine
    return caught.value.wire_code


@pytest.mark.parametrize(
    "pin",
    ["", "12345", "1234567890123", "12a456", "１２３４５６", "123456", "654321", "890123", "000000", "121212", "123123",
     "112112", "112233", "202606"],
)  # fmt: skip
def test_a_pin_that_people_try_first_is_weak(pin: str) -> None:
    assert weak(pin, "KD202606-01")
    assert not weak("835204", "KD202606-01")


async def test_a_drawn_pin_fits_and_is_nobody_elses(people: People) -> None:
    pin = await people.put("01", " 王监考 ", Role.PROCTOR)
    assert not weak(pin)
    one = people.of("01")[0]
    assert (one.name, one.role) == ("王监考", Role.PROCTOR) and crypto.pin_hash(pin, one.salt) == one.pin_hash
    assert await code(people.put("01", "李监考", Role.PROCTOR, pin)) == "bad_pin"
    assert await code(people.put("01", "李监考", Role.PROCTOR, "111111")) == "bad_pin"
    assert await people.put("01", "李监考", Role.PROCTOR, "835204") == "835204"


async def test_people_of_the_site_may_sign_in_at_every_room(people: People) -> None:
    await people.put("01", "王监考", Role.PROCTOR)
    await people.put(SITE, "张主考", Role.CHIEF)
    assert [one.name for one in people.in_room("01")] == ["王监考", "张主考"]
    assert [one.name for one in people.in_room("02")] == ["张主考"]
    assert people.rooms() == ["01"]


async def test_a_name_and_a_role_must_fit_the_place(people: People) -> None:
    await people.put(SITE, "张主考", Role.CHIEF)
    assert await code(people.put("01", "张主考", Role.PROCTOR)) == "name_taken"
    assert await code(people.put(SITE, "李监考", Role.PROCTOR)) == "bad_name"
    for role in (Role.CANDIDATE, Role.ROOM, Role.OPERATOR):
        assert await code(people.put("01", "某人", role)) == "bad_name"
    assert await code(people.put("../01", "某人", Role.PROCTOR)) == "bad_id"


async def test_somebody_is_replaced_and_removed(people: People) -> None:
    await people.put("01", "王监考", Role.PROCTOR)
    await people.put("01", "赵监考", Role.PROCTOR, instead="王监考")
    assert [one.name for one in people.of("01")] == ["赵监考"]
    assert await code(people.put("01", "钱监考", Role.PROCTOR, instead="王监考")) == "nobody"
    await people.remove("01", "赵监考")
    assert people.of("01") == ()
    assert await code(people.remove("01", "赵监考")) == "nobody"


async def test_two_people_agree_and_wrong_pins_lock_a_person_not_the_other(station: Station) -> None:
    hours = itertools.count(0, 3_600_000)
    people = People(station.site, lambda: next(hours))
    chief = Credentials("张主考", await people.put(SITE, "张主考", Role.CHIEF))
    head = Credentials("周主管", await people.put(SITE, "周主管", Role.TECHNICAL_HEAD))
    reader = Credentials("督导", await people.put(SITE, "督导", Role.SUPERVISOR))
    action = "room:confirm_time"
    assert await people.agreed(action, head, chief) == ("周主管", "张主考")
    assert await code(people.agreed(action, chief, chief)) == "same_person"
    assert await code(people.agreed(action, chief, reader)) == "not_your_role"
    assert await code(people.agreed(action, head, Credentials("无名", "835204"))) == "pin_wrong"
    for _ in range(limits.PIN_TRIES):
        assert await code(people.check(Credentials("周主管", "000000"))) == "pin_wrong"
    assert await code(people.check(head)) == "pin_locked"
    assert (await people.check(chief)).name == "张主考"
    new = await people.put(SITE, "周主管", Role.TECHNICAL_HEAD)
    assert (await people.check(Credentials("周主管", new))).name == "周主管"
