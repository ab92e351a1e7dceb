"""A refusal is a value that travels whole."""

import pytest
from hypothesis import given

from shared import codec
from shared.errors import Malformed
from shared.refusal import Refusal
from tests.support.drawn import drawn


@given(drawn(Refusal))
def test_a_refusal_arrives_as_it_was_made(refusal: Refusal) -> None:
    assert codec.decode(Refusal, codec.encode(refusal), 1_000) == refusal


def test_facts_that_are_not_needed_are_empty_and_none_may_be_added() -> None:
    assert codec.decode(Refusal, codec.encode({"code": "over"}), 100) == Refusal("over", 0, 0, 0, 0, "")
    with pytest.raises(Malformed):
        codec.decode(Refusal, codec.encode({"code": "over", "answer": "A"}), 100)
    with pytest.raises(AttributeError):
        Refusal("over").code = "other"  # type: ignore[misc]  # that it is frozen is what is tested
