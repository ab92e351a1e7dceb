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


IDS = [f"{hop}-{kind}-{mode}" for hop, kind, _, mode in CASES]
QUICK = [pytest.param(case, id=id_) for case, id_ in zip(CASES, IDS, strict=True) if case[0] in ("pc", "files")]


@pytest.mark.parametrize("case", QUICK)
def test_what_was_acknowledged_before_a_refusal_stays(case: tuple[str, str, int, str], recoverer: Recoverer) -> None:
    assert all(refuse(case, n, recoverer) for n in (1, 2, 5, 10))


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_every_hop_stands_refusals(case: tuple[str, str, int, str], recoverer: Recoverer) -> None:
    assert all(refuse(case, n, recoverer) for n in (1, 3, 8))
