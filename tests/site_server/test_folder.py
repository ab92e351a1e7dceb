"""The data folder: durable replacement, the lock, and which ids may become file names."""

from pathlib import Path

import pytest

from shared.errors import Malformed, Refused, Unavailable
from shared.io.files import read_limited, write_durably
from site_server.folder import Folder, Settings, check_id


def test_a_file_is_replaced_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "below" / "x"
    write_durably(path, b"first")
    write_durably(path, b"second")
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_two_programs_never_share_a_folder(tmp_path: Path) -> None:
    held = Folder(tmp_path).lock()
    with pytest.raises(Refused) as second:
        Folder(tmp_path).lock()
    assert second.value.wire_code == "in_use"
    held.close()
    Folder(tmp_path).lock().close()


def test_settings_tell_whether_a_site_is_here(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(Unavailable) as none:
        folder.settings()
    assert none.value.wire_code == "not_initialised"
    folder.write_settings(Settings("s1", "考点", "10.0.0.1", 8441))
    assert folder.settings().name == "考点"


@pytest.mark.parametrize("text", ["", ".", "../x", "a/b", "x" * 65, "考场", "a\n"])
def test_what_cannot_be_a_file_name_is_no_id(text: str) -> None:
    with pytest.raises(Malformed):
        check_id(text, "room")


def test_files_are_read_up_to_a_limit(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_limited(tmp_path / "x", 5) == b"12345"
    with pytest.raises(Malformed):
        read_limited(tmp_path / "x", 4)
    with pytest.raises(Unavailable):
        read_limited(tmp_path / "none")
