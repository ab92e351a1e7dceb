"""Bytes to typed values and back: strict MessagePack for everything stored or sent, JSON for the loopback page.

Decoding refuses unknown fields, wrong types and anything over the stated size with `Malformed`; it never guesses.
Does not verify signatures or chains.
"""

from typing import Any, TypeVar

import msgspec

from shared.errors import Malformed

T = TypeVar("T")

_TRUNCATED = "Input data was truncated"
"""What msgspec says, and only then, when bytes are missing at the end."""
_encoder = msgspec.msgpack.Encoder()
_decoders: dict[Any, "msgspec.msgpack.Decoder[Any]"] = {}


def encode(value: Any) -> bytes:
    """MessagePack; structs are maps in field order (or arrays where declared so), so equal values give equal bytes."""
    return _encoder.encode(value)


def decode(kind: type[T], data: bytes, most: int) -> T:
    """One typed value from exactly `data`.

    Raises:
        Malformed: more than `most` bytes, not MessagePack, or not of this type.
    """
    if len(data) > most:
        raise Malformed(f"{len(data)} bytes where at most {most} are allowed", "too_large")
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.msgpack.Decoder(kind)
    try:
        value: T = decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        code = "truncated" if str(error) == _TRUNCATED else None
        raise Malformed(f"not a valid {_name(kind)}: {error}", code) from error
    return value


def encode_json(value: Any) -> bytes:
    """JSON in UTF-8."""
    return msgspec.json.encode(value)


def decode_json(kind: type[T], data: bytes | str, most: int) -> T:
    """One typed value from JSON text; raises `Malformed` like `decode`."""
    if len(data) > most:
        raise Malformed(f"{len(data)} characters where at most {most} are allowed", "too_large")
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"not a valid {_name(kind)}: {error}") from error


def _name(kind: Any) -> str:
    return getattr(kind, "__name__", "message")
