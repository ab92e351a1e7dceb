"""The results of a session, from verified bundles only: `results.jsonl` for machines, `results.xlsx` for people.

Written one candidate at a time; neither file is seen half written. Of several bundles of one site the one with most
records counts. Decides no marks: `central_platform.mark` does.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
import xlsxwriter

from central_platform import tables_exchange, tables_results
from central_platform.mark import Marked, as_number, mark_candidate, passed
from central_platform.model import Assembly, Plan
from central_platform.plan import load_assembly, load_plan
from central_platform.roster import load_roster
from central_platform.tables import Database
from central_platform.tables_results import OutcomeRow
from shared import codec, crypto, limits
from shared.errors import Refused
from shared.io.text import translator
from shared.sitting import Status

_ = translator("central_platform")

SHEET_ROWS = 1_000_000
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class Tally(NamedTuple):
    """What was written; `missing` are sites of the plan from which no verified bundle has come."""

    candidates: int
    passed: int
    missing: list[str]


def write(database: Database, session: str, out: Path) -> Tally:
    """Marks the session and writes both files into the folder `out`.

    Raises:
        Refused: no such session, no verified bundle (`no_results`), or the papers are not those that were issued.
    """
    plan, assembly = load_plan(database, session), load_assembly(database, session)
    names = {row.ticket: row.name for row in load_roster(database, plan.roster)}
    outcomes, sites = _outcomes(database, session)
    _check_papers(database, assembly, session)
    out.mkdir(parents=True, exist_ok=True)
    lines, book = out / "results.jsonl", out / "results.xlsx"
    count = good = 0
    with _beside(lines).open("wb") as jsonl, xlsxwriter.Workbook(str(_beside(book)), OPTIONS) as workbook:
        sheets = _Sheets(workbook)
        for outcome, items in marked(plan, assembly, outcomes):
            _write_lines(jsonl, items)
            sheets.write(outcome, names.get(outcome.ticket, ""), items)
            count += 1
            good += passed(items)
        jsonl.flush()
        os.fsync(jsonl.fileno())
    for path in (lines, book):
        _beside(path).replace(path)
    return Tally(count, good, sorted(set(plan.sites) - sites))


def marked(plan: Plan, assembly: Assembly, outcomes: list[OutcomeRow]) -> Iterator[tuple[OutcomeRow, list[Marked]]]:
    """Each candidate with all items of the form that was due."""
    keys = {paper.form: [row for row in assembly.keys if row.form == paper.form] for paper in assembly.papers}
    kinds = {paper.form: {item.number: item.kind for item in paper.items} for paper in assembly.papers}
    multiple = plan.session.rules.multiple
    for outcome in outcomes:
        answers = codec.decode(dict[int, tuple[str, ...]], outcome.answers, limits.DOCUMENT_BYTES)
        form, status = outcome.form, Status(outcome.status)
        yield outcome, mark_candidate(outcome.ticket, status, answers, keys[form], kinds[form], multiple)


def _outcomes(database: Database, session: str) -> tuple[list[OutcomeRow], set[str]]:
    with database.read() as connection:
        rows = tables_results.bundles(connection, session)
        best = {row.site: row for row in reversed(rows)}
        found = [one for row in best.values() for one in tables_results.outcomes_of(connection, row.sha256)]
    if not best:
        raise Refused(f"no verified bundle of session {session} has come", "no_results")
    return sorted(found, key=lambda one: one.ticket), set(best)


def _check_papers(database: Database, assembly: Assembly, session: str) -> None:
    with database.read() as connection:
        sealed = tables_exchange.sealed_of(connection, session)
    for paper in assembly.papers:
        if sealed[paper.form].content != crypto.sha256(codec.encode(paper)).hex():
            raise Refused(f"form {paper.form} was drawn anew after it was issued", "mixed_parts")


def _write_lines(out: IO[bytes], items: list[Marked]) -> None:
    for item in items:
        line: Mapping[str, Any] = {
            "ticket": item.ticket,
            "item": item.item,
            "answer": item.answer,
            "key": item.key,
            "marks": as_number(item.marks),
            "status": item.status,
        }
        out.write(msgspec.json.encode(line) + b"\n")


class _Sheets:
    """The two sheets: one row per candidate, one row per item; more of the second where one is full."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._statuses = {
            Status.SUBMITTED.value: _("submitted"),
            Status.COLLECTED.value: _("collected"),
            Status.ABSENT.value: _("absent"),
            Status.VOID.value: _("void"),
            Status.CANCELLED.value: _("cancelled"),
        }
        heads = (_("Ticket"), _("Name"), _("Total"), _("Passed"), _("Status"))
        self._totals = self._sheet(_("Totals"), heads)
        self._total_row = 1
        self._item_row = SHEET_ROWS
        self._item_sheets = 0

    def write(self, outcome: OutcomeRow, name: str, items: list[Marked]) -> None:
        """One candidate."""
        total = as_number(sum(item.marks for item in items))
        verdict = _("yes") if passed(items) else _("no")
        row = (outcome.ticket, name, total, verdict, self._statuses[outcome.status])
        self._totals.write_row(self._total_row, 0, row)
        self._total_row += 1
        for item in items:
            self._item(item)

    def _item(self, item: Marked) -> None:
        if self._item_row >= SHEET_ROWS:
            self._item_sheets += 1
            number = "" if self._item_sheets == 1 else f" {self._item_sheets}"
            heads = (_("Ticket"), _("Item"), _("Answer"), _("Key"), _("Marks"), _("Status"))
            self._items, self._item_row = self._sheet(_("Items") + number, heads), 1
        letters = ("".join(item.answer), "".join(item.key))
        row = (item.ticket, item.item, *letters, as_number(item.marks), self._statuses[item.status])
        self._items.write_row(self._item_row, 0, row)
        self._item_row += 1

    def _sheet(self, title: str, heads: tuple[str, ...]) -> Any:
        sheet = self._workbook.add_worksheet(title)
        sheet.set_column(0, len(heads) - 1, 14)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, heads, self._workbook.add_format({"bold": True}))
        return sheet


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
