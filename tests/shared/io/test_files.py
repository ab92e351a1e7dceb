"""Small files: whole or not at all, the owner's alone."""

import os
from pathlib import Path

import pytest

from shared.errors import Malformed, Unavailable
from shared.io.files import free, make_folder, read_limited, write_durably


def test_a_file_is_replaced_whole_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    write_durably(path, b"one")
    write_durably(path, b"two")
    assert read_limited(path) == b"two"
    assert path.stat().st_mode & 0o77 == 0
    assert [one.name for one in path.parent.iterdir()] == ["key"]


def test_what_is_missing_or_too_large_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no_file"):
        read_limited(tmp_path / "none")
    write_durably(tmp_path / "large", bytes(11))
    assert len(read_limited(tmp_path / "large", 11)) == 11
    with pytest.raises(Malformed, match="too_large"):
        read_limited(tmp_path / "large", 10)


def test_folders_are_made_with_their_own_modes(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        make_folder(tmp_path / "a" / "b", 0o700)
        make_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o77 == 0
    assert (tmp_path / "a").stat().st_mode & 0o55 == 0o55


def test_free_space_is_told_where_there_is_a_disk_to_ask(tmp_path: Path) -> None:
    assert free(tmp_path) > 0
    assert free(tmp_path / "none") == -1
