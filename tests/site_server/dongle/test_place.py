"""Where the dongle is, as the settings file keeps it."""

import pytest

from shared import codec
from shared.errors import Malformed
from site_server.dongle.place import KeyFilePlace, TokenPlace
from site_server.folder import Settings


@pytest.mark.parametrize(
    "place", [KeyFilePlace(), KeyFilePlace("/media/stick/d.kdk"), TokenPlace("/x.so"), TokenPlace("/x.so", 3, "label")]
)
def test_settings_remember_the_dongle(place: KeyFilePlace | TokenPlace) -> None:
    settings = Settings("s1", "考点", "127.0.0.1", 1, place)
    assert codec.decode_json(Settings, codec.encode_json(settings), 1000) == settings


def test_a_pin_cannot_be_among_them() -> None:
    with pytest.raises(Malformed):
        codec.decode_json(TokenPlace, b'{"kind":"pkcs11","module":"/x.so","pin":"1234"}', 1000)
