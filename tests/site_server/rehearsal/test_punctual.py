"""The judge of clock chaos finds an early paper, a late start, a moved end and a jump that nobody wrote down."""

from collections import Counter
from pathlib import Path

import pytest

from shared import records as r
from shared.ledger import GENESIS, Header
from site_server.rehearsal.clocks import Clocks
from site_server.rehearsal.punctual import Due, Recorded, judge
from site_server.rehearsal.traces import Story

T, SHIFT = 1_800_000_000_000, 1_799_999_000_000
DUE = Due(T, T + 60_000, SHIFT)


def boot(instant: int) -> int:
    return instant - SHIFT


def sat(ticket: str, opened: int = 20, locked: int = 10, ready: int = -1_000) -> Story:
    """A candidate whose PC held the sealed paper, opened it and locked this many ms off the plan."""
    story = Story(ticket)
    story.take({"event": "ready", "boot": boot(T + ready)})
    story.take({"event": "opened", "boot": boot(T + opened), "trusted": T})
    story.take({"event": "locked", "boot": boot(T + 60_000 + locked), "trusted": T + 60_000})
    return story


def recorded(**less: int) -> Recorded:
    """What the bundle of a good day says; `less` takes jumps away from site, room or PC."""
    jumps = {"site/KD01": 6 - less.get("site", 0), "sitting/LL01/01": 6 - less.get("room", 0)}
    jumps["attempt/LL01/1001"] = 2 - less.get("pc", 0)
    return Recorded(Counter({name: count for name, count in jumps.items() if count}), {"sitting/LL01/01": T + 3})


@pytest.fixture
async def clocks(tmp_path: Path) -> Clocks:
    made = Clocks(tmp_path, ["01"], 1, lambda _text: None)
    await made.run(0)
    return made


def findings(clocks: Clocks, *stories: Story, record: Recorded | None = None, kills: int = 0) -> list[str]:
    found = judge(list(stories), record or recorded(), clocks, DUE, kills)["findings"]
    assert isinstance(found, list)
    return found


async def test_a_day_on_time_has_no_findings(clocks: Clocks) -> None:
    late = sat("1002", opened=2_500, ready=2_000)
    assert findings(clocks, sat("1001"), late, record=both()) == []


def both() -> Recorded:
    record = recorded()
    record.jumps["attempt/LL01/1002"] = 1
    return record


@pytest.mark.parametrize(
    ("story", "said"),
    [
        (sat("1001", opened=-51), "a paper opened -51 ms off its instant"),
        (sat("1001", opened=201), "a paper opened 201 ms off its instant"),
        (sat("1001", locked=201), "a PC locked 201 ms off the end"),
        (sat("1001", locked=-201), "a PC locked -201 ms off the end"),
        (Story("1001"), "no PC was waiting at the start, or none was answering at the end"),
    ],
)
async def test_what_was_not_on_time_is_found(clocks: Clocks, story: Story, said: str) -> None:
    assert findings(clocks, story) == [said]


async def test_a_paper_that_the_record_says_opened_early_is_found(clocks: Clocks) -> None:
    record = recorded()
    record.opened["sitting/LL01/01"] = T - 1
    assert findings(clocks, sat("1001"), record=record) == ["sitting/LL01/01: opened 1 ms before its instant"]


@pytest.mark.parametrize(
    ("less", "said"),
    [
        ({"site": 1}, "site: 6 clock jumps, 5 recorded"),
        ({"room": 6}, "room-01: 6 clock jumps, 0 recorded"),
        ({"pc": 2}, "1001: no clock jump recorded"),
    ],
)
async def test_a_jump_that_nobody_wrote_down_is_found(clocks: Clocks, less: dict[str, int], said: str) -> None:
    assert findings(clocks, sat("1001"), record=recorded(**less)) == [said]


async def test_a_service_that_was_killed_may_have_missed_one(clocks: Clocks) -> None:
    assert findings(clocks, sat("1001"), record=recorded(site=1), kills=1) == []


def test_the_bundle_is_read_by_kind_where_it_is_sealed() -> None:
    record = Recorded(Counter(), {})

    def header(stream: str, kind: str) -> Header:
        return Header(stream, 1, 1, GENESIS, T, kind, 0, 0, b"")

    record.take(header("site/KD01", "ClockJumped"), None)
    record.take(header("attempt/LL01/1001", "PcEvent"), r.PcEvent("clock_jump", "3600000"))
    record.take(header("attempt/LL01/1001", "PcEvent"), r.PcEvent("page_blur"))
    record.take(header("sitting/LL01/01", "PaperOpened"), r.PaperOpened(T))
    assert record == Recorded(Counter({"site/KD01": 1, "attempt/LL01/1001": 1}), {"sitting/LL01/01": T})
