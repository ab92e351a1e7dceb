"""The pictures of the sample's items: file name -> SVG text, drawn with `drawing`'s symbols. Renders nothing itself."""

import math

from deploy.sample.drawing import (
    box,
    break_contact,
    diode,
    dot,
    earth,
    lamp,
    make_contact,
    meter,
    picture,
    push_head,
    resistor,
    ring,
    text,
    thermal_head,
    wire,
)


def network() -> str:
    """4 ohms in series with 3 and 6 ohms in parallel."""
    return picture(
        480,
        220,
        wire((40, 110), (240, 110)),
        wire((240, 50), (240, 170)),
        wire((240, 50), (380, 50), (380, 170), (240, 170)),
        wire((380, 110), (440, 110)),
        resistor(140, 110, "4 Ω"),
        resistor(310, 50, "3 Ω"),
        resistor(310, 170, "6 Ω"),
        dot(240, 110),
        dot(380, 110),
        ring(36, 110, 4),
        ring(444, 110, 4),
        text(36, 92, "a"),
        text(444, 92, "b"),
    )


def voltmeter() -> str:
    """A pointer instrument of 0 to 250 V with a mark every 10 V, the pointer at 220 V."""
    x, y, radius = 200, 230, 160

    def at(volts: float, distance: float) -> tuple[float, float]:
        angle = math.radians(150 - 120 * volts / 250)
        return x + distance * math.cos(angle), y - distance * math.sin(angle)

    marks = [wire(at(volts, radius), at(volts, radius - (18 if volts % 50 == 0 else 9))) for volts in range(0, 251, 10)]
    names = [
        text(at(volts, radius + 18)[0], at(volts, radius + 18)[1] + 6, str(volts), 17) for volts in range(0, 251, 50)
    ]
    arc = wire(*(at(volts, radius) for volts in range(0, 251, 5)))
    return picture(
        400,
        280,
        box(8, 8, 384, 264),
        arc,
        *marks,
        *names,
        wire((x, y), at(220, radius - 4)),
        dot(x, y, 8),
        text(x, 180, "V", 30),
    )


def sine() -> str:
    """One and a half periods of 311 V peak and 20 ms."""
    x0, y0, per_ms, high = 70, 140, 12, 90
    curve = [(x0 + ms * per_ms / 4, y0 - high * math.sin(math.pi * ms / 40)) for ms in range(121)]
    ticks = [wire((x0 + ms * per_ms, y0 - 5), (x0 + ms * per_ms, y0 + 5)) for ms in (10, 20, 30)]
    names = [text(x0 + ms * per_ms + dx, y0 + 24, str(ms), 17) for ms, dx in ((10, -14), (20, 14), (30, 14))]
    return picture(
        500,
        270,
        wire((x0, 255), (x0, 20)),
        wire((x0 - 5, 30), (x0, 20), (x0 + 5, 30)),
        wire((x0, y0), (475, y0)),
        wire((465, y0 - 5), (475, y0), (465, y0 + 5)),
        wire((x0, y0 - high), (x0 + 5 * per_ms, y0 - high), dashed=True),
        wire((x0, y0 + high), (x0 + 15 * per_ms, y0 + high), dashed=True),
        wire(*curve),
        *ticks,
        *names,
        text(x0 - 8, y0 - high + 6, "311", 17, "end"),
        text(x0 - 8, y0 + high + 6, "－311", 17, "end"),
        text(x0 - 8, y0 + 6, "0", 17, "end"),
        text(x0 + 10, 24, "u / V", 18, "start"),
        text(470, y0 - 14, "t / ms", 18),
    )


def two_way() -> str:
    """One lamp between two change-over switches."""
    return picture(
        560,
        220,
        wire((60, 110), (130, 110)),
        wire((130, 110), (186, 72)),
        wire((190, 70), (330, 70)),
        wire((190, 150), (330, 150)),
        wire((390, 110), (334, 148)),
        wire((390, 110), (510, 110)),
        *(ring(x, y, 4) for x, y in ((130, 110), (190, 70), (190, 150), (330, 70), (330, 150), (390, 110))),
        lamp(450, 110),
        text(44, 117, "L"),
        text(526, 117, "N"),
        text(150, 185, "SA1"),
        text(372, 185, "SA2"),
        text(450, 80, "EL"),
    )


def star() -> str:
    """A motor's terminal box with the upper row linked."""
    parts = [box(40, 40, 320, 190), '<rect x="92" y="86" width="216" height="16" fill="#bbb"/>']
    for x, upper, lower, line in ((100, "W2", "U1", "L1"), (200, "U2", "V1", "L2"), (300, "V2", "W1", "L3")):
        parts += [wire((x, 180), (x, 265)), ring(x, 94, 10), ring(x, 180, 10)]
        parts += [text(x, 72, upper), text(x + 30, 172, lower), text(x, 290, line)]
    return picture(400, 310, *parts)


def fuse() -> str:
    """The bare symbol of a fuse: a rectangle with the wire through it."""
    return picture(300, 120, wire((40, 60), (260, 60)), box(100, 42, 100, 36), wire((100, 60), (200, 60)))


def nc_button() -> str:
    """The bare symbol of a break contact with a push head."""
    return picture(300, 150, wire((50, 100), (250, 100)), break_contact(130, 100), push_head(130, 100))


