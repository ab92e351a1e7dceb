"""Every message at every stage, from a PC that is logged in or not: nothing of another seat changes."""

import pytest

from shared import ledger
from tests.support.fake_site import ROOM
from tests.system.rogue import phases, stages
from tests.system.rogue.world import World

pytestmark = [pytest.mark.system, pytest.mark.long]


@pytest.mark.parametrize("admitted", [False, True], ids=["stranger", "candidate"])
@pytest.mark.parametrize("stage", stages.STAGES)
def test_every_message_is_refused_or_ones_own_business(world: World, stage: str, admitted: bool) -> None:
    if stage == "over":
        world.wait_over()
    if admitted and stage == "early":
        assert phases.log_in_early(world) == ["login_closed"]
        return
    stream = ledger.sitting_stream(stages.session_of(stage), ROOM)
    before, victims = len(world.site.copies[stream, 1]), world.victims(stage)
    with phases.Stranger(world, stage, admitted) as rogue:
        phases.every_message(rogue, world)
        if admitted:
            answer = phases.answer_now(rogue)
            assert answer.get("reason") == phases.HELD[stage], answer
    assert world.victims(stage) == victims
    assert phases.about(world, stage, before) <= {"", rogue.ticket}
