"""Commands: what staff send is decoded strictly; what only a room may make cannot be sent."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given

from shared import codec, exam
from shared import commands as c
from shared.errors import Malformed
from shared.ledger import START
from shared.messages import Order
from shared.refusal import Refusal
from tests.support.drawn import drawn
from tests.support.small_day import CHIEF, SmallDay, T

STAFF = get_args(c.StaffCommand)
INNER = get_args(c.CandidateCommand)


@given(drawn(c.StaffCommand))
def test_every_staff_command_travels_in_an_order(command: c.Command) -> None:
    order = Order(7, "m1", command)  # type: ignore[arg-type]  # drawn from the union
    assert codec.decode(Order, codec.encode(order), 2_000) == order


@pytest.mark.parametrize("kind", INNER)
def test_no_order_carries_a_command_of_candidate_or_clock(kind: type[c.Command]) -> None:
    data = codec.encode({"m": "order", "id": 1, "session": "m1", "command": {"do": kind.__name__, "ticket": "1001"}})
    with pytest.raises(Malformed):
        codec.decode(Order, data, 2_000)


def test_a_command_is_named_after_its_class() -> None:
    assert all(kind.__struct_config__.tag == kind.__name__ for kind in STAFF + INNER)
    assert not any("by" in kind.__struct_fields__ for kind in STAFF + INNER), "the room says who it is"


@given(drawn(c.StaffCommand | c.LogIn | c.ConfirmRead | c.RaiseHand | c.Receive | c.Tick))
def test_no_drawn_command_breaks_the_rules_or_changes_the_state(command: c.AnyCommand | c.StaffCommand) -> None:
    for ticket in (getattr(command, "ticket", ""), "1001"):
        if isinstance(command, c.Receive) and ticket != "1001":
            continue
        fitting = msgspec.structs.replace(command, ticket=ticket) if "ticket" in command.__struct_fields__ else command
        before = codec.encode(DAY.state.candidates["1001"])
        put = c.ByStaff(fitting, CHIEF) if isinstance(fitting, c.StaffCommand) else fitting
        made = exam.decide(DAY.state, put, T)
        assert isinstance(made, Refusal | list)
        assert codec.encode(DAY.state.candidates["1001"]) == before


def running() -> SmallDay:
    """A day just after its start with one candidate answering."""
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.start()
    assert day.state.attempts["1001"].accepted != START
    return day


DAY = running()
