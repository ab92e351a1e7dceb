"""A bundle against what others hold: an honest one agrees with everybody, another history contradicts each alone."""

import io
from collections.abc import Callable

import pytest

from shared import codec, crypto, ledger, signed, testimony
from shared import documents as d
from shared.against import CODE, KEY, MISSING, RECORD, Against, Code, Judgement
from shared.errors import Malformed
from shared.ledger import Head, Point
from shared.testimony import Statement
from shared.verifier import verify
from tests.support import receipts
from tests.support.forger import forged
from tests.support.receipts import grant
from tests.support.small_day import ROOM, SITE, SmallDay, T, usual_day

SITTING = "sitting/m1/01"
ATTEMPT = "attempt/m1/1001"
SITE_STREAM = "site/s1"


@pytest.fixture(scope="module")
def day() -> SmallDay:
    return usual_day()


@pytest.fixture(scope="module")
def lie(day: SmallDay) -> bytes:
    """The same day with another answer of 1001, made with every key of the site."""
    return forged(day, "1001", 1, ("D",))


def judge(day: SmallDay, bundle: bytes, *told: Statement, codes: tuple[Code, ...] = ()) -> list[Judgement]:
    against = Against(told, codes)
    return against.judge(verify(io.BytesIO(bundle), day.root.public, None, against.visit).basis)


def receipt(day: SmallDay, signer: crypto.Signer | None = None, **changes: object) -> Statement:
    """1001's receipt."""
    return testimony.read("receipt.kdd", receipts.receipt(day, "1001", signer, **changes))


def trails(day: SmallDay) -> tuple[d.Trail, ...]:
    """Everything the room holds."""
    found: dict[tuple[str, int], list[bytes]] = {}
    for entry in [*day.sitting_entries, *(e for pc in day.pcs.values() for e in pc.entries)]:
        header = ledger.header_of(entry)
        found.setdefault((header.stream, header.epoch), []).append(entry.digest)
    return tuple(d.Trail(stream, epoch, b"".join(digests)) for (stream, epoch), digests in found.items())


def head(day: SmallDay, position: int) -> Head:
    """The room's head of its sitting at a position."""
    point = Point(1, position, day.sitting_entries[position - 1].digest)
    return Head(SITTING, point, T, day.room_key.sign(ledger.head_bytes(SITTING, point, T)))


def room(day: SmallDay, signer: crypto.Signer | None = None, **changes: object) -> Statement:
    """The room's copy."""
    end = len(day.sitting_entries)
    heads = (d.HeldHead(head(day, end), T),)
    payload = d.Witness(SITE, ROOM, T, (grant(day),), heads, trails(day))
    values = {name: getattr(payload, name) for name in payload.__struct_fields__} | changes
    document = signed.sign(signer or day.room_key, d.WITNESS, d.Witness(**values))
    return testimony.read("room.kdw", document)


def platform(day: SmallDay, *heads: Head) -> Statement:
    """The platform's heads."""
    held = tuple(d.HeldHead(one, T + 1) for one in heads)
    payload = d.Witness(SITE, testimony.PLATFORM, T, (day.issuer, grant(day)), held, ())
    return testimony.read("platform.kdw", signed.sign(day.issuing, d.WITNESS, payload))


def copy(day: SmallDay, position: int = 0) -> Statement:
    """The room's ledger as it lies on its disk."""
    at = position or len(day.sitting_entries)
    payload = d.Witness(SITE, ROOM, T, (grant(day),), (d.HeldHead(head(day, at), T),), trails(day))
    return testimony.copy("room.db", payload)


EVERYBODY: dict[str, Callable[[SmallDay], Statement]] = {
    "room": room,
    "receipt": receipt,
    "platform": lambda day: platform(day, head(day, 9), head(day, len(day.sitting_entries))),
    "copy": copy,
}


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_honest_bundle_agrees(day: SmallDay, who: str) -> None:
    [found] = judge(day, day.bundle(), EVERYBODY[who](day))
    assert (found.unproven, found.findings) == ("", [])
    assert found.compared >= 2 and found.by


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_forged_bundle_verifies_alone_and_contradicts_each_witness_alone(
    day: SmallDay, lie: bytes, who: str
) -> None:
    [found] = judge(day, lie, EVERYBODY[who](day))
    assert found.unproven == ""
    records = [one for one in found.findings if one.kind == RECORD]
    assert {one.stream for one in records} >= ({SITTING} if who == "platform" else {SITTING, ATTEMPT})
    first = next(one for one in records if one.stream == SITTING)
    assert first.epoch == 1 and first.told == day.sitting_entries[first.position - 1].digest.hex()
    assert first.holds[:64] != first.told and day.room_key.public.id in first.by


