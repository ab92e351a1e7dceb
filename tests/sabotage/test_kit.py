"""The sabotage kit itself: every patch still fits, names tests that exist, and only a failed assertion counts."""

import subprocess
from pathlib import Path

import pytest

from tests.sabotage.__main__ import uncaught
from tests.sabotage.patch import Patch, everything, read
from tests.sabotage.scratch import ROOT, Outcome

PATCH = Patch("one", Path("one.patch"), "Something breaks.", ("tests/a.py::test_a",), ("shared/a.py",))


@pytest.mark.parametrize("patch", everything(), ids=lambda one: one.name)
def test_a_patch_fits_the_product_and_names_tests_that_exist(patch: Patch) -> None:
    done = subprocess.run(["git", "apply", "--check", str(patch.path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for test in patch.tests:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), test


def test_there_are_enough_of_them() -> None:
    assert len(everything()) >= 30


@pytest.mark.parametrize(
    ("outcome", "caught"),
    [
        (Outcome("tests/a.py::test_a", "failed", "AssertionError: no ack\nassert 1 == 2"), True),
        (Outcome("tests/a.py::test_a", "failed", "assert 1 == 2"), True),
        (Outcome("tests/a.py::test_a", "failed", "Failed: DID NOT RAISE <class 'Damaged'>"), True),
        (Outcome("tests/a.py::test_a", "failed", "NameError: name 'x' is not defined"), False),
        (Outcome("tests/a.py::test_a", "failed", "TimeoutError"), False),
        (Outcome("tests/a.py::test_a", "error", "ImportError"), False),
        (Outcome("tests/a.py::test_a", "skipped", ""), False),
        (Outcome("tests/a.py::test_a", "passed"), False),
        (Outcome("tests/a.py::test_b", "failed", "assert False"), False),
    ],
)
def test_only_a_failed_assertion_of_a_named_test_counts(outcome: Outcome, caught: bool) -> None:
    assert (uncaught(PATCH, [outcome]) == "") is caught


@pytest.mark.parametrize(
    "text",
    [
        "--- a/shared/a.py\n+++ b/shared/a.py\n",
        "No tests.\n\n--- a/shared/a.py\n+++ b/shared/a.py\n",
        "It breaks a test.\n\nCaught-by: tests/a.py::test_a\n\n--- a/tests/a.py\n+++ b/tests/a.py\n",
        "Caught-by: tests/a.py::test_a\n\n--- a/shared/a.py\n+++ b/shared/a.py\n",
    ],
)
def test_a_patch_without_sentence_tests_or_product_files_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "one.patch"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"one\.patch"):
        read(path)
