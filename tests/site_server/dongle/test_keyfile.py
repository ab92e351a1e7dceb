"""The soft dongle: what it opens, and how wrong passphrases are counted."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from shared import codec, crypto, limits, signed
from shared import documents as d
from shared.errors import BadSignature, Damaged, Malformed, Refused, Unavailable
from shared.ledger import START, Point
from site_server.dongle import keyfile

RIGHT, WRONG, SITE = "correct horse battery", "wrong horse battery", "s1"
MARK = d.Mark(SITE, 1_800_000_000_000, Point(1, 7, bytes([7]) * 32))


def test_only_the_right_purpose_opens_and_nothing_after_close(tmp_path: Path) -> None:
    keys = keyfile.create(tmp_path / "d", RIGHT, SITE).keys
    dongle = keyfile.unlock(tmp_path / "d", RIGHT)
    sealed = crypto.wrap(keys.wrap, b"data key", "purpose")
    assert dongle.unwrap(sealed, "purpose") == b"data key"
    with pytest.raises(BadSignature):
        dongle.unwrap(sealed, "another purpose")
    dongle.close()
    with pytest.raises(Unavailable):
        dongle.unwrap(sealed, "purpose")


@pytest.mark.parametrize(
    "weak", ["x7#kQ2!mZp9", "x" * 40, "abcd" * 10, "123456789012345", "s1 s1 s1 s1 s1 S1", "S1-12345678901"]
)
def test_a_weak_passphrase_makes_no_dongle(tmp_path: Path, weak: str) -> None:
    with pytest.raises(Refused) as refused:
        keyfile.create(tmp_path / "d", weak, SITE)
    assert refused.value.wire_code == "weak_passphrase"
    assert not (tmp_path / "d").exists()


def test_long_digits_and_a_passphrase_that_names_the_site_among_more_will_do() -> None:
    for good in ("1234567890123456", "kd-s1 battery staple"):
        keyfile.check_strength(good, SITE)


def test_a_second_dongle_in_the_same_place_is_refused(tmp_path: Path) -> None:
    before = keyfile.create(tmp_path / "d", RIGHT, SITE).keys
    with pytest.raises(Refused):
        keyfile.create(tmp_path / "d", RIGHT, SITE)
    assert keyfile.unlock(tmp_path / "d", RIGHT).keys == before


def test_it_signs_with_the_key_it_names(tmp_path: Path) -> None:
    dongle = keyfile.create(tmp_path / "d", RIGHT, SITE)
    crypto.verify(dongle.keys.sign, dongle.sign(b"grant"), b"grant")
    with pytest.raises(BadSignature):
        crypto.verify(dongle.keys.sign, dongle.sign(b"grant"), b"other")


def test_the_mark_is_kept_in_the_file_and_only_the_dongle_can_make_one(tmp_path: Path) -> None:
    dongle = keyfile.create(tmp_path / "d", RIGHT, SITE)
    assert dongle.read_mark() == d.Mark(SITE, 0, START)
    dongle.write_mark(MARK)
    assert keyfile.unlock(tmp_path / "d", RIGHT).read_mark() == MARK
    held = held_in(tmp_path / "d")
    for forged in (b"", signed.sign(crypto.Ed25519Signer(bytes(32)), d.MARK, MARK), held.mark[:-1] + b"x"):
        (tmp_path / "d").write_bytes(codec.encode(msgspec.structs.replace(held, mark=forged)))
        with pytest.raises(Damaged) as damaged:
            keyfile.unlock(tmp_path / "d", RIGHT).read_mark()
        assert damaged.value.wire_code == "mark_damaged"


def test_it_is_alive_only_while_the_same_file_is_there(tmp_path: Path) -> None:
    path = tmp_path / "d"
    dongle = keyfile.create(path, RIGHT, SITE)
    older = path.read_bytes()
    dongle.write_mark(MARK)
    assert dongle.alive()
    newest = path.read_bytes()
    path.unlink()
    assert not dongle.alive()
    with pytest.raises(Unavailable) as gone:
        dongle.write_mark(MARK)
    assert gone.value.wire_code == "dongle_gone"
    keyfile.create(path, RIGHT, SITE)
    assert not dongle.alive(), "another dongle in its place"
    path.write_bytes(older)
    assert not dongle.alive(), "an older copy of it"
    path.write_bytes(newest)
    assert dongle.alive()
    dongle.close()
    assert not dongle.alive()


def held_in(path: Path) -> keyfile.KeyFile:
    """The file as it stands."""
    return codec.decode(keyfile.KeyFile, path.read_bytes(), limits.DOCUMENT_BYTES)


def tries_in(path: Path) -> int:
    """The durable count of wrong passphrases."""
    return held_in(path).tries


def test_wrong_passphrases_are_counted_until_the_right_one(tmp_path: Path) -> None:
    keyfile.create(tmp_path / "d", RIGHT, SITE)
    for count in (1, 2):
        with pytest.raises(Refused) as wrong:
            keyfile.unlock(tmp_path / "d", WRONG)
        assert wrong.value.wire_code == "wrong_passphrase"
        assert tries_in(tmp_path / "d") == count
    keyfile.unlock(tmp_path / "d", RIGHT)
    assert tries_in(tmp_path / "d") == 0


def test_too_many_wrong_passphrases_lock_it_even_for_the_right_one(tmp_path: Path) -> None:
    keyfile.create(tmp_path / "d", RIGHT, SITE)
    for _ in range(limits.DONGLE_TRIES):
        with pytest.raises(Refused, match="does not open"):
            keyfile.unlock(tmp_path / "d", WRONG)
    with pytest.raises(Refused) as locked:
        keyfile.unlock(tmp_path / "d", RIGHT)
    assert locked.value.wire_code == "dongle_locked"


def test_other_files_are_no_dongle(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as none:
        keyfile.unlock(tmp_path / "none", RIGHT)
    assert none.value.wire_code == "no_dongle"
    (tmp_path / "d").write_bytes(b"not a dongle")
    with pytest.raises(Malformed):
        keyfile.unlock(tmp_path / "d", RIGHT)


def test_whoever_looks_while_the_mark_is_written_sees_the_dongle_alive(tmp_path: Path) -> None:
    dongle = keyfile.create(tmp_path / "d", RIGHT, SITE)
    written = threading.Event()

    def write() -> None:
        for position in range(1, 200):
            dongle.write_mark(msgspec.structs.replace(MARK, point=Point(1, position, bytes(32))))
        written.set()

    with ThreadPoolExecutor() as threads:
        writing = threads.submit(write)
        while not written.is_set() and not writing.done():
            assert dongle.alive()
        writing.result()
