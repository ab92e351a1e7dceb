"""Fuzzing of every decoder that meets untrusted bytes: `python -m tests.fuzz`, described in `docs/fuzzing.md`.

Fuzzes under atheris, replays the kept corpus without it, or renews the kept corpus from a campaign's.
"""

import argparse
import sys
import time
from pathlib import Path

from tests.fuzz import corpus, registry
from tests.fuzz.campaign import Campaign
from tests.fuzz.target import Target, run_one, scratch, warmed

ROOT = Path(__file__).resolve().parents[2]


def replay(target: Target) -> int:
    """Runs a target on its seeds and kept inputs; how many there were. Raises what `run_one` raises."""
    found = [*warmed(target), *corpus.inputs(target.name)]
    for data in found:
        run_one(target, data)
    return len(found)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit status: 1 if a campaign has findings."""
    given = _parser().parse_args(arguments)
    targets = [registry.find(name) for name in given.target] or list(registry.everything().values())
    if given.input or given.replay:
        with scratch():
            _again(targets, given.input)
        return 0
    campaign = Campaign(given.state)
    if given.renew:
        for target in targets:
            print(f"{target.name:32} {campaign.renew(target):6} inputs kept")
        return 0
    campaign.recheck(targets)
    campaign.rounds(targets, given.minutes, given.runs)
    return _table(campaign, targets)


def _again(targets: list[Target], path: Path | None) -> None:
    """Runs one input of the first target, or every target's kept ones."""
    if path is not None:
        warmed(targets[0])
        run_one(targets[0], path.read_bytes())
        return
    for target in targets:
        began = time.process_time()
        print(f"{target.name:32} {replay(target):6} inputs {time.process_time() - began:8.2f} s")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--target", action="append", default=[], help="only this target (may be repeated)")
    parser.add_argument("--runs", type=int, default=0, help="so many executions of each target, once")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, all targets together")
    parser.add_argument(
        "--state", type=Path, default=ROOT / "build" / "fuzz" / "state.json", help="the campaign's file"
    )
    parser.add_argument("--replay", action="store_true", help="only replay the kept corpus; needs no atheris")
    parser.add_argument("--renew", action="store_true", help="replace the kept corpus by the campaign's, minimised")
    parser.add_argument("--input", type=Path, metavar="FILE", help="run one input of the one target")
    return parser


def _table(campaign: Campaign, targets: list[Target]) -> int:
    findings = 0
    print(f"{'target':32} {'executions':>12} {'per second':>10} {'findings':>8}")
    for target in sorted(targets, key=lambda one: one.name):
        count = campaign.state.targets[target.name]
        findings += len(count.findings)
        rate = count.executions / max(count.seconds, 0.001)
        print(f"{target.name:32} {count.executions:12,} {rate:10,.0f} {len(count.findings):8}")
    print(f"{'all':32} {campaign.state.total():12,} {'':10} {findings:8}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
