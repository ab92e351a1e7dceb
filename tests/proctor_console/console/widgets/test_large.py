"""Large digits are blanks on a colour: as wide in every terminal."""

from proctor_console.console.widgets.large import HEIGHT, INK, SHAPES, large


def test_a_code_is_drawn_in_equal_lines_of_blanks() -> None:
    text = large("40718263")
    lines = text.plain.split("\n")
    assert len(lines) == HEIGHT and {len(line) for line in lines} == {8 * 5 + 4}
    assert set(text.plain) == {" ", "\n"}
    inked = sum(span.end - span.start for span in text.spans if span.style == INK)
    assert inked == sum(SHAPES[digit].count("#") for digit in "40718263")


def test_every_digit_has_a_shape_of_its_own() -> None:
    assert len(set(SHAPES.values())) == 10
    assert {len(shape) for shape in SHAPES.values()} == {HEIGHT * 4 - 1}
