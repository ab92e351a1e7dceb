"""Judges a rehearsal: every expected answer must be in the marked results exactly once, and every ledger must verify.

Works on the files of the output folder only. Says what was lost, doubled or invented, by ticket and item.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from shared.verifier import Report
from site_server.rehearsal.punctual import Recorded
from site_server.rehearsal.traces import Story


@dataclass(frozen=True)
class Content:
    """What a verified bundle holds: counts of accepted answers, of violations and (`decided`) of late records that two
    people accepted, and what it says of clocks.
    """

    report: Report
    answers: int
    violations: int
    recorded: Recorded
    decided: int = 0


@dataclass
class Verdict:
    """What the comparison found; each list holds one line per finding."""

    lost: list[str]
    duplicated: list[str]
    invented: list[str]
    totals: dict[str, float]
    statuses: dict[str, str]

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled or invented."""
        return not (self.lost or self.duplicated or self.invented)


def compare(stories: list[Story], expected: list[dict[str, object]], results: Path) -> Verdict:
    """Holds `expected.jsonl` against `results.jsonl`."""
    verdict = Verdict([line for story in stories for line in story.lost], [], [], {}, {})
    verdict.lost += [f"{story.ticket}: the paper never opened" for story in stories if not story.opened]
    verdict.lost += [f"{story.ticket}: no receipt" for story in stories if not story.receipt]
    found: dict[tuple[str, str], list[str]] = {}
    for line in results.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        where = (row["ticket"], row["item"])
        if where in found:
            verdict.duplicated.append(f"{where}: stands twice in the results")
        found[where] = row["answer"]
        verdict.totals[row["ticket"]] = verdict.totals.get(row["ticket"], 0) + row["marks"]
        verdict.statuses[row["ticket"]] = row["status"]
    unsettled = {(story.ticket, item): answers for story in stories for item, answers in story.unsettled.items()}
    for line_ in expected:
        where = (str(line_["ticket"]), str(line_["item"]))
        either = tuple(found.get(where, ())) in unsettled.get(where, set())
        if found.get(where) != line_["answer"] and not either:
            verdict.lost.append(f"{where}: expected {line_['answer']}, marked {found.get(where)}")
    typed = {(story.ticket, item): answers for story in stories for item, answers in story.typed.items()}
    for where, answer in found.items():
        if answer and tuple(answer) not in typed.get(where, {()}):
            verdict.invented.append(f"{where}: marked {answer}, never typed")
    return verdict


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank); 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def latencies(stories: list[Story], start: int) -> dict[str, dict[str, float]]:
    """Save acknowledgement, start spread (PCs that were waiting at T) and log-in, in ms."""
    saves = [ms for story in stories for ms in story.save_ms]
    logins = [ms for story in stories for ms in story.login_ms]
    firsts = [float(story.opened[0][0]) for story in stories if story.opened and story.opened[0][1] < start + 5000]
    spread = [at - min(firsts) for at in firsts]
    return {
        "save_ack": {"p50": percentile(saves, 0.5), "p99": percentile(saves, 0.99), "max": percentile(saves, 1)},
        "start_spread": {"p50": percentile(spread, 0.5), "max": percentile(spread, 1)},
        "login": {"p50": percentile(logins, 0.5), "p99": percentile(logins, 0.99)},
    }


def summary(stories: list[Story], verdict: Verdict, content: Content, start: int, rooms: int) -> dict[str, object]:
    """The facts of `summary.json` that follow from files."""
    report = content.report
    statuses = list(verdict.statuses.values())
    return {
        "rooms": rooms,
        "candidates": report.candidates,
        "logged_in": sum(1 for story in stories if story.logged_in),
        "absent": statuses.count("absent"),
        "submitted": statuses.count("submitted"),
        "collected": statuses.count("collected"),
        "void": statuses.count("void"),
        "violations": content.violations,
        "answers": {
            "saved": sum(story.saved for story in stories),
            "acknowledged": sum(story.acknowledged for story in stories),
            "in_bundle": content.answers,
            "held": content.decided,
            "lost": len(verdict.lost),
            "duplicated": len(verdict.duplicated) + len(verdict.invented),
        },
        "latency_ms": latencies(stories, start),
        "bundle": {"sha256": report.sha256.hex(), "bytes": report.size, "records": report.records},
        "marks": {"count": len(verdict.totals), "mean": round(mean(verdict.totals.values() or [0]), 2)},
    }
