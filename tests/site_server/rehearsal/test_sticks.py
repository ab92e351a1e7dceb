"""What is on each stick of a day without a line, and in which order the two ends use it."""

from pathlib import Path

from site_server.rehearsal.sticks import Sticks


def write(path: str) -> None:
    Path(path).write_text("time")


def names(folder: str) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in Path(folder).iterdir()))


FILES = ("formal.kdd", "papers.kdp", "session.kdd")


async def test_the_session_authorisation_leaves_the_platform_on_the_last_stick_only(tmp_path: Path) -> None:
    (tmp_path / "issued").mkdir()
    for name in FILES:
        (tmp_path / "issued" / name).write_text(name)
    said: list[tuple[str, ...]] = []

    async def platform(*words: object) -> str:
        said.append(("platform", *map(str, words)))
        if words[0] == "time-file":
            write(str(words[-1]))
        return ""

    async def site(*words: object) -> str:
        said.append(("site", *map(str, words)))
        if words[0] == "load":
            said.append(names(str(words[1])))
        return ""

    sticks = Sticks(platform, site, tmp_path)
    await sticks.time()
    assert said[1][:2] == ("site", "load") and list(said[2]) == ["time.kdd"]
    assert said[3][:2] == ("site", "confirm-time"), "the clock is confirmed after the time file is known"
    await sticks.day_before()
    assert list(said[-1]) == ["formal.kdd", "papers.kdp", "time.kdd"]
    await sticks.authorise()
    assert list(said[-1]) == ["session.kdd", "time.kdd"]
    await sticks.results(tmp_path)
    assert [one[:2] for one in said[-2:]] == [("platform", "ingest"), ("site", "receipt")]
