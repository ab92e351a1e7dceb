"""Heads at the platform: only genuine ones, kept for good, contradictions found at once and held against bundles."""

import io
from pathlib import Path

import pytest
from aiohttp import ClientSession

from central_platform import cli, heads, ingest, tables_exchange, tables_heads, tables_results
from central_platform.home import Home
from central_platform.tables import Database
from shared import codec, crypto, ledger, signed, testimony, trust
from shared import documents as d
from shared.errors import BadSignature, Damaged, KaodianError, WrongBinding
from shared.ledger import Head, Point
from shared.messages import HeadsTold
from tests.support.exchange import client, platform, served, take_over
from tests.support.forger import forged
from tests.support.receipts import grant
from tests.support.small_day import SITE, SmallDay, T, usual_day

SITTING = "sitting/m1/01"


def known(home: Home, database: Database, day: SmallDay) -> str:
    """The platform issued the day to its site; the site's token."""
    take_over(home, database, day)
    token = "ab" * 32
    row = tables_exchange.SiteRow(
        SITE, "考点", codec.encode(day.dongle_keys), day.ca_certificate, crypto.sha256(token.encode()).hex(), T
    )
    with database.write() as connection:
        tables_exchange.put_site(connection, row)
        issued = tables_exchange.IssuedRow("0" * 64, SITE, "m1", d.FORMAL, 1, 1, 0)
        tables_exchange.add_issued(connection, [issued])
    return token


def head(day: SmallDay, position: int, digest: bytes = b"", time: int = T, stream: str = SITTING) -> Head:
    """A head of the room's sitting, of the true record unless another digest is given."""
    point = Point(1, position, digest or day.sitting_entries[position - 1].digest)
    return Head(stream, point, time, day.room_key.sign(ledger.head_bytes(stream, point, time)))


def told(day: SmallDay, *found: Head) -> HeadsTold:
    """A site's report."""
    return HeadsTold((grant(day),), found)


def rows(database: Database) -> list[tuple[int, int, int]]:
    """Position, time of receipt and what it contradicts, as kept."""
    with database.read() as connection:
        found = tables_heads.of_epoch(connection, SITE, SITTING, 1)
    return [(row.position, row.received, row.contradicts) for row in found]


@pytest.fixture(scope="module")
def day() -> SmallDay:
    return usual_day()


def test_heads_are_kept_once_with_the_time_of_receipt(tmp_path: Path, day: SmallDay) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database:
        known(home, database, day)
        heads.take(database, SITE, told(day, head(day, 3), head(day, 7)), T + 5)
        heads.take(database, SITE, told(day, head(day, 7), head(day, 9)), T + 9)
        assert rows(database) == [(3, T + 5, 0), (7, T + 5, 0), (9, T + 9, 0)]


def test_a_contradiction_is_kept_as_evidence_and_said(
    tmp_path: Path, day: SmallDay, capsys: pytest.CaptureFixture[str]
) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database:
        known(home, database, day)
        heads.take(database, SITE, told(day, head(day, 7)), T + 5)
        with pytest.raises(Damaged) as caught:
            heads.take(database, SITE, told(day, head(day, 7, bytes(32)), head(day, 9)), T + 9)
        assert caught.value.wire_code == "contradicts_head" and f"{SITTING} 1.7" in caught.value.detail
        assert rows(database) == [(7, T + 5, 0), (7, T + 9, 1), (9, T + 9, 0)]
    out = tmp_path / "heads.kdw"
    assert cli.main(["--data", str(tmp_path / "p"), "heads", "--session", "m1", "--out", str(out)]) == 0
    assert f"{SITTING} 1.7" in capsys.readouterr().err
    found = trust.PlatformTrust(Home(tmp_path / "p").keys.root, home.keys.issuer).read(
        out.read_bytes(), d.WITNESS, d.Witness
    )
    assert [one.head.point.position for one in found.heads] == [7, 7, 9]
    assert (found.site, found.holder, found.documents[0]) == (SITE, testimony.PLATFORM, home.keys.issuer)
    assert {testimony.claimed_grant(one).key for one in found.documents[1:]} == {day.room_key.public}


def test_only_heads_with_a_granted_signature_and_of_the_sites_own_sessions_are_kept(
    tmp_path: Path, day: SmallDay
) -> None:
    home = platform(tmp_path / "p")
    stranger = SmallDay(())
    wrong: list[tuple[HeadsTold, type[KaodianError]]] = [
        (HeadsTold((), (head(day, 3),)), BadSignature),
        (HeadsTold((grant(stranger),), (head(day, 3),)), BadSignature),
        (told(day, Head(SITTING, Point(1, 3, bytes(32)), T, bytes(64))), BadSignature),
        (told(day, head(day, 3, stream="sitting/m2/01")), WrongBinding),
        (told(day, head(day, 3, stream="site/s2")), WrongBinding),
        (told(day, head(day, 3, stream="attempt/m1/1001/x")), WrongBinding),
        (told(day, Head("attempt/m1/1001", Point(1, 0, bytes(32)), T, b"")), Damaged),
    ]
    with home.database() as database:
        known(home, database, day)
        for report, kind in wrong:
            with pytest.raises(kind):
                heads.take(database, SITE, report, T)
        assert rows(database) == []


async def test_the_door_takes_them_and_answers_a_contradiction(tmp_path: Path, day: SmallDay) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database:
        token = known(home, database, day)

        async def post(http: ClientSession, report: bytes | io.BytesIO) -> tuple[int, str]:
            async with http.post(f"{url}/heads", data=report) as answer:
                return answer.status, "" if answer.status == 204 else (await answer.json())["code"]

        async with served(home, database) as url:
            async with client(home, token) as http:
                assert await post(http, codec.encode(told(day, head(day, 7)))) == (204, "")
                other = codec.encode(told(day, head(day, 7, bytes(32))))
                assert await post(http, other) == (409, "contradicts_head")
                assert await post(http, b"\xc1") == (400, "malformed")
                assert await post(http, io.BytesIO(bytes(2 << 20))) == (413, "too_large")
            async with client(home) as http:
                assert await post(http, other) == (401, "unauthorised")
        assert len(rows(database)) == 2


def test_a_forged_bundle_is_refused_by_the_heads_that_were_told(tmp_path: Path, day: SmallDay) -> None:
    home = platform(tmp_path / "p")
    lie, honest = tmp_path / "lie.kdr", tmp_path / "honest.kdr"
    lie.write_bytes(forged(day, "1001", 1, ("D",)))
    honest.write_bytes(day.bundle())
    with home.database() as database:
        known(home, database, day)
        # The platform that told the day's root apart issues under it, too.
        issuer = signed.sign(day.root, d.ISSUER, d.Issuer(home.keys.issuing.public, 0, 2**50))
        from msgspec.structs import replace

        home.keys = replace(home.keys, issuer=issuer)
        heads.take(database, SITE, told(day, head(day, 9)), T)
        with pytest.raises(Damaged) as caught:
            ingest.take_in(home, database, lie, T)
        assert caught.value.wire_code == "contradicts_head" and SITTING in caught.value.detail
        with database.read() as connection:
            assert tables_results.bundles(connection, "m1") == []
        assert ingest.take_in(home, database, honest, T).records > 0
