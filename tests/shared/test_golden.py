"""The golden documents: every type has one, and product, second reader and today's code agree on every byte of it."""

import json
from typing import Any

import pytest

from shared import codec, crypto, signed
from shared import documents as d
from tests.support import by_the_book as book
from tests.support import golden

TYPES = sorted(golden.KINDS)


def held(type_: str) -> tuple[dict[str, Any], bytes, crypto.PublicKey]:
    """A golden file, its document and the key."""
    file = json.loads((golden.FOLDER / f"{type_}.json").read_text("utf-8"))
    key = crypto.PublicKey(file["key"]["alg"], bytes.fromhex(file["key"]["raw"]))
    return file, bytes.fromhex(file["document"]), key


def test_every_document_type_has_its_golden_file_and_nothing_else_lies_there() -> None:
    named = {value for name, value in vars(d).items() if name.isupper() and isinstance(value, str)}
    assert set(golden.KINDS) == named
    assert sorted(path.stem for path in golden.FOLDER.glob("*")) == TYPES


@pytest.mark.parametrize("type_", TYPES)
def test_a_golden_document_reads_as_its_file_says(type_: str) -> None:
    file, document, key = held(type_)
    found = signed.verify(document, type_, key, golden.KINDS[type_])
    assert found == golden.payload(type_), "the format changed: see tests/support/golden.py"
    assert codec.encode(found) == signed.open_envelope(document).payload
    book_key = {"alg": key.alg, "raw": key.raw}
    assert golden.plain(book.document(document, type_, book_key)) == file["payload"]


@pytest.mark.parametrize("type_", [type_ for type_ in TYPES if type_ not in golden.OF_A_CA])
def test_signing_the_golden_payload_again_gives_the_same_bytes(type_: str) -> None:
    _, document, _ = held(type_)
    assert signed.sign(crypto.Ed25519Signer(golden.SEED), type_, golden.payload(type_)) == document


@pytest.mark.parametrize("type_", TYPES)
def test_a_golden_document_is_not_taken_for_one_of_another_type(type_: str) -> None:
    _, document, key = held(type_)
    other = TYPES[TYPES.index(type_) - 1]
    with pytest.raises(book.Wrong):
        book.document(document, other, {"alg": key.alg, "raw": key.raw})
    with pytest.raises(Exception, match="where"):
        signed.verify(document, other, key, golden.KINDS[other])
