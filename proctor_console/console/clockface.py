"""Clocks in words: how far a PC's system clock is off, and the wall clock that two people confirm. Pure.

Nothing in an exam goes by these clocks; they are shown so that somebody may set them right afterwards.
"""

from datetime import datetime
from typing import Final

from proctor_console.console.texts import BEIJING, _
from shared import limits

FORM: Final = "%Y-%m-%d %H:%M:%S"


def wrong(off: int, error: int) -> bool:
    """Whether a system clock is off by more than counts as moved, whatever the error of trusted time."""
    return error >= 0 and abs(off) - error > limits.CLOCK_JUMP


def short(off: int, error: int) -> str:
    """For a list: `+0.1 s`, with a mark when it is wrong; a dash when the PC has not told yet."""
    if error < 0:
        return "-"
    return ("! " if wrong(off, error) else "") + _amount(off)


def line(off: int, error: int) -> str:
    """For a seat's details: the offset with its bound."""
    if error < 0:
        return _("System clock of the PC: not told yet")
    text = _("System clock of the PC: {off} (within {error} s)").format(
        off=_amount(off), error=f"{error / limits.SECOND:.2f}"
    )
    return text + (
        "\n" + _("! It is wrong; the exam does not go by it. Set it right afterwards.") if wrong(off, error) else ""
    )


def wall(instant: int) -> str:
    """`instant` (ms UTC) as date and time of Beijing."""
    return datetime.fromtimestamp(instant / 1000, BEIJING).strftime(FORM)


def read_wall(text: str) -> int | None:
    """Date and time of Beijing as typed, ms UTC; None when it is none. Seconds may be left out."""
    for form in (FORM, FORM.removesuffix(":%S")):
        try:
            found = datetime.strptime(text.strip(), form).replace(tzinfo=BEIJING)
        except ValueError:
            continue
        return round(found.timestamp() * 1000)
    return None


def _amount(off: int) -> str:
    """`+0.1 s`, `+75 min`, `-26 h`, `+365 d`: as large a unit as keeps two digits."""
    for unit, size in (("d", 24 * 60 * limits.MINUTE), ("h", 60 * limits.MINUTE), ("min", limits.MINUTE)):
        if abs(off) >= 2 * size:
            return f"{off / size:+.0f} {unit}"
    return f"{off / limits.SECOND:+.1f} s" if abs(off) >= limits.SECOND // 20 else "0.0 s"
