"""Tokens for the tests of dongles."""

from pathlib import Path

import pytest

from tests.support.softhsm import SoftHsm


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    """SoftHSM with a folder of this test's own."""
    found = SoftHsm(tmp_path / "hsm")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found
