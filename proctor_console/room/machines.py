"""The room's list of machines: what the site certified for it, and what staff revoked here.

Both are kept in the store, so that a certificate is checked and can be revoked while the site is down; what the site
has not heard yet is told with the next link, and a site that lost its list gets it back (`returning.py`). Waiting PCs
and open windows are the site's, shown as it told last.
"""

from collections.abc import Callable

import msgspec

from shared import codec, limits, machines
from shared import messages as m
from shared.errors import Refused
from shared.io import tls
from shared.io.clock import TrustedClock
from shared.io.store import Batch, Store
from shared.machines import Certified, Enrolled, Kind, Pending, Window

FACT, REVOKED, GONE = "machines", "revoked", "gone"


class Revocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine that staff revoked at this room, at trusted time `at` (0: unknown)."""

    id: str
    reason: str
    by: str
    at: int


class Machines:
    """The list. `changed` is called after every change, `gone(machine)` for each that counts no more."""

    def __init__(self, store: Store, clock: TrustedClock) -> None:
        self._store = store
        self._clock = clock
        kept, revoked, gone = store.fact(FACT), store.fact(REVOKED), store.fact(GONE)
        most = limits.DOCUMENT_BYTES
        self.told: tuple[Certified, ...] = codec.decode(tuple[Certified, ...], kept, most) if kept else ()
        """As the site said last."""
        self.gone_rooms: tuple[str, ...] = codec.decode(tuple[str, ...], gone, most) if gone else ()
        """Ids of the site's room machines that count no more."""
        self._revoked: tuple[Revocation, ...] = codec.decode(tuple[Revocation, ...], revoked, most) if revoked else ()
        self._all: dict[str, Enrolled] = {}
        self.pending: tuple[Pending, ...] = ()
        self.windows: tuple[Window, ...] = ()
        self.changed: Callable[[], None] = lambda: None
        self.gone: Callable[[Enrolled], None] = lambda _machine: None
        self.opened: Callable[[], int] = lambda: 0
        """When the exam that goes on here opened; 0 while there is none."""
        self._merge()

    def all(self) -> tuple[Enrolled, ...]:
        """Every machine, revoked ones too."""
        return tuple(self._all.values())

    def untold(self) -> tuple[Revocation, ...]:
        """What the site has not taken note of."""
        told = {one.machine.id for one in self.told if one.machine.revoked}
        return tuple(one for one in self._revoked if one.id not in told)

    async def replace(self, message: m.Machines) -> None:
        """Takes in the list as the site has it now."""
        self.pending, self.windows = message.pending, message.windows
        if (message.enrolled, message.gone) != (self.told, self.gone_rooms):
            facts: dict[str, bytes | None] = {FACT: codec.encode(message.enrolled), GONE: codec.encode(message.gone)}
            await self._store.commit(Batch(facts=facts))
            self.told, self.gone_rooms = message.enrolled, message.gone
            self._merge()
        self.changed()

    async def revoke(self, id_: str, reason: str, by: str) -> None:
        """Takes a certificate back at once and for good; a repeat changes nothing.

        Raises:
            Refused: no such machine (`unknown_machine`), or no reason (`reason_needed`).
        """
        if id_ not in self._all:
            raise Refused("no such machine in this room", "unknown_machine")
        if not reason.strip():
            raise Refused("a revocation needs a reason", "reason_needed")
        if self._all[id_].revoked:
            return
        at = self._clock.now_if_known() or 0
        revoked = (*self._revoked, Revocation(id_, reason.strip()[: limits.TEXT_CHARS], by, at))
        await self._store.commit(Batch(facts={REVOKED: codec.encode(revoked)}))
        self._revoked = revoked
        self._merge()
        self.changed()

    def prove(self, certificate: bytes, kinds: set[Kind]) -> Enrolled:
        """The machine that a connection's certificate (DER) stands for; raises `Untrusted` if it does not count."""
        found = self._all.get(machines.key_id(tls.certificate_key(certificate).raw))
        at = machines.judged_at(self._clock.now_if_known(), self.opened())
        return machines.check(found, tls.certificate_name(certificate), kinds, at)

    def _merge(self) -> None:
        before, why = self._all, {one.id: one.reason for one in self._revoked}
        self._all = {
            one.id: one if one.revoked or one.id not in why else msgspec.structs.replace(one, revoked=why[one.id])
            for one in (held.machine for held in self.told)
        }
        for id_, one in self._all.items():
            if one.revoked and (id_ not in before or not before[id_].revoked):
                self.gone(one)
