"""The signed document: typed payload bytes with a signature, the envelope of everything one party vouches for.

Format (MessagePack array, `docs/formats.md`): `["kaodian-signed-1", type, payload, key id, signature]`. The signature
covers `"kaodian-signed-1" ‖ u32(len(type)) ‖ type ‖ u32(len(payload)) ‖ payload`, big-endian, so a document of one
type is never taken for another. Does not say whose key counts: `shared.trust` does.
"""

from typing import TypeVar

import msgspec

from shared import codec, crypto, limits
from shared.errors import BadSignature, Malformed

MAGIC = "kaodian-signed-1"
T = TypeVar("T")


class Envelope(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A signed document, taken apart but not verified."""

    magic: str
    type: str
    payload: bytes
    key_id: str
    signature: bytes


def to_sign(type_: str, payload: bytes) -> bytes:
    """The exact bytes a signature covers."""
    kind = type_.encode()
    return MAGIC.encode() + len(kind).to_bytes(4) + kind + len(payload).to_bytes(4) + payload


def sign(signer: crypto.Signer, type_: str, payload: object) -> bytes:
    """A document of `type_` carrying the MessagePack of `payload`."""
    body = codec.encode(payload)
    return codec.encode(Envelope(MAGIC, type_, body, signer.public.id, signer.sign(to_sign(type_, body))))


def open_envelope(data: bytes) -> Envelope:
    """Takes a document apart without trusting it.

    Raises:
        Malformed: not an envelope, or not in its one canonical encoding.
    """
    envelope = codec.decode(Envelope, data, limits.DOCUMENT_BYTES)
    if envelope.magic != MAGIC or codec.encode(envelope) != data:
        raise Malformed("not a signed document")
    return envelope


def verify(data: bytes, type_: str, key: crypto.PublicKey, payload: type[T]) -> T:
    """The payload, once type, key and signature fit.

    Raises:
        Malformed: not an envelope, another type, or a payload of another form.
        BadSignature: signed by another key, or changed.
    """
    envelope = open_envelope(data)
    if envelope.type != type_:
        raise Malformed(f"a document of type {envelope.type!r} where {type_!r} is needed", "wrong_type")
    if envelope.key_id != key.id:
        raise BadSignature(f"signed with key {envelope.key_id}, not {key.id}", "other_signer")
    crypto.verify(key, envelope.signature, to_sign(type_, envelope.payload))
    return codec.decode(payload, envelope.payload, limits.DOCUMENT_BYTES)
