"""A bundle shows which T and form counted, and no room says so without the platform's word in it."""

import io

import msgspec
import pytest

from shared import commands as c
from shared import crypto, documents, ledger, signed, trust, verifier
from shared import records as r
from shared.amendments import Amendments
from shared.errors import Damaged
from shared.model import AnyChange, Cancellation, Correction, Postponement
from tests.support import by_the_book as book
from tests.support.small_day import MINUTE, ROOM, SITE, SmallDay, T, build

LATER = T + 30 * MINUTE


def book_key(day: SmallDay) -> dict[str, object]:
    return {"alg": day.root.public.alg, "raw": day.root.public.raw}


def changed_day() -> SmallDay:
    """Postponed, with the spare paper, corrected; one candidate hands in, the others are absent."""
    day = SmallDay()
    day.put(c.AllowLogin())
    day.change(Postponement(LATER, "停电"))
    day.use_spare()
    day.log_in("1001")
    day.now = LATER - 40 * MINUTE
    day.put(c.AllowStart())
    day.now = LATER
    day.put(c.Tick())
    day.change(Correction({"spare": 1}, "应为 5 A"))
    day.answer("1001", 1, "A")
    day.now = LATER + 31 * MINUTE
    for ticket in ("1002", "1003"):
        day.put(c.MarkAbsent(ticket))
    day.hand_in("1001")
    day.put(c.EndSitting())
    assert day.state.ended
    return day


@pytest.fixture(scope="module")
def day() -> SmallDay:
    return changed_day()


def verified(day: SmallDay, data: bytes, keys: bool = False) -> verifier.Report:
    return verifier.verify(io.BytesIO(data), day.root.public, day.keys if keys else None)


@pytest.mark.parametrize("keys", [False, True])
def test_the_t_and_the_form_that_counted_show_with_public_keys_alone(day: SmallDay, keys: bool) -> None:
    found = verified(day, day.bundle(), keys)
    assert (found.starts, set(found.forms.values()), found.cancelled) == ({ROOM: LATER}, {"spare"}, 0)
    assert book.verify_bundle(day.bundle(), book_key(day)).changed == {ROOM: 2}


def test_a_cancelled_sitting_verifies(day: SmallDay) -> None:
    cancelled = SmallDay()
    cancelled.change(Cancellation("水灾"))
    cancelled.put(c.EndSitting())
    found = verified(cancelled, cancelled.bundle(), keys=True)
    assert found.cancelled == 3 and set(found.statuses.values()) == {"cancelled"}
    book.verify_bundle(cancelled.bundle(), book_key(cancelled))


def refused_by_both(day: SmallDay, data: bytes) -> None:
    with pytest.raises(Damaged):
        verified(day, data)
    with pytest.raises(book.Wrong):
        book.verify_bundle(data, book_key(day))


def test_a_document_left_out_swapped_or_foreign_is_found(day: SmallDay) -> None:
    papers, records, heads = day.parts()
    first, second, spare = papers[4:7]
    other = documents.SessionChanges(3, "s2", day.session.id, 0, 2**50, ())
    foreign = signed.sign(day.issuing, documents.CHANGES, other)
    short = documents.SessionChanges(3, SITE, day.session.id, 0, 2**50, ())
    shorter = signed.sign(day.issuing, documents.CHANGES, short)
    strange = day.spare_document(2, formal=bytes(32))
    unloaded = day.spare_document(3)
    for middle in (
        [second, spare], [first, spare], [first, second], [second, first, spare], [spare, first, second],
        [first, second, foreign, spare], [first, second, shorter, spare], [first, second, spare, strange],
        [first, second, spare, unloaded], [first, first, second, spare],
    ):  # fmt: skip
        data = build([*papers[:4], *middle, *papers[7:]], records, heads, day.site_key, day.session.id)
        refused_by_both(day, data)
    build_again = build(papers, records, heads, day.site_key, day.session.id)
    assert verified(day, build_again).starts == {ROOM: LATER}


def forged(what: AnyChange | None, number: int, document: int) -> SmallDay:
    """A day whose room, with all its keys, says something else than the platform signed."""
    day = SmallDay()
    day.change(Postponement(LATER, "停电"))
    day.spares = [day.spare_document(1)]
    said: r.SittingRecord
    source = [day.changes[0], day.spares[0], b"unknown"][document]
    if what is None:
        said = r.SpareTaken("B", crypto.sha256(source))
    else:
        said = r.SittingChanged(number, what, crypto.sha256(source))
    day.sitting_entries.append(r.append(day.chain, said, day.now))
    ended = r.SittingEnded(0, 0, 0, 0, "x")
    day.sitting_entries.append(r.append(day.chain, ended, day.now))
    return day


@pytest.mark.parametrize(
    ("what", "number", "document"),
    [
        (Postponement(LATER, "停电"), 1, 0),
        (Postponement(LATER + 1, "停电"), 2, 0),
        (Cancellation("x"), 2, 0),
        (Correction({}, "x"), 1, 2),
        (None, 0, 0),
        (None, 0, 1),
    ],
    ids=["twice", "no such number", "not in it", "unknown document", "spare by changes", "another form"],
)
def test_a_room_that_says_something_else_than_the_platform_signed_is_found(
    what: AnyChange | None, number: int, document: int
) -> None:
    day = forged(what, number, document)
    refused_by_both(day, day.bundle())


def test_records_of_changes_stand_in_the_clear(day: SmallDay) -> None:
    kinds = [ledger.header_of(entry).kind for entry in day.sitting_entries if ledger.header_of(entry).clear]
    assert {"SittingChanged", "SpareTaken"} <= set(kinds)


def test_a_record_must_say_what_the_document_says_of_its_own_room() -> None:
    day = SmallDay()
    rooms = (day.room, msgspec.structs.replace(day.room, id="02"))
    claimed = trust.peek(day.formal, documents.FORMAL, documents.FormalAuthorisation)
    whole = msgspec.structs.replace(claimed, rooms=rooms)
    formal = signed.sign(day.issuing, documents.FORMAL, whole)
    found = Amendments(trust.PlatformTrust(day.root.public, day.issuer), formal, whole)
    what = Postponement(LATER, "停电")
    named = (documents.NamedChange(("02",), Cancellation("x")), documents.NamedChange((ROOM,), what))
    payload = documents.SessionChanges(1, SITE, day.session.id, 0, 2**50, named)
    document = signed.sign(day.issuing, documents.CHANGES, payload)
    spare = day.spare_document(1, rooms=("02",), formal=crypto.sha256(formal))
    assert found.take(document) and found.take(spare) and not found.take(formal)
    digest, other = crypto.sha256(document), crypto.sha256(spare)
    for record in (
        r.SittingChanged(1, Cancellation("x"), digest),
        r.SittingChanged(2, Postponement(LATER + 1, "停电"), digest),
        r.SittingChanged(3, what, digest),
        r.ChangeRefused(1, "too_late", digest),
        r.SpareTaken("spare", other),
        r.ChangeRefused(0, "already_open", other),
    ):
        with pytest.raises(Damaged):
            found.record(ROOM, record)
    found.record(ROOM, r.SittingChanged(2, what, digest))
    found.record("02", r.ChangeRefused(1, "already_open", digest))
    found.record("02", r.SpareTaken("spare", other))
