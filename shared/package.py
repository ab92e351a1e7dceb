"""The paper package: sealed paper forms behind a signed manifest, made by the platform and opened on candidate PCs.

A sealed form is `"kaodian-paper-1"`, a 7-byte nonce prefix, then chunks of at most `limits.CHUNK_BYTES` plain
bytes, each AES-256-GCM with nonce `prefix ‖ u32(chunk number from 0) ‖ (1 for the last chunk, else 0)` and
associated data `session NUL form`. The plain bytes are the MessagePack of `shared.model.Paper`. A package file is
`"kaodian-package-1"`, `u32(len(manifest))`, the signed manifest, then the sealed forms in its order. Pure: whether
the manifest's key counts is decided in `shared.trust`.
"""

from shared import codec, crypto, limits
from shared.errors import BadSignature, Malformed
from shared.messages import PaperRef
from shared.model import Paper

PAPER_MAGIC = b"kaodian-paper-1"
PACKAGE_MAGIC = b"kaodian-package-1"
PREFIX_BYTES = 7
_SEALED_CHUNK = limits.CHUNK_BYTES + crypto.TAG_BYTES


def seal_paper(paper: Paper, key: bytes) -> bytes:
    """The sealed form; raises `Malformed` when the paper is larger than `limits.PAPER_BYTES`."""
    plain = codec.encode(paper)
    if len(plain) > limits.PAPER_BYTES:
        raise Malformed(f"paper form {paper.form} of {len(plain)} bytes is too large", "too_large")
    prefix = crypto.random_bytes(PREFIX_BYTES)
    chunks = [plain[at : at + limits.CHUNK_BYTES] for at in range(0, len(plain), limits.CHUNK_BYTES)]
    sealed = [
        crypto.seal_at(key, _nonce(prefix, number, number == len(chunks) - 1), chunk, _bound(paper.session, paper.form))
        for number, chunk in enumerate(chunks)
    ]
    return PAPER_MAGIC + prefix + b"".join(sealed)


def open_paper(sealed: bytes, key: bytes, session: str, form: str) -> Paper:
    """The paper of this session and form.

    Raises:
        Malformed: not a sealed form.
        BadSignature: another key, session or form, or changed, reordered or missing chunks.
    """
    begin = len(PAPER_MAGIC) + PREFIX_BYTES
    if not sealed.startswith(PAPER_MAGIC) or len(sealed) <= begin or len(sealed) > limits.PAPER_BYTES * 2:
        raise Malformed("not a sealed paper")
    prefix = sealed[len(PAPER_MAGIC) : begin]
    starts = range(begin, len(sealed), _SEALED_CHUNK)
    parts = [
        crypto.unseal_at(
            key, _nonce(prefix, n, n == len(starts) - 1), sealed[at : at + _SEALED_CHUNK], _bound(session, form)
        )
        for n, at in enumerate(starts)
    ]
    paper = codec.decode(Paper, b"".join(parts), limits.PAPER_BYTES)
    if paper.session != session or paper.form != form:
        raise BadSignature("the paper names another session or form")
    return paper


def build_package(manifest: bytes, forms: list[bytes]) -> bytes:
    """The bytes of a package file from a signed manifest and the sealed forms in its order."""
    return PACKAGE_MAGIC + len(manifest).to_bytes(4) + manifest + b"".join(forms)


def split_package(data: bytes) -> tuple[bytes, bytes]:
    """(signed manifest, all sealed forms) of a package file; raises `Malformed`."""
    begin = len(PACKAGE_MAGIC) + 4
    size = int.from_bytes(data[len(PACKAGE_MAGIC) : begin])
    if not data.startswith(PACKAGE_MAGIC) or len(data) > limits.PACKAGE_BYTES or size > limits.DOCUMENT_BYTES:
        raise Malformed("not a paper package")
    if len(data) < begin + size:
        raise Malformed("the paper package ends early", "truncated")
    return data[begin : begin + size], data[begin + size :]


def split_forms(forms: bytes, papers: tuple[PaperRef, ...]) -> dict[str, bytes]:
    """The sealed forms by form name, each checked against the size and digest the manifest states.

    Raises:
        Malformed: sizes do not add up.
        BadSignature: a form's bytes are not those the manifest names.
    """
    due = sum(paper.size for paper in papers)
    if due != len(forms):
        code = "truncated" if len(forms) < due else None
        raise Malformed("the paper package is longer or shorter than its manifest says", code)
    found: dict[str, bytes] = {}
    at = 0
    for paper in papers:
        part = forms[at : at + paper.size]
        if crypto.sha256(part) != paper.sha256:
            raise BadSignature(f"paper form {paper.form} was changed")
        found[paper.form] = part
        at += paper.size
    return found


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + number.to_bytes(4) + bytes([last])


def _bound(session: str, form: str) -> bytes:
    return f"{session}\0{form}".encode()
