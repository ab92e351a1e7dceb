"""Merkle trees as in RFC 6962: one hash over any number of leaves, and short paths that prove a single one of them.

A leaf is SHA-256(00 ‖ data), a node SHA-256(01 ‖ left ‖ right); a tree splits at the largest power of two below its
size. Built in one pass in memory that grows with the logarithm of the leaves. Knows nothing of records.
"""

import msgspec

from shared.crypto import sha256
from shared.errors import Damaged

EMPTY = sha256(b"")


class Path(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a leaf stands, from 0, and the hashes beside its way up, lowest first."""

    index: int
    beside: tuple[bytes, ...]


class _Node:
    """A complete subtree of `size` leaves; `wanted` are the leaves in it whose paths are kept."""

    __slots__ = ("digest", "size", "wanted")

    def __init__(self, size: int, digest: bytes, wanted: list[int]) -> None:
        self.size = size
        self.digest = digest
        self.wanted = wanted


class Tree:
    """A growing tree; `size` counts its leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._nodes: list[_Node] = []
        self._beside: dict[int, list[bytes]] = {}

    def add(self, data: bytes, wanted: bool = False) -> None:
        """The next leaf; the path of a `wanted` one is kept."""
        self._nodes.append(_Node(1, leaf(data), [self.size] if wanted else []))
        if wanted:
            self._beside[self.size] = []
        self.size += 1
        while len(self._nodes) > 1 and self._nodes[-2].size == self._nodes[-1].size:
            right = self._nodes.pop()
            self._nodes.append(_join(self._nodes.pop(), right, self._beside))

    def close(self) -> tuple[bytes, dict[int, Path]]:
        """The hash of the tree as it stands, and the paths of the wanted leaves by index. More leaves may follow."""
        beside = {index: list(hashes) for index, hashes in self._beside.items()}
        nodes = list(self._nodes)
        while len(nodes) > 1:
            right = nodes.pop()
            nodes.append(_join(nodes.pop(), right, beside))
        paths = {index: Path(index, tuple(hashes)) for index, hashes in beside.items()}
        return nodes[0].digest if nodes else EMPTY, paths


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\0" + data)


def climb(data: bytes, path: Path, size: int) -> bytes:
    """The hash of the tree of `size` leaves in which `data` stands at `path`.

    Raises:
        Damaged: the path has not the length that its place in such a tree needs.
    """
    at, last, digest = path.index, size - 1, leaf(data)
    if not 0 <= at <= last:
        raise Damaged("a path leads outside its tree")
    for beside in path.beside:
        if last == 0:
            raise Damaged("a path is too long")
        if at & 1 or at == last:
            digest = _node(beside, digest)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            digest = _node(digest, beside)
        at, last = at >> 1, last >> 1
    if last:
        raise Damaged("a path is too short")
    return digest


def _join(left: _Node, right: _Node, beside: dict[int, list[bytes]]) -> _Node:
    for index in left.wanted:
        beside[index].append(right.digest)
    for index in right.wanted:
        beside[index].append(left.digest)
    return _Node(left.size + right.size, _node(left.digest, right.digest), left.wanted + right.wanted)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right)
