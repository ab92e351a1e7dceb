"""ID numbers after a whole day of real processes: in no log, file, file name or face, but for the one mask."""

import re
from pathlib import Path

import pytest

from central_platform.importers.rosters import read_roster
from shared.model import mask_id
from tests.support.rehearsed import Rehearsed

pytestmark = [pytest.mark.system, pytest.mark.long]

ALLOWED = ("machines/platform/", "roster")
"""The platform keeps the roster, and the file it was imported from; nobody else has an ID number."""


def numbers(day: Rehearsed) -> list[str]:
    """The ID numbers of everybody who sat."""
    found = [one for path in sorted(day.out.rglob("roster*.xlsx")) for one in read_roster(path).rows]
    assert found
    return [one.id_number for one in found]


def files(day: Rehearsed) -> list[Path]:
    return [path for path in day.out.rglob("*") if path.is_file()]


def test_no_machine_of_the_school_keeps_or_logs_an_id_number(day: Rehearsed) -> None:
    wanted = re.compile("|".join(map(re.escape, numbers(day))).encode())
    leaks = []
    for path in files(day):
        name = path.relative_to(day.out).as_posix()
        assert not wanted.search(name.encode()), name
        if not name.startswith(ALLOWED[0]) and ALLOWED[1] not in path.name and wanted.search(path.read_bytes()):
            leaks.append(name)
    assert leaks == []


def test_the_platforms_own_log_tells_no_id_number(day: Rehearsed) -> None:
    wanted = re.compile("|".join(map(re.escape, numbers(day))))
    logs = [path for path in files(day) if path.suffix == ".log"]
    assert logs and not any(wanted.search(path.read_text("utf-8", "replace")) for path in logs)


def test_where_a_number_is_shown_it_wears_the_one_mask(day: Rehearsed) -> None:
    """Any run that begins and ends like a number with something hidden between must be exactly the mask."""
    for number in numbers(day):
        other = re.compile(re.escape(number[:2]) + r"\w*\*+\w*" + re.escape(number[-1]))
        for path in files(day):
            if path.suffix in {".log", ".json", ".jsonl"}:
                shown = set(other.findall(path.read_text("utf-8", "replace")))
                assert shown <= {mask_id(one) for one in numbers(day)}, path
