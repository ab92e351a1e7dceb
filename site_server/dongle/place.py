"""Where a site's dongle is: what `init` was told and the settings remember. Never a passphrase or PIN."""

import msgspec

from shared.crypto import HPKE_P256


class KeyFilePlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="file", tag_field="kind"):
    """A key file; an empty path means `dongle.kdk` in the site's own folder."""

    path: str = ""


class TokenPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pkcs11", tag_field="kind"):
    """A PKCS#11 token: the vendor's module, and the slot or the token's label where there are several."""

    module: str
    slot: int | None = None
    label: str = ""
    wrap: str = HPKE_P256
    """The wrap type its keys were made for."""


Place = KeyFilePlace | TokenPlace
