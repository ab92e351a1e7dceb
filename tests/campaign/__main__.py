"""Campaigns against the promises: `deploy/campaign`, described in `docs/campaigns.md`.

Without options runs the whole campaign of every kind, or what the state file lacks of it.
"""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.campaign import registry
from tests.campaign.campaign import ROOT, Campaign, commit
from tests.campaign.kind import Kind

FOLDER = ROOT / "build" / "campaign"
WORKERS = 2


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit status: 1 while there are findings that nothing has mended."""
    given = _parser().parse_args(arguments)
    if given.again:
        return _again(registry.find(given.again[0]), int(given.again[1]))
    state = given.state or FOLDER / ("ci.json" if given.ci else "state.json")
    if given.ci:
        state.unlink(missing_ok=True)
    kinds = [registry.find(name) for name in given.kind or registry.NAMES]
    campaign = Campaign(state, lambda line: print(line, file=sys.stderr, flush=True))
    began = time.monotonic()
    if not given.table:
        campaign.go([(kind, given.upto or (kind.ci if given.ci else kind.full)) for kind in kinds], given.workers)
    failures = table(campaign, kinds)
    if not given.table:
        print(f"this run took {time.monotonic() - began:.0f} s with {given.workers} workers")
    return 1 if failures else 0


def table(campaign: Campaign, kinds: Sequence[Kind]) -> int:
    """Prints what all runs of the campaign add up to; how many findings are open."""
    failures = 0
    print(
        f"{'kind':12} {'numbers':>8} {'cases':>10} {'failures':>8} {'mended':>6} {'seconds':>8} {'commits':>7}  means"
    )
    for kind in kinds:
        count = campaign.state.count(kind.name)
        runs, failed = count.runs.values(), len(count.open())
        failures += failed
        cases, seconds = sum(run.cases for run in runs), sum(run.seconds for run in runs)
        counted = f"{len(count.done()):8,} {cases:10,} {failed:8} {len(count.findings) - failed:6}"
        print(f"{kind.name:12} {counted} {seconds:8,.0f} {len(count.runs):7}  {kind.means}")
        for finding in count.open():
            print(f"{'':12} number {finding.number} at commit {finding.commit}: {finding.told.splitlines()[-1]}")
    return failures


def _again(kind: Kind, number: int) -> int:
    logging.basicConfig(level=logging.DEBUG, format="%(message)s", stream=sys.stderr)
    for loud in ("asyncio", "sqlalchemy"):
        logging.getLogger(loud).setLevel(logging.WARNING)
    print(f"{kind.name} {number} at commit {commit()}: {kind.means}", flush=True)
    cases = kind.run(number)
    print(f"stood: {cases} cases")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deploy/campaign", description=__doc__)
    parser.add_argument(
        "--ci", action="store_true", help="what CI runs, from the beginning, in a state file of its own"
    )
    parser.add_argument(
        "--kind", action="append", default=[], choices=registry.NAMES, help="only this kind (repeatable)"
    )
    parser.add_argument("--upto", type=int, default=0, help="numbers 1 to this instead of the kind's own count")
    parser.add_argument("--workers", type=int, default=WORKERS, help="child processes at a time")
    parser.add_argument("--again", nargs=2, metavar=("KIND", "NUMBER"), help="run one number here, with its log")
    parser.add_argument("--table", action="store_true", help="only print what the state file holds")
    parser.add_argument("--state", type=Path, help="the campaign's file (build/campaign/state.json)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
