"""The site's list: what was certified stays known, and one machine counts under a name."""

import pytest

from shared import crypto
from shared.errors import BadSignature
from shared.io import tls
from shared.machines import Kind
from shared.messages import EnrolRequest
from site_server import timekeeping
from site_server.machines import REPLACED, Candidate, Machines
from site_server.station import Station


def candidate(kind: Kind, number: int, room: str = "01") -> Candidate:
    """A machine that asks."""
    device = crypto.Ed25519Signer(crypto.new_key()).public
    return Candidate(EnrolRequest(kind, room, number, "", crypto.new_p256()[1], device), number, "10.0.0.1", "王")


async def test_the_list_is_the_same_after_a_restart(station: Station) -> None:
    await timekeeping.sync(station.site)
    machines = station.machines
    made = await machines.certify([candidate(Kind.PC, 1), candidate(Kind.PC, 2), candidate(Kind.CONSOLE, 1)])
    await machines.revoke(made[0].machine.id, "坏了", "王", 5)
    again = Machines(station.site)
    assert set(again.all()) == set(machines.all()) and len(again.all()) == 3
    assert again.current(Kind.PC, "01", 1) is None and again.current(Kind.PC, "01", 2) is not None
    assert again.free_number(Kind.CONSOLE, "01") == 2 and again.free_number(Kind.PC, "01") == 1


async def test_who_takes_a_name_replaces_who_had_it_within_one_commit_too(station: Station) -> None:
    await timekeeping.sync(station.site)
    first, second, third = (candidate(Kind.PC, 1) for _ in range(3))
    await station.machines.certify([first])
    (last,) = await station.machines.certify([second, third])
    assert last.machine.point == third.request.point
    assert [one.revoked for one in station.machines.all()].count(REPLACED) == 2


async def test_a_room_is_proven_by_the_certificate_that_counts(station: Station) -> None:
    await timekeeping.sync(station.site)
    (old,) = await station.machines.certify([candidate(Kind.ROOM, 0)])
    assert station.machines.prove(old.certificate).room == "01"
    (pc,) = await station.machines.certify([candidate(Kind.PC, 1)])
    await station.machines.certify([candidate(Kind.ROOM, 0)])
    for certificate, code in ((old.certificate, "revoked"), (pc.certificate, "not_enrolled")):
        with pytest.raises(BadSignature) as error:
            station.machines.prove(certificate)
        assert error.value.wire_code == code
    stranger = tls.issue(*tls.make_ca("x"), "room-01", crypto.new_p256()[1])
    with pytest.raises(BadSignature, match="not_enrolled"):
        station.machines.prove(stranger)
