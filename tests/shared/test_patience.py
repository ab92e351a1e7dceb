"""Pauses after wrong tries."""

from shared import limits
from shared.patience import Patience


def test_pauses_double_up_to_the_most_and_are_forgotten_when_right() -> None:
    patience = Patience()
    lefts = []
    for _ in range(6):
        patience.wrong("a", 0)
        lefts.append(patience.left("a", 0))
    assert lefts == [2_000, 4_000, 8_000, 16_000, 30_000, limits.LOGIN_PAUSE_MAX]
    assert patience.left("b", 0) == 0
    assert patience.left("a", limits.LOGIN_PAUSE_MAX) == 0
    patience.right("a")
    assert patience.left("a", 0) == 0
