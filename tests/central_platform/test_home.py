"""The platform's folder."""

from pathlib import Path

import pytest

from central_platform.home import Home, write_durably
from shared.crypto import sha256
from shared.errors import Unavailable
from tests.support.exchange import platform


def test_documents_are_kept_by_their_digest(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    name = home.keep_document(b"data")
    assert name == sha256(b"data").hex()
    assert home.keep_document(b"data") == name
    assert Home(home.folder).document_path(name).read_bytes() == b"data"


def test_a_whole_file_replaces_the_old_one_and_leaves_nothing_beside(tmp_path: Path) -> None:
    write_durably(tmp_path / "f", b"first")
    write_durably(tmp_path / "f", b"second")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]
    assert (tmp_path / "f").read_bytes() == b"second"


def test_a_folder_that_was_never_set_up_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not_set_up"):
        Home(tmp_path)
