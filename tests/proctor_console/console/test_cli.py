"""A useless site file ends the console with one sentence."""

from pathlib import Path

import pytest

from proctor_console.console.cli import main


def test_a_useless_site_file_ends_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--site-file", str(tmp_path / "none.kdd"), "--room", "01"]) == 1
    said = capsys.readouterr().err
    assert "none.kdd" in said and said.count("\n") == 1
