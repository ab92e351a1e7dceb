"""The bundled sample: its bank can be examined, its files agree with their source, its people are made up."""

from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from deploy.sample import make
from deploy.sample.pictures import pictures

SAMPLE = Path(make.__file__).parent
BANK = make.items()
PICTURE_BYTES = 25 * 1024
PNG = b"\x89PNG\r\n\x1a\n"


def rows(name: str) -> list[list[object]]:
    """All rows of a workbook's first sheet."""
    return [list(row) for row in CalamineWorkbook.from_path(str(SAMPLE / name)).get_sheet_by_index(0).to_python()]


def test_the_bank_fills_three_papers_without_repeating() -> None:
    count = Counter(item["type"] for item in BANK)
    assert count["single"] >= 3 * 30
    assert count["multiple"] >= 3 * 15
    assert count["truefalse"] >= 3 * 5
    assert len({item["id"] for item in BANK}) == len({item["stem"] for item in BANK}) == len(BANK)


@pytest.mark.parametrize("item", BANK, ids=lambda item: str(item["id"]))
def test_every_item_can_be_examined(item: make.SampleItem) -> None:
    letters = make.LETTERS[: len(item["options"])]
    fewest, most = {"single": (1, 1), "multiple": (2, 4), "truefalse": (1, 1)}[item["type"]]
    assert fewest <= len(item["answer"]) <= most
    assert item["answer"] == sorted(set(item["answer"]) & set(letters))
    assert len(set(item["options"])) == len(item["options"])
    assert len(item["options"]) in {"single": {4}, "multiple": {4, 5}, "truefalse": {2}}[item["type"]]
    assert [text for text in (item["stem"], *item["options"]) if not text or text != text.strip()] == []
    assert item["stem"].startswith("如图所示") == bool(item["images"])


def test_right_letters_are_spread() -> None:
    count = Counter(item["answer"][0] for item in BANK if item["type"] == "single")
    assert min(count[letter] for letter in "ABCD") >= 20


def test_each_picture_is_drawn_used_and_small() -> None:
    used = [name for item in BANK for name in item["images"]]
    files = {path.name: path.read_bytes() for path in (SAMPLE / "images").iterdir()}
    assert sorted(used) == sorted(files) == sorted(pictures())
    assert [name for name, data in files.items() if not data.startswith(PNG) or len(data) > PICTURE_BYTES] == []


def test_the_workbook_is_made_from_the_bank() -> None:
    assert rows("bank.xlsx") == [make.BANK_HEADER, *(make.bank_row(item) for item in BANK)]


def test_the_roster_is_made_up_and_its_numbers_are_texts() -> None:
    found = rows("roster.xlsx")
    assert found == [make.ROSTER_HEADER, *make.roster_rows()]
    for name, _, sex, number, ticket, *_rest in found[1:]:
        assert isinstance(number, str)
        assert isinstance(ticket, str)
        assert str(name).startswith("考生")
        assert number.startswith(make.NO_REGION)
        assert (int(number[16]) % 2 == 1) == (sex == "男")
        values = [10 if character == "X" else int(character) for character in number]
        assert sum(value * 2 ** (17 - place) for place, value in enumerate(values)) % 11 == 1
    assert len({str(row[3]) for row in found}) == len({str(row[4]) for row in found}) == 41
