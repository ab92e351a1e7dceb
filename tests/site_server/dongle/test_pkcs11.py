"""A real token (SoftHSM) as a dongle: what it opens and signs, how it refuses, and how its end is noticed."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from msgspec.structs import replace

from shared import crypto, limits
from shared import documents as d
from shared.errors import BadSignature, Damaged, KaodianError, Refused, Unavailable
from shared.io.clock import boot_now
from shared.ledger import START, Point
from site_server.dongle import pkcs11, wire
from site_server.dongle.pkcs11 import TokenDongle
from site_server.dongle.place import TokenPlace
from tests.support.softhsm import MODULE, PIN, SoftHsm

SITE = "s1"
WrapType = Literal["hpke-p256", "rsa2048-oaep-sha256"]
KINDS: dict[WrapType, str] = {crypto.HPKE_P256: crypto.ECDSA_P256, crypto.RSA_OAEP: crypto.RSA_2048}
MARK = d.Mark(SITE, 1_800_000_000_000, Point(1, 7, bytes([7]) * 32))


@pytest.fixture
def place(hsm: SoftHsm) -> TokenPlace:
    """An empty token."""
    return hsm.token()


@pytest.fixture
def made(place: TokenPlace) -> Iterator[TokenDongle]:
    """A dongle in it."""
    dongle = pkcs11.create(place, SITE, PIN)
    yield dongle
    dongle.close()


def code_of(place: TokenPlace, pin: str = PIN, site: str = SITE) -> str:
    """The code by which opening is refused."""
    with pytest.raises(KaodianError) as refused:
        pkcs11.unlock(place, site, pin)
    return refused.value.wire_code


@pytest.mark.parametrize("wrap", list(KINDS))
def test_a_token_unwraps_signs_and_keeps_its_mark(place: TokenPlace, wrap: WrapType) -> None:
    place = replace(place, wrap=wrap)
    made = pkcs11.create(place, SITE, PIN)
    try:
        assert (made.keys.wrap.type, made.keys.sign.alg) == (wrap, KINDS[wrap])
        sealed = check_unwrapping(made)
        crypto.verify(made.public, made.sign(b"grant" * 1000), b"grant" * 1000)
        with pytest.raises(BadSignature):
            crypto.verify(made.public, made.sign(b"grant"), b"other")
        assert made.read_mark() == d.Mark(SITE, 0, START)
        made.write_mark(MARK)
        made.write_mark(replace(MARK, time=MARK.time + 1))
        assert made.alive(), "a wrong message is no dead token"
    finally:
        made.close()
    again = pkcs11.unlock(place, SITE, PIN)
    try:
        assert (again.keys, again.read_mark()) == (made.keys, replace(MARK, time=MARK.time + 1))
        assert again.unwrap(sealed, "purpose") == b"k" * 5000
    finally:
        again.close()


def check_unwrapping(dongle: TokenDongle) -> bytes:
    """Only the bytes and the purpose that were wrapped open; gives such bytes."""
    sealed = crypto.wrap(dongle.keys.wrap, b"k" * 5000, "purpose")
    assert dongle.unwrap(sealed, "purpose") == b"k" * 5000
    for bytes_, info in (
        (sealed, "another"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), "purpose"), (sealed[:40], "purpose"),
        (bytes([sealed[0] ^ 8]) + sealed[1:], "purpose"), (b"", "purpose"),
    ):  # fmt: skip
        with pytest.raises(BadSignature):
            dongle.unwrap(bytes_, info)
    return sealed


def test_each_way_not_to_open_has_its_own_code(place: TokenPlace, made: TokenDongle, tmp_path: Path) -> None:
    made.close()
    assert code_of(place, pin="999999") == "token_pin_wrong"
    assert code_of(replace(place, label="another")) == "no_token_label"
    assert code_of(replace(place, slot=7, label="")) == "no_token"
    assert code_of(replace(place, module=str(tmp_path / "none.so"))) == "no_module"
    (tmp_path / "text.so").write_text("no module")
    assert code_of(replace(place, module=str(tmp_path / "text.so"))) == "no_module"
    assert code_of(place, site="s2") == "other_dongle"
    with pytest.raises(Refused) as twice:
        pkcs11.create(place, SITE, PIN)
    assert twice.value.wire_code == "dongle_exists"


def test_no_token_and_several_tokens_are_told(hsm: SoftHsm) -> None:
    place = TokenPlace(MODULE)
    assert code_of(place) == "no_token"
    hsm.token("one")
    hsm.token("two")
    with pytest.raises(Unavailable, match=r"2 tokens fit.* one \(slot \d+\)") as several:
        pkcs11.create(place, SITE, PIN)
    assert several.value.wire_code == "no_token_label"
    chosen = pkcs11.create(replace(place, label="two"), SITE, PIN)
    chosen.close()


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TokenPlace:
    """A module that never comes back: its configuration is a pipe that nobody writes to."""
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "fifo"))
    return TokenPlace(MODULE)


def test_a_module_that_hangs_while_it_is_opened_is_given_up(hanging: TokenPlace) -> None:
    begin = boot_now()
    with pytest.raises(Unavailable, match="does not answer") as hung:
        pkcs11.unlock(hanging, SITE, PIN, most=700)
    assert hung.value.wire_code == "module_crashed"
    assert boot_now() - begin < 10 * limits.SECOND


def test_a_module_that_crashes_while_it_is_opened_is_told_as_such(hanging: TokenPlace) -> None:
    dongle = TokenDongle()
    killer = threading.Timer(0.7, os.kill, (dongle.process, signal.SIGSEGV))
    killer.start()
    with pytest.raises(Unavailable, match="has ended") as crashed:
        dongle.open(wire.Open(hanging.module, None, "", SITE, PIN), limits.DONGLE_OPEN)
    assert crashed.value.wire_code == "module_crashed"
    killer.join()
    dongle.close()


def test_a_token_taken_out_is_dead_and_must_be_opened_again(hsm: SoftHsm, place: TokenPlace, made: TokenDongle) -> None:
    assert made.alive()
    hsm.take_out()
    assert not made.alive()
    with pytest.raises(Unavailable):
        made.write_mark(MARK)
    hsm.put_back()
    again = pkcs11.unlock(place, SITE, PIN)
    try:
        assert again.alive()
        assert again.read_mark() == d.Mark(SITE, 0, START)
    finally:
        again.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_hanging_child_is_noticed_in_time(made: TokenDongle, number: signal.Signals) -> None:
    os.kill(made.process, number)
    begin = boot_now()
    assert not made.alive()
    assert boot_now() - begin < limits.DONGLE_ANSWER + limits.SECOND
    for call in (lambda: made.sign(b""), made.read_mark, lambda: made.write_mark(MARK)):
        with pytest.raises(Unavailable) as gone:
            call()
        assert gone.value.wire_code == "dongle_gone"
    made.close()
    assert not made.alive()


def test_a_mark_that_was_deleted_is_damaged(hsm: SoftHsm, place: TokenPlace, made: TokenDongle) -> None:
    made.close()
    objects = sorted(hsm.tokens.rglob("*.object"), key=lambda file: file.stat().st_mtime_ns)
    objects[-1].unlink()  # the mark was made last
    again = pkcs11.unlock(place, SITE, PIN)
    try:
        with pytest.raises(Damaged) as damaged:
            again.read_mark()
        assert damaged.value.wire_code == "mark_damaged"
    finally:
        again.close()


def test_the_pin_is_in_no_command_line_or_environment(made: TokenDongle) -> None:
    folder = Path(f"/proc/{made.process}")
    assert PIN.encode() not in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
