"""A whole small exam day with every key at hand, made once per process: what signed and sealed inputs are edits of.

Its keys differ from process to process; inputs of targets that use it say what to change, never what to sign.
"""

import functools

from shared import crypto, signed, trust
from shared import documents as d
from tests.fuzz.values import BROKEN, edited, packed, unpacked
from tests.support.small_day import SmallDay, usual_day

EDITS = [b"", b"\1\3\0\7", b"\2\0\1\0\2\3\3\1\4\0\5"]
"""Seeds of targets whose inputs are edits."""


@functools.cache
def day() -> SmallDay:
    """Three candidates, one room: handed in, moved and collected, absent."""
    return usual_day()


@functools.cache
def platform() -> trust.PlatformTrust:
    """Trust in the day's platform."""
    return trust.PlatformTrust(day().root.public, day().issuer)


@functools.cache
def formal() -> d.FormalAuthorisation:
    """The day's formal authorisation, trusted."""
    return platform().read(day().formal, d.FORMAL, d.FormalAuthorisation)


def changed(sample: bytes, edits: bytes) -> bytes:
    """MessagePack bytes after edits; as they were where the result would be no MessagePack."""
    try:
        return packed(edited(unpacked(sample), edits))
    except BROKEN:
        return sample


def signed_anew(signer: crypto.Signer, type_: str, payload: bytes) -> bytes:
    """A document whose payload is any bytes, with a good signature."""
    signature = signer.sign(signed.to_sign(type_, payload))
    return packed([signed.MAGIC, type_, payload, signer.public.id, signature])


def payload_of(document: bytes) -> bytes:
    """The payload of a good document."""
    return signed.open_envelope(document).payload
