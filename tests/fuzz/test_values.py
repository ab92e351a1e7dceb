"""Mutations are deterministic, bounded, and reach the inner layers."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.values import edited, flipped, mutate, packed, unpacked

INNER = packed({"deep": [1, 2]})
VALUE = {"m": "x", "body": packed(["magic", INNER]), "list": [1, 2, 3]}


def flip(data: bytes, most: int) -> bytes:
    return flipped(random.Random(1))(data, most)


def test_a_mutation_is_the_same_again_and_never_too_long() -> None:
    data = packed(VALUE)
    for seed in range(500):
        made = mutate(data, 60, seed, "msgpack", flip)
        assert made == mutate(data, 60, seed, "msgpack", flip)
        assert len(made) <= 60


def test_bytes_that_hold_messagepack_are_entered() -> None:
    reached = set()
    for seed in range(3000):
        made = edited(VALUE, bytes([5, 1, 1, 0, 0, 0]) + seed.to_bytes(2))
        try:
            reached.add(str(unpacked(unpacked(made["body"])[1])["deep"]))
        except Exception:  # noqa: S112, BLE001  # an edit of another layer
            continue
    assert len(reached) > 10
    assert VALUE["body"] == packed(["magic", INNER]), "the sample itself stays"


@given(st.binary(max_size=60))
def test_any_bytes_are_edits(edits: bytes) -> None:
    assert repr(edited(VALUE, edits)) == repr(edited(VALUE, edits))


@given(st.binary(max_size=200), st.integers(0, 2**31), st.sampled_from(["bytes", "msgpack", "json"]))
def test_any_input_can_be_mutated(data: bytes, seed: int, shape: str) -> None:
    assert len(mutate(data, 200, seed, shape, flip)) <= 200  # type: ignore[arg-type]  # one of the three
