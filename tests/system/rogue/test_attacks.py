"""Each attack gets its own session at most, and the honest 39 keep saving within a second."""

import pytest

from tests.system.rogue.__main__ import ATTACKS
from tests.system.rogue.attack import Attack, scale
from tests.system.rogue.world import World

pytestmark = [pytest.mark.system, pytest.mark.long]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_attack(world: World, attack: Attack) -> None:
    with world.judged():
        attack(world, scale())
