"""Judges whether a day whose clocks were set wrong began and ended on time, and whether the jumps stand in the record.

The harness's own clock is the measure: traces carry boot-time instants, which `shift` turns into true time (ms UTC).
Works on traces and on what was read from the bundle.
"""

from collections import Counter
from dataclasses import dataclass

from shared import records as r
from shared.ledger import Header
from site_server.rehearsal.clocks import PCS, Clocks
from site_server.rehearsal.traces import Story

WITHIN = 200
"""Start and end happen within this of their instant at every PC, ms."""
EARLY = 50
"""A paper that opens more than this before its instant opens early: two machines' clocks are never quite the same."""


@dataclass
class Recorded:
    """What a bundle says of clocks: how many `jumps` each stream tells of, when each sitting `opened` (ms UTC)."""

    jumps: Counter[str]
    opened: dict[str, int]

    def take(self, header: Header, record: r.Record | None) -> None:
        """Takes in one record of the bundle; the site's are sealed and count by their kind."""
        if header.kind == r.ClockJumped.__name__ or (isinstance(record, r.PcEvent) and record.event == "clock_jump"):
            self.jumps[header.stream] += 1
        elif isinstance(record, r.PaperOpened):
            self.opened[header.stream] = record.at


@dataclass(frozen=True)
class Due:
    """The plan's instants (ms UTC) and what turns a boot-time instant into true time."""

    opening: int
    end: int
    shift: int


def judge(stories: list[Story], recorded: Recorded, clocks: Clocks, due: Due, kills: int) -> dict[str, object]:
    """The part `clocks` of the summary; `findings` are empty when all was on time. `kills` services were killed."""
    waited = [one for one in stories if one.opened and one.ready and one.ready[0] + due.shift <= due.opening]
    starts = [story.opened[0][0] + due.shift - due.opening for story in waited]
    ends = [boot + due.shift - due.end for story in stories for boot in story.locked]
    findings = [f"a paper opened {late} ms off its instant" for late in starts if not -EARLY <= late <= WITHIN]
    findings += [f"a PC locked {late} ms off the end" for late in ends if abs(late) > WITHIN]
    findings += [
        f"{stream}: opened {due.opening - at} ms before its instant"
        for stream, at in recorded.opened.items()
        if at < due.opening
    ]
    if not starts or not ends:
        findings.append("no PC was waiting at the start, or none was answering at the end")
    return {
        "jumps": clocks.done,
        "start_ms": {"least": min(starts, default=0), "most": max(starts, default=0)},
        "end_ms": {"least": min(ends, default=0), "most": max(ends, default=0)},
        "recorded": dict(recorded.jumps),
        "findings": findings + _unrecorded(recorded, clocks, stories, kills),
    }


def _unrecorded(recorded: Recorded, clocks: Clocks, stories: list[Story], kills: int) -> list[str]:
    """A jump while a service was being started again is missed by it; every other one must stand in the record."""
    lacking = []
    for machine in sorted({str(one["machine"]) for one in clocks.done} - {PCS}):
        found = sum(count for stream, count in recorded.jumps.items() if belongs(stream, machine))
        if found < clocks.moved(machine) - kills or not found:
            lacking.append(f"{machine}: {clocks.moved(machine)} clock jumps, {found} recorded")
    told = {stream.rsplit("/", 1)[1] for stream in recorded.jumps if stream.startswith("attempt/")}
    return lacking + [
        f"{one.ticket}: no clock jump recorded" for one in stories if one.locked and one.ticket not in told
    ]


def belongs(stream: str, machine: str) -> bool:
    """Whether a stream is written by a machine: `site/<id>` by the site, `sitting/<session>/<room>` by its room."""
    if machine == "site":
        return stream.startswith("site/")
    return stream.startswith("sitting/") and stream.endswith("/" + machine.removeprefix("room-"))
