"""One honest world for all tests of the rogue."""

from collections.abc import Iterator

import pytest

from tests.system.rogue.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site, a room service process, 39 honest PCs and a console."""
    with World(tmp_path_factory.mktemp("world")) as made:
        yield made
