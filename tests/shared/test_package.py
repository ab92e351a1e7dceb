"""Sealed papers open with their key, session and form, whole and in order, and with nothing else."""

import msgspec
import pytest

from shared import crypto, limits
from shared.errors import BadSignature, Malformed
from shared.model import Paper
from shared.package import PAPER_MAGIC, PREFIX_BYTES, open_paper, seal_paper
from tests.support.papers import small_paper

KEY = bytes(range(32))
HEAD = len(PAPER_MAGIC) + PREFIX_BYTES
CHUNK = limits.CHUNK_BYTES + crypto.TAG_BYTES


@pytest.fixture(scope="module")
def large() -> Paper:
    pictures = {f"{n}.png": bytes([n]) * limits.MIB for n in range(3)}
    return msgspec.structs.replace(small_paper("m1", "A"), pictures=pictures)


def test_small_and_large_papers_come_back(large: Paper) -> None:
    for paper in (small_paper("m1", "A"), large):
        assert open_paper(seal_paper(paper, KEY), KEY, "m1", "A") == paper


def test_chunks_cannot_be_dropped_swapped_or_cut(large: Paper) -> None:
    sealed = seal_paper(large, KEY)
    chunks = [sealed[at : at + CHUNK] for at in range(HEAD, len(sealed), CHUNK)]
    assert len(chunks) == 4
    for changed in (chunks[:-1], chunks[1:], [chunks[1], chunks[0], *chunks[2:]], [*chunks, chunks[-1]]):
        with pytest.raises(BadSignature):
            open_paper(sealed[:HEAD] + b"".join(changed), KEY, "m1", "A")


def test_another_key_session_or_form_opens_nothing() -> None:
    sealed = seal_paper(small_paper("m1", "A"), KEY)
    for key, session, form in ((bytes(32), "m1", "A"), (KEY, "m2", "A"), (KEY, "m1", "B")):
        with pytest.raises(BadSignature):
            open_paper(sealed, key, session, form)


def test_what_is_no_paper_is_malformed() -> None:
    for data in (b"", PAPER_MAGIC, PAPER_MAGIC + bytes(PREFIX_BYTES), b"PK\x03\x04" + bytes(100)):
        with pytest.raises(Malformed):
            open_paper(data, KEY, "m1", "A")


def test_too_large_a_paper_is_refused() -> None:
    pictures = {f"{n}": bytes(limits.PAPER_BYTES // 4) for n in range(5)}
    with pytest.raises(Malformed, match="too large"):
        seal_paper(msgspec.structs.replace(small_paper("m1", "A"), pictures=pictures), KEY)
