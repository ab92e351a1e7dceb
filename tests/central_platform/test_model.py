"""The platform's own nouns."""

import msgspec
import pytest

from central_platform.model import RosterRow, content_hash, question_hash, valid_name
from tests.support.imports import bank_items, id_number


def test_a_candidate_is_never_shown_with_the_whole_number() -> None:
    row = RosterRow(ticket="2601", name="考生甲", id_number=id_number(1))
    assert id_number(1) not in f"{row} {row!r} {[row]}"
    assert "2601" in repr(row)


def test_a_question_is_what_a_candidate_sees() -> None:
    item = bank_items(1)[0]
    assert question_hash(item) == question_hash(msgspec.structs.replace(item, id="x", answer=("C",), marks=5))
    assert content_hash(item) != content_hash(msgspec.structs.replace(item, answer=("C",)))
    other = msgspec.structs.replace(item, pictures=(("a.png", "00"),))
    assert question_hash(item) != question_hash(other)


@pytest.mark.parametrize(
    ("name", "valid"),
    [("电工-2026", True), ("", False), ("a b", False), ("x" * 65, False), ("a/b", False), ("..", False)],
)
def test_names(name: str, valid: bool) -> None:
    assert valid_name(name) is valid
