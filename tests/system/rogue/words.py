"""Attacks in well-formed words: replays, other people's tickets and records, forged points, guesses, wrong roles."""

from typing import Any

import msgpack  # type: ignore[import-untyped]  # publishes no types

from shared.io.clock import boot_now
from tests.support.fake_site import ROOM, id_number
from tests.system.rogue import line as w
from tests.system.rogue.attack import Attack, Scale
from tests.system.rogue.candidate import START, Device, Ledger, greet, log_in
from tests.system.rogue.world import ROGUE, ROGUE_SEAT, SESSION, World, ticket_at

VICTIM = ticket_at(7)
GUESSER = 41
"""The seat of the PC at which ID numbers are guessed: a spare one."""
ROUNDS = 5
"""Reconnections of a guesser at most, until one comes before the pause is over."""
ORDERS: tuple[dict[str, Any], ...] = (
    {"do": "EndSitting", "by": "王监考"},
    {"do": "ExtendTime", "ticket": ROGUE, "extra": 600_000, "reason": "断电", "by": "王监考"},
    {"do": "RecordViolation", "ticket": VICTIM, "level": "void", "category": "x", "text": "x", "by": "王监考"},
    {"do": "PermitLeave", "ticket": ROGUE, "by": "王监考"},
)


def others_ticket(world: World, _: Scale) -> None:
    """Another candidate's ticket, even with the right ID number, opens nothing here and disturbs nobody there."""
    device = world.device
    with world.line() as line:
        greet(line, device, ROGUE_SEAT)
        said = log_in(line, VICTIM, id_number(VICTIM))
        assert said["m"] in ("waiting", "refused"), said
        line.say(m="records", epoch=1, entries=[Ledger(SESSION, VICTIM, 1, START).open(device)])
        assert line.hear("refused", "ack")["m"] == "refused"
        line.say(m="read_done")
        line.say(m="hand_up")
        assert {line.hear("refused")["refusal"]["code"] for _ in "12"} == {"not_logged_in"}
    with world.line() as line:
        nonce = greet(line, device, ROGUE_SEAT)
        line.say(m="resume", ticket=VICTIM, at=START, signature=device.resume(nonce, VICTIM, START))
        assert line.hear("refused")["refusal"]["code"] == "resume_unknown"


class Guesser:
    """Types ID numbers of another candidate at a spare seat; the room must keep to the pause that it told of last."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._machine = world.site.machines.pc(GUESSER)
        self._over = (0, 0)
        """Boot times between which that pause ends."""

    def line(self) -> w.Line:
        """A greeted line."""
        line = self._world.line(machine=self._machine)
        greet(line, Device(self._machine.device.seed), GUESSER)
        return line

    def types(self, line: w.Line, number: str) -> str:
        """The refusal's code, or what else the room says: to be slowed down before the pause is over, and not after."""
        sent = boot_now()
        found = log_in(line, VICTIM, number)
        heard, refusal = boot_now(), found.get("refusal", {})
        code = str(refusal.get("code", found["m"]))
        if code == "slow_down":
            assert sent < self._over[1], "slowed down after the pause"
        else:
            assert heard >= self._over[0], f"{code} before the pause was over"
        self._over = sent + refusal.get("at", 0), heard + refusal.get("at", 0)
        return code


def guessing(world: World, _: Scale) -> None:
    """ID numbers are guessed ever more slowly at that seat, new connections included; other seats log in at once."""
    guesser, slowed = Guesser(world), False
    for _round in range(ROUNDS):
        with guesser.line() as line:
            codes = [guesser.types(line, f"11010119900101{guess:04d}") for guess in range(20)]
            assert codes[0] == "login_wrong" and set(codes[1:]) <= {"login_wrong", "slow_down"}, codes
        with guesser.line() as line:
            slowed = guesser.types(line, id_number(VICTIM)) == "slow_down"
        if slowed:
            break
    assert slowed, "reconnecting does not help"
    with world.line() as line:
        greet(line, world.device, ROGUE_SEAT)
        own(line)


def replays(world: World, _: Scale) -> None:
    """Recorded frames of this and of another connection count once, or not at all."""
    device = world.device
    with world.line() as line:
        nonce = greet(line, device, ROGUE_SEAT)
        admitted = own(line)
        ledger = Ledger(SESSION, ROGUE, admitted["epoch"], admitted["continues"])
        frame = w.frame(w.pack({
            "m": "records", "epoch": admitted["epoch"], "entries": [ledger.open(device), ledger.add(item=2)]
        }))  # fmt: skip
        line.send(frame)
        first = line.hear("ack")
        stored = len(world.stored(ROGUE, admitted["epoch"], 2))
        resume = {"m": "resume", "ticket": ROGUE, "at": ledger.at, "signature": device.resume(nonce, ROGUE, ledger.at)}
        line.send(frame * 5)
        assert all(line.hear("ack") == first for _ in range(5))
    with world.line() as line:
        greet(line, device, ROGUE_SEAT)
        line.say(**resume)
        assert line.hear("refused")["refusal"]["code"] == "bad_signature", "an old nonce"
        line.send(frame)
        assert line.hear("ack") == first, "a repeat of what this very device wrote"
        line.say(m="hand_up")
        assert line.hear("refused")["refusal"]["code"] == "not_logged_in", "and nobody is let in by it"
    machine = world.site.machines.pc(GUESSER)
    with world.line(machine=machine) as line:
        greet(line, Device(machine.device.seed), GUESSER)
        line.say(**resume)
        assert line.hear("refused")["refusal"]["code"] == "bad_signature", "another device"
        line.send(frame)
        assert line.hear("refused")["refusal"]["code"] == "no_epoch"
    assert len(world.stored(ROGUE, admitted["epoch"], 2)) == stored == 2


