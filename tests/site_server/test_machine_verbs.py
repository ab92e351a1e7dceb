"""What the site's own commands do with machines, request by request."""

from pathlib import Path

import pytest

from shared import crypto
from shared.documents import RoomAddress
from shared.errors import Refused
from shared.machines import Kind
from shared.messages import EnrolReply, EnrolRequest
from shared.refusal import Refusal
from site_server import machine_verbs as v
from site_server import timekeeping, verbs
from site_server.station import Station
from tests.site_server.conftest import nothing


async def test_from_the_window_to_the_revocation(station: Station, tmp_path: Path) -> None:
    await timekeeping.sync(station.site)
    rooms = {"01": RoomAddress("127.0.0.1", 1)}
    await verbs.run(station, verbs.WriteSiteFile(rooms, str(tmp_path / "site.kdd")), nothing)
    opened = await verbs.run(station, v.OpenWindow(5, 3, Kind.PC, "01"), nothing)
    heard: list[EnrolReply | Refusal] = []
    for seat in (1, 2, 2):
        device = crypto.Ed25519Signer(crypto.new_key()).public
        asked = EnrolRequest(Kind.PC, "01", seat, opened["code"], crypto.new_p256()[1], device)
        await station.desk.ask(asked, "10.0.0.1", heard.append)
    assert await verbs.run(station, v.Confirm("01"), nothing) == {"confirmed": ["pc-01-1"], "waiting": 2}
    listed = await verbs.run(station, v.ListMachines(), nothing)
    first, second = (one["id"] for one in listed["waiting"])
    assert [one["name"] for one in listed["machines"]] == ["pc-01-1"] and listed["windows"] == ()
    assert await verbs.run(station, v.Decline("01", (first,)), nothing) == {"declined": 1}
    assert (await verbs.run(station, v.Confirm("01", (second,), 3), nothing))["confirmed"] == ["pc-01-3"]
    assert [isinstance(one, EnrolReply) for one in heard] == [True, False, True]
    gone = await verbs.run(station, v.Revoke("pc-01-3", "坏了", "技术员"), nothing)
    assert gone == {"machine": "pc-01-3", "reason": "坏了"}
    with pytest.raises(Refused, match="unknown_machine"):
        await verbs.run(station, v.Revoke("pc-01-3", "坏了"), nothing)
