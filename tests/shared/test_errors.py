"""The tree of errors and what of it travels."""

import inspect

import pytest

from shared import errors, limits
from shared.errors import KaodianError, Malformed, Refused, Untrusted

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, KaodianError)]


def test_every_class_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in CLASSES]
    assert len(codes) == len(set(codes)) == 10


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_carries_its_class_code_or_a_finer_one(kind: type[KaodianError]) -> None:
    assert (kind("why").wire_code, kind("why").detail) == (kind.code, "why")
    assert kind("why", "finer").wire_code == "finer"
    assert str(kind("why", "finer")) == "why [finer]"


def test_what_came_from_outside_is_told_from_what_a_rule_refuses() -> None:
    outside = {kind.__name__ for kind in CLASSES if issubclass(kind, Untrusted)}
    assert outside == {"Untrusted", "Malformed", "BadSignature", "WrongBinding", "Expired", "Damaged"}
    with pytest.raises(Untrusted):
        raise Malformed("bytes")
    assert not issubclass(Refused, Untrusted)


def test_a_detail_is_one_short_printable_line_whatever_it_quotes() -> None:
    assert str(Malformed("no field 'a\nforged\u202e' here")) == "no field 'a\ufffdforged\ufffd' here [malformed]"
    assert Malformed("x" * 10_000_000).detail == "x" * limits.DETAIL_CHARS
