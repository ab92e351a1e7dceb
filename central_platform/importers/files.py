"""Opens the files that importers read, within limits: text files and the zip container of a workbook.

A file that cannot be read at all raises `Malformed` with one sentence and a stable code; nothing of the libraries'
own errors reaches the caller. Knows nothing of columns and rows (`central_platform.importers.workbook` does).
"""

import re
import zipfile
import zlib
from pathlib import Path

from shared import limits
from shared.errors import Malformed

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Rows and cells as they stand in a sheet, each only up to its own end: no part of a sheet is looked at twice.
_BEGIN = re.compile(rb"<(?:[^\s<>/:!?]+:)?(row|c)(?=[\s/>])")
_ATTRIBUTES = re.compile(rb"((?:\s+[\w:.-]+=(?:\"[^\"<>&]*\"|'[^'<>&]*'))*+)\s*(/?)>")
_REFERENCE = re.compile(rb"\sr=[\"']([^\"']*)[\"']")
_PLACE = re.compile(rb"([A-Z]{0,3})([1-9][0-9]{0,7})")


def read_limited(path: Path) -> bytes:
    """All bytes of a file of at most IMPORT_BYTES; Malformed `file_missing`, `file_empty`, `file_too_large`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.IMPORT_BYTES + 1)
    except OSError as error:
        raise Malformed(f"{path.name} cannot be read: {error.strerror}", "file_missing") from None
    if len(data) > limits.IMPORT_BYTES:
        raise Malformed(f"{path.name} is larger than {limits.IMPORT_BYTES // limits.MIB} MiB", "file_too_large")
    if not data:
        raise Malformed(f"{path.name} is empty", "file_empty")
    return data


def read_text(path: Path) -> str:
    """A UTF-8 text file, with or without byte order mark; Malformed `file_encoding` names the first bad line."""
    data = read_limited(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Malformed(f"{path.name} is not UTF-8 text (line {line})", "file_encoding") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_workbook(path: Path) -> bool:
    """Prove that an .xlsx is a sound zip of bearable size before any library parses it.

    Returns whether the workbook carries pictures inside (which no importer reads). Raises Malformed
    `file_not_xlsx`, `file_damaged`, `file_too_large`, and those of `read_limited`.
    """
    head = read_limited(path)[:8]
    if head == _OLE:
        raise Malformed(f"{path.name} is encrypted or of the old .xls form", "file_not_xlsx")
    with open_zip(path, "file_not_xlsx") as archive:
        names = set(archive.namelist())
        if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise Malformed(f"{path.name} is a zip file but not an Excel workbook", "file_not_xlsx")
        cells = 0
        for entry in archive.infolist():
            data = read_entry(archive, entry, path.name)
            if b"sheetData" in data:
                # Where a sheet stands in the archive is for the workbook to say: any file may be one.
                cells += _extent(data, path.name)
            if cells > limits.SHEET_CELLS:
                raise Malformed(f"{path.name} spreads its cells too far", "file_too_large")
    return any(name.startswith("xl/media/") for name in names)


def open_zip(path: Path, otherwise: str) -> zipfile.ZipFile:
    """A zip file whose declared sizes are bearable; Malformed with the code `otherwise` if it is none.

    Every file of it must still be read by `read_entry`, which holds it to its declared size.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Malformed(f"{path.name} is damaged, cut short or of another form", otherwise) from None
    entries = archive.infolist()
    if len(entries) > limits.ZIP_ENTRIES or sum(entry.file_size for entry in entries) > limits.UNPACKED_BYTES:
        archive.close()
        raise Malformed(f"{path.name} unpacks to more than is allowed", "file_too_large")
    return archive


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """One whole file of an archive, checked against its checksum and declared size; Malformed `file_damaged`."""
    try:
        with archive.open(entry) as stream:
            return stream.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise Malformed(f"{name} is damaged: {entry.filename!r} inside it cannot be read", "file_damaged") from None


def _extent(sheet: bytes, name: str) -> int:
    """How many cells the grid has that calamine lays out, dense, up to the farthest cell with a value: a single far
    one would claim all memory. Formatted empty cells (self-closing) are not laid out and may be anywhere.

    Follows calamine in where rows and cells stand that do not say so; whatever it might read otherwise is refused.
    """
    rows = columns = row = column = 0
    for begin in _BEGIN.finditer(sheet):
        tag = _ATTRIBUTES.match(sheet, begin.end())
        if tag is None:
            raise Malformed(f"{name} is damaged: a cell of its sheets cannot be read", "file_damaged")
        letters, number = _place(tag[1], name)
        if begin[1] == b"row":
            row, column = number or row + 1, 0
            continue
        at, column = number or row, (_column(letters) if letters else column + 1)
        if not tag[2]:
            rows, columns = max(rows, at), max(columns, column)
    if columns > limits.SHEET_COLUMNS or rows > max(limits.BANK_ROWS, limits.ROSTER_ROWS) + 1:
        raise Malformed(f"{name} has a cell too far to the right or too far down", "file_too_large")
    return rows * columns


def _place(attributes: bytes, name: str) -> tuple[bytes, int]:
    """The column letters and row number that a row or cell says, empty and 0 where it says none."""
    found = _REFERENCE.findall(attributes)
    place = _PLACE.fullmatch(found[0]) if found else None
    if len(found) > 1 or (found and place is None):
        raise Malformed(f"{name} is damaged: a cell of its sheets cannot be read", "file_damaged")
    return (place[1], int(place[2])) if place else (b"", 0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
