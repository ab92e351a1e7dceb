"""Sealed forms on disk: kept whole, found only by their digest."""

from pathlib import Path

import pytest

from shared import crypto
from site_server import papers
from site_server.folder import Folder


def test_forms_are_kept_and_a_damaged_one_is_mended(tmp_path: Path) -> None:
    folder, sealed = Folder(tmp_path), b"sealed form"
    digest = crypto.sha256(sealed)
    papers.keep(folder, {"A": sealed})
    assert papers.all_whole(folder, [digest])
    path = papers.path_of(folder, digest.hex())
    assert path is not None
    path.write_bytes(b"other bytes")
    assert not papers.all_whole(folder, [digest])
    papers.keep(folder, {"A": sealed})
    assert papers.whole(folder, digest)


@pytest.mark.parametrize("name", ["", "../site.db", "A" * 64, "0" * 63, "0" * 64])
def test_other_names_find_nothing(tmp_path: Path, name: str) -> None:
    papers.keep(Folder(tmp_path), {"A": b"sealed form"})
    assert papers.path_of(Folder(tmp_path), name) is None
