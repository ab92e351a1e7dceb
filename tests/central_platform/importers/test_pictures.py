"""Pictures are found inside their folder or archive only, and are whole."""

import zipfile
from pathlib import Path

import pytest

from central_platform.importers.pictures import Picture, checked, inner_path, open_pictures, picture_type
from shared import limits
from shared.errors import Malformed
from tests.support.imports import png


def test_a_folder_gives_its_files_and_nothing_outside(tmp_path: Path) -> None:
    folder = tmp_path / "bank" / "images"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(png())
    (tmp_path / "secret.png").write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    beside = open_pictures(None, tmp_path / "bank" / "bank.xlsx")
    assert isinstance(beside.find("images/a.png"), Picture)
    assert isinstance(beside.find("images\\a.png"), Picture)
    assert isinstance(beside.find("a.png"), Picture)
    assert beside.find("images/link.png") == "image_missing"
    assert beside.find("../secret.png") == "image_name"
    assert beside.find(str(tmp_path / "secret.png")) == "image_name"
    given = open_pictures(folder, tmp_path / "bank.xlsx")
    assert given.find("a.png") == given.find("images/a.png")


def test_an_archive_gives_its_entries_by_path_bare_name_and_gbk_name(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images/a.png", png(1))
        archive.writestr("x/b.png", png(2))
        archive.writestr("y/b.png", png(3))
        archive.writestr("QQQQ.png", png(4))
        archive.writestr("big.png", bytes(limits.PICTURE_BYTES + 1))
    # Python cannot write a name as Chinese Windows does: GBK bytes without the mark of UTF-8.
    path.write_bytes(path.read_bytes().replace(b"QQQQ.png", "电路.png".encode("gbk")))
    pictures = open_pictures(path, tmp_path / "bank.xlsx")
    assert isinstance(pictures.find("images/a.png"), Picture)
    assert pictures.find("a.png") == pictures.find("images/a.png")
    assert pictures.find("b.png") == "image_missing"
    assert isinstance(pictures.find("y/b.png"), Picture)
    assert pictures.find("big.png") == "image_too_large"
    assert isinstance(pictures.find("电路.png"), Picture)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(), "png"),
        (b"\xff\xd8\xff\xe0..\xff\xda..\xff\xd9", "jpg"),
        (b"GIF89a......;", "gif"),
        (b"RIFF\x06\x00\x00\x00WEBP..", "webp"),
    ],
)
def test_the_four_types_are_told_by_content_and_must_be_whole(data: bytes, kind: str) -> None:
    assert picture_type(data) == kind
    assert isinstance(checked(data), Picture)
    assert checked(data[: -(len(data) // 3 if kind == "png" else 2)]) == "image_damaged"


def test_anything_else_is_no_picture() -> None:
    assert checked(b"<svg onload='x()'/>") == "image_type"
    assert checked(b"") == "image_type"
    assert checked(png() + bytes(limits.PICTURE_BYTES)) == "image_too_large"


@pytest.mark.parametrize("name", ["", "..", "a/../../b", "/etc/passwd", "c:\\x.png", "a\0.png", "x" * 300])
def test_names_that_lead_elsewhere_are_none(name: str) -> None:
    assert inner_path(name) is None


def test_a_source_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed) as caught:
        open_pictures(tmp_path / "nowhere", tmp_path / "bank.xlsx")
    assert caught.value.wire_code == "file_missing"
    (tmp_path / "x.zip").write_bytes(b"PK no")
    with pytest.raises(Malformed) as caught:
        open_pictures(tmp_path / "x.zip", tmp_path / "bank.xlsx")
    assert caught.value.wire_code == "file_not_zip"
