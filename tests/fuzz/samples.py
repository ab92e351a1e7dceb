"""Valid samples of our own types, read off their annotations: the seeds of every fuzz target that decodes a struct.

A new message, record or document is sampled without anything written for it. Samples have the right form and plausible
values; they make no sense together (`tests.fuzz.world` has those that do).
"""

import enum
import inspect
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

PLAIN: dict[Any, tuple[Any, ...]] = {
    int: (1, 1_800_000_000_000),
    str: ("A", "1001"),
    bytes: (bytes(32), b"\x04" + bytes(64)),
    bool: (True, False),
    float: (1.5,),
    types.NoneType: (None,),
    Any: ({"a": [1, "b"]},),
}


def samples(kind: Any) -> list[Any]:
    """A few values of an annotation; of a union at least one of each member."""
    if kind in PLAIN:
        return list(PLAIN[kind])
    if inspect.isclass(kind) and issubclass(kind, enum.Enum):
        return list(kind)
    if inspect.isclass(kind) and issubclass(kind, msgspec.Struct):
        return _structs(kind)
    return _generic(get_origin(kind), get_args(kind))


def _structs(kind: type[msgspec.Struct]) -> list[Any]:
    hints = get_type_hints(kind)
    made = {name: samples(hints[name]) for name in kind.__struct_fields__}
    most = min(3, max((len(found) for found in made.values()), default=1))
    return [kind(**{name: found[n % len(found)] for name, found in made.items()}) for n in range(most)]


def _generic(origin: Any, parts: tuple[Any, ...]) -> list[Any]:
    if origin in (Union, types.UnionType):
        return [one for part in parts for one in samples(part)]
    if origin is Literal:
        return list(parts)
    if origin is Annotated:
        return samples(parts[0])
    if origin is dict:
        return [dict(zip(samples(parts[0]), samples(parts[1]), strict=False)), {}]
    if origin is list or (origin is tuple and parts[-1] is Ellipsis):
        found = samples(parts[0])
        return [origin(found[:2]), origin(found[-1:]), origin()]
    if origin is tuple:
        return [tuple(samples(part)[0] for part in parts)]
    raise NotImplementedError(f"no sample for {origin}")
