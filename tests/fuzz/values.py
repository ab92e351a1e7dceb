"""Structured inputs changed as values: MessagePack or JSON is taken apart, one value in it changed, and put together.

Bytes that are themselves MessagePack (a payload in an envelope, a header in an entry) are entered on the way, so that
changes reach the inner layers. Two ways to change: `mutate` draws from a seed, for inputs that are values themselves;
`edited` applies edits to a valid sample, for inputs that only say what to change. Equal arguments give
equal results.
"""

import json
import random
from collections.abc import Callable
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # publishes no types

from tests.fuzz.target import Shape

Flip = Callable[[bytes, int], bytes]
"""Changes plain bytes: (bytes, most bytes) -> bytes."""
Change = Callable[[Any], Any]

NUMBERS: Final = (0, 1, -1, 2, 40, 127, 255, 256, 65535, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1,
                  -(2**31), -(2**63), 1_800_000_000_000)  # fmt: skip
TEXTS: Final = (
    "",
    "A",
    "ABCD",
    "\0",
    "\n",
    "\u202e",
    "é" * 40,
    "../..",
    "01",
    "1001",
    "room-01",
    "x" * 5000,
    "%s",
    "{}",
)
OTHERS: Final[tuple[Any, ...]] = (None, True, False, 0, 1.5, "", "A", b"", bytes(32), [], {}, [[]], {"m": "beacon"})
MOST_EDITS: Final = 20
BROKEN: Final = (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException)


def unpacked(data: bytes) -> Any:
    """The value of MessagePack bytes; raises one of `BROKEN`."""
    return msgpack.unpackb(data, strict_map_key=False)


def packed(value: Any) -> bytes:
    """Opposite of `unpacked`; raises one of `BROKEN`."""
    data: bytes = msgpack.packb(value)
    return data


def mutate(data: bytes, most: int, seed: int, shape: Shape, flip: Flip) -> bytes:
    """One mutation of `data`, at most `most` bytes; now and then of its plain bytes, so that broken encodings are
    tried too.
    """
    draw = random.Random(seed)
    if shape == "bytes" or draw.random() < 0.1:
        return flip(data, most)
    try:
        value = unpacked(data) if shape == "msgpack" else json.loads(data)
        for _ in range(draw.choice((1, 1, 1, 2, 4))):
            value = at(value, _path(draw), _drawn(value, draw, flip))
        made = packed(value) if shape == "msgpack" else json.dumps(value, ensure_ascii=False).encode()
    except BROKEN:
        return flip(data, most)
    return made if len(made) <= most else flip(data, most)


def edited(value: Any, edits: bytes) -> Any:
    """`value` after the edits that any bytes say; `value` itself stays as it is.

    An edit is a byte with the length of a path (its low three bits), the path (a place in each container, counted
    round), and two bytes of a seed from which the change is drawn.
    """
    rest = edits
    for _ in range(MOST_EDITS):
        if not rest:
            break
        length = rest[0] & 7
        path, seed = rest[1 : 1 + length], int.from_bytes(rest[1 + length : 3 + length])
        rest = rest[3 + length :]
        draw = random.Random(seed)
        value = at(value, list(path), _drawn(value, draw, flipped(draw)))
    return value


def at(value: Any, path: list[int], change: Change) -> Any:
    """`value` with the part at `path` changed; nothing of the former value is touched."""
    inside = _entered(value)
    if not path or not inside:
        return change(value)
    key = (list(inside) if isinstance(inside, dict) else range(len(inside)))[path[0] % len(inside)]
    new = inside.copy()
    new[key] = at(inside[key], path[1:], change)
    return packed(new) if isinstance(value, bytes) else new


def flipped(draw: random.Random) -> Flip:
    """A flip of single bits, cuts and additions, drawn from a generator."""

    def flip(data: bytes, most: int) -> bytes:
        made = bytearray(data[:most])
        if not made or draw.random() < 0.1:
            return bytes(made) + b"\0"
        if draw.random() < 0.1:
            return bytes(made[: draw.randrange(len(made))])
        made[draw.randrange(len(made))] ^= 1 << draw.randrange(8)
        return bytes(made)

    return flip


def _path(draw: random.Random) -> list[int]:
    return [draw.getrandbits(16) for _ in range(draw.choice((0, 1, 2, 2, 3, 3, 4, 5, 8)))]


def _entered(value: Any) -> Any:
    """The list or dict that a value is or, as bytes, holds; else None."""
    if isinstance(value, list | dict):
        return value
    if isinstance(value, bytes) and len(value) > 2 and (0x81 <= value[0] <= 0x9F or 0xDC <= value[0] <= 0xDF):
        try:
            return unpacked(value)
        except BROKEN:
            return None
    return None


def _drawn(root: Any, draw: random.Random, flip: Flip) -> Change:
    """A change of one value; now and then by another value of the same input."""
    if draw.random() < 0.1:
        donor: list[Any] = []
        at(root, _path(draw), donor.append)
        return lambda _: donor[0] if donor else None
    return lambda old: _rearranged(old, draw) if isinstance(old, list | dict) else _replaced(old, draw, flip)


def _rearranged(old: Any, draw: random.Random) -> Any:
    """Drops, doubles, moves, renames or adds one part of a list or dict."""
    held = old.copy()
    if isinstance(held, dict):
        keys = list(held)
        if keys and draw.random() < 0.6:
            one = draw.choice(keys)
            taken = held.pop(one)
            if draw.random() < 0.5:
                held[draw.choice((*TEXTS, *keys))] = taken
        else:
            held[draw.choice((*TEXTS, 0, "m", "kind"))] = draw.choice(OTHERS)
    elif held and draw.random() < 0.9:
        where = draw.randrange(len(held))
        match draw.randrange(3):
            case 0:
                del held[where]
            case 1:
                held[where:where] = [held[where]] * draw.choice((1, 1, 2, 30))
            case _:
                held.insert(draw.randrange(len(held)), held.pop(where))
    else:
        held.append(draw.choice(OTHERS))
    return held


def _replaced(old: Any, draw: random.Random, flip: Flip) -> Any:
    """Another value in place of `old`, mostly of its type."""
    if draw.random() < 0.1:
        return draw.choice(OTHERS)
    if isinstance(old, bool) or old is None:
        return draw.choice((True, False, None))
    if isinstance(old, int):
        other = draw.choice((draw.choice(NUMBERS), old + draw.choice((-1, 1, 60_000)), old ^ (1 << draw.randrange(62))))
        return max(-(2**63), min(other, 2**64 - 1))
    if isinstance(old, str):
        return _text(old, draw)
    if isinstance(old, bytes):
        return old[: draw.randrange(len(old) + 1)] if draw.random() < 0.2 else flip(old, len(old) + 64)
    return draw.choice(OTHERS)


def _text(old: str, draw: random.Random) -> str:
    where = draw.randrange(len(old) + 1)
    match draw.randrange(4):
        case 0:
            return draw.choice(TEXTS)
        case 1:
            return old[:where]
        case 2:
            return old[:where] + draw.choice(TEXTS) + old[where:]
        case _:
            one = chr(draw.choice((draw.randrange(1, 128), draw.randrange(0x4E00, 0x9FFF))))
            return old[:where] + one + old[where + 1 :]