def others_records(world: World, _: Scale) -> None:
    """What another PC wrote, told as one's own, ends the connection; nothing of that attempt changes."""
    victim = world.pcs[6]
    entries = [[one.header, one.body] for one in victim.entries[:3]]
    before = world.stored(VICTIM, 1, len(entries))[: len(entries)]
    for epoch in (1, 2, 0, -1, 1 << 40):
        with world.line() as line:
            greet(line, world.device, ROGUE_SEAT)
            own(line)
            line.say(m="records", epoch=epoch, entries=entries)
            codes = {one["refusal"]["code"] for one in line_end(line, "malformed", "no_epoch")}
            assert codes <= {"malformed", "no_epoch"}, codes
    assert world.stored(VICTIM, 1, len(entries))[: len(entries)] == before


def rewriting(world: World, _: Scale) -> None:
    """An accepted position keeps its record; gaps, forks and foreign kinds are refused, and staff hear of a rewrite."""
    device = world.device
    with world.line() as line:
        greet(line, device, ROGUE_SEAT)
        admitted = own(line)
        epoch = admitted["epoch"]
        ledger = Ledger(SESSION, ROGUE, epoch, admitted["continues"])
        opened, at = ledger.open(device), ledger.at
        line.say(m="records", epoch=epoch, entries=[opened, ledger.add(item=1)])
        line.hear("ack")
        before = world.stored(ROGUE, epoch, 2)
        ledger.at = at
        line.say(m="records", epoch=epoch, entries=[ledger.add(item=1)])
        assert line.hear("refused", "ack")["refusal"]["code"] == "conflict"
        line.say(m="records", epoch=epoch, entries=[ledger.add(item=1, previous=bytes(32), position=3)])
        assert line.hear("refused", "ack")["refusal"]["code"] == "conflict"
        line.say(m="records", epoch=epoch, entries=[ledger.add(item=1, position=9)])
        assert line.hear("resend")["position"] == 2
    assert world.stored(ROGUE, epoch, 2) == before
    assert world.told("record_conflict", seat=ROGUE_SEAT)
    headers: tuple[dict[str, Any], ...] = (
        {"stream": f"sitting/{SESSION}/{ROOM}"}, {"stream": f"attempt/{SESSION}/{VICTIM}"}, {"kind": "PaperOpened"},
        {"kind": "Nothing"}, {"item": 100_000}, {"item": -1}, {"size": 1}, {"position": 0}, {"position": 1 << 62},
        {"clear": b"x"}, {"epoch": 9}, {"time": -1}, {"previous": b""},
    )  # fmt: skip
    for header in headers:
        with world.line() as line:
            greet(line, device, ROGUE_SEAT)
            own(line, ledger.at)
            line.say(m="records", epoch=epoch, entries=[ledger.add(**({"item": 1} | header))])
            for one in line_end(line, "malformed", "conflict", "gap", "no_epoch"):
                assert one["m"] in ("refused", "resend"), (header, one)
    assert world.stored(ROGUE, epoch, 2) == before


def wrong_roles(world: World, _: Scale) -> None:
    """A PC that speaks as a console, as the room or as the site is hung up on, and no order is carried out."""
    before = world.board()
    orders: list[dict[str, Any]] = [
        {"m": "order", "id": n, "session": SESSION, "command": one} for n, one in enumerate(ORDERS, 1)
    ]
    others: list[dict[str, Any]] = [
        {"m": "console_hello", "version": 1, "name": "王监考", "pin": "000000"},
        {"m": "ack", "point": [1, 9, bytes(32)], "verdict": "accepted", "reason": ""},
        {"m": "finished", "status": "submitted"},
        {"m": "push", "entries": []},
        {"m": "keys_wanted", "session": SESSION},
        {"m": "link", "version": 1, "room": ROOM},
        {"m": "keys", "session": SESSION, "keys": {"A": bytes(32)}},
        {"m": "room_status", "session": SESSION},
    ]
    for message in (*orders, *others):
        with world.line(world.address()) as line:
            greet(line, world.device, ROGUE_SEAT)
            line.say(**message)
            assert {one["m"] for one in line.until_cut()} <= {"refused"}, message
    for message in orders:
        with world.line(world.address()) as line:
            line.say(**message)
            assert {one["m"] for one in line.until_cut()} <= {"refused"}, message
    after = world.board()
    assert (after.ended, after.extra) == (before.ended, before.extra)
    assert [row.status for row in after.rows] == [row.status for row in before.rows]


def great_faults(world: World, _: Scale) -> None:
    """Whatever a PC says is wrong with it, the console's board stays small and goes on coming."""
    held = []
    for n in range(8):
        held.append(world.line(world.address()))
        greet(held[-1], world.device, ROGUE_SEAT, faults=[f"坏{n}" * 20] * 500)
    board = world.board()
    for line in held:
        line.close()
    assert len(msgpack.packb([list(row.faults) for row in board.pcs])) < 2_000


def own(line: w.Line, at: list[Any] = START) -> dict[str, Any]:
    """The rogue logs in as itself at its own PC."""
    said = log_in(line, ROGUE, id_number(ROGUE), at)
    assert said["m"] == "admitted", said
    return said


def line_end(line: w.Line, *codes: str) -> list[dict[str, Any]]:
    """What a refusal by one of these codes looks like: the first of them that comes, or the hanging up."""
    try:
        return [line.hear("refused", "resend", "ack")]
    except w.Cut:
        return []


ATTACKS: tuple[Attack, ...] = (
    others_ticket, guessing, replays, others_records, rewriting, wrong_roles, great_faults
)  # fmt: skip
