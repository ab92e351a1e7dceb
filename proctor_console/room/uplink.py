"""The link to the site: sessions, keys and time come in; records and heads of the room's ledger go out, by position.

The site says on every connect where its copies end and the room sends on from there, even backwards; nothing here needs
keeping. Offers are checked by `briefing.py` before anything is believed. Without a site the room just goes on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from proctor_console.room import board, returning, timekeeper
from proctor_console.room.hall import Hall
from proctor_console.room.intake import Intake, OnChanges, OnOffer
from proctor_console.room.sessions import Past
from shared import limits, outbox
from shared import messages as m
from shared.commands import RevokeMachine
from shared.errors import BadSignature, KaodianError, Malformed, Refused, Unavailable, Untrusted
from shared.io import link, tls
from shared.io.clock import boot_now
from shared.io.recent import Stored
from shared.io.tasks import Tasks
from shared.ledger import Head

log = logging.getLogger(__name__)

_GATHER = 0.05
"""Seconds a push waits for more records, so that many saves share a frame."""
_KEYS_EVERY = limits.SECOND
_STATUS_EVERY = 3 * limits.SECOND


class Uplink:
    """The room's end of the site link. `on_offer` takes a session in, `on_changes` hears of its changes, `on_copied` of
    the site's copies, `on_replaced` that this machine's certificate was taken back.
    """

    def __init__(
        self,
        hall: Hall,
        on_offer: OnOffer,
        on_changes: OnChanges,
        on_copied: Callable[[str], None],
        on_replaced: Callable[[], Awaitable[None]],
        dial: link.Dial = link.dial,
    ) -> None:
        self._hall = hall
        self._on_offer = on_offer
        self._on_changes = on_changes
        self._on_copied = on_copied
        self._on_replaced = on_replaced
        self._dial = dial
        self._intake: Intake | None = None
        self._changed = asyncio.Event()
        self._seq = 0
        self._from_start = True
        self._heads: dict[tuple[str, int], Head] = {}
        """The newest signed heads that the site was not sent on this link."""
        self._taken: set[str] = set()
        """Sessions of which the site can take records."""
        self._refused: set[str] = set()

    def stored(self, heads: Iterable[Head]) -> None:
        """Something was committed, these heads with it."""
        self._heads |= {(head.stream, head.point.epoch): head for head in heads}
        self._changed.set()

    async def run(self) -> None:
        """Keeps the link up, until the site says that this machine's certificate was taken back."""
        site = self._hall.machine.site_file
        context = tls.client_context(site.ca_certificate, self._hall.machine.folder)
        address = link.Address(site.host, site.port, "site", "/link")
        try:
            await link.keep(
                lambda: address, context, m.SiteToRoom, self._speak, self._down, limits.OFFER_BYTES,
                self._hall.clock.now_if_known, self._failed, self._dial,
            )  # fmt: skip
        except BadSignature as error:
            log.error("%s", error)  # noqa: TRY400  # the site's word, no fault of this program
            await self._on_replaced()

    async def _speak(self, peer: link.Peer[Any]) -> None:
        await peer.send(m.Link(m.PROTOCOL_VERSION, self._hall.machine.room))
        for kept in returning.frames(self._hall):
            await peer.send(kept)
        first = await peer.receive()
        if isinstance(first, m.Refused):
            log.error("the site refuses this room: %s", first.refusal.code)
            self._hall.alarm("site_refused")
            if first.refusal.code == "revoked":
                await self._on_replaced()
            await asyncio.sleep(limits.LINK_RETRY_MAX / 1000)
            return
        if not isinstance(first, m.Linked):
            raise Malformed("the site did not say where its copies end")
        await self._linked(first)
        self._intake = Intake(self._hall, peer.send, first.points, self._offered, self._on_changes)
        self._hall.relay.up(peer.send)
        tasks = Tasks(lambda _name, _error: self._hall.alarm("internal"))
        try:
            tasks.spawn("beacons", self._guard(timekeeper.beacons, peer.send))
            tasks.spawn("push", self._guard(self._push, peer))
            tasks.spawn("ask", self._guard(self._ask, peer))
            tasks.spawn("intake", self._guard(self._intake.run))
            while True:
                message = await peer.receive()
                self._heard()
                await self._take(peer, message)
        finally:
            await tasks.close()

    async def _guard(self, work: Callable[..., Awaitable[Any]], *given: Any) -> None:
        """A sender's end with the link is ordinary: the receiving loop reports it."""
        try:
            await work(*given)
        except KaodianError as error:
            if error.wire_code != "link_cut":
                raise

    async def _linked(self, first: m.Linked) -> None:
        hall = self._hall
        await hall.staff.replace(first.staff)
        hall.presence.sign_out("signed_out", lambda person: not hall.staff.knows(person))
        hall.copied = {
            (stream, point.epoch): point.position for stream, points in first.points.items() for point in points
        }
        for stream, points in hall.store.points("sitting/").items():
            for point in points:
                if hall.copied.get((stream, point.epoch), 0) > point.position:
                    log.error("%s: the site holds more of epoch %d than this room", stream, point.epoch)
                    hall.alarm("behind_site")
        for stream, points in first.points.items():
            for point in points:
                stored = hall.store.digest(stream, point.epoch, point.position)
                if stored is not None and stored != point.digest:
                    log.error("%s %d.%d: the site holds another record", stream, point.epoch, point.position)
                    hall.alarm("site_contradicts")
        self._taken = set(first.sessions)
        self._refused = set()
        self._heard()
        self._push_all()
        for session in list(hall.desks):
            self._on_copied(session)

    def _heard(self) -> None:
        """A sign of life of the site."""
        self._hall.site_heard = boot_now()
        if not self._hall.site_online:
            self._hall.site_online = True
            self._hall.presence.changed()

    def _failed(self, error: Unavailable) -> None:
        """The site does not take this machine any more: said once, and it goes on trying.

        Raises:
            BadSignature: the certificate was taken back (`revoked`), for good.
        """
        if error.wire_code == "revoked":
            raise BadSignature("the site took this machine's certificate back", "revoked") from error
        if error.wire_code != "no_link" and error.wire_code not in self._refused:
            self._refused.add(error.wire_code)
            log.error("%s", error)
            self._hall.alarm("site_refused", text=error.wire_code)

    def _down(self) -> None:
        self._hall.relay.down()
        self._hall.site_online = False
        self._hall.presence.changed()

    async def _take(self, peer: link.Peer[Any], message: Any) -> None:
        match message:
            case m.Beacon() | m.BeaconReply():
                await self._about_time(peer, message)
            case m.SessionOffer() | m.SessionChanged() | m.MoveOut() | m.Guest() | m.History():
                if self._intake is not None:
                    self._intake.take(message)
            case m.Keys():
                self._keys(message)
            case m.SiteHead():
                await self._keep_head(message)
            case m.PushAck():
                self._acknowledged(message)
            case m.Machines() | m.EnrolAnswer() | m.OrderDone():
                await self._about_machines(message)
            case m.Refused():
                self._turned_down(message)
            case _:
                raise Malformed("not a message of a site")

    def _acknowledged(self, message: m.PushAck) -> None:
        for stream, points in message.points.items():
            for point in points:
                self._hall.copied[stream, point.epoch] = point.position
        for session in {stream.split("/")[1] for stream in message.points}:
            self._on_copied(session)

    async def _offered(self, offer: m.SessionOffer, past: Past) -> None:
        await self._on_offer(offer, past)
        self._push_all_of(offer)

    def _push_all_of(self, offer: m.SessionOffer) -> None:
        """A session that the site has now, and had not when this link began: everything of it is looked at again."""
        found = [session for session, desk in self._hall.desks.items() if desk.briefing.offer.formal == offer.formal]
        if not self._taken.issuperset(found):
            self._taken.update(found)
            self._push_all()

    def _push_all(self) -> None:
        self._from_start = True
        self.stored(self._hall.store.heads())

    def _keys(self, message: m.Keys) -> None:
        desk = self._hall.desks.get(message.session)
        if desk is not None and desk.state.spare and desk.state.spare not in message.keys:
            log.info("paper keys for session %s were asked for before its spare paper came", message.session)
        elif desk is None or not desk.state.forms <= set(message.keys):
            log.error("paper keys for session %s do not fit", message.session)
            self._hall.alarm("keys_unfit")
        elif desk.wants_keys:
            desk.give_keys(message.keys)
            self._hall.presence.changed()

    async def _keep_head(self, told: m.SiteHead) -> None:
        dongles = {desk.briefing.dongle for desk in self._hall.desks.values()}
        if not dongles:
            # No formal authorisation yet names the dongle that must have granted the site's key; more heads will come.
            return
        try:
            await self._hall.site_heads.take(told, dongles, self._hall.clock.now() if self._hall.clock.known else 0)
        except (Untrusted, Refused) as error:
            log.exception("a head of the site was not taken as it came")
            contradicts = error.wire_code == "contradicts_head"
            self._hall.alarm("site_contradicts" if contradicts else "site_head_refused")
        self._hall.presence.changed()

    async def _about_time(self, peer: link.Peer[Any], message: m.Beacon | m.BeaconReply) -> None:
        """The site tells the time, or, after it lost it, asks for it."""
        if isinstance(message, m.BeaconReply):
            self._hall.time.from_site(message)
        elif self._hall.clock.known:
            await peer.send(self._hall.clock.answer(message.sent, self._hall.clock.now()))

    def _turned_down(self, message: m.Refused) -> None:
        refusal = message.refusal
        if self._hall.relay.take(message) or refusal.code in self._refused:
            return
        self._refused.add(refusal.code)
        log.error("the site refuses: %s", refusal.code)
        self._hall.alarm("site_refused", value=refusal.position)

    async def _about_machines(self, message: m.Machines | m.EnrolAnswer | m.OrderDone) -> None:
        if isinstance(message, m.Machines):
            await self._hall.machines.replace(message)
        elif not self._hall.relay.take(message):
            log.info("the site answers what nobody waits for any more")

    async def _push(self, peer: link.Peer[Any]) -> None:
        """Sends what the site lacks, oldest first, then waits for more.

        Heads are read before it is seen that no record is left: what they cover was stored with them and is sent.
        """
        while True:
            more, heads = await self._push_some(peer), list(self._heads.values())
            if more or await self._push_some(peer):
                await asyncio.sleep(0)
                continue
            await self._push_heads(peer, heads)
            await self._changed.wait()
            await asyncio.sleep(_GATHER)
            self._changed.clear()

    async def _push_some(self, peer: link.Peer[Any]) -> bool:
        """Sends what the site lacks of the next records; whether there were any."""
        if self._from_start:
            self._from_start, self._seq = False, 0
        rows = self._hall.store.since(self._seq, limits.RECORDS_PER_FRAME)
        for part in outbox.batches([row.entry for row in rows if self._lacking(row)]):
            await peer.send(m.Push(part))
        self._seq = rows[-1].seq if rows else self._seq
        return bool(rows)

    async def _push_heads(self, peer: link.Peer[Any], heads: list[Head]) -> None:
        for head in heads:
            if self._heads.get((head.stream, head.point.epoch)) is head:
                del self._heads[head.stream, head.point.epoch]
            if head.stream.split("/")[1] in self._taken:
                await peer.send(m.PushHead(head))

    def _lacking(self, row: Stored) -> bool:
        hall = self._hall
        if hall.copied.get((row.stream, row.epoch), 0) >= row.position or hall.foreign(row.stream, row.epoch):
            return False
        return row.stream.split("/")[1] in self._taken

    async def _ask(self, peer: link.Peer[Any]) -> None:
        """Asks for paper keys that are due, and tells the counts, revocations and alarms."""
        status_at = 0
        told: set[str] = set()
        while True:
            await self._tell(peer, told)
            for session, desk in list(self._hall.desks.items()):
                if desk.wants_keys:
                    await peer.send(m.KeysWanted(session))
                if status_at <= 0 and self._hall.clock.known and desk.settled.is_set():
                    await peer.send(board.status(desk, self._hall.presence, self._hall.clock.now()))
            status_at = _STATUS_EVERY if status_at <= 0 else status_at - _KEYS_EVERY
            await asyncio.sleep(_KEYS_EVERY / 1000)

    async def _tell(self, peer: link.Peer[Any], told: set[str]) -> None:
        """Revocations the site has not heard of (`told` on this link), and alarms about machines."""
        for one in self._hall.machines.untold():
            if one.id not in told:
                told.add(one.id)
                await peer.send(m.SiteOrder(0, RevokeMachine(one.id, one.reason), one.by, one.at))
        while self._hall.relay.alarms:
            await peer.send(self._hall.relay.alarms[0])
            self._hall.relay.alarms.popleft()
