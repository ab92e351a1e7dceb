"""The site's list of machines: every certificate its CA gave, by the key it was given for, and which of them count.

Kept as facts, so that the list survives a restart; every change is a record of the site stream. Decides nothing:
`site_server.enrolment` does.
"""

from collections.abc import Callable, Iterable

import msgspec

from shared import codec, limits, machines, records
from shared.errors import BadSignature, Malformed, Refused
from shared.io import tls
from shared.machines import Certified, Enrolled, Kind
from shared.messages import EnrolReply, EnrolRequest
from site_server.site import Site

REPLACED = "replaced"
GONE = "gone/"
"""Facts of room machines that a rebuilt site knows only to be revoked."""


class Candidate(msgspec.Struct, frozen=True):
    """A machine about to be certified for `number`: what it asked, from where, and who confirmed it."""

    request: EnrolRequest
    number: int
    address: str
    by: str = ""


class Machines:
    """The list, newest last."""

    def __init__(self, site: Site) -> None:
        self._site = site
        held = (codec.decode(Certified, data, limits.FRAME_BYTES) for data in site.store.facts("machine/").values())
        self._all = {one.machine.id: one for one in sorted(held, key=lambda one: one.machine.begins)}
        self._gone = {name.removeprefix(GONE) for name in site.store.facts(GONE)}
        self.opened: Callable[[str], int] = lambda _room: 0
        """When the exam that goes on in a room opened; 0 while there is none."""

    def find(self, id_: str) -> Certified | None:
        """The machine with that key."""
        return self._all.get(id_)

    def current(self, kind: Kind, room: str, number: int = 0) -> Enrolled | None:
        """The machine that counts under a name."""
        found = (one.machine for one in self._all.values() if not one.machine.revoked)
        return next((one for one in found if (one.kind, one.room, one.number) == (kind, room, number)), None)

    def of_room(self, room: str) -> tuple[Certified, ...]:
        """The PCs and consoles of a room, revoked ones too."""
        return tuple(
            one for one in self._all.values() if one.machine.room == room and one.machine.kind is not Kind.ROOM
        )

    def gone(self) -> tuple[str, ...]:
        """The ids of all room machines that count no more, those of which only rooms knew included."""
        own = (one.machine for one in self._all.values())
        return (*sorted(self._gone), *(one.id for one in own if one.kind is Kind.ROOM and one.revoked))

    def certified(self) -> tuple[Certified, ...]:
        """Every machine with its certificate."""
        return tuple(self._all.values())

    def all(self) -> tuple[Enrolled, ...]:
        """Every machine."""
        return tuple(one.machine for one in self._all.values())

    def free_number(self, kind: Kind, room: str) -> int:
        """The lowest number from 1 that no machine of the kind has in the room."""
        found = (one.machine for one in self.of_room(room))
        taken = {one.number for one in found if one.kind is kind and not one.revoked}
        return next(number for number in range(1, len(taken) + 2) if number not in taken)

    def prove(self, certificate: bytes) -> Enrolled:
        """The room that a connection's certificate (DER) stands for; raises `Untrusted` if it does not count."""
        id_ = machines.key_id(tls.certificate_key(certificate).raw)
        held = self.find(id_)
        if held is None and id_ in self._gone:
            raise BadSignature(f"the room machine {id_} was revoked", "revoked")
        found = held.machine if held is not None else None
        at = machines.judged_at(self._site.now(), self.opened(found.room) if found is not None else 0)
        return machines.check(found, tls.certificate_name(certificate), {Kind.ROOM}, at)

    def may_greet(self, certificate: bytes) -> None:
        """Like `prove`, but a site that went on from older data hears a machine that it does not know: its CA may have
        certified it since (`site_server.returning`).
        """
        id_ = machines.key_id(tls.certificate_key(certificate).raw)
        if self.find(id_) is not None or id_ in self._gone or not self._site.restored:
            self.prove(certificate)

    async def take_back(
        self, room: str, made: dict[str, Certified], gone: Iterable[str], facts: dict[str, bytes | None]
    ) -> None:
        """Keeps machines that rooms handed back (new ones, and known ones that turned out to be revoked), the ids of
        room machines that count no more, and `facts` besides (grants).
        """
        strange = {id_ for id_ in gone if id_ not in self._all} - self._gone
        news = [one.machine for id_, one in made.items() if id_ not in self._all]
        revoked = [one.machine for one in made.values() if one.machine.revoked]
        if not made and not strange and not facts:
            return
        by, now = f"room-{room}", self._site.stamp()
        written: list[records.SiteRecord] = [records.TakenBack(room, len(news), len(revoked), len(facts), 0)]
        written += [_enrolled(one, by) for one in news]
        written += [records.MachineRevoked(one.name, one.id, one.revoked, by, now) for one in revoked]
        await self._write(written, made, facts | {f"{GONE}{id_}": b"" for id_ in strange})
        self._gone |= strange

    async def certify(self, candidates: Iterable[Candidate]) -> list[Certified]:
        """Gives certificates in one commit; whoever held a name before is revoked as `replaced`.

        Raises:
            Refused: there is no trusted time (`no_time`).
            Malformed: a key is no point of the curve.
        """
        now = self._site.now()
        if now is None:
            raise Refused("certificates are given for a time, and there is no trusted time yet", "no_time")
        made: dict[str, Certified] = {}
        written: list[records.SiteRecord] = []
        for one in candidates:
            fresh = self._issue(one, now)
            new = fresh.machine
            for old in [*self._all.values(), *made.values()]:
                if old.machine.name == new.name and not made.get(old.machine.id, old).machine.revoked:
                    made[old.machine.id] = revoked(old, REPLACED)
                    written.append(records.MachineRevoked(new.name, old.machine.id, REPLACED, one.by, now))
            made[new.id] = fresh
            written.append(_enrolled(new, one.by))
        await self._write(written, made)
        return [one for one in made.values() if not one.machine.revoked]

    async def revoke(self, id_: str, reason: str, by: str, at: int) -> Enrolled:
        """Takes a machine's certificate back, since trusted time `at`; a repeat changes nothing.

        Raises:
            Refused: no such machine (`unknown_machine`), or no reason (`reason_needed`).
        """
        held = self.find(id_)
        if held is None:
            raise Refused(f"there is no machine with the key {id_[:16]!r}", "unknown_machine")
        if not reason.strip():
            raise Refused("a revocation needs a reason", "reason_needed")
        if not held.machine.revoked:
            gone = revoked(held, reason.strip()[: limits.TEXT_CHARS])
            record = records.MachineRevoked(gone.machine.name, id_, gone.machine.revoked, by, at)
            await self._write([record], {id_: gone})
        return self._all[id_].machine

    def _issue(self, one: Candidate, now: int) -> Certified:
        request = one.request
        name = machines.name_of(request.kind, request.room, one.number)
        begins, expires = self._begins(request, now), now + limits.CERTIFICATE_DAYS * limits.DAY
        site = self._site
        try:
            certificate = tls.issue(site.keys.ca_key, site.ca_certificate, name, request.point, (begins, expires))
        except ValueError as error:
            raise Malformed("the machine's key is no P-256 point") from error
        machine = Enrolled(
            request.kind, request.room, one.number, request.point, request.device, one.address, begins, expires
        )  # fmt: skip
        return Certified(machine, certificate)

    def _begins(self, request: EnrolRequest, now: int) -> int:
        """A day back, because clocks differ; but of a room's machines each later one begins later, whatever they did:
        by that PCs and consoles tell them apart.
        """
        older = [one.begins for one in self.all() if (one.kind, one.room) == (Kind.ROOM, request.room)]
        own = request.kind is Kind.ROOM and older
        return max(now - limits.DAY, max(older) + limits.SECOND) if own else now - limits.DAY

    async def _write(
        self, written: list[records.SiteRecord], made: dict[str, Certified], more: dict[str, bytes | None] | None = None
    ) -> None:
        facts: dict[str, bytes | None] = {f"machine/{id_}": codec.encode(one) for id_, one in made.items()}
        await self._site.write(*written, facts=facts | (more or {}))
        self._all |= made


def reply_of(one: Certified) -> EnrolReply:
    """What a certified machine is told."""
    return EnrolReply(one.certificate, one.machine.number)


def _enrolled(one: Enrolled, by: str) -> records.MachineEnrolled:
    return records.MachineEnrolled(
        one.kind, one.room, one.number, one.name, one.id, one.device, one.address, one.expires, by
    )


def revoked(one: Certified, why: str) -> Certified:
    """The machine, counting no more."""
    return Certified(msgspec.structs.replace(one.machine, revoked=why), one.certificate)
