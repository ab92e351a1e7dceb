"""What several system tests share: one honest world for the tests of the rogue, and one rehearsed day."""

from collections.abc import Iterator

import pytest

from tests.support.rehearsed import Rehearsed, rehearse
from tests.system.rogue.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site, a room service process, 39 honest PCs and a console."""
    with World(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """Rehearsed once, when the first test asks for it."""
    return rehearse(tmp_path_factory.mktemp("day"))
