"""Banks in a real database: all or nothing, and nothing twice."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from central_platform.bank import bank_sizes, load_bank, load_pictures, store_bank
from central_platform.importers.banks import read_bank
from central_platform.importers.reading import Reading, RowFault, Stored
from central_platform.model import BankItem
from central_platform.tables import Database, open_database
from shared.errors import Refused
from tests.support.imports import BANK_HEADER, bank_items, png, write_xlsx

FAULTS = (RowFault("", 9, "stem", "empty_stem"),)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "platform.db") as opened:
        yield opened


def reading(items: list[BankItem], faults: tuple[RowFault, ...] = ()) -> Reading[BankItem]:
    return Reading(rows=tuple(items), faults=faults)


def test_the_same_file_twice_changes_nothing(database: Database) -> None:
    items = bank_items(3, 2)
    assert store_bank(database, "电工", reading(items)) == Stored(5, 0, 0)
    before = load_bank(database, "电工")
    assert store_bank(database, "电工", reading(items)) == Stored(0, 0, 5)
    assert load_bank(database, "电工") == before == tuple(sorted(items, key=lambda item: item.id))


def test_changed_items_are_updated_and_others_stay(database: Database) -> None:
    items = bank_items(3)
    store_bank(database, "电工", reading(items))
    changed = msgspec.structs.replace(items[0], answer=("A",))
    new = bank_items(4)[3]
    assert store_bank(database, "电工", reading([changed, new])) == Stored(1, 1, 0)
    assert load_bank(database, "电工") == (changed, items[1], items[2], new)
    assert store_bank(database, "焊工", reading(items)) == Stored(3, 0, 0)
    assert bank_sizes(database) == {"焊工": 3, "电工": 4}


def test_a_faulty_file_stores_nothing_unless_skipping_is_asked_for(database: Database) -> None:
    with pytest.raises(Refused) as caught:
        store_bank(database, "电工", reading(bank_items(3), FAULTS))
    assert caught.value.wire_code == "import_has_faults"
    assert bank_sizes(database) == {}
    assert store_bank(database, "电工", reading(bank_items(3), FAULTS), skip_bad=True) == Stored(3, 0, 0, 1)


def test_pictures_are_stored_once(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    rows = [[number, "判断题", f"第{number}题", "", "", "", "", "对", 2, "a.png"] for number in (1, 2)]
    read = read_bank(write_xlsx(tmp_path / "bank.xlsx", [BANK_HEADER, *rows]))
    store_bank(database, "电工", read)
    assert store_bank(database, "焊工", read) == Stored(2, 0, 0)
    ((_, sha),) = load_bank(database, "电工")[0].pictures
    assert load_pictures(database, {sha, "no"}) == {sha: png()}


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a\n"])
def test_names_are_checked(database: Database, name: str) -> None:
    with pytest.raises(Refused) as caught:
        store_bank(database, name, reading(bank_items(1)))
    assert caught.value.wire_code == "bad_name"


def test_an_unknown_bank_is_refused(database: Database) -> None:
    with pytest.raises(Refused) as caught:
        load_bank(database, "电工")
    assert caught.value.wire_code == "unknown_bank"
