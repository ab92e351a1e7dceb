"""Registering sites, and telling by a token which one asks."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from central_platform import sites
from shared import crypto, signed
from shared import documents as d
from shared.errors import BadSignature, KaodianError, Malformed, Refused
from tests.support.exchange import NOW, Site, platform


def test_a_welcome_names_platform_and_token_and_comes_out_the_same_again(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    with home.database() as database:
        first, again, other = site.join(home, database), site.join(home, database), Site("s2").join(home, database)
        assert first == again
        assert (first.root, first.url) == (home.keys.root, "https://platform.test:8440")
        assert first.token != other.token
        assert sites.authenticate(database, f"Bearer {first.token}") == "s1"
        assert sites.authenticate(database, f"bearer {other.token}") == "s2"
        with pytest.raises(BadSignature, match="unauthorised"):
            sites.authenticate(database, f"Bearer {'0' * 64}")


def test_another_ca_under_the_same_name_is_refused_until_replaced_on_purpose(tmp_path: Path) -> None:
    home, old, new = platform(tmp_path / "p"), Site("s1"), Site("s1")
    with home.database() as database:
        token = old.join(home, database).token
        with pytest.raises(Refused, match="site_exists"):
            new.join(home, database)
        assert sites.authenticate(database, f"Bearer {token}") == "s1"
        sites.register(database, home.keys, new.registration, "https://x", NOW, replace=True)
        assert sites.site_row(database, "s1").ca_certificate == new.ca
        with pytest.raises(BadSignature):
            sites.authenticate(database, f"Bearer {token}")


def test_a_changed_or_impossible_registration_is_refused() -> None:
    site = Site("s1")
    for at in range(0, len(site.registration), 29):
        changed = site.registration[:at] + bytes([site.registration[at] ^ 1]) + site.registration[at + 1 :]
        with pytest.raises(KaodianError):
            sites.read_registration(changed)
    good = site.dongle_keys
    for dongle in (
        replace(good, wrap=crypto.WrapKey(crypto.HPKE_P256, bytes(65))),
        replace(good, wrap=crypto.WrapKey(crypto.RSA_OAEP, bytes([128]) + bytes(254))),
        replace(good, sign=crypto.PublicKey(crypto.ED25519, bytes(31))),
        replace(good, sign=crypto.PublicKey(crypto.RSA_2048, bytes(256))),
    ):
        payload = d.SiteRegistration("s1", "考点", dongle, site.ca)
        with pytest.raises(Malformed):
            sites.read_registration(signed.sign(site.signer, d.REGISTRATION, payload))
