"""What several system tests share: one honest world for the tests of the rogue, and one rehearsed day."""

from collections.abc import Iterator

import pytest

from tests.support.rehearsed import Rehearsed, rehearse
from tests.system.rogue.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site, a room service process, 39 honest PCs and a console.

    It ends with its module: 39 PCs that go on saving would slow whatever the same process tests next, and their lines
    draw from the global `random`, which Hypothesis and the simulator keep for themselves.
    """
    with World(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """Rehearsed once, when the first test asks for it."""
    return rehearse(tmp_path_factory.mktemp("day"))
