"""Frames between the site and the token's process: strict both ways."""

import io

import pytest

from shared import crypto, limits
from shared import documents as d
from shared.errors import Malformed, Refused, Unavailable
from site_server.dongle import wire

KEYS = d.DongleKeys(crypto.WrapKey(crypto.RSA_OAEP, bytes(256)), crypto.PublicKey(crypto.ED25519, bytes(32)))
REQUESTS: list[wire.AnyRequest] = [
    wire.Open("/x.so", None, "", "s1", "1234"), wire.Open("/x.so", 7, "label", "s1", "1234", "hpke-p256"),
    wire.Agree(bytes(65)), wire.Raise(bytes(256)), wire.Sign(b"data"), wire.ReadMark(), wire.WriteMark(b"mark"),
    wire.Alive(),
]  # fmt: skip


def test_requests_arrive_as_they_were_sent_until_the_end() -> None:
    source = io.BytesIO(b"".join(map(wire.framed, REQUESTS)))
    assert [wire.receive(source) for _ in REQUESTS] == REQUESTS
    assert wire.receive(source) is None


def test_a_reply_tells_its_error_or_none() -> None:
    assert wire.Reply(b"x", keys=KEYS).raised() is None
    assert isinstance(wire.Reply(code="token_pin_wrong").raised(), Refused)
    for code in wire.AWAY:
        error = wire.Reply(code=code, detail="why").raised()
        assert isinstance(error, Unavailable)
        assert (error.wire_code, error.detail) == (code, "why")


def test_what_is_no_frame_is_malformed() -> None:
    for data in (b"\0", b"\0\0\0", (limits.FRAME_BYTES + 1).to_bytes(4), b"\0\0\0\1\xc0", b"\0\0\0\5abc"):
        with pytest.raises(Malformed):
            wire.receive(io.BytesIO(data))
