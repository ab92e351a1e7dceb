"""What the site's link brings: offers one after the other, and records that nobody here has judged."""

from pathlib import Path

from proctor_console.room import history
from proctor_console.room.intake import Intake
from shared import ledger
from shared import messages as m
from shared.io.tasks import Tasks
from shared.refusal import Refusal
from shared.sitting import Status
from tests.support.fake_site import exam
from tests.support.moved_day import moved_day
from tests.support.room_day import eventually, room_day

SITTING = "sitting/m1/01"


async def test_records_whose_verdict_is_lost_are_judged_anew_without_their_pc(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(700)) as day:
        await day.armed()
        pc = await day.answering()
        await pc.answer(1, "A")
        await pc.answer(2, "B")
        await day.copied()
        await day.destroy()
        del day.site.copies[SITTING, 1][-1]
        await day.take_over()
        await eventually(lambda: day.kinds(SITTING, 2) == ["SittingOpened", "Accepted"])
        assert day.room.hall.desks["m1"].state.attempts["1001"].accepted.position == 3


async def test_a_whole_room_is_sent_away_in_one_commit_and_each_is_answered(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(30_000)) as day:
        await day.armed()
        for seat, ticket in ((1, "1001"), (2, "1002")):
            await day.pc(seat).log_in(ticket)
        hall = day.room.hall
        desk = hall.desks["m1"]
        said: list[m.MovedOut] = []

        async def send(message: m.Message) -> None:
            assert isinstance(message, m.MovedOut)
            said.append(message)

        async def no_offer(*_: object) -> None:
            pass

        intake = Intake(hall, send, {}, no_offer, lambda _: None)
        for number, ticket in enumerate(("1001", "9999", "1002"), 1):
            intake.take(m.MoveOut(number, "m1", ticket, 1, "02", 5, "张主考", False))
        before, tasks = desk.point.position, Tasks()
        tasks.spawn("intake", intake.run())
        await eventually(lambda: len(said) == 3)
        await tasks.close()
        refused = Refusal("unknown_ticket", ticket="9999")
        assert sorted(said, key=lambda one: one.id) == [
            m.MovedOut(1, None),
            m.MovedOut(2, refused),
            m.MovedOut(3, None),
        ]
        left = [ledger.header_of(one) for one in hall.store.entries(desk.stream, 1, before)]
        left = [one for one in left if one.kind == "MovedAway"]
        assert [one.status for one in desk.state.candidates.values()] == [Status.MOVED] * 2
        assert len(left) == 2 and left[0].time == left[1].time, "both were decided in the same turn of the desk"


async def test_histories_asked_for_together_each_reach_who_asked(tmp_path: Path) -> None:
    """Two guests must not get each other's records, in whatever order the answers come and however often."""
    past = moved_day()
    entries = {ticket: tuple(past.pcs[ticket].entries[:2]) for ticket in ("1001", "1003")}
    async with room_day(tmp_path, exam(700)) as day:
        asked: list[m.HistoryWanted] = []

        async def send(message: m.Message) -> None:
            if isinstance(message, m.HistoryWanted):
                asked.append(message)

        async def no_offer(*_: object) -> None:
            pass

        intake = Intake(day.room.hall, send, {}, no_offer, lambda _: None)
        tasks = Tasks()
        waiting = {
            ticket: tasks.spawn(ticket, history.epoch(intake.source, ledger.attempt_stream("m1", ticket), 1))
            for ticket in entries
        }
        await eventually(lambda: len(asked) == 2)
        for one in (*reversed(asked), *asked):
            intake.take(m.History(one.id, entries[one.stream.rsplit("/", 1)[-1]], 0))
        for ticket, found in waiting.items():
            assert tuple(one.entry for one in await found) == entries[ticket]
        await tasks.close()
