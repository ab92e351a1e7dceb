"""Strokes and circuit symbols as SVG text, for the sample's pictures. Draws horizontally laid symbols only.

Coordinates are pixels from the upper left corner; every function returns an SVG fragment.
"""

from typing import Final

FONT: Final = "Noto Sans CJK SC"


def picture(width: int, height: int, *parts: str) -> str:
    """A whole SVG document on white ground."""
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="white"/>'
        f'<g stroke="black" stroke-width="2" fill="none" stroke-linecap="round">{body}</g></svg>'
    )


def wire(*points: tuple[float, float], dashed: bool = False) -> str:
    """A polyline through the points."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{path}"{dash}/>'


def text(x: float, y: float, words: str, size: int = 20, anchor: str = "middle") -> str:
    """Words with their baseline at y."""
    return (
        f'<text x="{x:g}" y="{y:g}" font-family="{FONT}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="black" stroke="none">{words}</text>'
    )


def box(x: float, y: float, width: float, height: float, dashed: bool = False) -> str:
    """A rectangle on white ground, so that it hides a wire behind it."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="white"{dash}/>'


def ring(x: float, y: float, radius: float) -> str:
    """A circle on white ground."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="white"/>'


def dot(x: float, y: float, radius: float = 4) -> str:
    """A joint of wires."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="black"/>'


def resistor(x: float, y: float, name: str) -> str:
    """A resistor 60 wide, centred at (x, y), its name above."""
    return box(x - 30, y - 10, 60, 20) + text(x, y - 18, name)


def meter(x: float, y: float, name: str) -> str:
    """A measuring instrument with its name inside."""
    return ring(x, y, 24) + text(x, y + 7, name)


def lamp(x: float, y: float) -> str:
    """A lamp: a circle with a cross."""
    return ring(x, y, 20) + wire((x - 14, y - 14), (x + 14, y + 14)) + wire((x - 14, y + 14), (x + 14, y - 14))


def gap(x: float, y: float) -> str:
    """A white gap in a wire, 40 wide from x, where a contact goes."""
    return f'<rect x="{x + 2:g}" y="{y - 4:g}" width="36" height="8" fill="white" stroke="none"/>'


def make_contact(x: float, y: float) -> str:
    """An open contact 40 wide in a horizontal wire, hinge on the left."""
    return gap(x, y) + wire((x, y), (x + 36, y - 18))


def break_contact(x: float, y: float) -> str:
    """A closed contact 40 wide in a horizontal wire, hinge on the left, touching the stub on the right."""
    return gap(x, y) + wire((x, y), (x + 46, y - 17)) + wire((x + 40, y), (x + 40, y - 20))


def push_head(x: float, y: float) -> str:
    """The push button's actuator over a contact that begins at x in a wire at height y."""
    middle = x + 20
    head = wire((middle - 12, y - 34), (middle - 12, y - 42), (middle + 12, y - 42), (middle + 12, y - 34))
    return wire((middle, y - 9), (middle, y - 42), dashed=True) + head


def thermal_head(x: float, y: float) -> str:
    """The thermal relay's actuator over a contact that begins at x in a wire at height y."""
    m = x + 20
    shape = wire((m, y - 62), (m, y - 56), (m + 9, y - 56), (m + 9, y - 44), (m, y - 44), (m, y - 38))
    return wire((m, y - 9), (m, y - 34), dashed=True) + box(m - 16, y - 66, 32, 32) + shape


def diode(x: float, y: float, angle: float) -> str:
    """A diode centred at (x, y); at angle 0 it conducts to the right, angles turn clockwise in degrees."""
    return (
        f'<g transform="translate({x:g} {y:g}) rotate({angle:g})">'
        '<polygon points="-11,-11 -11,11 11,0" fill="black"/><line x1="11" y1="-12" x2="11" y2="12"/></g>'
    )


def earth(x: float, y: float) -> str:
    """The earth symbol hanging below (x, y)."""
    return "".join(wire((x - half, y + drop), (x + half, y + drop)) for half, drop in ((16, 0), (10, 7), (4, 14)))
