"""Tells others how far the record goes, so that a later change here contradicts them: rooms and the platform.

Signs the head of the site stream every 10 s while it grows and at each phase change, sends it to every linked room,
and posts it with the newest heads of all copies to the platform; what the platform missed is told when it is back.
Heads of candidates' PCs go there every five minutes and once their sitting has ended. Keeps no other state.
"""

import asyncio
import logging

from shared import ledger, limits
from shared import messages as m
from shared.errors import KaodianError
from shared.ledger import Head, Point
from site_server import bundling
from site_server.granting import grants
from site_server.platform import Platform
from site_server.station import Station

log = logging.getLogger(__name__)
AT_ONCE = 500
"""Heads in one report, far below the platform's limit."""


class Telling:
    """The heads of a running service."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._signed: Point | None = None
        self._told: dict[tuple[str, int], tuple[Point, int]] = {}

    async def run(self) -> None:
        """For ever: every period, and at once after a phase change."""
        site = self._station.site
        while True:
            await self.once()
            try:
                async with asyncio.timeout(limits.HEAD_EVERY / 1000):
                    await site.phase.wait()
            except TimeoutError:
                continue

    async def once(self) -> None:
        """Signs, tells rooms, tells the platform what it does not know yet."""
        site = self._station.site
        site.phase.clear()
        if site.end != self._signed:
            head = await site.sign_head()
            if head is not None:
                self._signed = head.point
                self._station.rooms.tell_head(m.SiteHead(head, grants(site, site.stream)[-1][1]))
        if site.welcome is not None:
            try:
                async with Platform(site.welcome) as platform:
                    await self._tell(platform)
            except KaodianError as error:
                log.info("the platform was not told the heads: %s", error)

    async def _tell(self, platform: Platform) -> None:
        due = self._due(self._station.site.stamp())
        for at in range(0, len(due), AT_ONCE):
            part = due[at : at + AT_ONCE]
            streams = sorted({head.stream for head in part if not head.stream.startswith("attempt/")})
            documents = [document for stream in streams for _, document in grants(self._station.site, stream)]
            try:
                await platform.heads(m.HeadsTold(tuple(documents), tuple(part)))
            except KaodianError as error:
                if error.wire_code != "contradicts_head":
                    raise
                # It keeps them as evidence: telling them again would say nothing new.
                log.exception("the platform holds other heads than this site's")
                self._station.rooms.warn(error.wire_code, error.detail)
            for head in part:
                self._told[head.stream, head.point.epoch] = (head.point, self._station.site.stamp())

    def _due(self, now: int) -> list[Head]:
        """The newest heads, own and copied, that the platform was not told."""
        found = {(head.stream, head.point.epoch): head for head in self._station.site.store.heads("site/")}
        due = []
        for where, head in sorted((found | self._station.copies.heads).items()):
            point, at = self._told.get(where, (ledger.START, 0))
            if head.point != point and (not head.stream.startswith("attempt/") or self._settled(head, now - at)):
                due.append(head)
        return due

    def _settled(self, head: Head, since: int) -> bool:
        """Whether a head of a PC is told now: some minutes after the last, or because its session is over here."""
        one = self._station.held.sessions.get(head.stream.split("/")[1])
        over = one is not None and not bundling.open_rooms(self._station.copies, one)
        return over or since >= limits.DEVICE_HEADS_EVERY
