"""What an attack is: a name, what it tries on the world, and at what scale."""

import os
from collections.abc import Callable
from typing import NamedTuple

from tests.system.rogue.world import World


class Scale(NamedTuple):
    """How much of everything."""

    tiny: int
    """Frames of a flood of tiny ones."""
    slow: int
    """Slow sockets of each kind."""
    body: int
    """Bytes of a great body."""
    calls: int
    """New connections in a row."""
    busy: int
    """Seconds of flooding with what is in order."""


QUICK = Scale(100_000, 40, 10 << 20, 200, 1)
FULL = Scale(1_000_000, 200, 100 << 20, 3_000, 20)


def scale() -> Scale:
    """The one asked for by `KAODIAN_ROGUE=full`."""
    return FULL if os.environ.get("KAODIAN_ROGUE") == "full" else QUICK


Attack = Callable[[World, Scale], None]
"""Tries something on the world and asserts what must hold; its docstring says that."""
