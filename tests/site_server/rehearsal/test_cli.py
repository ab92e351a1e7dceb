"""The rehearsal's command line: defaults from the sample, bounds, and what it tells at the end."""

from pathlib import Path

import pytest

from site_server.rehearsal import cli
from site_server.rehearsal.options import FAULTS, SAMPLE
from tests.site_server.rehearsal.test_options import OPTIONS
from tests.support.imports import write_xlsx

FOUND: dict[str, object] = {
    "candidates": 8, "rooms": 2, "submitted": 3, "collected": 4, "absent": 1, "seconds": 81.5, "ok": True,
    "answers": {"saved": 90, "acknowledged": 88, "in_bundle": 89, "held": 3, "lost": 0, "duplicated": 0},
    "latency_ms": {
        "save_ack": {"p50": 4, "p99": 9, "max": 12}, "start_spread": {"p50": 1, "max": 2},
        "login": {"p50": 3, "p99": 5},
    },
    "worst_ms": {"unplugged": 1500},
    "upload": {"receipt_verified": True, "resumed": 0}, "findings": [],
    "verifier": ["已校验", "一致：1001.kdd", "一致：1002.kdd"],
}  # fmt: skip


def test_without_arguments_the_whole_sample_is_rehearsed(tmp_path: Path) -> None:
    options = cli.read_options(["--out", str(tmp_path)])
    assert (options.bank, options.images, options.roster) == (
        SAMPLE / "bank.xlsx", SAMPLE / "images", SAMPLE / "roster.xlsx",
    )  # fmt: skip
    assert (options.candidates, options.rooms, options.minutes, options.keep) == (40, 1, 1, False)
    assert options.faults == frozenset()


def test_more_candidates_than_the_sample_has_are_made_up(tmp_path: Path) -> None:
    options = cli.read_options(["--rooms", "10", "--candidates", "400", "--out", str(tmp_path)])
    assert (options.candidates, options.seats, options.faults, options.minutes) == (400, 40, frozenset(), 1)


@pytest.mark.parametrize(
    ("line", "kinds", "minutes"),
    [("", "", 1), ("--faults none", "", 1), ("--faults kill", "kill", 1), ("--faults lan,kill", "kill,lan", 4),
     ("--faults all", ",".join(FAULTS), 4), ("--clock-chaos", "kill", 1), ("--faults all --minutes 2", "kill,lan", 2)],
)  # fmt: skip
def test_faults_are_named_or_all_and_severe_ones_take_their_time(
    line: str, kinds: str, minutes: float, tmp_path: Path
) -> None:
    options = cli.read_options([*line.split(), "--out", str(tmp_path)])
    assert options.faults >= set(filter(None, kinds.split(",")))
    assert bool(options.faults) == bool(kinds)
    assert options.minutes == minutes


def test_own_data_brings_no_pictures_of_the_sample(tmp_path: Path) -> None:
    roster = write_xlsx(tmp_path / "r.xlsx", [["准考证号", "身份证号"], ["1001", "99X"], ["1002", "99X"]])
    own = ["--bank", str(tmp_path / "bank.jsonl"), "--roster", str(roster), "--out", str(tmp_path)]
    options = cli.read_options(own)
    assert (options.images, options.candidates) == (None, 2)


@pytest.mark.parametrize(
    "line",
    ["--candidates 9991 --rooms 200", "--candidates 41", "--candidates -1", "--faults fire",
     "--faults lan,", "--faults ''", "--rooms 0", "--candidates 3 --rooms 4", "--minutes 0", "--minutes 121",
     "--candidates 3 --absent 3", "--absent -1", "--violations -1", "--unknown"],
)  # fmt: skip
def test_what_cannot_be_rehearsed_is_wrong_usage(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*line.split(), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_roster_that_is_none_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--roster", str(tmp_path / "none.xlsx")]) == 2
    assert "none.xlsx" in capsys.readouterr().err


def test_the_verdict_is_told_with_counts_times_and_findings() -> None:
    told = "\n".join(cli.describe(FOUND, OPTIONS))
    assert "2 个考场、8 名考生：交卷 3，收卷 4，缺考 1" in told
    assert "丢失 0，重复 0" in told
    assert "p50 4 毫秒，p99 9 毫秒，最大 12 毫秒" in told
    assert "考场局域网断开" in told
    assert "1.5 秒" in told
    assert "已校验" in told
    assert "2 份考生回执一致" in told
    assert "1001.kdd" not in told
    assert told.endswith("演练通过，用时 81.5 秒")
    failed = cli.describe(FOUND | {"ok": False, "findings": ["1001: lost"]}, OPTIONS)
    assert "1001: lost" in failed
    assert failed[-1].startswith("演练未通过")
