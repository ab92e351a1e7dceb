"""Merkle trees: the shape of RFC 6962, and paths that prove exactly their leaf."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import merkle
from shared.errors import Damaged
from shared.merkle import Path, Tree


def book(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + book(leaves[:split]) + book(leaves[split:])).digest()


def tree(leaves: list[bytes], wanted: range = range(0)) -> Tree:
    grown = Tree()
    for number, data in enumerate(leaves):
        grown.add(data, number in wanted)
    return grown


def leaves_of(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


@pytest.mark.parametrize("count", range(40))
def test_the_hash_is_that_of_the_definition(count: int) -> None:
    grown = tree(leaves_of(count))
    assert grown.close() == (book(leaves_of(count)), {}) and grown.size == count


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 31, 33])
def test_every_path_leads_to_the_hash(count: int) -> None:
    leaves = leaves_of(count)
    root, paths = tree(leaves, range(count)).close()
    assert [merkle.climb(data, paths[n], count) for n, data in enumerate(leaves)] == [root] * count


def test_a_closed_tree_goes_on_growing() -> None:
    grown = tree(leaves_of(5), range(1, 2))
    before = grown.close()
    grown.add(b"5")
    root, paths = grown.close()
    assert before != (root, paths) and merkle.climb(b"1", paths[1], 6) == root == book(leaves_of(6))


@given(st.integers(2, 60), st.data())
def test_nothing_else_leads_there(count: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, count - 1))
    leaves = leaves_of(count)
    root, paths = tree(leaves, range(index, index + 1)).close()
    path = paths[index]
    other = data.draw(st.integers(0, count - 1).filter(lambda n: n != index))
    at = data.draw(st.integers(0, len(path.beside) - 1))
    changed = (*path.beside[:at], bytes(32), *path.beside[at + 1 :])
    wrong = [(b"x", path), (leaves[index], Path(other, path.beside)), (leaves[index], Path(index, changed))]
    for leaf, way in wrong:
        try:
            assert merkle.climb(leaf, way, count) != root
        except Damaged:
            assert way.index != index


@pytest.mark.parametrize(("index", "extra", "size"), [(3, 1, 8), (3, -1, 8), (8, 0, 8), (-1, 0, 8), (0, 0, 0)])
def test_paths_of_other_lengths_and_places_are_damage(index: int, extra: int, size: int) -> None:
    beside = (bytes(32),) * (3 + extra)
    with pytest.raises(Damaged):
        merkle.climb(b"x", Path(index, beside), size)
