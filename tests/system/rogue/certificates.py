"""Attacks with certificates: none, another CA's, another seat's, a revoked and an expired one, one of another kind."""

import contextlib
from pathlib import Path

import msgspec

from shared.io import tls
from shared.machines import Kind
from tests.support.machines import Known, Population
from tests.system.rogue import line as w
from tests.system.rogue.attack import Attack, Scale
from tests.system.rogue.candidate import VERSION, Device
from tests.system.rogue.world import ROGUE_SEAT, World

PATHS = (b"/ws", b"/paper/" + b"0" * 64)
OTHER_SEAT = 7
LONG_AGO = (0, 1_000)


def no_certificate(world: World, _: Scale) -> None:
    """Without a certificate nothing is to be had but the enrolment."""
    for path in (*PATHS, b"/", b"/enrol"):
        with world.stranger() as line:
            status, _head = line.ask(b"GET %s HTTP/1.1\r\nHost: room\r\nConnection: Upgrade\r\n\r\n" % path)
            assert status in (403, 404, 405), (path, status)
    with world.stranger() as line, contextlib.suppress(w.Cut):
        line.upgrade()
        raise AssertionError("upgraded without a certificate")


def other_ca(world: World, _: Scale) -> None:
    """A certificate of another CA, and one that is its own, does not even finish the handshake."""
    key, certificate = tls.make_ca("site s1")
    mine = Population(key, certificate, "01", "127.0.66").pc(ROGUE_SEAT)
    folder = mine.keep(world.folder / "rogue" / "other-ca")
    assert _upgrades(world, folder) is False
    key, certificate = tls.self_signed(f"pc-01-{ROGUE_SEAT}")
    tls.write_identity(world.folder / "rogue" / "self", key, certificate)
    assert _upgrades(world, world.folder / "rogue" / "self") is False


def uncounted(world: World, _: Scale) -> None:
    """Genuine certificates that do not count: not listed, revoked, expired, of another room, a room's, the site's."""
    make = world.site.machines.make
    unlisted = make(Kind.PC, ROGUE_SEAT, "127.0.66.1")
    revoked = make(Kind.PC, 43, "127.0.66.2")
    expired = make(Kind.PC, 44, "127.0.66.3", LONG_AGO)
    taken_back = msgspec.structs.replace(revoked.machine, revoked="丢失")
    world.tell_machines(taken_back, expired.machine)
    for machine, alarm in ((unlisted, "machine_unknown"), (revoked, "machine_revoked"), (expired, "machine_expired")):
        try:
            world.line(world.address(), machine=machine).close()
        except w.Cut as error:
            assert "403" in str(error), error
        else:
            raise AssertionError(alarm)
        assert world.told(alarm)
    for other in (make(Kind.PC, ROGUE_SEAT, "127.0.66.4", room="02"), make(Kind.ROOM, 0, "127.0.66.5")):
        assert _upgrades(world, other.keep(world.folder / "rogue" / other.machine.id)) is False
    assert _upgrades(world, world.folder / "site") is False
    assert _upgrades(world, world.folder / "room") is False


def another_seat(world: World, _: Scale) -> None:
    """A PC's certificate speaks for its own seat and device only, and staff hear of the attempt."""
    other = world.site.machines.pc(OTHER_SEAT)
    stranger = Device(bytes(32))
    for seat, device in ((OTHER_SEAT, world.device), (ROGUE_SEAT, stranger), (OTHER_SEAT, Device(other.device.seed))):
        _turned_down(world, world.own, device=device.public, seat=seat, faults=[], m="pc_hello")
    assert world.told("machine_unlike", ROGUE_SEAT)


def another_kind(world: World, _: Scale) -> None:
    """A console's certificate is no PC's, and a PC's is no console's, right PIN or not."""
    hello = {"device": world.device.public, "seat": ROGUE_SEAT, "faults": []}
    _turned_down(world, world.site.machines.console(3), m="pc_hello", **hello)
    _turned_down(world, world.own, m="console_hello", name="王监考", pin="246810")
    with world.line(world.address(), machine=world.site.machines.console(3), with_ws=False) as line:
        name = world.exam.refs[0].sha256.hex().encode()
        status, _head = line.ask(b"GET /paper/%s HTTP/1.1\r\nHost: room\r\n\r\n" % name)
        assert status == 403
    assert world.told("machine_unlike", ROGUE_SEAT)


def _turned_down(world: World, machine: Known, **hello: object) -> None:
    with world.line(world.address(), machine=machine) as line:
        line.say(**{"version": VERSION} | hello)
        heard = line.until_cut()
        assert [one.get("refusal", {}).get("code") for one in heard] == ["other_machine"], (hello, heard)


def _upgrades(world: World, identity: Path) -> bool:
    """Whether a line with the certificate in a folder becomes a WebSocket."""
    try:
        w.Line(world.port, w.context(world.site.ca_certificate, identity), world.address()).close()
    except w.Cut:
        return False
    return True


ATTACKS: tuple[Attack, ...] = (no_certificate, other_ca, uncounted, another_seat, another_kind)
