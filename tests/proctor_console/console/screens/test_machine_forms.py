"""The forms' own checks; what they order is tested with the screen."""

import pytest

from proctor_console.console.screens.machine_forms import WindowForm
from shared import commands as c
from shared.machines import Kind
from tests.proctor_console.console.conftest import Join


@pytest.mark.parametrize(
    ("count", "minutes", "made"),
    [("44", "30", c.OpenWindow(Kind.PC, 30, 44)), ("", "30", None), ("0", "30", None), ("4", "", None)],
)
async def test_both_numbers_are_needed(join: Join, count: str, minutes: str, made: c.OpenWindow | None) -> None:
    async with join(-1_000, name="技术员") as desk:
        form = WindowForm(1)
        desk.app.push_screen(form)
        await desk.until(lambda: form.is_mounted and bool(form.query("#count")))
        form.query_one("#count").value = count  # type: ignore[attr-defined]
        form.query_one("#minutes").value = minutes  # type: ignore[attr-defined]
        assert form.command() == made or (made is None and isinstance(form.command(), str))
