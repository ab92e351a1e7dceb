"""What the wire codes about time mean to a person: the part of `shared.explanations` for clocks.

Each says what happened, what was kept and what to do next.
"""

from typing import Final

from shared.explanations_lan import N_

TIME: Final[dict[str, str]] = {
    "no_time": N_(
        "There is no trusted time yet. Nothing was changed. Synchronise the time at the site machine, then try again."
    ),
    "stale_time": N_(
        "The time answer belongs to another question. It was not used; the time is kept as it was. Synchronise again."
    ),
    "slow_time": N_(
        "Every time answer came too late to be used. The time is kept as it was. Check the line to the platform, then "
        "synchronise again."
    ),
    "contradictory_time": N_(
        "The time answer contradicts itself. It was not used; the time is kept as it was. Synchronise again; if it "
        "stays, report it to the platform."
    ),
    "time_known": N_(
        "There is trusted time already. Nothing was changed. Nobody needs to confirm a clock; go on with the exam."
    ),
    "times_differ": N_(
        "The two people's times are more than a minute apart. Nothing was changed. Compare your watches, then both "
        "confirm again."
    ),
    "before_record": N_(
        "That time is earlier than what this machine has recorded or proven already. Nothing was changed. Check the "
        "date and the time, then both confirm again."
    ),
}
