"""One batch in a process of its own: `python -m tests.campaign.child MODULE FIRST LAST`.

Tells each number on standard output as one line of JSON (`Told`) as soon as it is judged; nothing else goes there.
"""

import logging
import sys
import time
import traceback

import msgspec

from tests.campaign import registry

TRACE = 6000
"""Characters of a traceback that are kept: its end."""


class Told(msgspec.Struct):
    """What became of one number; `failed` is the traceback of a finding, or empty."""

    number: int
    cases: int
    seconds: float
    failed: str


def main() -> None:
    """Runs the numbers; a finding is told, not raised."""
    module, first, last = sys.argv[1:]
    out, sys.stdout = sys.stdout, sys.stderr
    # Faults are made on purpose here: what the product logs about them would only hide what matters.
    logging.disable(logging.CRITICAL)
    kind = registry.load(module)
    for number in range(int(first), int(last) + 1):
        cases, failed, began = 0, "", time.monotonic()
        try:
            cases = kind.run(number)
        except Exception:  # noqa: BLE001  # whatever a number raises is what the campaign looks for
            failed = traceback.format_exc()[-TRACE:]
        told = Told(number, cases, time.monotonic() - began, failed)
        out.write(msgspec.json.encode(told).decode() + "\n")
        out.flush()


if __name__ == "__main__":
    main()
