"""The ways to a room: addresses in turn, and never back to a machine that another took the place of."""

from pathlib import Path

import pytest

from shared import crypto
from shared.errors import Unavailable
from shared.io import tls
from shared.io.link import Address
from shared.io.ways import Ways

CA = tls.make_ca("site s1")


def certificate(begins: int) -> bytes:
    """A room's, counting from `begins` (ms)."""
    return tls.issue(*CA, "room-01", crypto.new_p256()[1], (begins, begins + 1_000_000))


def ways(folder: Path) -> Ways:
    """A room with one spare address."""
    return Ways([Address("10.0.0.1", 1, "room-01", "/ws"), Address("10.0.0.9", 1, "room-01", "/ws")], folder)


def test_addresses_are_tried_in_turn_and_one_that_works_is_kept(tmp_path: Path) -> None:
    found = ways(tmp_path)
    assert found.here.host == "10.0.0.1"
    found.failed()
    assert found.here.host == "10.0.0.9"
    found.here.check(certificate(5000))
    assert found.here.host == "10.0.0.9"
    found.failed()
    assert found.here.host == "10.0.0.1"


def test_who_has_met_the_newer_machine_never_goes_back(tmp_path: Path) -> None:
    old, new = certificate(5000), certificate(6000)
    found = ways(tmp_path)
    found.check(old)
    found.check(new)
    found.check(new)
    with pytest.raises(Unavailable) as refused:
        found.check(old)
    assert refused.value.wire_code == "room_replaced"
    with pytest.raises(Unavailable):
        ways(tmp_path).check(old)
    ways(tmp_path).check(new)
