"""Hypothesis strategies for the project's own structs, read off their annotations.

Draws every field within what the wire can carry (64-bit integers, text without surrogates) and short collections.
Makes nothing sensible: a drawn record or message has the right form and no meaning.
"""

import enum
import inspect
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(max_size=20),
    bytes: st.binary(max_size=40),
    bool: st.booleans(),
    types.NoneType: st.none(),
}


def drawn(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotation: structs, unions, literals, enumerations, tuples, dicts and plain types."""
    if kind in PLAIN:
        return PLAIN[kind]
    if inspect.isclass(kind) and issubclass(kind, enum.Enum):
        return st.sampled_from(list(kind))
    if inspect.isclass(kind) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind, include_extras=True)
        return st.builds(kind, **{name: drawn(hints[name]) for name in kind.__struct_fields__})
    return _generic(get_origin(kind), get_args(kind))


def _generic(origin: Any, parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin in (Union, types.UnionType):
        return st.one_of(*(drawn(part) for part in parts))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is Annotated:
        return st.integers(parts[1].ge, parts[1].le)
    if origin is dict:
        return st.dictionaries(drawn(parts[0]), drawn(parts[1]), max_size=3)
    if origin is tuple and parts[-1] is Ellipsis:
        return st.lists(drawn(parts[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(drawn(part) for part in parts))
    raise NotImplementedError(f"no strategy for {origin}")
