"""Rosters in a real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from central_platform.importers.reading import Reading, Stored
from central_platform.model import RosterRow
from central_platform.roster import load_roster, roster_sizes, store_roster
from central_platform.tables import Database, open_database
from shared.errors import Refused
from tests.support.imports import id_number


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "platform.db") as opened:
        yield opened


def row(serial: int, ticket: str = "", name: str = "考生") -> RosterRow:
    return RosterRow(ticket=ticket or f"26{serial:04d}", name=name, id_number=id_number(serial))


def store(database: Database, *rows: RosterRow) -> Stored:
    return store_roster(database, "六月", Reading(rows=rows))


def test_the_same_file_twice_changes_nothing(database: Database) -> None:
    assert store(database, row(2), row(1)) == Stored(2, 0, 0)
    assert store(database, row(2), row(1)) == Stored(0, 0, 2)
    assert load_roster(database, "六月") == (row(1), row(2))
    assert roster_sizes(database) == {"六月": 2}


def test_changed_rows_are_updated_also_when_two_swap_numbers(database: Database) -> None:
    store(database, row(1), row(2), row(3))
    assert store(database, row(1, "260002"), row(2, "260001"), row(3, name="改名")) == Stored(0, 3, 0)
    assert [(each.ticket, each.id_number) for each in load_roster(database, "六月")][:2] == [
        ("260001", id_number(2)),
        ("260002", id_number(1)),
    ]


def test_an_id_number_under_another_ticket_is_refused_and_not_shown(database: Database) -> None:
    store(database, row(1))
    with pytest.raises(Refused) as caught:
        store(database, row(2), row(1, "269999"))
    assert caught.value.wire_code == "id_number_taken"
    assert id_number(1) not in str(caught.value)
    assert load_roster(database, "六月") == (row(1),)


def test_an_unknown_roster_is_refused(database: Database) -> None:
    with pytest.raises(Refused) as caught:
        load_roster(database, "六月")
    assert caught.value.wire_code == "unknown_roster"
