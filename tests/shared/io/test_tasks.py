"""A task that fails is heard of; closing ends the rest."""

import asyncio
import logging

import pytest

from shared.io.tasks import Tasks


async def test_a_failure_is_logged_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    told: asyncio.Queue[tuple[str, BaseException]] = asyncio.Queue()
    tasks = Tasks(lambda name, error: told.put_nowait((name, error)))

    async def fail() -> None:
        raise ValueError("why")

    with caplog.at_level(logging.ERROR):
        tasks.spawn("work", fail())
        name, error = await asyncio.wait_for(told.get(), 5)
    assert (name, str(error)) == ("work", "why")
    assert "task work failed" in caplog.text
    assert told.empty()


async def test_closing_cancels_what_runs_and_waits_for_it() -> None:
    told: list[str] = []
    tasks = Tasks(lambda name, _error: told.append(name))
    started, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    task = tasks.spawn("work", work())
    await started.wait()
    await tasks.close()
    assert ended.is_set() and task.cancelled()
    assert told == []


async def test_a_task_may_close_its_owner() -> None:
    tasks = Tasks()
    other = tasks.spawn("other", asyncio.Event().wait())
    closing = tasks.spawn("closing", tasks.close())
    done, _ = await asyncio.wait({closing}, timeout=5)
    assert done == {closing}
    assert other.cancelled() and not closing.cancelled()


async def test_a_result_is_the_callers() -> None:
    async def work() -> int:
        return 7

    tasks = Tasks()
    assert await tasks.spawn("work", work()) == 7
    await tasks.close()
