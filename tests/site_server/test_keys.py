"""Which keys of the site stay when the dongle is taken out, and which go with it."""

import pytest

from shared import crypto
from shared.errors import Refused, Unavailable
from site_server.dongle import keyfile
from site_server.keys import Keys, info
from tests.support.site_day import PASSPHRASE, Made
from tests.support.small_day import SITE


@pytest.fixture
def keys(made: Made) -> Keys:
    """The keys of an opened site."""
    return Keys(keyfile.unlock(made.folder.dongle, PASSPHRASE), made.folder, SITE)


def test_heads_and_records_go_on_without_the_dongle_and_nothing_is_opened_or_granted(made: Made, keys: Keys) -> None:
    stream_key, ca = keys.stream_key, keys.ca.public
    keys.lose()
    assert not keys.here
    assert keys.stream_key == stream_key
    crypto.verify(keys.signer.public, keys.signer.sign(b"head"), b"head")
    for use in (lambda: keys.dongle, lambda: keys.ca, lambda: keys.ca_key, keys.check_here):
        with pytest.raises(Unavailable) as out:
            use()
        assert out.value.wire_code == "no_dongle"
    keys.regain(keyfile.unlock(made.folder.dongle, PASSPHRASE), made.folder, SITE)
    assert keys.here
    assert keys.ca.public == ca


def test_another_dongle_is_not_taken_for_it(made: Made, keys: Keys) -> None:
    keys.lose()
    other = keyfile.create(made.folder.path / "other.kdk", PASSPHRASE, SITE)
    with pytest.raises(Refused) as wrong:
        keys.regain(other, made.folder, SITE)
    assert wrong.value.wire_code == "other_dongle"
    assert not keys.here


def test_each_key_rests_under_an_info_of_its_own() -> None:
    assert len({info(name, site) for name in ("ca", "site", "stream") for site in ("s1", "s2")}) == 6
