"""Runs a server's main coroutine: on uvloop where it is installed (Linux), else on asyncio's own loop.

uvloop holds a sixth of the memory of each TLS connection and needs less time for it (`docs/adr`). Candidate PCs and
commands do not need it. Configures nothing else.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def serve(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` to its end and returns what it returns."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)
