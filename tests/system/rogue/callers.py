"""How each role reaches a room over the wire: by what certificate, signed in as whom, and what it is told there.

An answer is one word: `shut` (no line), `cut` (hung up on), `done`, `silent`, the code of a refusal, or the tag of a
message.
"""

import time
from pathlib import Path
from typing import Any, Protocol

from shared.roles import STAFF, Door, Role
from tests.support.fake_site import PIN
from tests.support.machines import Known
from tests.system.rogue import line as w
from tests.system.rogue.candidate import VERSION
from tests.system.rogue.phases import LOUD, Stranger
from tests.system.rogue.world import World

UNASKED = {"board", "machine_board", "time_state", "alarm", "console_welcome", "beacon"}
"""What a room tells consoles by itself."""
PATIENCE, PAUSE = 30, 0.3
"""Seconds for which a caller who is turned away tries again, and between two tries."""


class Caller(Protocol):
    """Somebody at the room's door."""

    def says(self, message: dict[str, Any], door: Door) -> str:
        """The room's answer to what is said as one says it at that door, in one word."""
        ...

    def close(self) -> None:
        """Hangs up."""
        ...


class Person:
    """Somebody of the staff at a console of their own; the line is kept and opened again when it was cut."""

    def __init__(self, world: World, role: Role, number: int, heard: dict[str, str]) -> None:
        self._world = world
        self._heard = heard
        self._role = role
        self._machine = world.site.machines.console(number)
        self._line: w.Line | None = None

    def says(self, message: dict[str, Any], door: Door) -> str:
        """Answers `silent` when nothing is said about it."""
        if door is Door.PC:
            # Nobody has signed in yet: all consoles are the same to the room and share the attempt.
            if message["m"] not in self._heard:
                self._heard[message["m"]] = _first_word(self._world, self._machine, message)
            return self._heard[message["m"]]
        if message["m"] == "console_hello":
            self.close()
        line = self._connect()
        if message["m"] == "console_hello":
            return "done"
        try:
            line.say(**message)
            line.say(m="beacon", sent=LOUD)
            answers: list[str] = []
            while True:
                answer = line.hear()
                if answer["m"] == "beacon_reply" and answer["sent"] == LOUD:
                    return answers[0] if answers else "silent"
                if answer["m"] not in UNASKED:
                    answers.append(word(answer))
        except w.Cut:
            self.close()
            return "cut"

    def close(self) -> None:
        """Hangs up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _connect(self) -> w.Line:
        if self._line is None:
            self._line = self._patiently()
            self._line.say(m="console_hello", version=VERSION, name=self._role.value, pin=PIN)
            assert self._line.hear("console_welcome", "refused")["m"] == "console_welcome", self._role
        return self._line

    def _patiently(self) -> w.Line:
        """All consoles call from one address, which gets only so many new connections a second."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self._world.line(machine=self._machine, address="127.0.0.1")
            except w.Cut:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)


class Pc:
    """A candidate at the rogue's PC, logged in at one stage where that is possible."""

    def __init__(self, world: World, stage: str, admitted: bool) -> None:
        self._world = world
        self.stranger = Stranger(world, stage, admitted)

    def says(self, message: dict[str, Any], door: Door) -> str:
        """The first answer that is about the message."""
        if door is Door.CONSOLE:
            return _first_word(self._world, self._world.own, message)
        answers = [one for one in self.stranger.says(message) if one["m"] not in ("beacon", "notice")]
        if answers and answers[-1]["m"] == "cut":
            return "cut"
        return word(answers[0]) if answers else "silent"

    def close(self) -> None:
        """Hangs up."""
        self.stranger.close()


class Outsider:
    """Somebody with a certificate that is no PC's or console's, or with none: there is no line to say anything on."""

    def __init__(self, world: World, identity: Path | None) -> None:
        self._world = world
        self._tls = w.context(world.site.ca_certificate, identity)

    def says(self, message: dict[str, Any], door: Door) -> str:
        """Tries to say it all the same."""
        try:
            with w.Line(self._world.port, self._tls, self._world.address()) as line:
                line.say(**message)
                return "cut" if not line.until_cut() else "heard"
        except w.Cut:
            return "shut"

    def close(self) -> None:
        """Nothing is open."""


def _first_word(world: World, machine: Known, message: dict[str, Any]) -> str:
    """What a machine is told whose first word on a line is this: the other kind's door is open to it no further."""
    with world.line(world.address(), machine=machine) as line:
        line.say(**message)
        heard = line.until_cut()
        return word(heard[0]) if heard else "cut"


def word(answer: dict[str, Any]) -> str:
    """An answer in one word."""
    if answer["m"] == "refused":
        return str(answer["refusal"]["code"])
    return "done" if answer["m"] == "order_done" else str(answer["m"])


def callers(world: World, stage: str) -> dict[Role, Caller]:
    """Everybody, at one stage; operators of the platform have no machine at a site."""
    heard: dict[str, str] = {}
    found: dict[Role, Caller] = {
        role: Person(world, role, number, heard) for number, role in enumerate(sorted(STAFF), 4)
    }  # fmt: skip
    admitted = stage in ("login", "reading", "answering", "grace", "over", "ended")
    found[Role.CANDIDATE] = Pc(world, stage if stage != "before" else "early", admitted)
    found[Role.ROOM] = Outsider(world, world.folder / "room")
    found[Role.SITE] = Outsider(world, world.folder / "site")
    found[Role.STRANGER] = found[Role.OPERATOR] = Outsider(world, None)
    return found
