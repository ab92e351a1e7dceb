"""The modal: the harmless way is the default."""

import pytest
from textual.app import App

from proctor_console.console.screens.confirm import Choice, ConfirmScreen


@pytest.mark.parametrize(
    ("keys", "result"),
    [(("enter",), ""), (("escape",), ""), (("y",), "go"), (("right", "enter"), "go"), (("n",), "no")],
)
async def test_keys_lead_to_their_choice(keys: tuple[str, ...], result: str) -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        taken: list[str | None] = []
        choices = (Choice("go", "y", "Go", danger=True), Choice("no", "n", "No"))
        await app.push_screen(ConfirmScreen("Title", "[text]\n" * 60, choices), taken.append)
        await pilot.press(*keys)
        await pilot.pause()
        assert taken == [result]
