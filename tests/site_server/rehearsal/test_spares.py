"""What is left of a destroyed machine: nothing but the place where its folder was."""

from pathlib import Path

from site_server.rehearsal.spares import empty


def test_a_destroyed_machine_holds_nothing_and_its_disk_stays_in_place(tmp_path: Path) -> None:
    room, elsewhere = tmp_path / "room", tmp_path / "elsewhere"
    (room / "papers" / "deep").mkdir(parents=True)
    (room / "papers" / "deep" / "paper").write_text("sealed")
    (room / "room.db").write_text("records")
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("of another machine")
    (room / "link").symlink_to(elsewhere)
    empty(room)
    assert list(room.iterdir()) == []
    assert (elsewhere / "kept").exists()
