"""Names, seats and windows of machines."""

import pytest

from shared import crypto, limits
from shared.machines import Conflict, Enrolled, Kind, Window, key_id, name_of, seat_by_address


def test_names_say_kind_room_and_number_in_lower_case() -> None:
    names = [name_of(kind, "B-01", 7) for kind in Kind]
    assert names == ["room-b-01", "pc-b-01-7", "console-b-01-7"]


def test_a_machine_is_known_by_its_key() -> None:
    point = crypto.new_p256()[1]
    one = Enrolled(Kind.PC, "01", 3, point, None, "10.0.0.3", 0, 1)
    assert (one.name, one.id) == ("pc-01-3", key_id(point))
    assert one.id != key_id(crypto.new_p256()[1])


@pytest.mark.parametrize(
    ("address", "seat"), [("10.0.1.17", 17), ("10.0.1.254", 0), ("::1", 0), ("", 0), ("fe80::2", 0), ("10.0.0.²", 0)]
)
def test_the_last_number_of_an_address_suggests_a_seat(address: str, seat: int) -> None:
    assert seat_by_address(address) == seat


@pytest.mark.parametrize(
    ("window", "lets_in"),
    [
        (Window(Kind.PC, "01", "1", 100, 1), True),
        (Window(Kind.PC, "01", "1", 99, 1), False),
        (Window(Kind.PC, "01", "1", 100, 0), False),
        (Window(Kind.PC, "01", "1", 100, 1, limits.ENROL_WRONG_CODES), False),
    ],
)
def test_a_window_ends_by_time_by_count_and_by_wrong_codes(window: Window, lets_in: bool) -> None:
    assert window.open_at(99) is lets_in


def test_no_conflict_is_empty_so_that_it_reads_as_none() -> None:
    assert not Conflict.NONE
