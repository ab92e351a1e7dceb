"""The verdict on a rehearsed day: what the files left behind say, held against what the candidates saw and suffered.

Reads files only, starts nothing. What each part of the judgement means stands in `judge`, `outages` and `punctual`.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from shared import codec, limits
from shared import documents as d
from shared import records as r
from shared.io.verify_cli import read_data_keys, read_root
from shared.ledger import Parsed
from shared.model import Rules
from shared.signed import open_envelope
from shared.verifier import Report, verify
from site_server.rehearsal import judge, outages, punctual, traces
from site_server.rehearsal.clocks import Clocks
from site_server.rehearsal.options import SESSION, Options
from site_server.rehearsal.outages import Strike
from site_server.rehearsal.punctual import Recorded
from site_server.rehearsal.traces import Story

FINDINGS_SHOWN = 50
DISK_FAILED = 3
"""Exit code of a service whose disk refused; its supervisor starts it again."""


@dataclass(frozen=True)
class Facts:
    """What was planned, and what the commands at the end said: `resumed` bytes of upload, the verifier's lines."""

    options: Options
    start: int
    rules: Rules
    resumed: int
    verifier: list[str]


@dataclass(frozen=True)
class Told:
    """What happened as it was seen: by candidates, by those who made faults, by the supervisor. `shift` turns boot-time
    instants into ms UTC.
    """

    stories: list[Story]
    strikes: list[Strike]
    ended: list[tuple[str, int, int]]
    clocks: Clocks | None
    shift: int


def verdict(facts: Facts, told: Told) -> dict[str, object]:
    """The content of `summary.json` but for the seconds; writes `expected.jsonl` and `receipt.json`."""
    options, out = facts.options, facts.options.out
    expected = traces.expected_lines(told.stories)
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in expected)
    (out / "expected.jsonl").write_text(lines, encoding="utf-8")
    content = read_bundle(out / "bundle.kdr", out / "keys", out / "keys" / f"unseal-{SESSION}.json")
    compared = judge.compare(told.stories, expected, out / "results.jsonl")
    found = judge.summary(told.stories, compared, content, facts.start, options.rooms)
    found["upload"] = upload = _receipt(out, content.report, facts.resumed)
    suffered, wrong = outages.judge(told.stories, told.strikes)
    found["faults"], found["worst_ms"] = suffered, outages.worst(suffered)
    findings = [*compared.lost, *compared.duplicated, *compared.invented, *wrong]
    findings += outages.unexplained(told.ended, told.strikes, DISK_FAILED)
    if told.clocks is not None:
        clocks = found["clocks"] = _clocks(facts, told, content)
        assert isinstance(clocks["findings"], list)  # noqa: S101  # made by the judge
        findings += clocks["findings"]
    found["findings"] = findings[:FINDINGS_SHOWN]
    found["verifier"] = facts.verifier
    found["ok"] = not findings and _complete(found, options, len(told.stories)) and bool(upload["receipt_verified"])
    return found


def _clocks(facts: Facts, told: Told, content: judge.Content) -> dict[str, object]:
    """Whether the day began and ended on time all the same, and the record tells of it."""
    assert told.clocks is not None  # noqa: S101  # asked by the caller
    opening, end = facts.start - facts.rules.reading, facts.start + facts.rules.duration
    kills = sum(strike.kind in ("room_killed", "site_killed") for strike in told.strikes)
    return punctual.judge(
        told.stories, content.recorded, told.clocks, punctual.Due(opening, end, told.shift), kills
    )  # fmt: skip


def _complete(found: dict[str, object], options: Options, present: int) -> bool:
    everybody = int(str(found["submitted"])) + int(str(found["collected"])) == present
    planned = found["absent"] == options.absent
    return everybody and planned and found["violations"] == min(options.violations, present)


def _receipt(out: Path, report: Report, resumed: int) -> dict[str, object]:
    """`receipt.json` from the signed receipt that the site verified and kept."""
    document = (out / "receipt.kdd").read_bytes()
    receipt = codec.decode(d.UploadReceipt, open_envelope(document).payload, limits.DOCUMENT_BYTES)
    readable = {
        "site": receipt.site, "session": receipt.session, "sha256": receipt.sha256.hex(), "size": receipt.size,
        "records": receipt.records, "received": receipt.received, "document": document.hex(),
    }  # fmt: skip
    (out / "receipt.json").write_text(json.dumps(readable, indent=1), encoding="utf-8")
    return {"receipt_verified": receipt.sha256 == report.sha256, "resumed": resumed}


def read_bundle(bundle: Path, keys: Path, unseal: Path) -> judge.Content:
    """Verifies the bundle once more and counts what stands in it; raises `Damaged`."""
    seen: dict[str, list[tuple[int, int]]] = {}
    violations: list[str] = []
    decided: list[r.Range] = []
    recorded = Recorded(Counter(), {})

    def visit(parsed: Parsed, record: r.Record | None) -> None:
        recorded.take(parsed.header, record)
        if isinstance(record, r.Answered):
            ticket = parsed.header.stream.rsplit("/", 1)[1]
            seen.setdefault(ticket, []).append((parsed.header.epoch, parsed.header.position))
        elif isinstance(record, r.ViolationRecorded):
            violations.append(record.ticket)
        elif isinstance(record, r.HeldDecided) and record.accepted:
            decided.append(record.range)

    with bundle.open("rb") as source:
        report = verify(source, read_root(keys), read_data_keys(unseal), visit)
    counted = sum(
        any(part.epoch == epoch and part.first <= position <= part.upto for part in report.accepted.get(ticket, []))
        for ticket, answers in seen.items()
        for epoch, position in answers
    )
    late = sum(part.upto - part.first + 1 for part in decided)
    return judge.Content(report, counted, len(violations), recorded, late)
