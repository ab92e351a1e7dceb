"""Offers of a session: every part that does not belong makes the whole untrusted."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from proctor_console.room import briefing
from shared import crypto
from shared.errors import Untrusted
from tests.support.fake_site import exam
from tests.support.room_day import room_day


async def test_an_offer_counts_only_as_a_whole(tmp_path: Path) -> None:
    plan, other = exam(60_000), exam(60_000, session="m2")
    async with room_day(tmp_path, plan, other) as day:
        machine, offer, foreign = day.room.machine, day.site.offer(plan), day.site.offer(other)
        assert briefing.trusted(offer, machine).forms == {"A", "B"}
        bad: list[dict[str, Any]] = [
            {"session_key": crypto.new_key()},
            {"sitting_key": b"short"},
            {"grant": foreign.grant},
            {"papers": foreign.papers},
            {"formal": offer.formal[:-1] + bytes([offer.formal[-1] ^ 1])},
        ]
        for change in bad:
            with pytest.raises(Untrusted):
                briefing.trusted(msgspec.structs.replace(offer, **change), machine)
        with pytest.raises(Untrusted, match="older"):
            briefing.trusted(offer, machine, known=2)
        plan.room = msgspec.structs.replace(plan.room, id="02")
        with pytest.raises(Untrusted):
            briefing.trusted(day.site.offer(plan), machine)
