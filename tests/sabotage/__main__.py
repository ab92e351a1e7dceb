"""The sabotage kit: `python -m tests.sabotage` breaks the product on purpose and shows that the tests see it.

Every patch is applied to a scratch copy, the tests it names must fail there by an assertion (an error of import or
set-up does not count), and they must pass without it. Exit 0 only if all are caught.
"""

import argparse
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.sabotage.patch import Patch, everything
from tests.sabotage.scratch import Outcome, Scratch

_ASSERTED = re.compile(r"(AssertionError|assert |Failed: DID NOT RAISE)")


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.sabotage", description=__doc__)
    parser.add_argument("names", nargs="*", help="only patches whose name contains one of these")
    parser.add_argument("--jobs", type=int, default=2, help="scratch copies at work at once")
    given = parser.parse_args(arguments)
    patches = [one for one in everything() if not given.names or any(name in one.name for name in given.names)]
    if not patches:
        parser.error("no such patch")
    with tempfile.TemporaryDirectory(prefix="kaodian-sabotage-") as folder:
        scratches = [Scratch(Path(folder) / str(number)) for number in range(max(1, given.jobs))]
        return _judge(patches, scratches)


def _judge(patches: list[Patch], scratches: list[Scratch]) -> int:
    tests = sorted({test for one in patches for test in one.tests})
    print(f"{len(tests)} tests without any patch ...", flush=True)
    broken = [one for one in scratches[0].run(tests) if one.how != "passed"]
    for one in broken:
        print(f"!!! {one.how}: {one.test} {one.message[:300]}")
    free: SimpleQueue[Scratch] = SimpleQueue()
    for scratch in scratches:
        free.put(scratch)
    with ThreadPoolExecutor(len(scratches)) as pool:
        missed = sum(not caught for caught in pool.map(lambda one: _caught(one, free), patches))
    caught = len(patches) - missed
    print(f"{len(patches)} patches: {caught} caught, {missed} not caught; {len(broken)} cases fail without any patch")
    return 1 if missed or broken else 0


def _caught(patch: Patch, free: "SimpleQueue[Scratch]") -> bool:
    """Applies one patch in a free copy and runs its tests; prints a line."""
    scratch = free.get()
    began = time.monotonic()
    try:
        wrong = scratch.apply(patch.path)
        if not wrong:
            wrong = uncaught(patch, scratch.run(patch.tests))
            scratch.apply(patch.path, back=True)
    finally:
        free.put(scratch)
    verdict = "NOT CAUGHT" if wrong else "caught"
    print(f"{verdict:10} {time.monotonic() - began:6.1f} s  {patch.name}: {patch.what} {wrong}", flush=True)
    return not wrong


def uncaught(patch: Patch, outcomes: list[Outcome]) -> str:
    """Why a patch does not count as caught by every test it names; an empty string when it does."""
    errors = [one for one in outcomes if one.how in ("error", "skipped")]
    if errors:
        return f"({errors[0].how} instead of a failure: {errors[0].message[:300]})"
    asserted = {one.test for one in outcomes if one.how == "failed" and _ASSERTED.match(one.message)}
    missing = [test for test in patch.tests if test not in asserted]
    if missing:
        said = [one.message[:200] for one in outcomes if one.how == "failed" and one.test in missing]
        return f"(no assertion of {missing[0]} failed{': ' + said[0] if said else ''})"
    return ""


if __name__ == "__main__":
    sys.exit(main())
