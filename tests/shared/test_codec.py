"""Strict decoding: one value of exactly the stated form, or `Malformed`."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import codec
from shared.errors import Malformed
from shared.messages import Beacon, FromBelow, Order
from shared.model import Rules, Session
from tests.support.drawn import drawn

MOST = 10_000


@given(drawn(Session))
def test_what_is_encoded_decodes_to_the_same_and_equal_values_give_equal_bytes(session: Session) -> None:
    data = codec.encode(session)
    again = codec.decode(Session, data, MOST)
    assert again == session
    assert codec.encode(again) == data
    assert codec.decode_json(Session, codec.encode_json(session), MOST) == session


def test_one_byte_over_the_limit_is_refused_before_decoding() -> None:
    data = codec.encode(b"12345678")
    assert codec.decode(bytes, data, len(data)) == b"12345678"
    with pytest.raises(Malformed) as caught:
        codec.decode(bytes, data, len(data) - 1)
    assert caught.value.wire_code == "too_large"
    with pytest.raises(Malformed) as caught:
        codec.decode_json(str, '"1234"', 5)
    assert caught.value.wire_code == "too_large"


@pytest.mark.parametrize(
    "value",
    [
        {"sent": 1},
        {"m": "beacon"},
        {"m": "no_message", "sent": 1},
        {"m": "beacon", "sent": 1, "more": 2},
        {"m": "beacon", "sent": "1"},
        {"m": "beacon", "sent": 1.0},
        {"m": "beacon", "sent": True},
        {"m": "beacon", "sent": None},
        {"m": "beacon_reply", "sent": 1},
        ["beacon", 1],
        1,
    ],
)
def test_another_form_is_never_guessed(value: object) -> None:
    with pytest.raises(Malformed):
        codec.decode(FromBelow, msgspec.msgpack.encode(value), MOST)  # type: ignore[arg-type]  # a union is no type
    with pytest.raises(Malformed):
        codec.decode_json(FromBelow, msgspec.json.encode(value), MOST)  # type: ignore[arg-type]  # likewise


def test_bytes_after_the_value_and_an_early_end_are_refused() -> None:
    data = codec.encode(Beacon(1))
    for changed in (data + b"\0", data[:-1], b""):
        with pytest.raises(Malformed):
            codec.decode(Beacon, changed, MOST)
    with pytest.raises(Malformed):
        codec.decode_json(Beacon, '{"m":"beacon","sent":1} x', MOST)


@pytest.mark.parametrize(
    "data",
    [
        b"\x91" * 9_000,  # nested deeper than any stack
        b"\xdd\xff\xff\xff\xff",  # an array of four thousand million that is not there
        b"\x82\xa1m\xa6beacon\xa4sent\xc7\x01\x05\0",  # an extension type
        b"\xa3\xff\xfe\xfd",  # not UTF-8
    ],
)
def test_hostile_bytes_are_malformed_and_nothing_else(data: bytes) -> None:
    for kind in (FromBelow, Order, Rules, str, list):
        with pytest.raises(Malformed):
            codec.decode(kind, data, MOST)  # type: ignore[arg-type]  # a union is no type


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    try:
        codec.decode(FromBelow, data, MOST)  # type: ignore[arg-type]  # a union is no type
        codec.decode_json(Session, data, MOST)
    except Malformed:
        return


def test_deeply_nested_json_is_malformed() -> None:
    with pytest.raises(Malformed):
        codec.decode_json(dict[str, object], '{"a":' * 2_000, MOST)
