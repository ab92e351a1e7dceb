"""Taking authorisations in: whole and genuine, or not at all."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from shared import crypto, documents, ledger, records
from shared.documents import FORMAL, SESSION
from shared.errors import BadSignature, Expired, KaodianError, Malformed, Refused, Unavailable, WrongBinding
from site_server import loading, papers, timekeeping
from site_server.station import Station
from tests.support.site_day import Made, SiteDay
from tests.support.small_day import ROOM


def kept(station: Station) -> tuple[dict[str, bytes], int, list[str]]:
    """What loading may change: facts, records and files of papers."""
    facts = station.site.store.facts("formal/") | station.site.store.facts("session-authorisation/")
    folder = station.site.folder.papers
    return facts, station.site.end.position, sorted(path.name for path in folder.glob("*"))


async def test_files_of_a_stick_are_taken_in_and_recorded_once(station: Station, joined: Made, tmp_path: Path) -> None:
    stick = joined.day.write_files(tmp_path / "stick")
    assert await loading.load_folder(station.held, station.site, stick) == [FORMAL, SESSION]
    one = station.held.get("m1")
    assert one.data_keys == joined.day.keys
    assert one.keys_for(ROOM) == {form: joined.day.paper_keys[form] for form in ("A", "B")}
    assert all(papers.whole(joined.folder, ref.sha256) for ref in joined.day.papers_of())
    loaded = [records.read_clear(ledger.header_of(e)) for e in station.site.store.entries(station.site.stream, 1)]
    assert [one for one in loaded if isinstance(one, records.AuthorisationLoaded)] == [
        records.AuthorisationLoaded(FORMAL, "m1", 1, crypto.sha256(joined.day.formal)),
        records.AuthorisationLoaded(SESSION, "m1", 1, crypto.sha256(joined.day.session_document)),
    ]
    before = kept(station)
    assert await loading.load_folder(station.held, station.site, stick) == []
    assert kept(station) == before


async def test_paper_keys_are_asked_of_the_dongle_again_after_a_restart(station: Station, joined: Made) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, day.session_document)
    station.close()
    for path in joined.folder.path.rglob("*"):
        if path.is_file():
            assert not any(key in path.read_bytes() for key in day.paper_keys.values()), path
    again = joined.open()
    assert again.held.get("m1").keys_for(ROOM)["A"] == day.paper_keys["A"]
    again.close()


async def test_without_the_session_authorisation_there_are_no_paper_keys(station: Station, joined: Made) -> None:
    await station.held.load(joined.day.formal, joined.day.package, None)
    with pytest.raises(Refused) as none:
        station.held.get("m1").keys_for(ROOM)
    assert none.value.wire_code == "no_session_authorisation"


def damaged(data: bytes, at: int) -> bytes:
    """One bit turned."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


async def test_one_turned_bit_anywhere_changes_nothing(station: Station, joined: Made) -> None:
    whole = [joined.day.formal, joined.day.package, joined.day.session_document]
    before = kept(station)
    for part, data in enumerate(whole):
        for place in (0.02, 0.2, 0.4, 0.6, 0.8, 0.999):
            parts = [*whole]
            parts[part] = damaged(data, int(len(data) * place))
            with pytest.raises((Malformed, BadSignature, WrongBinding)):
                await station.held.load(*parts)
            assert kept(station) == before
    assert station.held.sessions == {}


async def test_genuine_documents_for_others_are_named_as_such(station: Station, joined: Made) -> None:
    day = joined.day
    dongle = replace(day.dongle_keys, wrap=crypto.WrapKey(crypto.HPKE_P256, crypto.new_p256()[1]))
    cases: list[tuple[dict[str, object], str]] = [
        ({"site": "s2"}, "other_site"),
        ({"dongle": dongle}, "other_dongle"),
        ({"ca_fingerprint": bytes(32)}, "other_ca"),
    ]
    for changes, code in cases:
        with pytest.raises(WrongBinding) as wrong:
            await station.held.load(day.another(**changes), day.package, None)
        assert wrong.value.wire_code == code
    foreign = SiteDay(joined.folder.registration.read_bytes())
    with pytest.raises(BadSignature):
        await station.held.load(foreign.formal, foreign.package, foreign.session_document)
    assert station.site.end.position == 0


async def test_versions_only_go_up_and_a_newer_one_needs_its_own_session_part(station: Station, joined: Made) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, day.session_document)
    rooms = (replace(day.room, name="102 机房"),)
    with pytest.raises(WrongBinding, match="other content"):
        await station.held.load(day.another(rooms=rooms), day.package, None)
    newer = day.another(version=2, rooms=rooms)
    assert await station.held.load(newer, None, None) == [FORMAL]
    assert station.held.get("m1").version_of(SESSION) == 0
    before = kept(station)
    with pytest.raises(WrongBinding) as older:
        await station.held.load(day.formal, day.package, day.session_document)
    assert older.value.wire_code == "older_version"
    with pytest.raises(WrongBinding) as mixed:
        await station.held.load(newer, None, day.session_document)
    assert mixed.value.wire_code == "mixed_parts"
    assert kept(station) == before


async def test_missing_parts_are_named(station: Station, joined: Made, tmp_path: Path) -> None:
    day = joined.day
    for parts, code in (((None, None, day.session_document), "no_formal"), ((day.formal, None, None), "no_package")):
        with pytest.raises(Refused) as missing:
            await station.held.load(*parts)
        assert missing.value.wire_code == code
    with pytest.raises(Unavailable):
        await loading.load_folder(station.held, station.site, tmp_path)


async def test_expiry_counts_once_trusted_time_exists(station: Station, joined: Made) -> None:
    past = joined.day.another(expires=joined.platform.now() - 1)
    await timekeeping.sync(station.site)
    with pytest.raises(Expired):
        await station.held.load(past, joined.day.package, None)


async def test_online_the_session_part_may_not_be_due_yet(station: Station, joined: Made) -> None:
    day, platform = joined.day, joined.platform
    listed = [(FORMAL, day.formal), (documents.PACKAGE, day.package), (SESSION, day.session_document)]
    platform.documents = listed
    due = crypto.sha256(day.session_document).hex()
    platform.refuse = {due: "too_early"}
    assert await loading.load_online(station.held, station.site) == [FORMAL]
    platform.refuse = {}
    assert await loading.load_online(station.held, station.site) == [SESSION]
    platform.refuse = {due: "forbidden"}
    with pytest.raises(KaodianError) as other:
        await loading.load_online(station.held, station.site)
    assert other.value.wire_code == "forbidden"
