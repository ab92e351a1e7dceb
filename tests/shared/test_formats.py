"""docs/formats.md against the product and against a second implementation that knows only the document."""

import pathlib
import re
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from candidate_client.display import arrange
from shared import codec, crypto, ledger, model, package, records, signed
from shared import documents as d
from shared import messages as m
from shared.merkle import Path
from shared.proof import Proof
from site_server.dongle import hpke, oaep
from tests.support import by_the_book as book
from tests.support.papers import small_paper
from tests.support.small_day import SmallDay, build, usual_day

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text("utf-8")
T = 1_800_000_000_000


def vectors() -> dict[str, str]:
    """The vectors as the document prints them."""
    block = TEXT.split("```vectors\n")[1].split("```")[0]
    return dict(line.split(" = ") for line in block.strip().splitlines())


V = vectors()
ROOT = crypto.Ed25519Signer(bytes.fromhex(V["seed"]))


def raw(name: str) -> bytes:
    return bytes.fromhex(V[name])


def book_key(key: crypto.PublicKey) -> dict[str, Any]:
    return {"alg": key.alg, "raw": key.raw}


def sections() -> dict[str, str]:
    """Name -> text of every part of the document below a heading of the fourth level."""
    parts = re.split(r"^(#+) (.+)$", TEXT, flags=re.MULTILINE)
    return {parts[at + 1]: parts[at + 2] for at in range(1, len(parts), 3) if parts[at] == "####"}


def structs() -> dict[str, type[msgspec.Struct]]:
    """Every struct that stands in a file or a document."""
    found: dict[str, type[msgspec.Struct]] = {"PublicKey": crypto.PublicKey, "Envelope": signed.Envelope}
    for module in (model, d, records):
        found |= {n: c for n, c in vars(module).items() if isinstance(c, type) and issubclass(c, msgspec.Struct)}
    found |= {c.__name__: c for c in (ledger.Header, ledger.Entry, ledger.Point, ledger.Head, m.PaperRef, Proof, Path)}
    return {name: c for name, c in found.items() if msgspec.structs.fields(c)}


@pytest.mark.parametrize("name", sorted(structs()))
def test_every_struct_is_described_field_by_field_in_order(name: str) -> None:
    table = sections()[name].partition("|---|")[2].partition("\n\n")[0]
    fields = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert fields == [field.name for field in msgspec.structs.fields(structs()[name])]


def test_every_record_is_described_as_clear_or_sealed() -> None:
    described = {name: text.strip().startswith("Clear.") for name, text in sections().items()}
    kinds = {c.__name__: c.clear for c in structs().values() if issubclass(c, records.Record)}
    assert {name: described[name] for name in kinds} == kinds


def test_signed_document() -> None:
    reply = d.TimeReply(bytes(range(16)), T, T + 5)
    assert ROOT.public.raw == raw("public_key") and ROOT.public.id == V["key_id"] == book.key_id(book_key(ROOT.public))
    assert codec.encode(reply) == raw("time_payload")
    assert signed.sign(ROOT, d.TIME, reply) == raw("time_document")
    assert signed.verify(raw("time_document"), d.TIME, ROOT.public, d.TimeReply) == reply
    assert book.document(raw("time_document"), "time", book_key(ROOT.public))["replied"] == T + 5


def test_record_digests_and_sealed_body() -> None:
    stream = ledger.attempt_stream("m1", "1001")
    key = ledger.stream_key(raw("data_key"), stream)
    assert key == raw("stream_key") == book.derive(raw("data_key"), f"kaodian/stream/{stream}")
    chain = ledger.Chain(stream, key, ledger.open_epoch(1, ledger.START))
    opening = records.append(chain, records.AttemptOpened(ROOT.public, ledger.START), T)
    assert (opening.header, opening.body, opening.digest) == (raw("opening_header"), b"", raw("opening_digest"))
    assert book.record_digest(opening.header, b"") == raw("opening_digest")
    answer = ledger.Entry(raw("answer_header"), raw("answer_body"))
    header = ledger.header_of(answer)
    assert codec.encode(records.Answered(("A", "C"))) == raw("answer_record")
    assert records.read(header, answer, key) == records.Answered(("A", "C"))
    assert ledger.follow(chain.at, header, answer.digest) == ledger.Point(1, 2, raw("answer_digest"))
    assert book.open_body(key, answer.header, answer.body) == {"kind": "Answered", "answer": ["A", "C"]}
    assert book.record_digest(answer.header, answer.body) == raw("answer_digest")


def test_head_signature() -> None:
    chain = ledger.Chain(ledger.attempt_stream("m1", "1001"), b"", ledger.Point(1, 2, raw("answer_digest")))
    head = chain.sign_head(ROOT, T + 2000)
    assert codec.encode(head) == raw("head") and head.signature == raw("head_signature")
    fields = book.unpack(raw("head"))
    book.check(book_key(ROOT.public), fields[3], book.head_bytes(fields))


