"""The requests themselves, where no other test carries them out."""

from pathlib import Path
from typing import get_args

import pytest

from shared import crypto, limits, signed
from shared import documents as d
from shared.errors import Malformed, Refused, Unavailable
from shared.roles import ROWS, Door, Role
from site_server import verbs
from site_server.people import Credentials
from site_server.station import Station
from tests.site_server.conftest import nothing
from tests.support.site_day import Made
from tests.support.small_day import ROOM, SITE


async def test_the_site_file_names_what_the_install_stick_needs(station: Station, joined: Made, tmp_path: Path) -> None:
    rooms = {ROOM: d.RoomAddress("10.0.0.2", limits.ROOM_PORT)}
    await verbs.run(station, verbs.WriteSiteFile(rooms, str(tmp_path / "site.kdd")), nothing)
    key = crypto.certificate_key(station.site.ca_certificate)
    found = signed.verify((tmp_path / "site.kdd").read_bytes(), d.SITE_FILE, key, d.SiteFile)
    assert (found.site, found.rooms, found.root) == (SITE, rooms, joined.day.root.public)
    assert (found.host, found.port) == ("127.0.0.1", 8441)


@pytest.mark.parametrize("ids", [(), ("a/b",), ("R1", "r1")])
async def test_room_ids_must_be_usable_and_differ(station: Station, tmp_path: Path, ids: tuple[str, ...]) -> None:
    rooms = {room: d.RoomAddress("10.0.0.2", 1) for room in ids}
    with pytest.raises(Malformed):
        await verbs.run(station, verbs.WriteSiteFile(rooms, str(tmp_path / "site.kdd")), nothing)
    assert not (tmp_path / "site.kdd").exists()


async def test_a_person_registered_again_has_only_the_new_pin(station: Station) -> None:
    for name in ("王监考", "李监考", "王监考"):
        facts = await verbs.run(station, verbs.AddStaff(ROOM, name, Role.PROCTOR), nothing)
    staff = station.rooms.people.of(ROOM)
    assert [one.name for one in staff] == ["李监考", "王监考"]
    assert crypto.pin_hash(facts["pin"], staff[1].salt) == staff[1].pin_hash
    assert len(facts["pin"]) == 6
    with pytest.raises(Malformed):
        await verbs.run(station, verbs.AddStaff(ROOM, " ", Role.PROCTOR), nothing)


async def test_before_joining_what_needs_the_platform_says_so(made: Made, tmp_path: Path) -> None:
    station = made.open()
    rooms = {ROOM: d.RoomAddress("10.0.0.2", 1)}
    for verb in (verbs.SyncTime(), verbs.Load(), verbs.WriteSiteFile(rooms, str(tmp_path / "x"))):
        with pytest.raises(Unavailable) as none:
            await verbs.run(station, verb, nothing)
        assert none.value.wire_code == "not_joined"
    station.close()


def test_every_verb_has_its_row_in_the_table_of_roles() -> None:
    tags = {kind.__struct_config__.tag for kind in get_args(verbs.AnyVerb)}
    rows = {row.action.partition(":")[2] for row in ROWS if row.door is Door.VERB}
    assert rows == tags


async def test_two_people_give_a_site_without_any_source_its_time_once(station: Station) -> None:
    roles = {"主考": Role.CHIEF, "主管": Role.TECHNICAL_HEAD, "管理员": Role.ADMINISTRATOR}
    pins = {name: await station.rooms.people.put("", name, role) for name, role in roles.items()}
    chief, head, admin = (Credentials(name, pin) for name, pin in pins.items())
    assert station.site.now() is None
    for pair, code in (((chief, chief), "same_person"), ((head, admin), "not_your_role")):
        with pytest.raises(Refused) as refused:
            await verbs.run(station, verbs.ConfirmTime(*pair), nothing)
        assert refused.value.wire_code == code and station.site.now() is None
    facts = await verbs.run(station, verbs.ConfirmTime(head, chief), nothing)
    now = station.site.now()
    assert now is not None and 0 <= now - facts["now"] < 60_000
    with pytest.raises(Refused) as again:
        await verbs.run(station, verbs.ConfirmTime(chief, head), nothing)
    assert again.value.wire_code == "time_known"
