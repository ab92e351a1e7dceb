"""The scheme fits the core."""

from proctor_console.console.violations import SCHEME
from shared.orders import VIOLATION_LEVELS


def test_levels_are_those_of_the_core_and_codes_are_unique() -> None:
    assert tuple(level.code for level in SCHEME) == VIOLATION_LEVELS
    codes = [code for level in SCHEME for code, _text in level.categories]
    assert len(set(codes)) == len(codes) and all(level.categories for level in SCHEME)
