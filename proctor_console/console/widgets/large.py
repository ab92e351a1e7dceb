"""Digits that can be read across a room, drawn with coloured blanks: no font or terminal makes them wide or narrow."""

from typing import Final

from rich.text import Text

INK: Final = "on rgb(120,220,255)"
HEIGHT: Final = 5
SHAPES: Final = {
    "0": "### # # # # # # ###", "1": "  #   #   #   #   #", "2": "###   # ### #   ###", "3": "###   # ###   # ###",
    "4": "# # # # ###   #   #", "5": "### #   ###   # ###", "6": "### #   ### # # ###", "7": "###   #   #   #   #",
    "8": "### # # ### # # ###", "9": "### # # ###   # ###",
}  # fmt: skip
"""Five rows of three cells for each digit, a blank between the rows."""


def large(digits: str, group: int = 4) -> Text:
    """The digits in `HEIGHT` lines, five cells each, a wider gap after every `group`."""
    rows = []
    for at in range(HEIGHT):
        row = Text(no_wrap=True)
        for number, digit in enumerate(digits):
            row.append("    " if number and number % group == 0 else "")
            for cell in SHAPES[digit][at * 4 : at * 4 + 3]:
                row.append(" ", INK if cell == "#" else "")
            row.append("  ")
        rows.append(row)
    return Text("\n").join(rows)
