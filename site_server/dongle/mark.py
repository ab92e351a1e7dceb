"""The dongle's mark as bytes: a signed document of type `dongle-mark`, the same in every kind of dongle.

Does not decide what a mark forbids: `site_server.marks` does.
"""

from shared import crypto, signed
from shared import documents as d
from shared.errors import Damaged, Untrusted


def seal(dongle: crypto.Signer, mark: d.Mark) -> bytes:
    """The mark, signed by the dongle."""
    return signed.sign(dongle, d.MARK, mark)


def read(data: bytes, key: crypto.PublicKey) -> d.Mark:
    """A mark that `key` signed; raises `Damaged` (`mark_damaged`)."""
    try:
        return signed.verify(data, d.MARK, key, d.Mark)
    except Untrusted as error:
        raise Damaged(f"the dongle's mark: {error.detail}", "mark_damaged") from error