def test_sealed_paper_and_its_nonce() -> None:
    paper = package.open_paper(raw("sealed_paper"), raw("paper_key"), "m1", "A")
    assert [item.id for item in paper.items] == ["q1"]
    assert book.open_paper(raw("sealed_paper"), raw("paper_key"), "m1", "A")["items"][0]["marks"] == 200
    assert book.paper_nonce(raw("paper_nonce_prefix"), 2, True) == raw("paper_nonce")
    several = model.Paper("m1", "A", "Theory", paper.items, {"long.png": bytes(2 * 1024 * 1024 + 7)})
    sealed = package.seal_paper(several, raw("paper_key"))
    assert book.open_paper(sealed, raw("paper_key"), "m1", "A")["pictures"] == several.pictures


def test_receipt_code_id_mac_and_what_a_pc_signs_to_resume() -> None:
    number = " 99000020000101001x "
    point = ledger.Point(1, 2, raw("answer_digest"))
    for final in (False, True):
        receipt = d.AttemptReceipt("m1", "01", "1001", "submitted", point, ledger.START, 1, 0, final, b"")
        assert d.receipt_code(receipt) == V["receipt_code"]
    assert book.receipt_code("m1", "1001", [1, 2, point.digest]) == V["receipt_code"]
    assert crypto.id_mac(raw("data_key"), "1001", number) == raw("id_mac")
    assert book.id_mac(raw("data_key"), "1001", number) == raw("id_mac")
    assert m.resume_bytes(bytes([0x55]) * 32, "1001", point) == raw("resume_bytes")
    assert b"kaodian-resume-1" + book.pack([bytes([0x55]) * 32, "1001", [1, 2, point.digest]]) == raw("resume_bytes")


def test_wrapped_keys_of_both_types() -> None:
    info, plain = V["wrap_info"], raw("data_key")
    point, modulus = raw("hpke_point"), raw("rsa_modulus")
    assert book.unwrap_p256(raw("seed"), raw("hpke_wrapped"), info) == plain
    assert book.unwrap_rsa(modulus, raw("rsa_exponent"), raw("rsa_wrapped"), info) == plain
    private = ec.derive_private_key(int.from_bytes(raw("seed")), ec.SECP256R1())
    number, exponent = int.from_bytes(modulus), int.from_bytes(raw("rsa_exponent"))

    def agree(other: bytes) -> bytes:
        return private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), other))

    def power(block: bytes) -> bytes:
        return pow(int.from_bytes(block), exponent, number).to_bytes(256)

    assert hpke.unwrap(agree, point, raw("hpke_wrapped"), info) == plain
    assert oaep.unwrap(power, raw("rsa_wrapped"), info) == plain
    fresh = crypto.wrap(crypto.WrapKey(crypto.HPKE_P256, point), plain, info)
    assert book.unwrap_p256(raw("seed"), fresh, info) == plain
    fresh = crypto.wrap(crypto.WrapKey(crypto.RSA_OAEP, modulus), plain, info)
    assert book.unwrap_rsa(modulus, raw("rsa_exponent"), fresh, info) == plain


def test_shown_order_follows_the_digests() -> None:
    paper = small_paper("m1", "A")
    shown = [item for item in arrange(paper, model.Rules(), "1001") if item.kind is model.ItemKind.SINGLE]
    due = sorted(shown, key=lambda item: book.sha256(f"m1\0A\x001001\0item\0{item.id}".encode()))
    assert shown == due
    assert book.sha256(b"m1\0A\x001001\0item\0q1") == raw("item_order")


@pytest.fixture(scope="module")
def day() -> SmallDay:
    return usual_day()


def test_the_second_verifier_accepts_a_real_bundle_and_finds_the_same(day: SmallDay) -> None:
    found = book.verify_bundle(day.bundle(), book_key(day.root.public))
    assert found.closed == {"1001": "HandedIn", "1002": "Collected"}
    for ticket, pc in day.pcs.items():
        assert found.last[f"attempt/m1/{ticket}", pc.chain.at.epoch][2] == pc.chain.at.digest


def test_the_second_verifier_finds_damage(day: SmallDay) -> None:
    root, data = book_key(day.root.public), bytearray(day.bundle())
    for at in range(0, len(data), 53):
        data[at] ^= 1
        with pytest.raises(book.Wrong):
            book.verify_bundle(bytes(data), root)
        data[at] ^= 1
    with pytest.raises(book.Wrong):
        book.verify_bundle(bytes(data[:-1]), root)


@pytest.mark.parametrize("section", [0, 1, 2], ids=["documents", "records", "heads"])
def test_the_second_verifier_finds_missing_and_swapped_parts_though_signed_anew(day: SmallDay, section: int) -> None:
    root, original = book_key(day.root.public), day.parts()
    for at in range(len(original[section]) - 1):
        parts = original[section]
        for variant in (parts[:at] + parts[at + 1 :], [*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :]]):
            parts_ = [*original[:section], variant, *original[section + 1 :]]
            data = build(parts_[0], parts_[1], parts_[2], day.site_key, day.session.id)
            with pytest.raises(book.Wrong):
                book.verify_bundle(data, root)
