"""Every message on the wire: round trip, strictness, direction and size."""

import inspect
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings

from shared import codec, crypto, limits
from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.errors import Malformed
from shared.ledger import START, Chain, Entry, Point, attempt_stream, open_epoch
from shared.model import Session
from shared.roles import Role, RoleRules
from tests.support.drawn import drawn

KINDS = [kind for kind in vars(m).values() if inspect.isclass(kind) and issubclass(kind, m.Message)][1:]
WAYS = {
    "pc to room": m.PcMessage,
    "room to pc": m.RoomToPc,
    "console to room": m.ConsoleMessage,
    "room to console": m.RoomToConsole,
    "room to site": m.RoomToSite,
    "site to room": m.SiteToRoom,
    "site to platform": m.HeadsTold | m.SiteHead,
}
KEY = bytes(range(32))
LATE = 9_999_999_999_999
"""An instant that takes as many bytes as any of this age."""


def decode(kind: Any, data: bytes) -> m.Message:
    """One message within the frame limit."""
    found: m.Message = codec.decode(kind, data, limits.FRAME_BYTES)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_arrives_as_it_was_sent_and_with_nothing_added(kind: type[m.Message]) -> None:
    ways = [way for way in WAYS.values() if kind in get_args(way)]
    assert ways, "nobody may send it"

    @settings(max_examples=20)
    @given(drawn(kind))
    def check(message: m.Message) -> None:
        data = codec.encode(message)
        for way in ways:
            assert decode(way, data) == message
            with pytest.raises(Malformed):
                decode(way, codec.encode(msgspec.msgpack.decode(data) | {"more": 1}))

    check()


@pytest.mark.parametrize("way", WAYS)
def test_a_message_of_another_way_is_refused(way: str) -> None:
    for kind in KINDS:
        if kind in get_args(WAYS[way]):
            continue
        # Only the tag is looked at first, so an empty message of that kind shows whether the kind is let in.
        with pytest.raises(Malformed, match="Invalid value"):
            decode(WAYS[way], codec.encode({"m": kind.__struct_config__.tag}))


def test_every_tag_is_used_once() -> None:
    tags = [kind.__struct_config__.tag for kind in KINDS]
    assert len(tags) == len(set(tags))


def test_a_full_board_fits_a_frame() -> None:
    name = "长" * limits.NAME_CHARS
    clock = m.Clockwork(*[LATE] * 7)
    rows = tuple(
        m.SeatRow(
            ticket="9" * 20, name=name, id_masked="990*************3X", seat=44, place=seat, status="logged_in",
            online=True, read=True, paper=True, answered=400, saved_at=LATE, warnings=9, extra=LATE, end=LATE,
            hand_up=True, left=False, waiting_seat=44, held=999, undecided=999, heard_at=LATE,
        )
        for seat in range(1, limits.SEATS_PER_ROOM + 1)
    )  # fmt: skip
    pcs = tuple(m.PcRow(seat, "255.255.255.255", ("no_disk_space", "small_screen", "old_browser")) for seat in range(4))
    most, text = limits.PROPOSALS_OPEN, "长" * limits.PROPOSAL_CHARS
    proposed = c.DecideHeld(tuple(f"{n:020}" for n in range(limits.SEATS_PER_ROOM)), True, text)
    board = m.Board(
        session=Session("s" * 40, name, name, name, name, LATE), now=LATE, login_allowed=True, armed=True, keys=True,
        opened=LATE, ended=False, clock=clock, extra=LATE, items=400, rows=rows, pcs=pcs, site_online=True,
        site_behind=10**6, time_error=LATE, disk_ok=True, head=None, site_head=None, roles=RoleRules(),
        proposals=tuple(m.ProposalRow(n, proposed, name, Role.TECHNICAL_HEAD, LATE, LATE) for n in range(most)),
    )  # fmt: skip
    assert len(codec.encode(board)) < limits.FRAME_BYTES
    assert decode(m.RoomToConsole, codec.encode(board)) == board


def entries(answer: tuple[str, ...], count: int) -> tuple[Entry, ...]:
    """That many records of one attempt."""
    chain = Chain(attempt_stream("s" * 40, "9" * 20), KEY, open_epoch(1, START))
    return tuple(r.append(chain, r.Answered(answer), LATE, item=item) for item in range(1, count + 1))


def full_page(answer: tuple[str, ...]) -> tuple[Entry, ...]:
    """As many records as a sender puts into one frame: by number or by bytes, whichever ends first."""
    taken: list[Entry] = []
    for entry in entries(answer, limits.RECORDS_PER_FRAME):
        if sum(one.size() for one in taken) + entry.size() > limits.BATCH_BYTES:
            break
        taken.append(entry)
    return tuple(taken)


@pytest.mark.parametrize("answer", [(), ("A",), tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
def test_a_page_of_records_fits_a_frame(answer: tuple[str, ...]) -> None:
    page = full_page(answer)
    assert len(page) > 100
    for message in (m.History(1, page, 10**6), m.Records(9, page), m.Push(page)):
        assert len(codec.encode(message)) < limits.FRAME_BYTES


def test_a_link_with_the_staff_and_streams_of_a_day_fits_a_frame() -> None:
    point = Point(3, 100_000, bytes(32))
    names = [f"attempt/session-{s}/{ticket:020}" for s in range(4) for ticket in range(limits.SEATS_PER_ROOM)]
    linked = m.Linked({name: (point, point) for name in names}, (), ())
    assert len(codec.encode(linked)) < limits.FRAME_BYTES


def test_what_a_device_signs_to_resume_names_nonce_ticket_and_point() -> None:
    base = m.resume_bytes(b"nonce", "1001", START)
    others = [(b"nonc", "1001", START), (b"nonce", "1002", START), (b"nonce", "1001", Point(1, 0, START.digest))]
    assert base.startswith(b"kaodian-resume-1")
    assert len({base, *(m.resume_bytes(*other) for other in others)}) == 4
    signer = crypto.Ed25519Signer(KEY)
    crypto.verify(signer.public, signer.sign(base), base)
