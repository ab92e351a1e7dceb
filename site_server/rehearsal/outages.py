"""Judges how long each fault kept seats out of work, from the candidates' traces and the faults' boot-time instants.

A seat is back at work at the first sign after the fault ended (for a destroyed machine: after its replacement began):
an answer acknowledged, or the room's word while nothing typed there waits for an acknowledgement. Makes no fault.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared import limits
from site_server.rehearsal.traces import Story

OUT_OF_WORK: Final = 60 * limits.SECOND
"""No seat is out of work longer than this after its fault."""
REPLACED: Final = 30 * limits.SECOND
"""The replacement of a destroyed machine begins within this of its destruction."""
ALARMED: Final = 5 * limits.SECOND
"""Staff hear of a full disk within this."""
DESTROYED: Final = frozenset({"room_destroyed", "site_destroyed"})


@dataclass
class Strike:
    """One fault as it was made: from `began` to `over`, boot-time ms; for a destroyed machine `over` is when its
    replacement began. `tickets` are the candidates whose seats it concerned, `alarm` when staff heard of it (0: not).
    """

    kind: str
    who: str
    began: int
    over: int
    tickets: frozenset[str]
    made: bool = True
    alarm: int = 0


def judge(stories: Iterable[Story], strikes: list[Strike]) -> tuple[list[dict[str, object]], list[str]]:
    """One line of facts for each strike (ms; `worst` is the seat out of work longest), and what is wrong."""
    known = {story.ticket: story for story in stories}
    facts: list[dict[str, object]] = []
    findings: list[str] = []
    for strike in strikes:
        worst, whom, wrong = _longest([known[ticket] for ticket in sorted(strike.tickets)], strike)
        findings += wrong + _late(strike)
        facts.append({
            "kind": strike.kind, "who": strike.who, "made": strike.made, "lasted": strike.over - strike.began,
            "seats": len(strike.tickets), "worst": worst, "ticket": whom,
            "alarm": strike.alarm - strike.began if strike.alarm else None,
        })  # fmt: skip
    return facts, findings


def worst(facts: list[dict[str, object]]) -> dict[str, int]:
    """By kind of fault, how long the unluckiest seat was out of work, ms."""
    found: dict[str, int] = {}
    for fact in facts:
        kind = str(fact["kind"])
        found[kind] = max(found.get(kind, 0), int(str(fact["worst"])))
    return found


def _longest(stories: list[Story], strike: Strike) -> tuple[int, str, list[str]]:
    longest, whom, wrong = 0, "", []
    for story in stories if strike.made else ():
        if story.over and story.over <= strike.over:
            continue
        out = back(story, strike.over)
        if out is None or out > OUT_OF_WORK:
            told = "for ever" if out is None else f"{out} ms"
            wrong.append(f"{story.ticket}: out of work {told} after {strike.kind} {strike.who}")
        if out is not None and out >= longest:
            longest, whom = out, story.ticket
    return longest, whom, wrong


def back(story: Story, since: int) -> int | None:
    """Milliseconds from `since` (boot time) until this seat was at work; None when it never was again."""
    return min((sign - since for sign in story.signs if sign >= since), default=None)


def _late(strike: Strike) -> list[str]:
    found: list[str] = []
    if not strike.made:
        return found
    if strike.kind in DESTROYED and strike.over - strike.began > REPLACED:
        found.append(f"{strike.who}: replaced only {strike.over - strike.began} ms after its destruction")
    if strike.kind == "disk_full" and not 0 < strike.alarm <= strike.began + ALARMED:
        told = f"after {strike.alarm - strike.began} ms" if strike.alarm else "never"
        found.append(f"{strike.who}: the disk was full, and staff heard of it {told}")
    return found


def unexplained(ended: list[tuple[str, int, int]], strikes: list[Strike], disk_failed: int) -> list[str]:
    """Services that ended by themselves though their disk was not full then: (name, exit code, boot-time ms) each."""
    full = [strike for strike in strikes if strike.kind == "disk_full"]
    return [
        f"{name} ended by itself with exit code {code}"
        for name, code, at in ended
        if code != disk_failed or not any(one.who == name and one.began <= at <= one.over + REPLACED for one in full)
    ]
