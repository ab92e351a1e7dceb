"""What rooms hand back to a site that went on from older data: machines, revocations and grants that its CA signed.

A certificate or grant counts by the CA's signature, a revocation by anybody's word: nothing ever goes back from
revoked, of two machines of one name the one certified later counts, and a grant is only added. A machine that the site
does not know comes in by its certificate, because its room cannot wait for an enrolment in the middle of an exam. A
PC's or room's signing key stands in no certificate and is taken on the room's word. Decides; `machines` keeps.
"""

import logging
from collections.abc import Callable, Collection, Iterable

import msgspec

from shared import codec, crypto, limits, trust
from shared import documents as d
from shared import messages as m
from shared.errors import BadSignature, KaodianError, Malformed
from shared.io import tls
from shared.io.store import Batch
from shared.ledger import sitting_stream
from shared.machines import ID_CHARS, Certified, Enrolled, Kind, key_id
from shared.testimony import claimed_grant
from site_server.authorisation import Authorised
from site_server.machines import REPLACED, Machines, revoked
from site_server.people import People
from site_server.site import Site

log = logging.getLogger(__name__)
Warn = Callable[[str, str, str], None]
Cut = Callable[[Enrolled], None]


class Returning:
    """What came back. `warn(code, detail, room)` tells the site administrator, `cut(machine)` hears of each that counts
    no more; `sessions` are those that each room said last to hold.
    """

    def __init__(self, site: Site, machines: Machines, people: People, warn: Warn, cut: Cut) -> None:
        self._cut = cut
        self._site = site
        self._machines = machines
        self._people = people
        self._warn = warn
        self.sessions: dict[str, tuple[m.SessionKept, ...]] = {}

    async def take(self, room: str, certificate: bytes, told: list[m.Kept]) -> None:
        """Takes in what a room holds; `certificate` (DER) is the one it proved itself with.

        Raises:
            Untrusted: the room's machine does not count here, now that everything is known.
        """
        self.sessions[room] = tuple(one for part in told for one in part.sessions)
        if self._site.restored:
            held = [one for part in told for one in part.machines]
            found = {one.machine.id: one for one in self._proven(room, certificate, held)}
            gone = {id_ for part in told for id_ in part.gone if len(id_) == ID_CHARS}
            made = self._news(room, found) | self._still(gone)
            if any(one.machine.kind is Kind.ROOM and not _gone(one) for one in made.values()):
                self._warn("machine_returned", f"room-{room}", room)
            grants = self._grants(room, (one for part in told for one in part.grants))
            await self._machines.take_back(room, made, gone, grants)
            for one in made.values():
                if _gone(one):
                    self._cut(one.machine)
            await self._first_time(room, told)
        self._machines.prove(certificate)

    def _proven(self, room: str, certificate: bytes, held: list[Certified]) -> list[Certified]:
        """The machines in `held` that this CA certified for the room, their dates as certified."""
        found = []
        for one in held:
            try:
                found.append(_checked(one, room, certificate, self._site.ca_certificate))
            except KaodianError as error:
                log.warning("room %s hands back a machine that is not proven: %s", room, error)
        return found

    def _news(self, room: str, found: dict[str, Certified]) -> dict[str, Certified]:
        """What the list lacks: unknown machines, known ones revoked since, and those whose name went to a later one."""
        known = {one.machine.id: one for one in self._machines.certified() if one.machine.room == room}
        merged = known | {
            id_: one
            for id_, one in found.items()
            if id_ not in known or (one.machine.revoked and not _gone(known[id_]))
        }
        newest: dict[str, Certified] = {}
        for one in sorted(merged.values(), key=lambda one: one.machine.begins):
            newest[one.machine.name] = one
        made = {
            id_: one if _gone(one) or newest[one.machine.name] is one else revoked(one, REPLACED)
            for id_, one in merged.items()
        }
        return {id_: one for id_, one in made.items() if known.get(id_) != one}

    def _still(self, gone: Collection[str]) -> dict[str, Certified]:
        """Room machines that count here and, as a room knows, were revoked since: they count no more."""
        return {
            one.machine.id: revoked(one, REPLACED)
            for one in self._machines.certified()
            if one.machine.id in gone and one.machine.kind is Kind.ROOM and not _gone(one)
        }

    def _grants(self, room: str, documents: Iterable[bytes]) -> dict[str, bytes | None]:
        """The genuine grants of this room's sittings that are not here, as facts."""
        found: dict[str, bytes | None] = {}
        for document in documents:
            try:
                stream = sitting_stream(claimed_grant(document).stream.partition("/")[2].partition("/")[0], room)
                one = trust.grant(document, self._site.ca_public, stream)
            except KaodianError as error:
                log.warning("room %s hands back a grant that is not proven: %s", room, error)
                continue
            name = f"grant/{stream}/{one.epoch:06}"
            held = self._site.store.fact(name)
            if held is None:
                found[name] = document
            elif trust.grant(held, self._site.ca_public, stream).key != one.key:
                self._warn("granted_twice", f"{stream} {one.epoch}", room)
        return found

    async def _first_time(self, room: str, told: list[m.Kept]) -> None:
        """The first link since the site went on from older data: does the room know other people than the site?"""
        name, epoch = f"returned/{room}", str(self._site.end.epoch).encode()
        if self._site.store.fact(name) == epoch:
            return
        staff = told[-1].staff if told else b""
        if staff and staff != crypto.sha256(codec.encode(self._people.in_room(room))):
            self._warn("staff_reset", f"room-{room}", room)
        await self._site.commit(Batch(facts={name: epoch}))


def lacking(kept: m.SessionKept, one: Authorised | None) -> list[str]:
    """The types of documents of a session that are missing here, as what a room holds of it shows."""
    if one is None or one.formal.version < kept.formal:
        return [d.FORMAL]
    found = [d.SESSION] if kept.opened and one.session_bytes is None else []
    found += [d.CHANGES] if kept.changes > (len(one.changes.changes) if one.changes is not None else 0) else []
    return found + ([d.SPARE] if kept.spare and one.bytes_of(d.SPARE) is None else [])


def _checked(one: Certified, room: str, certificate: bytes, ca_certificate: bytes) -> Certified:
    machine = one.machine
    tls.check_issued(one.certificate, ca_certificate)
    if (
        tls.certificate_key(one.certificate).raw != machine.point
        or tls.certificate_name(one.certificate) != machine.name
    ):
        raise BadSignature(f"the certificate of {machine.name[:80]!r} is another machine's", "not_enrolled")
    own = machine.kind is Kind.ROOM
    if machine.room != room or (own and machine.id != key_id(tls.certificate_key(certificate).raw)):
        raise BadSignature(f"{machine.name[:80]!r} is not of room {room}", "other_room")
    device = machine.device
    if (device is None) is not (machine.kind is Kind.CONSOLE):
        raise Malformed("a room or PC has a signing key, a console none")
    if device is not None and (device.alg != crypto.ED25519 or len(device.raw) != crypto.KEY_BYTES):
        raise Malformed("the signing key is no Ed25519 key")
    begins, expires = tls.validity(one.certificate)
    if not (0 <= machine.begins - begins < limits.SECOND and 0 <= machine.expires - expires < limits.SECOND):
        machine = msgspec.structs.replace(machine, begins=begins, expires=expires)
    return Certified(machine, one.certificate)


def _gone(one: Certified) -> bool:
    return bool(one.machine.revoked)
