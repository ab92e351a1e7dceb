"""A whole simulated exam under faults: a number is the seed of one (`tests/sim`)."""

from tests.campaign.kind import Kind
from tests.sim.play import play


def run(number: int) -> int:
    """Plays one exam; raises AssertionError for a broken promise."""
    play(number)
    return 1


KIND = Kind(
    __name__,
    "an exam of 40 candidates, a room and a site under faults",
    run,
    ci=500,
    full=20_000,
    batch=50,
    patience=300.0,
)
