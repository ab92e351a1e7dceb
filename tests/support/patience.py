"""Waiting for what must come: a wait that is in vain is a failed assertion that says what was waited for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def within(seconds: float, what: Callable[[], str]) -> AsyncIterator[None]:
    """Its body must end within `seconds`; raises `AssertionError` with `what()` otherwise."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise AssertionError(f"waited {seconds} s in vain for {what()}") from error
