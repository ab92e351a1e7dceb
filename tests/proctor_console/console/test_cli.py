"""What a technician meets who starts a console that cannot start."""

from pathlib import Path

import pytest

from proctor_console.console.cli import main


def test_a_console_that_is_not_enrolled_ends_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path / "none")]) == 1
    said = capsys.readouterr().err
    assert "none" in said and said.count("\n") == 1


def test_a_useless_site_file_ends_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--data", str(tmp_path / "c"), "--room", "01", "--code", "12345678"]
    assert main(["enrol", *where, "--site-file", str(tmp_path / "none.kdd")]) == 1
    said = capsys.readouterr().err
    assert "none.kdd" in said and said.count("\n") == 1