def tn_s() -> str:
    """A supply with separate N and PE all the way to the loads."""
    rows = {"L1": 50, "L2": 85, "L3": 120, "N": 155, "PE": 190}
    windings = [
        f'<path d="M 60 {y} h 14 ' + "a 8 8 0 0 1 16 0 " * 4 + 'h 8"/>' for y in (rows["L1"], rows["L2"], rows["L3"])
    ]
    lines = [wire((146, y), (600, y)) for y in (rows["L1"], rows["L2"], rows["L3"])]
    return picture(
        640,
        340,
        *windings,
        *lines,
        wire((60, 50), (60, 250)),
        wire((60, 155), (600, 155)),
        wire((60, 190), (600, 190)),
        dot(60, 120),
        dot(60, 155),
        dot(60, 190),
        earth(60, 250),
        *(text(606, y + 7, name, 19, "start") for name, y in rows.items()),
        box(230, 232, 120, 76),
        *(wire((x, y), (x, 232)) + dot(x, y) for x, y in ((255, 50), (280, 85), (305, 120))),
        wire((350, 270), (390, 270), (390, 190)),
        dot(390, 190),
        text(290, 277, "M 3～", 22),
        box(450, 232, 90, 76),
        *(wire((x, y), (x, 232)) + dot(x, y) for x, y in ((475, 120), (505, 155))),
        wire((540, 270), (570, 270), (570, 190)),
        dot(570, 190),
        text(495, 277, "负载", 20),
    )


def bridge() -> str:
    """A single-phase bridge rectifier with a resistive load."""
    top, right, bottom, left = (260, 50), (350, 140), (260, 230), (170, 140)
    return picture(
        520,
        320,
        wire(left, top, right, bottom, left),
        diode(215, 95, -45),
        diode(305, 95, 45),
        diode(215, 185, 45),
        diode(305, 185, -45),
        text(192, 80, "VD4"),
        text(328, 80, "VD1"),
        text(188, 215, "VD3"),
        text(330, 215, "VD2"),
        wire(top, (260, 20), (70, 20), (70, 110)),
        wire(bottom, (260, 265), (70, 265), (70, 170)),
        wire(right, (440, 140), (440, 290), (120, 290), (120, 140), left),
        box(428, 180, 24, 70),
        text(476, 222, "RL"),
        text(70, 147, "～u2"),
        *(dot(*point) for point in (top, right, bottom, left)),
    )


def self_hold() -> str:
    """A motor's control circuit with a self-holding contact."""
    y = 110
    return picture(
        720,
        230,
        wire((40, y), (680, y)),
        wire((330, y), (330, 180), (450, 180), (450, y)),
        box(70, y - 9, 50, 18),
        wire((70, y), (120, y)),
        break_contact(160, y),
        thermal_head(160, y),
        break_contact(250, y),
        push_head(250, y),
        make_contact(370, y),
        push_head(370, y),
        make_contact(370, 180),
        box(530, y - 20, 60, 40),
        dot(330, y),
        dot(450, y),
        text(24, y + 7, "L"),
        text(698, y + 7, "N"),
        text(95, y + 36, "FU"),
        text(180, y + 36, "FR"),
        text(270, y + 36, "SB1"),
        text(390, y + 30, "SB2"),
        text(390, 210, "KM"),
        text(560, y + 46, "KM"),
    )


def ladder() -> str:
    """A rung with start, hold, stop and coil."""

    def contact(x: float, y: float, name: str, closed: bool = False) -> str:
        white = f'<rect x="{x - 9}" y="{y - 5}" width="18" height="10" fill="white" stroke="none"/>'
        bars = wire((x - 10, y - 18), (x - 10, y + 18)) + wire((x + 10, y - 18), (x + 10, y + 18))
        slash = wire((x - 14, y + 18), (x + 14, y - 18)) if closed else ""
        return white + bars + slash + text(x, y - 26, name)

    return picture(
        560,
        230,
        wire((40, 30), (40, 210)),
        wire((520, 30), (520, 210)),
        wire((40, 80), (520, 80)),
        wire((40, 170), (210, 170), (210, 80)),
        contact(125, 80, "X0"),
        contact(125, 170, "Y0"),
        contact(300, 80, "X1", closed=True),
        ring(430, 80, 20),
        text(430, 48, "Y0"),
        dot(210, 80),
    )


def meters() -> str:
    """A battery, an instrument in series and one across the load."""
    return picture(
        520,
        290,
        wire((60, 60), (360, 60), (360, 220), (60, 220), (60, 155)),
        wire((60, 60), (60, 140)),
        wire((40, 140), (80, 140)),
        '<line x1="50" y1="155" x2="70" y2="155" stroke-width="5"/>',
        text(24, 154, "E"),
        meter(200, 60, "P1"),
        box(348, 105, 24, 70),
        text(326, 147, "R"),
        wire((360, 80), (450, 80), (450, 200), (360, 200)),
        meter(450, 140, "P2"),
        dot(360, 80),
        dot(360, 200),
    )


def pictures() -> dict[str, str]:
    """All of them by file name."""
    drawn = (network, voltmeter, sine, two_way, star, fuse, nc_button, tn_s, bridge, self_hold, ladder, meters)
    return {f"{draw.__name__}.png": draw() for draw in drawn}
