"""The sealed form comes from the real room, is checked, and comes once."""

from pathlib import Path

import msgspec
import pytest

from candidate_client import paper
from shared.errors import BadSignature, Malformed, Unavailable
from shared.io import tls
from shared.io.identity import load
from shared.machines import Kind
from shared.messages import PaperRef
from tests.support.candidate_day import candidate_day, local_of
from tests.support.fake_site import exam
from tests.support.room_day import eventually


async def test_is_fetched_checked_kept_and_opened(tmp_path: Path) -> None:
    plan = exam(60_000)
    ref = plan.refs[0]
    folder = tmp_path / "papers"
    async with candidate_day(tmp_path, plan) as day:
        identity = load(day.machine("pc1", 1), Kind.PC)
        where = identity.ways(local_of(1)).here
        context = tls.client_context(identity.site_file.ca_certificate, identity.folder)
        held = day.room.folder / "room"
        await eventually((held / "papers" / ref.sha256.hex()).is_file)
        assert paper.kept(folder, ref) is None
        sealed = await paper.fetch(folder, ref, where, context)
        assert paper.kept(folder, ref) == sealed
        (kept,) = folder.iterdir()
        kept.write_bytes(sealed[:-1] + b"x")
        assert paper.kept(folder, ref) is None
        with pytest.raises(Unavailable, match="no_paper"):
            await paper.fetch(folder, PaperRef("A", bytes(32), 10), where, context)
        with pytest.raises(BadSignature):
            await paper.fetch(folder, msgspec.structs.replace(ref, size=ref.size - 1), where, context)
        with pytest.raises(Malformed):
            await paper.fetch(folder, msgspec.structs.replace(ref, size=0), where, context)
    assert (await paper.opened(sealed, plan.keys["A"], "m1", "A")).form == "A"
    with pytest.raises(BadSignature):
        await paper.opened(sealed, plan.keys["B"], "m1", "A")
