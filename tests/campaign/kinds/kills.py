"""Real services killed at a system call, and often again while they start."""

from tests.campaign.kind import Kind
from tests.faults import killing

KIND = Kind(
    __name__, "a real room, site or PC dies at a system call, often again while it starts", killing.run,
    ci=80, full=1_400, batch=40, patience=120.0,
)  # fmt: skip
