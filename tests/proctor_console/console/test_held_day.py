"""Answers that came too late, from the PCs to the verdict: a real room, two people at real consoles, in bulk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from proctor_console.console.actions import possible
from proctor_console.console.app import ConsoleApp
from proctor_console.console.screens.confirm import ConfirmScreen
from proctor_console.console.screens.forms import ReasonForm
from proctor_console.console.screens.room import RoomScreen
from proctor_console.console.target import Target
from shared import ledger
from shared import messages as m
from shared import records as r
from shared.io.link import Address
from shared.io.ways import Ways
from shared.model import Rules
from tests.support.console_desk import record, until
from tests.support.fake_site import PIN, ROOM, SITE, exam
from tests.support.pc import Pc
from tests.support.room_day import RoomDay, room_day

SHORT = Rules(
    duration=1_500, late_entry=700, earliest_hand_in=500, last_leave=0, reminders=(), grace=400, makeup=60_000
)


@asynccontextmanager
async def console(day: RoomDay, number: int, name: str) -> AsyncIterator[Pilot[None]]:
    """The real program with a person signed in, once the sitting is on its screen."""
    known = day.site.machines.console(number)
    folder = known.keep(day.folder / "consoles" / known.machine.id)
    address = Address("127.0.0.1", day.room.port, f"room-{ROOM}", "/ws")
    app = ConsoleApp(Target(Ways([address], folder), day.site.ca_certificate, SITE, ROOM, folder), name, PIN)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RoomScreen) and app.screen.scene() is not None)
        yield pilot


async def top(pilot: Pilot[None], kind: type[object]) -> None:
    """Waits for a screen."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))


async def late(day: RoomDay, pc: Pc, number: int) -> None:
    """The PC was cut off before the end; its answers come after the collection and are held."""
    await pc.want(m.Finished)
    for item in range(1, number + 1):
        ack = await pc.answer(item, "A")
        assert (ack.verdict, ack.reason) == ("held", "closed")
    assert day.room.hall.desks["m1"].state.attempts[pc.ticket].held


async def test_two_people_decide_about_all_late_answers_at_once(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(1_500, SHORT)) as day:
        await day.armed()
        first, second = day.pc(1), day.pc(2)
        for pc, ticket in ((first, "1001"), (second, "1002")):
            await pc.log_in(ticket)
        for pc in (first, second):
            await pc.want(m.Opened)
        await late(day, first, 2)
        await late(day, second, 1)
        state = day.room.hall.desks["m1"].state
        async with console(day, 2, "王监考") as pilot:
            await until(pilot, lambda: "d" in _keys(pilot))
            await pilot.press("d")
            await top(pilot, ConfirmScreen)
            await pilot.press("y")
            await top(pilot, ReasonForm)
            await pilot.press(*"cable")
            await record(pilot)
            await until(pilot, lambda: bool(state.proposals))
            await top(pilot, RoomScreen)
            await pilot.press("p")
            await top(pilot, ConfirmScreen)
            await pilot.press("y")
            await pilot.pause()
            assert state.proposals, "the same person cannot confirm it"
        async with console(day, 3, "张主考") as pilot:
            await pilot.press("p")
            await top(pilot, ConfirmScreen)
            await pilot.press("y")
            await until(pilot, lambda: not state.proposals)
        assert [state.attempts[ticket].held for ticket in ("1001", "1002")] == [[], []]
        assert {ticket: state.attempts[ticket].counted[1] for ticket in ("1001", "1002")} == {
            "1001": first.chain.at.position, "1002": second.chain.at.position,
        }  # fmt: skip
        entries = day.room.hall.store.entries(ledger.sitting_stream("m1", ROOM), 1)
        clear = [r.read_clear(ledger.header_of(entry)) for entry in entries]
        decided = [one for one in clear if isinstance(one, r.HeldDecided)]
        assert len(decided) == 3 and {one.proposal for one in decided} == {1} and all(one.accepted for one in decided)


def _keys(pilot: Pilot[None]) -> set[str]:
    """The keys that are possible now."""
    screen = pilot.app.screen
    scene = screen.scene() if isinstance(screen, RoomScreen) else None
    return {action.key for action in possible(scene, False)} if scene is not None else set()
