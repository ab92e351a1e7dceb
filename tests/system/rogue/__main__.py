"""`python -m tests.system.rogue [--quick] [NAME ...]`: every attack at full scale, and a table of what it cost.

One line an attack: held or not, the honest 39's p99 of save acknowledgements while it ran, and the room's memory.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.system.rogue import certificates, doors, frames, words
from tests.system.rogue.attack import FULL, QUICK, Attack
from tests.system.rogue.line import Cut
from tests.system.rogue.world import World

ATTACKS: tuple[Attack, ...] = (*certificates.ATTACKS, *words.ATTACKS, *frames.ATTACKS, *doors.ATTACKS)


def main(arguments: list[str]) -> int:
    """Runs the attacks named, or all; 0 when all held."""
    scale = QUICK if "--quick" in arguments else FULL
    names = [one for one in arguments if not one.startswith("-")]
    failed = 0
    print(f"{'attack':<24} {'held':<5} {'seconds':>8} {'p99 ms':>7} {'MiB':>5}")
    with tempfile.TemporaryDirectory() as folder, World(Path(folder)) as world:
        for attack in ATTACKS:
            if names and attack.__name__ not in names:
                continue
            begun, held = time.monotonic(), "yes"
            try:
                with world.judged() as verdict:
                    attack(world, scale)
            except (AssertionError, Cut, TimeoutError) as error:
                held, failed = "NO", failed + 1
                print(f"    {error!r}"[:300])
            took = time.monotonic() - begun
            print(
                f"{attack.__name__:<24} {held:<5} {took:>8.1f} {verdict.p99:>7} {verdict.memory >> 20:>5}", flush=True
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
