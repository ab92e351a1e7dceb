"""Bundles: the container as it comes, what the platform reads before it verifies, and forged ones."""

import io

from central_platform import ingest
from shared import bundle, limits, verifier
from tests.fuzz.forgery import DIGESTS, EVERYTHING, forged
from tests.fuzz.target import Target
from tests.fuzz.world import EDITS, day

WITH_KEYS = 0x80


def _container(data: bytes) -> None:
    for _ in bundle.read(io.BytesIO(data)):
        pass


def _claimed(data: bytes) -> None:
    ingest.claimed_by(io.BytesIO(data))


def _forged(data: bytes) -> None:
    """First byte: what is made good, and whether the reader has the data keys; the rest are edits."""
    flags, edits = (data[0], data[1:]) if data else (EVERYTHING, b"")
    made = forged(edits, flags)
    keys = day().keys if flags & WITH_KEYS else None
    report = verifier.verify(io.BytesIO(made), day().root.public, keys)
    if keys is not None:
        ingest.accepted_answers(io.BytesIO(made), report, keys.session)


FLAGS = [bytes([flags | keys]) for flags in (EVERYTHING, EVERYTHING - DIGESTS) for keys in (0, WITH_KEYS)]
TARGETS = [
    Target("bundle/container", _container, lambda: [day().bundle()], most=16 * limits.KIB),
    Target("bundle/claimed", _claimed, lambda: [day().bundle()[:3000]], most=8 * limits.KIB),
    Target("bundle/forged", _forged, lambda: [one + edits for one in FLAGS for edits in EDITS], most=256, share=3.0),
]
