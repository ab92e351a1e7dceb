"""The site's heads in a room: kept for good, and two words on one place found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from proctor_console.room.siteheads import SiteHeads
from shared import crypto, ledger, limits, signed
from shared import documents as d
from shared import messages as m
from shared.errors import BadSignature, Damaged, Untrusted
from shared.io import witnesses
from shared.io.store import Store
from shared.ledger import Head, Point

STREAM = ledger.site_stream("s1")
NOW = 1_800_000_000_000


def held(store: Store) -> list[d.HeldHead]:
    """What the room can hand out of it."""
    return list(witnesses.parts(store).heads)


def grants(store: Store) -> list[bytes]:
    return list(witnesses.parts(store).documents)


class Site:
    """A site that signs heads of whatever it likes."""

    def __init__(self) -> None:
        self.dongle = crypto.Ed25519Signer(crypto.new_key())
        self.dongles = {self.dongle.public}
        self.key = crypto.Ed25519Signer(crypto.new_key())
        self.grant = signed.sign(self.dongle, d.GRANT, d.Grant(STREAM, 1, self.key.public, NOW))

    def told(self, position: int, digest: int = 0, time: int = NOW, stream: str = STREAM) -> m.SiteHead:
        """A head about that place."""
        point = Point(1, position, bytes([digest]) * 32)
        head = Head(stream, point, time, self.key.sign(ledger.head_bytes(stream, point, time)))
        return m.SiteHead(head, self.grant)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    held = Store(tmp_path / "room.db")
    yield held
    held.close()


async def test_every_head_is_kept_and_is_there_after_a_restart(store: Store) -> None:
    site = Site()
    heads = SiteHeads(store, "s1")
    assert heads.newest is None
    for position in (3, 7, 7):
        await heads.take(site.told(position, position, NOW + position), site.dongles, NOW + 9)
    again = SiteHeads(store, "s1")
    assert [(one.head.point.position, one.received) for one in held(store)] == [(3, NOW + 9), (7, NOW + 9)]
    assert heads.newest == again.newest == site.told(7, 7, NOW + 7).head
    assert grants(store) == [site.grant]


@pytest.mark.parametrize(
    ("position", "digest", "time"),
    [(7, 8, NOW), (7, 8, NOW + 99), (6, 6, NOW + limits.HEAD_EVERY + 1), (9, 9, NOW - limits.HEAD_EVERY - 1)],
    ids=["same place and time", "same place later", "went back", "was further before"],
)
async def test_a_head_that_contradicts_is_kept_beside_the_other(
    store: Store, position: int, digest: int, time: int
) -> None:
    site = Site()
    heads = SiteHeads(store, "s1")
    await heads.take(site.told(7, 7), site.dongles, NOW)
    with pytest.raises(Damaged) as caught:
        await heads.take(site.told(position, digest, time), site.dongles, NOW)
    assert caught.value.wire_code == "contradicts_head" and f"1.{position}" in caught.value.detail
    assert len(held(store)) == 2


async def test_a_head_by_another_key_or_of_another_stream_is_not_kept(store: Store) -> None:
    site, other = Site(), Site()
    heads = SiteHeads(store, "s1")
    with pytest.raises(BadSignature):
        await heads.take(other.told(1), site.dongles, NOW)
    with pytest.raises(BadSignature):
        await heads.take(m.SiteHead(other.told(1).head, site.grant), site.dongles, NOW)
    with pytest.raises(Untrusted):
        await heads.take(site.told(1, stream="sitting/m1/01"), site.dongles, NOW)
    assert held(store) == []
