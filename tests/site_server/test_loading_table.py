"""Every document with every defect, by stick and by platform: its own refusal, and nothing is changed afterwards."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from shared import crypto, limits, signed, trust
from shared import documents as d
from shared.errors import KaodianError
from shared.explanations import EXPLANATIONS
from shared.model import Cancellation, Correction, Postponement
from shared.package import build_package, split_package
from site_server import timekeeping, verbs
from site_server.station import Station
from tests.site_server.conftest import nothing
from tests.support.site_day import Made
from tests.support.small_day import ROOM, SITE, T

Payload = d.FormalAuthorisation | d.SessionAuthorisation | d.SpareAuthorisation | d.SessionChanges | d.TimeFile
FIRST = d.NamedChange((ROOM,), Correction({}, "一"))
SECOND = d.NamedChange((ROOM,), Correction({}, "二"))
PAST: dict[str, object] = {"expires": 1}
FUTURE: dict[str, object] = {"issued": 2**49, "expires": 2**50}


class Desk:
    """A site that holds version 2 of everything, and good documents of the next version to be spoilt."""

    def __init__(self, station: Station, made: Made) -> None:
        self.station = station
        self.day = day = made.day
        self.platform = made.platform
        self.formal = day.another(version=2)
        self.whole = trust.peek(self.formal, d.FORMAL, d.FormalAuthorisation)
        manifest = d.PackageManifest(SITE, "m1", 2, day.papers_of())
        self.package = build_package(signed.sign(day.issuing, d.PACKAGE, manifest), list(day.papers.values()))

    async def begin(self) -> None:
        """Takes the good ones in, with trusted time known."""
        await timekeeping.sync(self.station.site)
        beside = {type_: self.sign(type_, self.good(type_, 2)) for type_ in (d.SESSION, d.SPARE, d.CHANGES)}
        stick = self.station.site.folder.path / "good"
        stick.mkdir()
        files = {"f": self.formal, "t": self.sign(d.TIME_FILE, d.TimeFile(SITE, T)), **beside}
        for name, data in files.items():
            (stick / f"{name}.kdd").write_bytes(data)
        (stick / "p.kdp").write_bytes(self.package)
        await verbs.run(self.station, verbs.Load(str(stick)), nothing)

    def good(self, type_: str, version: int = 3) -> Payload:
        """The payload that would be taken in."""
        day, site = self.day, SITE
        dongle, formal = d.dongle_id(self.whole.dongle), crypto.sha256(self.formal)

        def wrapped(*forms: str) -> bytes:
            keys = msgspec.msgpack.encode({form: day.paper_keys[form] for form in forms})
            return crypto.wrap(self.whole.dongle.wrap, keys, d.wrap_info(type_, site, "m1", version))

        match type_:
            case d.FORMAL:
                return trust.peek(day.another(version=version), d.FORMAL, d.FormalAuthorisation)
            case d.SESSION:
                return d.SessionAuthorisation(version, site, "m1", 0, 2**50, dongle, formal, wrapped("A", "B"))
            case d.SPARE:
                return d.SpareAuthorisation(
                    version, site, "m1", 0, 2**50, dongle, formal, (ROOM,), "spare", wrapped("spare")
                )
            case d.CHANGES:
                return d.SessionChanges(version, site, "m1", 0, 2**50, (FIRST, SECOND))
            case _:
                return d.TimeFile(site, T + version)

    def sign(self, type_: str, payload: object) -> bytes:
        return signed.sign(self.day.issuing, type_, payload)

    def kept(self) -> object:
        """Everything that loading may change."""
        site = self.station.site
        facts = {name: data for name, data in site.store.facts("").items() if name != "anchor"}
        papers = sorted(path.name for path in site.folder.papers.glob("*"))
        return facts, site.end, papers, dict(self.station.held.sessions)

    async def refused(self, folder: Path, data: bytes, online: bool) -> str:
        """The code of the refusal of one file by a door."""
        package = data.startswith(b"kaodian-package-1")
        type_ = d.PACKAGE
        if not package:
            try:
                type_ = signed.open_envelope(data).type
            except KaodianError:
                type_ = d.CHANGES
        self.platform.documents = [(type_, data)]
        (folder / ("x.kdp" if package else "x.kdd")).write_bytes(data)
        before = self.kept()
        with pytest.raises(KaodianError) as refused:
            await verbs.run(self.station, verbs.Load("" if online else str(folder)), nothing)
        assert self.kept() == before
        assert refused.value.wire_code in EXPLANATIONS
        return refused.value.wire_code


@pytest.fixture
async def desk(station: Station, joined: Made) -> Desk:
    made = Desk(station, joined)
    await made.begin()
    return made


FIELDS: list[tuple[str, dict[str, object], str]] = [
    (d.FORMAL, {"site": "s2"}, "other_site"),
    (d.FORMAL, {"dongle": d.DongleKeys(crypto.WrapKey("hpke-p256", b"x"), crypto.PublicKey("ed25519", b"x"))},
     "other_dongle"),
    (d.FORMAL, {"ca_fingerprint": bytes(32)}, "other_ca"),
    (d.FORMAL, {"version": 1}, "older_version"),
    (d.FORMAL, PAST, "expired"),
    (d.FORMAL, FUTURE, "not_yet_valid"),
    (d.FORMAL, {"papers": ()}, "malformed"),
    (d.SESSION, {"site": "s2"}, "other_site"),
    (d.SESSION, {"session": "m2"}, "no_formal"),
    (d.SESSION, {"dongle": bytes(32)}, "other_dongle"),
    (d.SESSION, {"version": 1}, "older_version"),
    (d.SESSION, {"formal": bytes(32)}, "mixed_parts"),
    (d.SESSION, PAST, "expired"),
    (d.SESSION, FUTURE, "not_yet_valid"),
    (d.SESSION, {"keys": bytes(200)}, "bad_signature"),
    (d.SPARE, {"site": "s2"}, "other_site"),
    (d.SPARE, {"session": "m2"}, "no_formal"),
    (d.SPARE, {"rooms": ("99",)}, "other_room"),
    (d.SPARE, {"rooms": ()}, "other_room"),
    (d.SPARE, {"dongle": bytes(32)}, "other_dongle"),
    (d.SPARE, {"version": 1}, "older_version"),
    (d.SPARE, {"formal": bytes(32)}, "mixed_parts"),
    (d.SPARE, PAST, "expired"),
    (d.SPARE, FUTURE, "not_yet_valid"),
    (d.SPARE, {"form": "A"}, "bad_change"),
    (d.SPARE, {"keys": bytes(200)}, "bad_signature"),
    (d.CHANGES, {"site": "s2"}, "other_site"),
    (d.CHANGES, {"session": "m2"}, "no_formal"),
    (d.CHANGES, {"changes": (FIRST, SECOND, d.NamedChange(("99",), Cancellation("x")))}, "other_room"),
    (d.CHANGES, {"version": 1}, "older_version"),
    (d.CHANGES, {"changes": (FIRST,)}, "bad_change"),
    (d.CHANGES, {"changes": (SECOND, FIRST)}, "bad_change"),
    (d.CHANGES, {"version": 2, "issued": 1}, "bad_change"),
    (d.CHANGES, {"changes": (FIRST, SECOND, d.NamedChange((ROOM,), Postponement(T - 1, "x")))}, "bad_change"),
    (d.CHANGES, {"changes": (FIRST, SECOND, d.NamedChange((ROOM,), Cancellation(" ")))}, "bad_change"),
    (d.CHANGES, PAST, "expired"),
    (d.CHANGES, FUTURE, "not_yet_valid"),
    (d.TIME_FILE, {"site": "s2"}, "other_site"),
    (d.TIME_FILE, {"at": T - 1}, "older_version"),
]  # fmt: skip


def doors(type_: str) -> list[bool]:
    """Whether a platform lists such a document; a time file is only ever carried."""
    return [False] if type_ == d.TIME_FILE else [False, True]


async def test_a_genuine_document_that_does_not_fit_is_named_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    for type_, fields, code in FIELDS:
        data = desk.sign(type_, msgspec.structs.replace(desk.good(type_), **fields))
        for online in doors(type_):
            assert await desk.refused(tmp_path, data, online) == code, (type_, fields, online)


Spoil = Callable[[Desk, str, bytes], bytes]
SPOILT: list[tuple[str, Spoil, str]] = [
    ("truncated", lambda _desk, _type, data: data[:-40], "truncated"),
    ("oversized", lambda _desk, _type, data: data + bytes(limits.DOCUMENT_BYTES), "too_large"),
    ("more after it", lambda _desk, _type, data: data + b"\0", "malformed"),
    ("a bit turned", lambda _desk, _type, data: data[:-1] + bytes([data[-1] ^ 1]), "bad_signature"),
    ("another signer", lambda desk, type_, _data: signed.sign(desk.day.root, type_, desk.good(type_)), "other_signer"),
    ("another type", lambda desk, type_, _data: desk.sign(d.GRANT, desk.good(type_)), "wrong_type"),
    ("another payload", lambda desk, type_, _data: desk.sign(type_, d.Grant("x", 1, desk.day.root.public, 0)),
     "malformed"),
]  # fmt: skip


async def test_bytes_that_are_no_genuine_document_are_named_and_change_nothing(desk: Desk, tmp_path: Path) -> None:
    for type_ in (d.FORMAL, d.SESSION, d.SPARE, d.CHANGES, d.TIME_FILE):
        good = desk.sign(type_, desk.good(type_))
        for what, spoil, code in SPOILT:
            for online in [one for one in doors(type_) if not (one and what == "another type")]:
                assert await desk.refused(tmp_path, spoil(desk, type_, good), online) == code, (type_, what, online)


async def test_a_package_that_does_not_fit_is_named_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    manifest, forms = split_package(desk.package)
    papers = desk.day.papers_of()

    def other(**fields: object) -> bytes:
        named = msgspec.structs.replace(d.PackageManifest(SITE, "m1", 2, papers), **fields)
        return build_package(desk.sign(d.PACKAGE, named), [forms])

    swapped = [desk.day.papers[form] for form in ("B", "A", "spare")]
    cases = {
        "truncated": [desk.package[:-1], desk.package[:60]],
        "malformed": [desk.package + b"\0"],
        "mixed_parts": [other(version=1), other(papers=papers[:2])],
        "other_site": [other(site="s2")],
        "bad_signature": [build_package(manifest, swapped), desk.package[:-1] + b"\0"],
        "other_signer": [
            build_package(signed.sign(desk.day.root, d.PACKAGE, d.PackageManifest(SITE, "m1", 2, papers)), [forms])
        ],
    }
    (tmp_path / "f.kdd").write_bytes(desk.formal)
    for code, files in cases.items():
        for data in files:
            assert await desk.refused(tmp_path, data, online=False) == code, code
    with (tmp_path / "x.kdp").open("ab") as file:
        file.truncate(limits.PACKAGE_BYTES + 1)
    with pytest.raises(KaodianError) as large:
        await verbs.run(desk.station, verbs.Load(str(tmp_path)), nothing)
    assert large.value.wire_code == "too_large"


async def test_the_next_versions_are_taken_in_by_both_doors(desk: Desk, tmp_path: Path) -> None:
    """The table above spoils these: unspoilt they are taken."""
    for type_ in (d.SESSION, d.SPARE, d.CHANGES, d.TIME_FILE):
        stick = tmp_path / type_
        stick.mkdir()
        (stick / "x.kdd").write_bytes(desk.sign(type_, desk.good(type_)))
        assert (await verbs.run(desk.station, verbs.Load(str(stick)), nothing))["loaded"] == [type_]
    for type_ in (d.SESSION, d.SPARE, d.CHANGES):
        desk.platform.documents = [(type_, desk.sign(type_, desk.good(type_, 4)))]
        assert (await verbs.run(desk.station, verbs.Load(), nothing))["loaded"] == [type_]


async def test_documents_of_two_sessions_do_not_pass_for_one(desk: Desk) -> None:
    foreign = desk.sign(d.CHANGES, msgspec.structs.replace(desk.good(d.CHANGES), session="m2"))
    desk.platform.documents = [(d.SPARE, desk.sign(d.SPARE, desk.good(d.SPARE))), (d.CHANGES, foreign)]
    before = desk.kept()
    with pytest.raises(KaodianError) as mixed:
        await verbs.run(desk.station, verbs.Load(), nothing)
    assert mixed.value.wire_code == "other_session" and desk.kept() == before
