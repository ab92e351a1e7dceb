"""A disk that refuses: nothing false was acknowledged, and what was true stays."""

from collections.abc import Iterator

import pytest

from tests.faults.crash import Recoverer, recovering
from tests.faults.refusals import CASES, refuse


@pytest.fixture(scope="module")
def recoverer() -> Iterator[Recoverer]:
    """Starts the product again and again."""
    with recovering() as one:
        yield one


QUICK = [
    pytest.param((hop, kind, code, mode), id=f"{hop}-{kind}-{mode}")
    for hop, kind, code, mode in CASES
    if hop in ("pc", "files")
]
"""The others take seconds each: campaigns play them."""


@pytest.mark.parametrize("case", QUICK)
def test_what_was_acknowledged_before_a_refusal_stays(case: tuple[str, str, int, str], recoverer: Recoverer) -> None:
    assert all(refuse(case, n, recoverer) for n in (1, 5))
