"""The model of a disk: what is certain, what may be, and what is gone."""

import random
from pathlib import Path

from tests.faults.disk import Disk, Draw, pieces
from tests.faults.shim import Event, Kind

ROOT = Path("/disk")


def event(
    kind: Kind, name: str = "", inode: int = 1, offset: int = 0, data: bytes = b"", folder: bool = False
) -> Event:
    """One call; opening makes a file unless it is a folder."""
    path = f"{ROOT}/{name}" if name else ""
    return Event(kind, kind is Kind.OPEN and not folder, folder, inode, offset, path, data)


def states(disk: Disk) -> list[dict[str, bytes]]:
    """Many states after a power cut."""
    return [disk.after(Draw(random.Random(n))) for n in range(400)]


def played(*events: Event) -> Disk:
    """A disk after these calls."""
    disk = Disk(ROOT)
    for one in events:
        disk.take(one)
    return disk


OPEN = event(Kind.OPEN, "a")
FLUSHED = (OPEN, event(Kind.WRITE, data=b"x" * 600), event(Kind.FLUSH))
FOLDER = (event(Kind.OPEN, ".", 9, folder=True), event(Kind.FLUSH, inode=9))


def test_a_file_is_certain_only_when_it_and_its_folder_were_flushed() -> None:
    certain = states(played(*FLUSHED, *FOLDER))
    assert all(state == {"a": b"x" * 600} for state in certain)
    nameless = states(played(*FLUSHED))
    assert {} in nameless and {"a": b"x" * 600} in nameless
    unwritten = states(played(*FLUSHED[:2], *FOLDER))
    assert all("a" in state for state in unwritten)
    sizes = {len(state["a"]) for state in unwritten}
    assert {0, 512, 600} <= sizes


def test_unflushed_sectors_come_in_any_order_and_never_harm_flushed_bytes() -> None:
    after = states(played(*FLUSHED, *FOLDER, event(Kind.WRITE, offset=600, data=b"y" * 1000)))
    assert all(state["a"][:600] == b"x" * 600 for state in after)
    assert any(state["a"][600:1024].count(b"y") == 0 and state["a"][1024:].count(b"y") for state in after)


def test_a_renaming_is_there_whole_or_not_at_all() -> None:
    calls = (*FLUSHED, *FOLDER, event(Kind.OPEN, "b", 2), event(Kind.FLUSH, inode=2))
    renamed = event(Kind.RENAME, "b", data=f"{ROOT}/a".encode())
    assert {state["a"] for state in states(played(*calls, renamed))} == {b"x" * 600, b""}
    assert all(state == {"a": b""} for state in states(played(*calls, renamed, event(Kind.FLUSH, inode=9))))


def test_what_a_failed_flush_held_is_seen_until_the_power_goes_and_never_written() -> None:
    failed = Event(Kind.FAILED, False, False, Kind.FLUSH, 1, f"{ROOT}/a", b"")
    disk = played(*FLUSHED, *FOLDER, event(Kind.WRITE, offset=600, data=b"y"), failed, event(Kind.FLUSH))
    assert disk.seen() == {"a": b"x" * 600 + b"y"}
    assert all(state == {"a": b"x" * 600} for state in states(disk))


def test_a_folder_that_was_not_made_certain_takes_its_files_along() -> None:
    made = event(Kind.MKDIR, "deep")
    inside = (event(Kind.OPEN, "deep/a", 3), event(Kind.OPEN, "deep", 4, folder=True), event(Kind.FLUSH, inode=4))
    assert {} in states(played(made, *inside))
    assert all(state == {"deep/a": b""} for state in states(played(made, *FOLDER, *inside)))


def test_pieces_lie_in_one_sector_each() -> None:
    assert list(pieces(500, 600, 512)) == [(500, 512), (512, 1024), (1024, 1100)]
