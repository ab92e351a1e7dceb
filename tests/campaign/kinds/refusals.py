"""Disks that refuse: a write or flush of a PC, a room or a site fails, at every n in turn."""

from tests.campaign.kind import Kind
from tests.faults import refusals

KIND = Kind(
    __name__, "the n-th write or flush of a working program fails; then it starts again", refusals.run,
    ci=100, full=3_000, batch=20,
)  # fmt: skip
