"""The rosters: how a file that was read becomes part of a roster, and how a roster is read back.

A candidate is known by the roster's name and the ticket. Reads no files (`central_platform.importers` does).
"""

import msgspec

from central_platform import tables_roster
from central_platform.importers.reading import Reading, Stored, refuse_faulty
from central_platform.model import RosterRow, content_hash, valid_name
from central_platform.tables import Database
from shared.errors import Refused
from shared.model import mask_id


def store_roster(database: Database, roster: str, reading: Reading[RosterRow], *, skip_bad: bool = False) -> Stored:
    """Add or update the candidates of a reading, in one transaction; the same reading again changes nothing.

    Candidates of the roster that the file does not name stay. Raises Refused `import_has_faults`, `import_empty`,
    `bad_name`, and `id_number_taken` where an ID number already stands in the roster under another ticket; nothing
    is stored then.
    """
    refuse_faulty(reading, skip_bad=skip_bad)
    if not valid_name(roster):
        raise Refused(f"{roster!r} cannot name a roster", "bad_name")
    with database.write() as connection:
        old = tables_roster.known(connection, roster)
        new = {row.ticket: content_hash(row) for row in reading.rows}
        changed = [row for row in reading.rows if row.ticket not in old or old[row.ticket][0] != new[row.ticket]]
        replaced = {row.ticket for row in changed if row.ticket in old}
        taken = {number: ticket for ticket, (_, number) in old.items() if ticket not in replaced}
        for row in changed:
            if row.id_number in taken:
                detail = f"ID number {mask_id(row.id_number)} of ticket {row.ticket} has ticket {taken[row.id_number]}"
                raise Refused(detail, "id_number_taken")
        tables_roster.put_candidates(connection, roster, [_row(row, new[row.ticket]) for row in changed], replaced)
    return Stored(len(changed) - len(replaced), len(replaced), len(reading.rows) - len(changed), reading.rejected)


def load_roster(database: Database, roster: str) -> tuple[RosterRow, ...]:
    """All candidates of a roster, ordered by ticket; Refused `unknown_roster` if there are none."""
    with database.read() as connection:
        bodies = tables_roster.candidates(connection, roster)
    if not bodies:
        raise Refused(f"there is no roster {roster!r}", "unknown_roster")
    return tuple(msgspec.json.decode(body, type=RosterRow) for body in bodies)


def roster_sizes(database: Database) -> dict[str, int]:
    """The names of all rosters, with the number of candidates in each."""
    with database.read() as connection:
        return tables_roster.roster_sizes(connection)


def _row(row: RosterRow, content: str) -> tables_roster.CandidateRow:
    return tables_roster.CandidateRow(row.ticket, row.id_number, content, msgspec.json.encode(row))
