"""A kind for the tests of campaigns: number 3 breaks a promise, 5 dies, 7 hangs; any other stands, as two cases."""

import os
import threading

from tests.campaign.kind import Kind


def run(number: int) -> int:
    """Judges a number."""
    assert number != 3, "seed 3: a promise broke"
    if number == 5:
        os._exit(9)
    if number == 7:
        threading.Event().wait()
    return 2


KIND = Kind(__name__, "nothing", run, ci=4, full=8, batch=3, patience=3.0)
