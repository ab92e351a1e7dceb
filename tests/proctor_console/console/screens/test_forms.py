"""Forms tell what is missing and follow the level."""

from pathlib import Path

import msgspec
from textual.app import App
from textual.widgets import Button, Input, Select, Static

from proctor_console.console.screens.forms import ExtendForm, ViolationForm
from shared import commands as c
from shared import limits
from tests.support.console_desk import record
from tests.support.console_room import SimulatedRoom, open_paper


async def test_the_extend_form_wants_minutes_and_a_reason(tmp_path: Path) -> None:
    room, app = SimulatedRoom(tmp_path, 0), App[None]()
    open_paper(room, 40, 10)
    async with app.run_test() as pilot:
        made: list[c.StaffCommand | None] = []
        form = ExtendForm(room.board(), None)
        await app.push_screen(form, made.append)
        for value, reason, wrong in (("", "", "whole number"), ("0", "x", "whole number"), ("5", " ", "why")):
            form.query_one("#minutes", Input).value = value
            form.query_one("#reason", Input).value = reason
            await record(pilot)
            await pilot.pause()
            assert wrong in str(form.query_one("#wrong", Static).render())
        form.query_one("#reason", Input).value = "断电"
        await record(pilot)
        await pilot.pause()
        assert made == [c.ExtendTime("", 5 * limits.MINUTE, "断电")]


async def test_another_level_has_other_categories_and_the_second_warning_is_announced(tmp_path: Path) -> None:
    room, app = SimulatedRoom(tmp_path, 0), App[None]()
    open_paper(room, 40, 10)
    async with app.run_test(size=(80, 30)) as pilot:
        made: list[c.StaffCommand | None] = []
        form = ViolationForm(msgspec.structs.replace(room.board().rows[0], warnings=1))
        await app.push_screen(form, made.append)
        await pilot.pause()
        assert "VOID" in str(form.query_one("#effect", Static).render())
        form.query_one("#level", Select).value = "disqualified"
        await pilot.pause()
        assert "chief invigilator" in str(form.query_one("#effect", Static).render())
        await record(pilot)
        assert not made
        form.query_one("#text", Input).value = "x"
        await record(pilot)
        await pilot.pause()
        assert made == [c.RecordViolation("T0001", "disqualified", "impersonation", "x")]


async def test_enter_leads_from_field_to_field_and_to_the_button_that_records(tmp_path: Path) -> None:
    room, app = SimulatedRoom(tmp_path, 0), App[None]()
    open_paper(room, 40, 10)
    async with app.run_test() as pilot:
        made: list[c.StaffCommand | None] = []
        form = ExtendForm(room.board(), None)
        await app.push_screen(form, made.append)
        await pilot.pause()
        assert form.query_one("#minutes", Input).has_focus
        await pilot.press("5", "enter", "x", "enter")
        assert form.query_one("#record", Button).has_focus
        await pilot.press("enter")
        await pilot.pause()
        assert made == [c.ExtendTime("", 5 * limits.MINUTE, "x")]
