"""Texts: language choice, translation, plurals, page strings and explanations of codes."""

import pytest

from shared.explanations import EXPLANATIONS
from shared.io.text import LANGUAGE_VARIABLE, explain, language_of, plural_translator, strings, translator

REFUSED = EXPLANATIONS["refused"]


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("en", "en"), ("en_GB.UTF-8", "en"), ("EN", "en"), ("zh_CN", "zh_CN"), ("fr", "zh_CN"), ("", "zh_CN")],
)
def test_the_nearest_language_is_taken(monkeypatch: pytest.MonkeyPatch, wanted: str, language: str) -> None:
    monkeypatch.delenv(LANGUAGE_VARIABLE, raising=False)
    assert language_of(wanted) == language


def test_argument_goes_before_environment_before_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LANGUAGE_VARIABLE, raising=False)
    assert translator("shared")(REFUSED).startswith("按规则")
    monkeypatch.setenv(LANGUAGE_VARIABLE, "en")
    assert translator("shared")(REFUSED) == REFUSED
    assert translator("shared", "zh_CN")(REFUSED).startswith("按规则")


def test_an_unknown_text_or_package_without_catalogue_stays_as_it_is() -> None:
    assert translator("shared", "zh_CN")("no such text") == "no such text"
    assert translator("tomllib", "zh_CN")(REFUSED) == REFUSED
    assert strings("tomllib", "zh_CN") == {}


def test_plurals_without_translation_are_english() -> None:
    plural = plural_translator("shared", "en")
    assert [plural("one seat", "many seats", count) for count in (1, 2)] == ["one seat", "many seats"]


def test_page_strings_hold_every_text_and_no_header() -> None:
    found = strings("shared", "zh_CN")
    assert found[REFUSED] == translator("shared", "zh_CN")(REFUSED)
    assert "" not in found
    assert set(EXPLANATIONS.values()) <= set(found)


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_every_code_is_explained_in_both_languages(code: str) -> None:
    chinese, english = explain(code, "zh_CN"), explain(code, "en")
    assert english == EXPLANATIONS[code]
    assert chinese != english
    # What happened, what was kept, what next: three clauses at least.
    assert chinese.endswith("。")
    assert sum(chinese.count(mark) for mark in "，；。") >= 3
    assert english.count(". ") >= 2


def test_a_newer_peers_code_gets_the_general_text_and_is_named() -> None:
    assert explain("from_the_future", "zh_CN") == explain("internal", "zh_CN") + " [from_the_future]"
