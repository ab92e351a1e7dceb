"""The verbs that change a session, as people type them; what they write is what a site takes in."""

from pathlib import Path

import pytest

from central_platform import issue
from central_platform.cli import main
from shared import trust
from tests.support.exchange import NOW, Site, ordered, platform


def test_every_verb_writes_a_document_of_its_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, site, out = platform(tmp_path / "p"), Site("s1"), tmp_path / "out"
    with home.database() as database:
        site.join(home, database)
        (one,) = issue.issue(home, database, ordered(database, "s1", start=1_000), NOW)
    trusted = trust.PlatformTrust(home.keys.root, home.keys.issuer)
    formal = trusted.formal(one.formal, "s1", site.dongle_keys, site.ca)
    item = "q-none"
    base = ["--session", "m1", "--out", str(out)]

    def run(*verb: str) -> int:
        return main(["--data", str(tmp_path / "p"), *verb])

    assert run("correct", "--all-rooms", "--text", "共 3 题", *base) == 0
    assert run("correct", "--room", "r1", "--item", item, "--text", "x", *base) == 1
    assert run("postpone", "--room", "r1", "--start", "2099-01-15T18:00:00+08:00", "--reason", "停电", *base) == 0
    assert run("cancel", "--room", "r1", "--reason", "水灾", *base) == 0
    found = trusted.changes((out / "changes.kdd").read_bytes(), formal)
    assert [one.what.__struct_config__.tag for one in found.changes] == ["correction", "postponement", "cancellation"]
    assert run("release-spare", "--room", "r1", *base) == 0
    assert trusted.spare((out / "spare.kdd").read_bytes(), one.formal).rooms == ("r1",)
    assert run("time-file", "--site", "s1", "--out", str(out / "time.kdd")) == 0
    assert trusted.time_file((out / "time.kdd").read_bytes(), "s1").at > NOW - 10**12
    assert run("cancel", "--room", "r9", "--reason", "x", *base) == 1
    assert "no_room" in capsys.readouterr().err
