"""Campaigns: what fails, dies or hangs is found and the rest goes on; the state file resumes and sums."""

from pathlib import Path

import pytest

from tests.campaign import registry
from tests.campaign.__main__ import main, table
from tests.campaign.campaign import Campaign
from tests.campaign.state import Finding, State, ranges
from tests.support import statefile
from tests.support.frail_kind import KIND


def test_what_fails_dies_or_hangs_is_found_and_the_rest_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    first = Campaign(tmp_path / "state.json", said.append)
    first.go([(KIND, 4)], workers=2)
    assert [finding.number for finding in first.state.count(KIND.name).open()] == [3]
    assert "deploy/campaign --again frail_kind 3" in said[0] and "AssertionError: seed 3: a promise broke" in said[0]
    resumed = Campaign(tmp_path / "state.json", said.append)
    resumed.go([(KIND, 8)], workers=2)
    count = resumed.state.count(KIND.name)
    assert count.done() == set(range(1, 9))
    assert {finding.number for finding in count.open()} == {3, 5, 7}
    assert sum(run.cases for run in count.runs.values()) == 2 * 5, "each number was run once"
    assert table(resumed, [KIND]) == 3
    assert "frail_kind          8         10        3      0" in capsys.readouterr().out


def test_what_failed_at_another_commit_is_tried_again(tmp_path: Path) -> None:
    before = State()
    count = before.count(KIND.name)
    count.findings = [Finding(1, "older", "told"), Finding(3, "older", "told")]
    for number in (1, 2, 3):
        count.add("older", number, 2, 1.0)
    statefile.save(tmp_path / "state.json", before)
    campaign = Campaign(tmp_path / "state.json", lambda _: None)
    campaign.go([(KIND, 3)], workers=1)
    findings = campaign.state.count(KIND.name).findings
    assert [(finding.number, finding.mended) for finding in findings] == [(1, campaign.commit), (3, "")]
    assert campaign.state.count(KIND.name).runs["older"].done == [(1, 3)]


def test_numbers_are_kept_as_ranges() -> None:
    assert list(ranges({5, 1, 2, 9, 3})) == [(1, 3), (5, 5), (9, 9)]


def test_every_kind_is_found_by_its_name_and_says_what_a_number_means() -> None:
    for name in registry.NAMES:
        kind = registry.find(name)
        assert kind.name == name and kind.means
        assert 0 < kind.ci <= kind.full and kind.batch > 0
    with pytest.raises(KeyError):
        registry.find("nothing")


def test_one_number_is_run_again_with_its_log(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--again", "stateful", "3"]) == 0
    assert "stood: 10 cases" in capsys.readouterr().out
