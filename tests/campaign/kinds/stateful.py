"""Random histories of one sitting against a plain model: a number seeds ten examples of fifty steps each."""

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.campaign.kind import Kind
from tests.support.sitting_staff import StaffedDay

EXAMPLES, STEPS = 10, 50


def run(number: int) -> int:
    """Plays the examples that a number means; on a failure hypothesis prints the smallest history that shows it."""

    class Seeded(StaffedDay):
        pass

    seed(number)(Seeded)
    run_state_machine_as_test(
        Seeded,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return EXAMPLES


KIND = Kind(
    __name__, f"{EXAMPLES} histories of one sitting, {STEPS} steps each", run, ci=100, full=2_000, batch=20,
    patience=900.0,
)  # fmt: skip
"""A failing history is made small before it is told, which takes its time."""
