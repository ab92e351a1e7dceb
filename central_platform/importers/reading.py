"""What an importer hands back: the rows it accepts, and a place and reason for each that it does not.

Holds no rule about banks or rosters and no text for people (`central_platform.reasons` has those).
"""

from typing import Generic, TypeVar

import msgspec

from shared.errors import Refused

T = TypeVar("T")

VALUE_CHARS = 60


class RowFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One remark about one cell. `row` counts from 1 as the spreadsheet or text editor shows it.

    `sheet` is empty for text files, `column` is the header's own name (or the field's), `reason` a stable code of
    `central_platform.reasons.REASONS`; `value` is the offending value, shortened, ID numbers masked.
    """

    sheet: str
    row: int
    column: str
    reason: str
    value: str = ""


class Reading(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A file read to its end. `faults` name rejected rows, `notes` what was repaired in accepted ones.

    `pictures` maps the SHA-256 (hex) of a picture to its bytes, for banks.
    """

    rows: tuple[T, ...]
    faults: tuple[RowFault, ...] = ()
    notes: tuple[RowFault, ...] = ()
    pictures: dict[str, bytes] = {}

    @property
    def rejected(self) -> int:
        """How many rows have at least one fault."""
        return len({(fault.sheet, fault.row) for fault in self.faults})


class Remarks:
    """Gathers the remarks about a file, in reading order."""

    def __init__(self) -> None:
        self.faults: list[RowFault] = []
        self.notes: list[RowFault] = []


class RowRemarks:
    """Gathers the remarks about one row; `ok` says whether it may be accepted."""

    def __init__(self, remarks: Remarks, sheet: str, row: int) -> None:
        self._remarks = remarks
        self._sheet = sheet
        self._row = row
        self._faults = 0

    @property
    def ok(self) -> bool:
        """No fault so far."""
        return self._faults == 0

    def fault(self, column: str, reason: str, value: object = "") -> None:
        """Reject the row."""
        self._faults += 1
        self._remarks.faults.append(RowFault(self._sheet, self._row, column, reason, shorten(value)))

    def note(self, column: str, reason: str, value: object = "") -> None:
        """Remark on the row without rejecting it."""
        self._remarks.notes.append(RowFault(self._sheet, self._row, column, reason, shorten(value)))


def shorten(value: object) -> str:
    """The value as one printable line of at most VALUE_CHARS characters."""
    text = "".join(mark if mark.isprintable() else " " for mark in str(value)[: VALUE_CHARS * 2])
    return text if len(text) <= VALUE_CHARS else text[: VALUE_CHARS - 1] + "…"


class Stored(msgspec.Struct, frozen=True):
    """What storing a file changed, in rows. `rejected` rows were left out because the caller asked to skip them."""

    added: int
    updated: int
    unchanged: int
    rejected: int = 0


def refuse_faulty(reading: Reading[T], *, skip_bad: bool) -> None:
    """All or nothing: Refused `import_has_faults` if a row was rejected and skipping was not asked for.

    Refused `import_empty` if no row was accepted at all.
    """
    if reading.faults and not skip_bad:
        raise Refused(f"{reading.rejected} rows are rejected; nothing was stored", "import_has_faults")
    if not reading.rows:
        raise Refused("no row can be accepted; nothing was stored", "import_empty")
