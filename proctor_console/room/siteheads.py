"""The site's signed heads, kept by this room: a copy below that a later change at the site would contradict.

Every head is kept for good beside the ledger, one fact for each place and digest, so that two words on one place stand
side by side as evidence. Judges nothing but whether they contradict each other; `witness.py` hands them out.
"""

from collections.abc import Collection

from shared import codec, crypto, ledger, limits, signed, trust
from shared import documents as d
from shared import messages as m
from shared.errors import BadSignature, Damaged, Refused
from shared.io.store import Batch, Store
from shared.io.witnesses import SITE_GRANTS, SITE_HEADS


class SiteHeads:
    """All heads of the site stream that this room was told; `newest` is the one of the latest time."""

    def __init__(self, store: Store, site: str) -> None:
        self._store = store
        self._stream = ledger.site_stream(site)
        found = [codec.decode(d.HeldHead, data, limits.RECORD_BYTES) for data in store.facts(SITE_HEADS).values()]
        self._held = {one.head for one in found}
        self.newest = max(self._held, key=lambda head: head.time, default=None)

    async def take(self, told: m.SiteHead, dongles: Collection[crypto.PublicKey], now: int) -> None:
        """Checks and keeps one head; its key was granted by one of the authorised `dongles`.

        Raises:
            Untrusted: head or grant are not the site's; nothing is kept.
            Damaged: `contradicts_head`: it is kept, and contradicts one that was kept before.
            Refused: `too_many_heads`: more than `limits.SITE_HEADS_KEPT` came.
        """
        head = told.head
        named = signed.open_envelope(told.grant).key_id
        dongle = next((key for key in dongles if key.id == named), None)
        if dongle is None:
            raise BadSignature("the grant of the site stream is by no authorised dongle")
        ledger.verify_head(head, trust.grant(told.grant, dongle, self._stream).key)
        if head.stream != self._stream or head.point.position < 1:
            raise Damaged(f"a head of {head.stream} in the site's name")
        if head in self._held:
            return
        if len(self._held) >= limits.SITE_HEADS_KEPT:
            raise Refused("the site sends more heads than a room keeps", "too_many_heads")
        other = next((one for one in self._held if ledger.contradict(one, head)), None)
        kept = d.HeldHead(head, now)
        point = head.point
        name = f"{SITE_HEADS}{point.epoch:06}/{point.position:012}/{point.digest.hex()[:16]}/{head.time}"
        digest = crypto.sha256(told.grant).hex()[:16]
        facts: dict[str, bytes | None] = {f"{SITE_GRANTS}{point.epoch:06}/{digest}": told.grant}
        facts[name] = codec.encode(kept)
        await self._store.commit(Batch(facts=facts))
        self._held.add(head)
        if self.newest is None or head.time >= self.newest.time:
            self.newest = head
        if other is not None:
            where = f"{head.stream} {point.epoch}.{point.position}"
            raise Damaged(f"{where}: contradicts the head of {other.point.position} kept before", "contradicts_head")
