"""The item banks: how a file that was read becomes part of a bank, and how a bank is read back.

An item is known by its bank's name and its own id. Reads no files (`central_platform.importers` does) and draws no
papers (`central_platform.assemble` does).
"""

import msgspec

from central_platform import tables_bank
from central_platform.importers.reading import Reading, Stored, refuse_faulty
from central_platform.model import BankItem, content_hash, valid_name
from central_platform.tables import Database
from shared.errors import Refused


def store_bank(database: Database, bank: str, reading: Reading[BankItem], *, skip_bad: bool = False) -> Stored:
    """Add or update the items of a reading, in one transaction; the same reading again changes nothing.

    Items of the bank that the file does not name stay. Raises Refused `import_has_faults` when rows were rejected
    and `skip_bad` is not set, `import_empty` when no row was accepted, `bad_name` for the bank's name; nothing is
    stored then.
    """
    refuse_faulty(reading, skip_bad=skip_bad)
    if not valid_name(bank):
        raise Refused(f"{bank!r} cannot name a bank", "bad_name")
    with database.write() as connection:
        old = tables_bank.content_hashes(connection, bank)
        new = {item.id: content_hash(item) for item in reading.rows}
        changed = [item for item in reading.rows if old.get(item.id) != new[item.id]]
        wanted = {sha for item in changed for _, sha in item.pictures}
        tables_bank.add_pictures(connection, {sha: reading.pictures[sha] for sha in wanted})
        added = [_row(item, new[item.id]) for item in changed if item.id not in old]
        updated = [_row(item, new[item.id]) for item in changed if item.id in old]
        tables_bank.add_items(connection, bank, added)
        tables_bank.update_items(connection, bank, updated)
    return Stored(len(added), len(updated), len(reading.rows) - len(changed), reading.rejected)


def load_bank(database: Database, bank: str) -> tuple[BankItem, ...]:
    """All items of a bank in the order of their ids; Refused `unknown_bank` if there are none."""
    with database.read() as connection:
        rows = tables_bank.items(connection, bank)
    if not rows:
        raise Refused(f"there is no bank {bank!r}", "unknown_bank")
    return tuple(msgspec.json.decode(row.body, type=BankItem) for row in rows)


def load_pictures(database: Database, wanted: set[str]) -> dict[str, bytes]:
    """The bytes of stored pictures by SHA-256 (hex)."""
    with database.read() as connection:
        return tables_bank.pictures(connection, wanted)


def bank_sizes(database: Database) -> dict[str, int]:
    """The names of all banks, with the number of items in each."""
    with database.read() as connection:
        return tables_bank.bank_sizes(connection)


def _row(item: BankItem, content: str) -> tables_bank.ItemRow:
    return tables_bank.ItemRow(item.id, item.kind.value, content, msgspec.json.encode(item))
