"""The baseline of replication: `python -m tests.bench.rawinsert FROM TO` inserts the rows of a ledger into another by
bare sqlite3, as many in a transaction as a push holds, WAL and synchronous=FULL; prints rows a second.
"""

import sqlite3
import sys
import time

from shared import limits

INSERT = "INSERT INTO records (stream, epoch, position, item, digest, header, body) VALUES (?, ?, ?, ?, ?, ?, ?)"


def main(source: str, target: str) -> float:
    """Rows a second."""
    group = limits.RECORDS_PER_FRAME
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as db:
        layout = db.execute("SELECT sql FROM sqlite_master WHERE name = 'records'").fetchone()[0]
        rows = db.execute("SELECT stream, epoch, position, item, digest, header, body FROM records ORDER BY seq")
        held = rows.fetchall()
    made = sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=64000"):
        made.execute(f"PRAGMA {pragma}")
    made.execute(layout)
    begun = time.monotonic()
    for at in range(0, len(held), group):
        made.execute("BEGIN")
        made.executemany(INSERT, held[at : at + group])
        made.execute("COMMIT")
    took = time.monotonic() - begun
    made.close()
    return len(held) / took


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2]))
