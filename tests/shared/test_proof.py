"""A proof shows one candidate's receipt in the result and nothing of anybody else; any changed byte fails."""

import io

import pytest

from shared import codec, crypto, proof, testimony
from shared.errors import BadSignature, Damaged, KaodianError, Malformed
from shared.ledger import START, Point
from shared.merkle import Path
from shared.proof import Proof, Prover
from shared.verifier import verify
from tests.support import by_the_book as book
from tests.support.forger import forged
from tests.support.receipts import grant, receipt
from tests.support.small_day import SmallDay, usual_day


@pytest.fixture(scope="module")
def day() -> SmallDay:
    return usual_day()


@pytest.fixture(scope="module")
def made(day: SmallDay) -> bytes:
    return prove(day, receipt(day))


def prove(day: SmallDay, document: bytes, bundle: bytes = b"") -> bytes:
    prover = Prover(testimony.read("receipt", document))
    report = verify(io.BytesIO(bundle or day.bundle()), day.root.public, None, prover.visit)
    return prover.proof(report.basis, report.summary)


def taken(data: bytes) -> Proof:
    return codec.decode(Proof, data, len(data))


@pytest.mark.parametrize(("ticket", "epoch"), [("1001", 1), ("1002", 2)])
def test_a_receipt_is_proven_with_the_root_key_alone(day: SmallDay, ticket: str, epoch: int) -> None:
    found = proof.check(prove(day, receipt(day, ticket)), day.root.public)
    assert (found.receipt.ticket, found.receipt.attempt.epoch) == (ticket, epoch)
    assert found.summary.records == verify(io.BytesIO(day.bundle()), day.root.public).records


def test_nothing_of_anybody_else_stands_in_it(day: SmallDay, made: bytes) -> None:
    for other in ("1002", "1003"):
        assert other.encode() not in made
    for place in day.places[1:]:
        assert f"考生{place.seat}".encode() not in made
    assert len(made) < 8000


def test_every_changed_byte_fails(day: SmallDay, made: bytes) -> None:
    for at in range(len(made)):
        for flip in (0x01, 0x80):
            changed = made[:at] + bytes([made[at] ^ flip]) + made[at + 1 :]
            with pytest.raises(Damaged):
                proof.check(changed, day.root.public)


def test_every_truncation_and_addition_fails(day: SmallDay, made: bytes) -> None:
    for data in (*(made[:size] for size in range(0, len(made), 41)), made + b"\0"):
        with pytest.raises(Damaged):
            proof.check(data, day.root.public)


def test_another_platform_is_not_believed(made: bytes) -> None:
    with pytest.raises(Damaged):
        proof.check(made, SmallDay(()).root.public)


def test_parts_of_two_days_do_not_make_a_proof(day: SmallDay, made: bytes) -> None:
    other = prove(usual := usual_day(), receipt(usual))
    names = ("issuer", "anchor", "ca_certificate", "grant", "summary", "receipt", "sitting", "attempt")
    for name in names:
        values = {field: getattr(taken(made), field) for field in Proof.__struct_fields__}
        if getattr(taken(other), name) == values[name]:
            continue  # A path of the same places may be the same by its length alone.
        with pytest.raises(Damaged):
            proof.check(codec.encode(Proof(**values | {name: getattr(taken(other), name)})), day.root.public)


def test_a_path_may_neither_be_missing_nor_be_one_too_many(day: SmallDay, made: bytes) -> None:
    values = {field: getattr(taken(made), field) for field in Proof.__struct_fields__}
    with pytest.raises(Damaged, match="missing"):
        proof.check(codec.encode(Proof(**values | {"attempt": None})), day.root.public)
    nothing = receipt(day, attempt=START)
    with pytest.raises(Damaged, match="too many"):
        proof.check(codec.encode(Proof(**values | {"receipt": nothing})), day.root.public)
    assert proof.check(prove(day, nothing), day.root.public).receipt.attempt == START
    with pytest.raises(Damaged):
        proof.check(codec.encode(Proof(**values | {"sitting": Path(0, ())})), day.root.public)


def test_a_receipt_that_does_not_stand_in_the_bundle_is_not_proven(day: SmallDay) -> None:
    with pytest.raises(Damaged, match="attempt/m1/1001"):
        prove(day, receipt(day), forged(day, "1001", 1, ("D",)))
    with pytest.raises(Damaged, match="sitting/m1/01"):
        prove(day, receipt(day, sitting=Point(1, 9, bytes(32))))


def test_only_a_genuine_receipt_is_proven(day: SmallDay) -> None:
    stranger = crypto.Ed25519Signer(crypto.new_key())
    with pytest.raises(BadSignature):
        prove(day, receipt(day, signer=stranger))
    with pytest.raises(KaodianError):
        prove(day, receipt(day, session="m2"))
    with pytest.raises(KaodianError):
        prove(day, receipt(day, grant=grant(day, stream="sitting/m1/02")))
    with pytest.raises(Malformed):
        prove(day, day.formal)


def test_the_second_implementation_agrees(day: SmallDay, made: bytes) -> None:
    root = {"alg": day.root.public.alg, "raw": day.root.public.raw}
    assert book.check_proof(made, root)["ticket"] == "1001"
    for at in range(0, len(made), 13):
        with pytest.raises(book.Wrong):
            book.check_proof(made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :], root)
