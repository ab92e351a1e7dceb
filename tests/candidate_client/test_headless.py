"""A headless candidate through a whole exam at the real room."""

import asyncio
from pathlib import Path

from candidate_client.headless import Headless
from shared import commands as c
from tests.support.candidate_day import SHORT, candidate_day, trace_of
from tests.support.fake_site import exam


async def test_sits_an_exam_from_log_in_to_the_final_receipt(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(1_500, SHORT)) as day:
        console = await day.room.console()
        early = day.script(1, "1001", seed=7, changes=2, hand_in="early", hand_in_at=0.4)
        late = day.script(2, "1002", seed=8)
        runs = asyncio.gather(Headless(early).run(), Headless(late).run())
        assert await console.order(c.AllowLogin()) == ""
        assert await console.order(c.AllowStart()) == ""
        assert list(await runs) == [0, 0]

    first, second = trace_of(early), trace_of(late)
    for trace, status in ((first, "submitted"), (second, "collected")):
        names = [str(line["event"]) for line in trace]
        assert names[0] == "start"
        assert names.index("logged_in") < names.index("opened") < names.index("shown") < names.index("typed")
        assert [line["status"] for line in trace if line["event"] == "finished"] == [status]
        assert [line["final"] for line in trace if line["event"] == "receipt"][-1] is True
        assert newest(trace, "typed") == newest(trace, "acked")
        assert len(newest(trace, "acked")) == 3
    assert sum(line["event"] == "typed" for line in first) == 5


def newest(trace: list[dict[str, object]], event: str) -> dict[object, object]:
    """The last answer of each item in the events of that name."""
    return {line["item"]: line["answer"] for line in trace if line["event"] == event}
