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
    "clock_jumped": N_(
        "The system clock was changed. The exam keeps trusted time; nothing moved. Find out who set the clock and note "
        "it."
    ),
    "time_from_neighbours": N_(
        "After a restart the time was taken back from neighbouring machines that agree. Ends stay as they were. The "
        "next machine's time takes over by itself once it answers."
    ),
    "time_doubted": N_(
        "Neighbouring machines agree on a time earlier than what is recorded here. They were not believed and nothing "
        "was changed. Synchronise with the platform, or two people confirm the wall clock."
    ),
    "time_confirmed": N_(
        "Two people confirmed the wall clock, and it counts until better time comes. Both names stand in the record. "
        "Synchronise with the platform as soon as it can be reached."
    ),
    "time_moved": N_(
        "Trusted time was corrected from above. Ends follow the plan by the corrected time. Note it and tell the chief "
        "invigilator."
    ),
    "no_faketime": N_(
        "The library that sets clocks wrong is not installed. Nothing was started. Install Debian's package faketime, "
        "or rehearse without clock chaos."
    ),
    "no_namespaces": N_(
        "This machine does not let the rehearsal have networks and disks of its own. Nothing was started. Install "
        "Debian's packages iproute2 and util-linux, run it as root, or rehearse without the faults lan and disk."
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
