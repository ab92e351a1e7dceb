"""Rows of plans and of what is made from them."""

from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from central_platform import tables_plan
from central_platform.tables import open_database

PLACE = tables_plan.PlaceRow("2601", "101", 1, "A", 0)
KEY = tables_plan.PaperKeyRow("A", 1, "item", "AC", 200)


def test_a_new_plan_drops_what_the_old_one_led_to(tmp_path: Path) -> None:
    with open_database(tmp_path / "p.db") as database, database.write() as connection:
        tables_plan.put_plan(connection, tables_plan.PlanRow("s", b"old"))
        tables_plan.put_places(connection, "s", "even", "7", [PLACE])
        tables_plan.put_papers(connection, "s", "8", {"A": b"paper"}, [KEY], b"[]")
        assert tables_plan.plan(connection, "s") == tables_plan.PlanRow("s", b"old", "even", "7", "8", b"[]")
        assert (tables_plan.places(connection, "s"), tables_plan.key_rows(connection, "s")) == ([PLACE], [KEY])
        tables_plan.put_plan(connection, tables_plan.PlanRow("s", b"new"))
        assert tables_plan.plan(connection, "s") == tables_plan.PlanRow("s", b"new")
        assert (tables_plan.places(connection, "s"), tables_plan.paper_bodies(connection, "s")) == ([], {})
        assert tables_plan.sessions(connection) == ["s"]


def test_two_candidates_never_share_a_seat(tmp_path: Path) -> None:
    with open_database(tmp_path / "p.db") as database:
        with database.write() as connection:
            tables_plan.put_plan(connection, tables_plan.PlanRow("s", b""))
        with pytest.raises(IntegrityError), database.write() as connection:
            tables_plan.put_places(connection, "s", "even", "7", [PLACE, PLACE._replace(ticket="2602")])


def test_places_need_a_plan(tmp_path: Path) -> None:
    with (
        open_database(tmp_path / "p.db") as database,
        pytest.raises(IntegrityError),
        database.write() as connection,
    ):
        tables_plan.put_places(connection, "s", "even", "7", [PLACE])
