"""A room machine as the site sees it: enrols by HTTP, links by WebSocket, and pushes the real chains of a `SiteDay`."""

import ssl
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from shared import codec, crypto, documents, trust
from shared import messages as m
from shared.errors import Unavailable
from shared.io import link, tls
from shared.ledger import Entry
from shared.machines import Certified, Enrolled, Kind
from tests.support.patience import within
from tests.support.site_day import SiteDay
from tests.support.small_day import ROOM

M = TypeVar("M", bound=m.Message)
MOST = 1 << 24
WAIT = 20.0


class RoomPeer:
    """One room machine with keys of its own. `port` is the site's."""

    def __init__(self, folder: Path, ca_certificate: bytes, port: int, room: str = ROOM) -> None:
        self.folder = folder
        self.ca_certificate = ca_certificate
        self.port = port
        self.room = room
        self.key, self.point = crypto.new_p256()
        self.head_key = crypto.Ed25519Signer(crypto.new_key())

    async def ask(self, code: str) -> tuple[int, bytes, bool]:
        """One enrolment request: status, body, and whether the site closes the connection."""
        body = codec.encode(m.EnrolRequest(Kind.ROOM, self.room, 0, code, self.point, self.head_key.public))
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                f"https://127.0.0.1:{self.port}/enrol", data=body, ssl=tls.client_context(self.ca_certificate),
                server_hostname="site.kaodian",
            ) as reply,
        ):  # fmt: skip
            return reply.status, await reply.read(), reply.headers.get("Connection") == "close"

    async def enrol(self, code: str) -> None:
        """Enrols and keeps the identity."""
        status, body, _ = await self.ask(code)
        assert status == 200, body
        tls.write_identity(self.folder, self.key, codec.decode(m.EnrolReply, body, MOST).certificate)

    def itself(self) -> Certified:
        """This machine as the site certified it."""
        certificate = ssl.PEM_cert_to_DER_cert((self.folder / "tls.crt").read_text())
        dates = tls.validity(certificate)
        found = Enrolled(Kind.ROOM, self.room, 0, self.point, self.head_key.public, "", *dates)
        return Certified(found, certificate)

    async def fetch(self, sha256: str) -> tuple[int, bytes]:
        """A paper form over TLS with our certificate."""
        context = tls.client_context(self.ca_certificate, self.folder)
        url = f"https://127.0.0.1:{self.port}/paper/{sha256}"
        async with (
            aiohttp.ClientSession() as client,
            client.get(url, ssl=context, server_hostname="site.kaodian") as reply,
        ):
            return reply.status, await reply.read()

    async def link(self, proven: bool = True, kept: m.Kept | None = None) -> "Linked":
        """A link that has greeted and told what it keeps."""
        context = tls.client_context(self.ca_certificate, self.folder if proven else None)
        address = link.Address("127.0.0.1", self.port, "site", "/link")
        peer = await link.dial(address, context, m.SiteToRoom, MOST)
        await peer.send(m.Link(m.PROTOCOL_VERSION, self.room))
        await peer.send(kept or m.Kept((), (), (), (), b"", False))
        return Linked(peer)


class Linked:
    """An open link; messages that are not asked for yet wait."""

    def __init__(self, peer: link.Peer[Any]) -> None:
        self.peer = peer
        self._early: list[Any] = []

    async def expect(self, kind: type[M]) -> M:
        """The next message of one kind."""
        for message in self._early:
            if isinstance(message, kind):
                self._early.remove(message)
                return message
        async with within(WAIT, lambda: f"{kind}, seen are {self._early}"):
            while True:
                message = await self.peer.receive()
                if isinstance(message, kind):
                    return message
                self._early.append(message)

    async def expect_or_end(self, kind: type[M]) -> M | None:
        """The next message of one kind, or None when the site hangs up before."""
        try:
            return await self.expect(kind)
        except Unavailable:
            return None

    async def push(self, entries: list[Entry], size: int = 50) -> dict[str, int]:
        """Pushes entries and waits until all are acknowledged; the last positions by stream."""
        ends: dict[str, int] = {}
        for at in range(0, len(entries), size):
            part = entries[at : at + size]
            await self.peer.send(m.Push(tuple(part)))
            ack = await self.expect(m.PushAck)
            ends |= {stream: points[-1].position for stream, points in ack.points.items()}
        return ends

    async def hand_over(self, day: SiteDay) -> None:
        """Everything a room pushes of a finished sitting: records first, then the heads."""
        attempts = [entry for ticket in sorted(day.pcs) for entry in day.pcs[ticket].entries]
        await self.push(attempts + day.sitting_entries)
        for pc in day.pcs.values():
            await self.peer.send(m.PushHead(pc.chain.sign_head(pc.device, day.now)))
        await self.peer.send(m.PushHead(day.chain.sign_head(day.room_key, day.now)))
        # A beacon is answered in order, so the heads were taken when its answer is here.
        await self.peer.send(m.Beacon(0))
        await self.expect(m.BeaconReply)


def offered(offer: m.SessionOffer) -> documents.FormalAuthorisation:
    """The formal authorisation in an offer."""
    return trust.peek(offer.formal, documents.FORMAL, documents.FormalAuthorisation)
