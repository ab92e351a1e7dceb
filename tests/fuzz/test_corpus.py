"""The kept inputs, replayed: every decoder stands its own, in bounded time and memory, and the judge is no rubber
stamp.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import Malformed, Misuse
from tests.fuzz import corpus, registry
from tests.fuzz.__main__ import ROOT
from tests.fuzz.target import CPU_SECONDS, QUICK_BYTES, Finding, Target, run_one, scratch

CORPUS_BYTES = 300 * 1024


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process of its own. A process inherits the memory peak of whoever starts it, so a small shell
    stands between.
    """
    command = ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def test_every_kept_input_is_stood() -> None:
    """Where an abort of a library is seen too."""
    done = alone("-m", "tests.fuzz", "--replay")
    assert done.returncode == 0, done.stderr[-3000:]
    replayed = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}
    assert set(replayed) == set(registry.everything())
    assert min(replayed.values()) > 0


def test_the_kept_inputs_are_few_and_belong_to_a_target() -> None:
    files = list(corpus.FOLDER.iterdir())
    assert {path.stem for path in files} <= {name.replace("/", "-") for name in registry.everything()}
    assert sum(path.stat().st_size for path in files) < CORPUS_BYTES


UNEDITED = {"bundle/forged": [b"\x1f", b"\x9f"], "room/push": [b"\x1f"], "room/records": [b"\1"]}
"""Where an input is more than edits: those that change nothing."""


def test_a_sample_without_edits_is_taken_for_genuine() -> None:
    """Else a target would have lost its depth unnoticed: every edit would be refused by the same first check."""
    refused = []
    with scratch():
        for name, target in registry.everything().items():
            for data in UNEDITED.get(name, [b""] if b"" in target.seeds() else []):
                error = run_one(target, data, 10.0)
                refused += [f"{name}: {error}"] if error is not None else []
    assert refused == []


def judged(run: Callable[[bytes], object], data: bytes = b"x", patience: float = 1.0) -> None:
    run_one(Target("t/x", run, lambda: [b""]), data, patience)


def test_only_promised_errors_with_a_short_line_pass() -> None:
    def refuse(_: bytes) -> None:
        raise Malformed("no")

    def fail(_: bytes) -> None:
        raise Misuse("ours")

    def long_winded(_: bytes) -> None:
        error = Malformed("x")
        error.detail = "a\nb"
        raise error

    judged(refuse)
    with pytest.raises(Misuse):
        judged(fail)
    with pytest.raises(UnicodeDecodeError):
        judged(lambda _: b"\xff".decode())
    with pytest.raises(Finding, match="no short line"):
        judged(long_winded)


def test_a_slow_decoder_is_a_finding_unless_the_input_is_long() -> None:
    def spin(_: bytes) -> None:
        until = time.process_time() + CPU_SECONDS / 20
        while time.process_time() < until:
            pass

    with pytest.raises(Finding, match=" s for 1 bytes"):
        judged(spin, patience=1 / 30)
    judged(spin, bytes(8 * QUICK_BYTES), patience=1 / 30)


def test_a_decoder_that_takes_much_memory_is_a_finding() -> None:
    script = (
        "from tests.fuzz.target import Target, run_one\n"
        "run_one(Target('t/x', lambda _: b'x' * (300 * 2**20), lambda: [b'']), b'x')\n"
    )
    done = alone("-c", script)
    assert "Finding: t/x: " in done.stderr and "more memory for 1 bytes" in done.stderr


def test_the_best_inputs_are_kept_first_and_smallest_first_within_bounds(tmp_path: Path) -> None:
    found = [bytes([n]) * n * 100 for n in range(1, 30)]
    kept = corpus.keep("t/x", [found[8], found[8]], found, tmp_path)
    held = corpus.inputs("t/x", tmp_path)
    assert len(held) == kept < len(found)
    assert held == [*found[: kept - 1], found[8]]
    assert sum(map(len, held)) <= corpus.TARGET_BYTES
    assert corpus.inputs("t/other", tmp_path) == []
