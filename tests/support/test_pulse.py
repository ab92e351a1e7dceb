"""Only what the machine takes from a process is excused: neither its waits nor what it computes."""

import os
import signal
import subprocess
import sys
import time

from shared.io.clock import boot_now
from tests.support.pulse import Pulse

LONG = 300
"""Milliseconds, many beats."""
STOPPED = """
import os, signal
from shared.io.clock import boot_now
from tests.support.pulse import Pulse
with Pulse() as pulse:
    begun = boot_now()
    os.kill(os.getpid(), signal.SIGSTOP)
    print(pulse.starved(begun, boot_now()), pulse.starved(0, begun - 1))
"""


def test_a_process_that_is_stopped_is_starved() -> None:
    with subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, text=True) as child:
        os.waitpid(child.pid, os.WUNTRACED)
        time.sleep(2 * LONG / 1000)
        child.send_signal(signal.SIGCONT)
        during, before = map(int, child.communicate()[0].split())
    assert during >= LONG
    assert before < during


def test_a_wait_is_not_excused() -> None:
    with Pulse() as pulse:
        begun = boot_now()
        while boot_now() - begun - pulse.starved(begun, boot_now()) < LONG:
            assert boot_now() - begun < 100 * LONG, "it waits, and all of it is excused"
            time.sleep(LONG / 1000)


def test_what_is_computed_is_not_excused_though_no_other_thread_is_let_run() -> None:
    with Pulse() as pulse:
        begun, computed = boot_now(), time.process_time()
        while time.process_time() - computed < LONG / 1000:
            sum(range(20_000_000))  # keeps the interpreter to itself
        ended = boot_now()
        assert ended - begun - pulse.starved(begun, ended) > LONG * 0.9
