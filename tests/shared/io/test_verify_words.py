"""What is said of a witness: every kind of contradiction names its place and both sides."""

import pytest

from shared import against
from shared.against import Finding, Judgement
from shared.io import verify_words as words


@pytest.mark.parametrize("kind", [against.RECORD, against.MISSING, against.KEY, against.CODE])
def test_a_contradiction_names_place_and_both_sides(kind: str) -> None:
    finding = Finding(kind, "sitting/m1/01", 3, 57, "the-bundles", "the-witnesss", "room 01", 4)
    first, line = words.judged(Judgement("room.kdw", "room 01", findings=[finding]))
    assert "room.kdw" in first
    for fact in ("sitting/m1/01", "the-bundles", "the-witnesss"):
        assert fact in line
    assert ("3.57" in line) == (kind != against.KEY)


def test_a_witness_that_proves_nothing_and_one_that_agrees_are_told_apart() -> None:
    [nothing] = words.judged(Judgement("room.kdw", unproven="wrong key"))
    [agrees] = words.judged(Judgement("room.kdw", "room 01", compared=12))
    agrees_too, beyond = words.judged(Judgement("room.kdw", "room 01", compared=12, beyond=3))
    assert "wrong key" in nothing and "12" in agrees == agrees_too and "3" in beyond
    assert nothing.split(":")[0] != agrees.split(":")[0]
