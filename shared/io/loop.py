"""Runs a server's main coroutine: on uvloop where it is installed (Linux), else on asyncio's own loop.

uvloop holds a sixth of the memory of each TLS connection and needs less time for it (`docs/adr`). Candidate PCs and
commands do not need it. Configures nothing else.
"""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_COLLECT = (100_000, 20, 50)
"""Objects between collections: a service makes thousands for each commit and forgets them without any cycle, and a look
at all that it holds takes a large room's service a fifth of a second.
"""


def serve(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` to its end and returns what it returns."""
    gc.set_threshold(*_COLLECT)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)
