"""The command: what it says and its exit codes."""

from pathlib import Path

import pytest

from proctor_console.room import cli
from shared.io.text import explain


def test_an_unenrolled_folder_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("serve", "status"):
        assert cli.main(["--data", str(tmp_path), verb]) == 1
        assert capsys.readouterr().err.startswith(explain("not_enrolled"))


def test_wrong_usage_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["enrol"])
    assert ended.value.code == 2
    assert capsys.readouterr().err