def test_the_place_of_the_changed_answer_is_named(day: SmallDay, lie: bytes) -> None:
    [found] = judge(day, lie, room(day))
    [attempt] = [one for one in found.findings if one.stream == ATTEMPT]
    answer = max(n for n, e in enumerate(day.pcs["1001"].entries, 1) if ledger.header_of(e).item == 1)
    end = len(day.pcs["1001"].entries)
    assert (attempt.kind, attempt.position, attempt.more) == (RECORD, answer, end - answer)
    assert attempt.holds.endswith("(Answered)")
    [key] = [one for one in found.findings if one.kind == KEY]
    assert (key.stream, key.epoch, key.told) == (SITTING, 1, day.room_key.public.id)
    assert key.holds != key.told


def test_the_code_on_the_sheet_tells_them_apart(day: SmallDay, lie: bytes) -> None:
    one = receipt(day).receipt
    assert one is not None
    code = Code("1001", d.receipt_code(one))
    assert [each.findings for each in judge(day, day.bundle(), codes=(code,))] == [[]]
    [[found]] = [each.findings for each in judge(day, lie, codes=(code,))]
    assert (found.kind, found.stream, found.told) == (CODE, ATTEMPT, code.code) and found.holds != code.code
    [[other]] = [each.findings for each in judge(day, day.bundle(), codes=(Code("1002", code.code),))]
    assert other.kind == CODE


def test_records_that_the_bundle_lacks_are_missing(day: SmallDay) -> None:
    far = Head(SITTING, Point(2, 3, bytes(32)), T, b"")
    [found] = judge(day, day.bundle(), platform(day, far))
    assert [(one.kind, one.epoch, one.position, one.holds) for one in found.findings] == [(MISSING, 2, 3, "0")]
    [found] = judge(day, day.bundle(), receipt(day, attempt=Point(1, 99, bytes(32))))
    end = len(day.pcs["1001"].entries)
    assert [(one.kind, one.stream, one.position, one.holds) for one in found.findings] == [
        (MISSING, ATTEMPT, 99, str(end))
    ]  # fmt: skip


def test_what_comes_after_the_end_says_nothing_about_the_bundle(day: SmallDay) -> None:
    late = [Head(stream, Point(1, 99, bytes(32)), T, b"") for stream in (SITTING, SITE_STREAM, ATTEMPT)]
    [found] = judge(day, day.bundle(), platform(day, head(day, 9), *late))
    assert (found.findings, found.beyond) == ([], 3)


def test_two_words_of_one_witness_on_one_place_contradict_any_bundle(day: SmallDay) -> None:
    one = head(day, 9)
    other = Head(SITTING, Point(1, 9, bytes(32)), T, b"")
    for heads in ((one, other), (other, one)):
        [found] = judge(day, day.bundle(), platform(day, *heads))
        assert [(each.kind, each.position, each.told) for each in found.findings] == [(RECORD, 9, bytes(32).hex())]


STRANGER = crypto.Ed25519Signer(bytes(range(32)))


@pytest.mark.parametrize(
    "made",
    [
        lambda day: receipt(day, STRANGER),
        lambda day: receipt(day, STRANGER, grant=grant(SmallDay(()), STRANGER.public)),
        lambda day: receipt(day, grant=grant(day, stream="sitting/m1/02")),
        lambda day: receipt(day, session="m2"),
        lambda day: receipt(day, ticket="9999"),
        lambda day: receipt(day, grant=b""),
        lambda day: room(day, STRANGER),
        lambda day: room(day, documents=()),
        lambda day: room(day, holder="02"),
        lambda day: room(day, site="s2"),
        lambda day: room(day, STRANGER, holder="platform", documents=(day.issuer,)),
        lambda day: room(day, holder="platform", documents=()),
        lambda day: room(day, trails=(d.Trail(SITE_STREAM, 1, bytes(32)),)),
        lambda day: room(day, heads=(d.HeldHead(Head(SITE_STREAM, Point(1, 1, bytes(32)), T, b""), T),)),
        lambda day: room(day, trails=(d.Trail("sitting/m2/01", 1, bytes(32)),), heads=()),
        lambda day: copy(day, 9),
    ],
)
def test_what_is_not_signed_by_whom_it_must_be_proves_nothing(
    day: SmallDay, made: Callable[[SmallDay], Statement]
) -> None:
    [found] = judge(day, day.bundle(), made(day))
    assert found.unproven and not found.findings


def test_every_changed_byte_of_a_witness_proves_nothing_or_is_no_witness(day: SmallDay) -> None:
    data = room(day).data
    for at in range(0, len(data), 7):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            one = testimony.read("w", changed)
        except Malformed:
            continue
        [found] = judge(day, day.bundle(), one)
        assert found.unproven


def test_other_documents_and_doubled_trails_are_no_witness(day: SmallDay) -> None:
    with pytest.raises(Malformed, match="no witness"):
        testimony.read("formal.kdd", day.formal)
    twice = (d.Trail(SITTING, 1, bytes(32)), d.Trail(SITTING, 1, bytes(32)))
    for wrong in (twice, (d.Trail(SITTING, 1, bytes(31)),)):
        with pytest.raises(Malformed):
            room(day, trails=wrong)
    with pytest.raises(Malformed):
        platform(day, Head(SITTING, Point(1, 0, bytes(32)), T, b""))
    assert codec.encode(d.Trail(SITTING, 1, b""))
