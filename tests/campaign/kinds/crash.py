"""Crash states: the disk of a PC, a room or a site after the power went, and what the product makes of it."""

from tests.campaign.kind import Kind
from tests.faults import crash

KIND = Kind(
    __name__,
    "one state of a disk after a power cut, often a second one during the recovery",
    crash.run,
    ci=3_600,
    full=140_000,
    batch=crash.STATES_PER_LOG,
    patience=180.0,
)
