"""The site's own keys and stream: what rests on disk, what needs the dongle, what a welcome may change."""

from pathlib import Path

import pytest

from shared import crypto, documents, ledger, records, signed, trust
from shared.errors import BadSignature, Refused, Unavailable, WrongBinding
from shared.io import tls
from shared.ledger import START
from site_server import site as sites
from site_server.keys import info
from site_server.site import Site
from site_server.station import Station
from tests.support.fake_platform import FakePlatform
from tests.support.site_day import NOW, PASSPHRASE, Made, SiteDay
from tests.support.small_day import SITE


def test_no_secret_of_the_site_rests_in_clear(made: Made) -> None:
    site = Site.open(made.folder, PASSPHRASE)
    secrets = [site.keys.ca_key, site.keys.signer.seed, site.keys.stream_key]
    site.close()
    assert made.folder.dongle.stat().st_mode & 0o077 == 0
    for path in made.folder.path.rglob("*"):
        if path.is_file():
            assert not any(secret in path.read_bytes() for secret in secrets), path


def test_the_registration_carries_what_the_platform_needs(made: Made) -> None:
    data = made.folder.registration.read_bytes()
    claimed = trust.peek(data, documents.REGISTRATION, documents.SiteRegistration)
    found = trust.registration(data, tls.certificate_key(claimed.ca_certificate))
    assert (found.site, found.dongle) == (SITE, made.day.dongle_keys)


async def test_the_stream_begins_with_the_site_key_and_goes_on_after_a_restart(made: Made) -> None:
    for number in (1, 2):
        site = Site.open(made.folder, PASSPHRASE)
        await site.write(records.KeysReleased("m1", f"room{number}"))
        head = await site.sign_head()
        assert head is not None
        ledger.verify_head(head, site.keys.signer.public)
        end = head.point
        entries = site.store.entries(site.stream, 1)
        key, public = site.keys.stream_key, site.keys.signer.public
        site.close()
    parsed = [ledger.parse(entry) for entry in entries]
    assert records.read_clear(parsed[0].header) == records.SiteOpened(public, START)
    assert records.read(parsed[2].header, parsed[2].entry, key) == records.KeysReleased("m1", "room2")
    at = ledger.open_epoch(1, START)
    for one in parsed:
        at = ledger.follow(at, one.header, one.digest)
    assert end == at


def test_a_site_opened_for_looking_has_no_keys(made: Made) -> None:
    site = Site.open(made.folder, None)
    with pytest.raises(Unavailable) as none:
        _ = site.keys
    assert none.value.wire_code == "no_dongle"
    site.close()


def test_a_second_site_in_the_same_folder_is_refused(made: Made) -> None:
    with pytest.raises(Refused) as there:
        sites.create(made.folder, made.folder.settings(), lambda: PASSPHRASE)
    assert there.value.wire_code == "exists"


async def test_the_welcome_gives_the_platform_the_stream_key(station: Station, joined: Made) -> None:
    assert station.site.platform.root == joined.day.root.public
    sealed = joined.folder.platform_stream_key.read_bytes()
    opened = crypto.unwrap(joined.platform.seal_key[0], sealed, info("stream", SITE))
    assert opened == station.site.keys.stream_key


async def test_welcomes_for_others_or_from_others_change_nothing(station: Station, joined: Made) -> None:
    before = joined.folder.welcome.read_bytes()
    with pytest.raises(WrongBinding):
        station.site.join(joined.platform.welcome("s2"))
    other = FakePlatform(SiteDay(joined.folder.registration.read_bytes()), NOW)
    with pytest.raises(Refused) as foreign:
        station.site.join(other.welcome(SITE))
    assert foreign.value.wire_code == "other_platform"
    payload = trust.peek(before, documents.WELCOME, documents.SiteWelcome)
    with pytest.raises(BadSignature):
        station.site.join(signed.sign(crypto.Ed25519Signer(crypto.new_key()), documents.WELCOME, payload))
    assert joined.folder.welcome.read_bytes() == before


def test_an_unknown_platform_is_said_to_be_missing(made: Made) -> None:
    site = Site.open(made.folder, None)
    with pytest.raises(Unavailable) as none:
        _ = site.platform
    assert none.value.wire_code == "not_joined"
    site.close()


def test_the_fingerprint_is_that_of_the_ca(made: Made) -> None:
    ca = Path(made.folder.ca_certificate).read_bytes()
    assert sites.fingerprint(made.folder) == crypto.sha256(ca).hex()
