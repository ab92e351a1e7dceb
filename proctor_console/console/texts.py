"""Words and numbers for the console: translation, times of day, durations. Reads no clock.

Texts are translated when they are shown, so that a test or a person may choose the language by environment. Times of
day are Beijing time whatever zone the machine is set to: plans, tickets and bells of the whole country use it.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from rich.cells import cell_len, set_cell_size

from shared import limits
from shared.io.text import translator

_PARTS: Final = re.compile(r"[!-~]+\s*|.[，。；：、！？）”]?\s*", re.DOTALL)
PACKAGE: Final = "proctor_console"
BEIJING: Final = timezone(timedelta(hours=8))


def _(msgid: str) -> str:
    """The text in the present language."""
    return translator(PACKAGE)(msgid)


def N_(msgid: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return msgid


def time_of_day(instant: int, seconds: bool = False) -> str:
    """`instant` (ms UTC) as Beijing time, `08:00` or `08:00:00`."""
    when = datetime.fromtimestamp(instant / 1000, UTC).astimezone(BEIJING)
    return when.strftime("%H:%M:%S" if seconds else "%H:%M")


def date_time(instant: int) -> str:
    """`instant` (ms UTC) as Beijing date and time, `2027-03-01 08:00`."""
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def date_of(instant: int) -> str:
    """`instant` (ms UTC) as a date in Beijing, `2026-11-21`."""
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(BEIJING).strftime("%Y-%m-%d")


def subject_name(subject: str) -> str:
    """A session's subject in words; one of a newer plan as it is."""
    return {"theory": _("theory"), "practical": _("practical")}.get(subject, subject)


def span(length: int) -> str:
    """A duration in ms as `1:59:30` or `04:30`, rounded up to the second so that 0 is reached only at the end."""
    seconds = max(0, -(-length // limits.SECOND))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def minutes(length: int) -> int:
    """Whole minutes in a duration of ms, rounded up."""
    return -(-length // limits.MINUTE)


def wrapped(text: str, width: int, most: int) -> list[str]:
    """`text` on at most `most` lines of `width` cells, each padded; Chinese breaks anywhere, Latin words stay whole.
    What does not fit on the last one is cut as in `fit`.
    """
    lines = [""]
    for part in _PARTS.findall(text):
        if cell_len(lines[-1] + part.rstrip()) > width and len(lines) < most:
            lines.append("")
        lines[-1] += part.lstrip() if not lines[-1] and len(lines) > 1 else part
    return [fit(line.rstrip(), width) for line in lines]


def fit(text: str, width: int) -> str:
    """`text` cut or padded to exactly `width` terminal cells; what is cut ends in `~` so that nobody takes it
    for whole.
    """
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - 1)) + "~" * min(1, width)
