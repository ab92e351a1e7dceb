"""Keeps the gettext catalogues: extracts msgids from each package, updates the .po files, compiles the .mo files.

`python deploy/catalogues.py [--check] [package ...]`; with --check nothing is written and every fault is printed.
Does not translate: a person fills the .po files of Chinese; English msgids may stay empty there (the msgid is shown).
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = ("shared", "site_server", "proctor_console", "candidate_client", "central_platform")
LANGUAGES: Final = ("zh_CN", "en")
METHODS: Final = [
    ("**.py", "python"),
    ("**.js", "javascript"),
    ("**.mjs", "javascript"),
    ("**.html", "jinja2.ext:babel_extract"),
    ("**.jinja", "jinja2.ext:babel_extract"),
]
FIXED: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands in every header, so that files change only when texts do."""


def po_path(package: str, language: str) -> Path:
    """Where a package keeps the translations of one language."""
    return ROOT / package / "locale" / language / "LC_MESSAGES" / f"{package}.po"


def extract(package: str) -> Catalog:
    """The texts found in the code of one package, without translations."""
    found = Catalog(project="Kaodian", version="1", creation_date=FIXED, revision_date=FIXED, charset="utf-8")
    options = {pattern: {"encoding": "utf-8"} for pattern, _ in METHODS}
    for name, _line, message, comments, context in extract_from_dir(ROOT / package, METHODS, options):
        found.add(message, locations=[(f"{package}/{name}", 0)], auto_comments=comments, context=context)
    return found


def updated(package: str, language: str, template: Catalog) -> Catalog:
    """The catalogue as it should stand: the template's msgids with the translations kept so far."""
    path = po_path(package, language)
    if path.is_file():
        with path.open("rb") as stream:
            catalogue = read_po(stream, locale=language)
    else:
        catalogue = Catalog(locale=language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = f"# Texts of {package}, {language}."
    catalogue.project, catalogue.version, catalogue.fuzzy = "Kaodian", "1", False
    catalogue.msgid_bugs_address = ""
    catalogue.last_translator = catalogue.language_team = "Kaodian"
    catalogue.creation_date = catalogue.revision_date = FIXED
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """The bytes of the .po file, sorted, without line numbers or the version of Babel."""
    out = BytesIO()
    write_po(out, catalogue, width=110, sort_output=True, include_lineno=False)
    return b"".join(line for line in out.getvalue().splitlines(keepends=True) if b"Generated-By" not in line)


def as_mo(catalogue: Catalog) -> bytes:
    """The bytes of the .mo file; fuzzy translations are left out."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def table(catalogue: Catalog) -> dict[object, object]:
    """msgid -> translation: what counts of a catalogue, whichever version of Babel wrote the file."""
    return {message.id: message.string for message in catalogue if message.id}


def messages(path: Path) -> dict[object, object]:
    """The table of a .po file."""
    with path.open("rb") as stream:
        return table(read_po(stream))


def compiled(mo: bytes) -> dict[object, str]:
    """The table of a .mo file's bytes, without its header."""
    found: dict[object, str] = vars(GNUTranslations(BytesIO(mo)))["_catalog"]
    return {msgid: text for msgid, text in found.items() if msgid}


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """The msgids that have no translation, or one marked fuzzy."""
    for message in catalogue:
        parts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(parts)):
            yield message.id if isinstance(message.id, str) else message.id[0]


def faults(package: str) -> Iterator[str]:
    """Everything wrong with the files of one package, one line each; none if it has no texts at all."""
    template = extract(package)
    if not len(template):
        return
    for language in LANGUAGES:
        path = po_path(package, language)
        shown = path.relative_to(ROOT)
        catalogue = updated(package, language, template)
        if not path.is_file() or messages(path) != table(catalogue):
            yield f"{shown}: does not match the code; run deploy/catalogues {package}"
        mo = path.with_suffix(".mo")
        if not mo.is_file() or compiled(mo.read_bytes()) != compiled(as_mo(catalogue)):
            yield f"{shown}: the .mo beside it does not match; run deploy/catalogues {package}"
        if language != "en":
            yield from (f"{shown}: no translation of {msgid!r}" for msgid in untranslated(catalogue))


def write(package: str) -> None:
    """Brings the .po and .mo files of one package up to date."""
    template = extract(package)
    if not len(template):
        return
    for language in LANGUAGES:
        path = po_path(package, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = updated(package, language, template)
        path.write_bytes(as_po(catalogue))
        path.with_suffix(".mo").write_bytes(as_mo(catalogue))
        missing = 0 if language == "en" else sum(1 for _ in untranslated(catalogue))
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {missing} to translate")


def main() -> int:
    """The command; exits 1 when --check found something."""
    parser = argparse.ArgumentParser(description="Update or check the gettext catalogues.")
    parser.add_argument("--check", action="store_true", help="write nothing, print what is wrong")
    parser.add_argument("packages", nargs="*", help="default: all")
    args = parser.parse_args()
    packages = args.packages or PACKAGES
    if not args.check:
        for package in packages:
            write(package)
        return 0
    found = [fault for package in packages for fault in faults(package)]
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
