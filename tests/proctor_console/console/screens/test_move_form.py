"""The form for moves to another room."""

from pathlib import Path

from textual.app import App
from textual.widgets import Input, Select
from textual.widgets._select import SelectCurrent

from proctor_console.console.screens.move_form import MoveForm
from shared import commands as c
from tests.support.console_room import SimulatedRoom, open_paper


async def test_one_candidate_or_the_whole_room(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 0)
    open_paper(room, 40, 10)
    board = room.board()
    row = next(one for one in board.rows if one.status == "logged_in")
    for chosen, due in ((row, (row.ticket,)), (None, ())):
        app = App[None]()
        async with app.run_test() as pilot:
            form = MoveForm(board, room.room, chosen)
            await app.push_screen(form)
            assert isinstance(form.command(), str)
            form.query_one("#room", Input).value = "02"
            await pilot.pause()
            assert form.command() == c.MoveToRoom(board.session.id, room.room.id, due, "02")
            form.query_one("#who", Select).value = "all"
            await pilot.pause()
            assert form.command() == c.MoveToRoom(board.session.id, room.room.id, (), "02")
            chosen_text = str(form.query_one("#who", Select).query_one(SelectCurrent).label)
            assert chosen_text == "ALL 40 unfinished candidates of this room", "words, not a tick alone"
