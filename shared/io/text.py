"""Texts for people: finds a package's gettext catalogue and gives the functions that translate.

The msgids are plain English; a text without a translation is shown as its msgid. The language is the argument, else the
environment's KAODIAN_LANG, else Chinese. Does not hold any text itself, and does not format: callers fill in
placeholders after translating.
"""

import os
from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Final

from shared.explanations import EXPLANATIONS

CHINESE: Final = "zh_CN"
ENGLISH: Final = "en"
LANGUAGE_VARIABLE: Final = "KAODIAN_LANG"

Translate = Callable[[str], str]
TranslatePlural = Callable[[str, str, int], str]


def language_of(wanted: str | None = None) -> str:
    """The supported language nearest to `wanted` (such as `en_GB.UTF-8`); whatever is unknown becomes Chinese."""
    name = wanted or os.environ.get(LANGUAGE_VARIABLE, "")
    return ENGLISH if name.lower().startswith("en") else CHINESE


def translator(package: str, language: str | None = None) -> Translate:
    """The function msgid -> text for one top-level package, in one language."""
    return _catalogue(package, language_of(language)).gettext


def plural_translator(package: str, language: str | None = None) -> TranslatePlural:
    """The function (singular msgid, plural msgid, count) -> text for one top-level package, in one language."""
    return _catalogue(package, language_of(language)).ngettext


def strings(package: str, language: str | None = None) -> dict[str, str]:
    """All translated texts of a package, msgid -> text, for a page; a msgid that is absent is shown as it stands."""
    found = _catalogue(package, language_of(language))
    if not isinstance(found, GNUTranslations):
        return {}
    # The parsed table has no public door; plural forms are keyed by tuples and the header by the empty msgid.
    table: dict[object, str] = vars(found)["_catalog"]
    return {msgid: text for msgid, text in table.items() if isinstance(msgid, str) and msgid}


def explain(code: str, language: str | None = None) -> str:
    """What an error's wire code means to a person: what happened, what was kept, what to do next.

    An unknown code (a newer peer's) gets the general text, with the code in brackets so that it can be reported.
    """
    text = EXPLANATIONS.get(code)
    _ = translator("shared", language)
    return _(text) if text is not None else f"{_(EXPLANATIONS['internal'])} [{code}]"


@cache
def _catalogue(package: str, language: str) -> NullTranslations:
    path = files(package) / "locale" / language / "LC_MESSAGES" / f"{package}.mo"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as stream:
        return GNUTranslations(stream)
