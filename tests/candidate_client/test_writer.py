"""The way of an answer when the disk or the room is in the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from candidate_client import view as v
from candidate_client.device import JOURNAL, Device
from candidate_client.state import State
from candidate_client.writer import Writer
from shared import commands as c
from shared import crypto, ledger
from shared import messages as m
from shared.errors import Unavailable
from shared.io.clock import TrustedClock, wall_anchor
from shared.io.tasks import Tasks
from shared.ledger import Parsed
from tests.support.candidate_day import candidate_day, fill
from tests.support.fake_site import QUICK, exam
from tests.support.room_day import eventually


async def test_a_disk_that_refuses_is_told_and_nothing_is_called_saved(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, QUICK)) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        sitter.fill_disk()
        await sitter.answer(1, "A")
        view = await sitter.until(lambda view: view.error != "")
        assert (view.error, view.saved, view.unsent) == ("disk_failed", {}, 1)
        assert view.answers == {"1": ("A",)}
        assert view.faults == ("disk_failed",)
        await day.cut()
        await sitter.until(lambda view: not view.link)
        before = len(sitter.said("alive"))
        await day.back()
        await sitter.until(lambda view: len(sitter.said("alive")) > before)
        view = sitter.agent.view
        assert (view.answers, view.saved, view.faults) == ({"1": ("A",)}, {}, ("disk_failed",)), "as long as it runs"


async def test_a_signed_head_follows_the_hand_in(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, QUICK)) as day:
        console = await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.hand_in_opens <= view.now)
        await sitter.agent.intent(v.HandIn())
        await sitter.until(lambda view: view.receipt_final)
        assert await console.order(c.PermitLeave("1001")) == "", "the room keeps heads with its next commit"
        await eventually(lambda: ("attempt/m1/1001", 1) in day.room.site.heads)


async def gone(_message: m.Message) -> None:
    """A connection that is cut just now."""
    raise Unavailable("cut", "link_cut")


async def records(sent: asyncio.Queue[m.Message]) -> list[Parsed]:
    """The next frame of records that leaves this PC."""
    async with asyncio.timeout(10):
        frame = await sent.get()
    assert isinstance(frame, m.Records)
    return [ledger.parse(entry) for entry in frame.entries]


@asynccontextmanager
async def writing(folder: Path) -> AsyncIterator[tuple[Writer, State, asyncio.Queue[m.Message]]]:
    """A writer that has begun an epoch, and what leaves it."""
    device, state, clock = Device(folder), State(1, "01"), TrustedClock()
    tasks = Tasks(lambda _name, _error: state.cannot_save())
    clock.adopt(wall_anchor(1_800_000_000_000))
    sent: asyncio.Queue[m.Message] = asyncio.Queue()
    writer = Writer(device, clock, state, lambda _event, _facts: None, lambda: None)
    tasks.spawn("write", writer.write_loop())
    tasks.spawn("send", writer.send_loop())
    found = exam(0)
    instants = m.Clockwork(0, 0, 0, 0, 0, 0, 0)
    key, fresh = crypto.new_key(), ledger.Point(1, 0, b"")
    admitted = m.Admitted(
        found.session, "", "", "1001", 1, key, 1, ledger.START, fresh, 0, found.refs[0], instants, True, "logged_in"
    )
    await writer.enter(admitted, [], sent.put)
    opened = await records(sent)
    await writer.acknowledged(m.Ack(opened[0].point, "accepted", ""))
    yield writer, state, sent
    await tasks.close()
    device.close()


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("again", [True, False])
async def test_what_was_typed_before_the_room_closes_is_written_and_sent_to_be_held(
    tmp_path: Path, begun: bool, cut: bool, again: bool
) -> None:
    async with writing(tmp_path) as (writer, state, sent):
        if cut:
            writer.link_down()  # and on the next connection the room says at once that it is over here
        state.attempt.type(1, ("A",), 0)
        writer.stir()
        if begun:
            await asyncio.sleep(0)  # the journal has it in hand now, and is not done with it
        writer.close(gone if again else sent.put)
        state.finish(m.Finished("collected"))
        if again:
            await eventually(lambda: not writer.delivered)
            writer.link_down()
            assert not writer.delivered, "the next connection is for that"
            writer.close(sent.put)
        assert not writer.handed_over
        rest = await records(sent)
        assert [one.header.kind for one in rest] == ["Answered"]
        assert not writer.handed_over
        await writer.acknowledged(m.Ack(rest[0].point, "held", "closed"))
        assert writer.handed_over
        assert state.attempt.saved == {}, "the page is closed"
        assert state.held == 1, "and it says that something came too late"


@pytest.mark.parametrize("begun", [True, False])
async def test_what_cannot_be_written_any_more_is_counted_and_not_handed_over(tmp_path: Path, begun: bool) -> None:
    async with writing(tmp_path) as (writer, state, sent):
        fill(tmp_path / JOURNAL, "records")
        state.attempt.type(1, ("A",), 0)
        writer.stir()
        if begun:
            await asyncio.sleep(0)  # the journal has it in hand now, and is not done with it
        writer.close(sent.put, moved=True)
        state.finish(m.Finished("moved"))
        if not begun:
            last = await records(sent)
            await writer.acknowledged(m.Ack(last[0].point, "accepted", ""))
        await eventually(lambda: state.faults == ("disk_failed",))
        assert (state.unsaved, writer.handed_over) == (1, False)


async def test_what_is_being_written_when_the_candidate_moves_is_handed_over(tmp_path: Path) -> None:
    async with writing(tmp_path) as (writer, state, sent):
        state.attempt.type(1, ("A",), 0)
        writer.stir()
        await asyncio.sleep(0)  # the journal has it in hand now, and is not done with it
        await writer.hand_over(sent.put)
        assert not writer.handed_over
        rest = await records(sent)
        assert [one.header.kind for one in rest] == ["Answered"]
        await writer.acknowledged(m.Ack(rest[0].point, "held", "old_epoch"))
        assert writer.handed_over


@pytest.mark.parametrize("finished", [False, True])
async def test_a_former_pc_asks_what_the_room_lacks(tmp_path: Path, finished: bool) -> None:
    """A machine that took a destroyed one's place may know nothing of what that one acknowledged, or had closed."""
    async with writing(tmp_path) as (writer, state, sent):
        state.attempt.type(1, ("A",), 0)
        writer.stir()
        answered = await records(sent)
        await writer.acknowledged(m.Ack(answered[-1].point, "accepted", ""))
        assert writer.delivered
        if finished:
            writer.close(sent.put)
            assert sent.empty()
        writer.close(sent.put, moved=True)
        assert [one.point for one in await records(sent)] == [answered[-1].point], "the last one, to be asked for more"
        await writer.resend(m.Resend(1, 0))
        assert [one.header.position for one in await records(sent)] == [1, 2]
        await writer.acknowledged(m.Ack(answered[-1].point, "held", "old_epoch"))
        assert writer.delivered
