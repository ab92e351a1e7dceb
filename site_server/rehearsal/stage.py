"""Sets the stage: platform, site and rooms installed, enrolled and loaded as a school would do it, by their own
commands.

Every step runs the real program. Knows nothing of what happens in the exam.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from shared import documents, trust
from shared.errors import Refused
from shared.io.clock import system_now
from shared.io.text import translator
from shared.model import Place, Rules
from site_server.dongle_cli import FIRST_PIN, SECOND_PIN
from site_server.rehearsal import dongles
from site_server.rehearsal.options import CHIEF, SESSION, SITE, STAFF, Options, room_id
from site_server.rehearsal.programs import Programs
from site_server.rehearsal.sticks import WITNESSES, Sticks

Say = Callable[[str], None]
_ = translator("site_server")
LOGIN_MS = 6_000
LOGIN_MS_PER_CANDIDATE = 130
WAITING_MS = 10_000
"""With clock chaos PCs must be waiting when the paper opens, so that the start can be judged."""
COMMANDS_TO_LOAD = 12
"""Commands between choosing T and the loaded session authorisation, counted generously."""
TOGETHER = 2
"""Commands at once while rooms are installed."""


def environment(options: Options) -> dict[str, str]:
    """What the programs find in their environment."""
    return {"PYTHONUNBUFFERED": "1"} | dongles.environment(options)


def free_port(host: str) -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


class Stage:
    """One rehearsal's machines. `start` is T, known once planned."""

    def __init__(self, options: Options, programs: Programs, roster: Path, say: Say) -> None:
        self.options = options
        self.work = options.out / "machines"
        self.site_file = self.work / "site.kdd"
        self.rooms = [room_id(n) for n in range(1, options.rooms + 1)]
        self.room_port = free_port(options.site_host)
        self.saves = self.work / "saves"
        self.dongle: list[str] = []
        self.pins: dict[str, str] = {}
        self.chief_pin = ""
        self.witnesses = tuple(WITNESSES)
        self.places: tuple[Place, ...] = ()
        self.start = 0
        self.rules = Rules()
        self.sticks = Sticks(self.platform, self.site, self.work)
        self._programs = programs
        self._roster = roster
        self._say = say
        self._platform_port = free_port("127.0.0.1")
        self._site_port = free_port(options.site_host)

    async def platform(self, verb: str, *arguments: object) -> str:
        """Runs a `kaodian-platform` verb."""
        return await self._programs.run("kaodian-platform", "--data", self.work / "platform", verb, *arguments)

    async def site(self, verb: str, *arguments: object) -> str:
        """Runs a `kaodian-site` verb."""
        return await self._programs.run("kaodian-site", "--data", self.work / "site", verb, *arguments)

    async def on_room(self, room: str, verb: str, *arguments: object) -> str:
        """Runs a `kaodian-room` verb on a room's machine."""
        return await self._programs.run(
            "kaodian-room", "--data", self.room(room), verb, *arguments, log=f"room-{room}"
        )  # fmt: skip

    def room(self, room: str) -> Path:
        """The folder of a room's machine."""
        return self.work / f"room-{room}"

    def old_room(self, room: str) -> Path:
        """The folder of a room's machine that was given up, as it was when its power went."""
        return self.work / f"old-room-{room}"

    def console(self, room: str) -> Path:
        """The folder of a room's console."""
        return self.work / f"console-{room}"

    async def prepare(self, enrol_machines: Callable[[], Awaitable[None]]) -> None:
        """Everything up to the day before: import, register, install, enrol, plan, issue, load."""
        await self._open_platform()
        await self._found_site()
        await self._install()
        if self.options.offline:
            await self.sticks.time()
        await self._enrol_rooms()
        await enrol_machines()
        await self._plan()
        self._say(_("site: time, formal authorisation, papers"))
        if self.options.offline:
            await self.sticks.day_before()
            return
        await self.site("sync-time")
        await self.site("load")

    async def authorise(self) -> None:
        """T-60: the session authorisation is loaded by the running site."""
        wait = self.start - self.rules.login_opens_before - system_now()
        await asyncio.sleep(max(0, wait) / 1000 + 0.2)
        if self.options.offline:
            await self.sticks.authorise()
            return
        await self.site("sync-time")
        await self.site("load")

    async def _open_platform(self) -> None:
        self._say(_("platform: question bank and roster"))
        options = self.options
        await self.platform("init", "--url", f"https://127.0.0.1:{self._platform_port}")
        images = ["--images", options.images] if options.images else []
        await self.platform("import-bank", options.bank, "--bank", "bank", *images)
        await self.platform("import-roster", self._roster, "--roster", "roster")

    async def _found_site(self) -> None:
        self._say(_("site: dongle, CA, registration"))
        host = ["--host", self.options.site_host, "--port", self._site_port]
        self.dongle = await dongles.prepare(self.options, self._programs)
        saves = ["--save-to", self.saves] if "site" in self.options.faults else []
        await self.site("init", "--site", SITE, "--name", "演练考点", *host, *self.dongle, *saves)
        welcome = self.work / "welcome.kdd"
        await self.platform("register-site", self.work / "site" / "registration.kdd", "--out", welcome)
        if not self.options.offline:
            await self._programs.start(
                "platform", "kaodian-platform", "--data", self.work / "platform", "serve",
                "--host", "127.0.0.1", "--port", self._platform_port,
            )  # fmt: skip
        await self.site("join", welcome)

    async def _plan(self) -> None:
        options = self.options
        login_opens = options.shrunk(Rules().login_opens_before)
        people = LOGIN_MS + LOGIN_MS_PER_CANDIDATE * options.candidates
        people += WAITING_MS if options.clock_chaos else 0
        setup = COMMANDS_TO_LOAD * self._programs.step_ms()
        self.start = system_now() + int(setup) + max(login_opens, people)
        self._say(_("platform: plan, arrange, assemble, issue"))
        rooms = [word for room in self.rooms for word in ("--room", f"{room}:{options.seats}:{options.spares}")]
        await self.platform(
            "plan", "--session", SESSION, "--title", "理论知识考试（演练）", "--occupation", "演练工种", "--level",
            "四级", "--subject", "theory", "--start", self.start, "--site", SITE, "--bank", "bank", "--roster",
            "roster", "--minutes", options.minutes, *rooms,
        )  # fmt: skip
        await self.platform("arrange", "--session", SESSION, "--seed", options.seed)
        await self.platform("assemble", "--session", SESSION, "--seed", options.seed)
        await self.platform("issue", "--session", SESSION, "--out", self.work / "issued")
        formal = (self.work / "issued" / "formal.kdd").read_bytes()
        found = trust.peek(formal, documents.FORMAL, documents.FormalAuthorisation)
        self.places, self.rules = found.places, found.session.rules

    async def _install(self) -> None:
        self._say(_("site: install stick, staff, service"))
        rooms = [word for r in self.rooms for word in ("--room", f"{r}={self.options.room_host(r)}:{self.room_port}")]
        spares = [
            f"{r}={self.options.spare_host(r)}:{self.room_port}" for r in self.rooms if self.options.spare_host(r)
        ]
        rooms += [word for spare in spares for word in ("--spare", spare)]
        await self.site("site-file", *rooms, "--out", self.site_file)
        await self._programs.start(
            "site", "kaodian-site", "--data", self.work / "site", "serve",
            "--host", self.options.site_host, "--port", self._site_port,
        )  # fmt: skip
        self.chief_pin = number_in(await self.site("person", "--name", CHIEF, "--role", "chief"), 6)
        for room in self.rooms:
            said = await self.site("staff", "--room", room, "--name", STAFF, "--role", "proctor")
            self.pins[room] = number_in(said, 6)
        if self.options.offline or "site" in self.options.faults:
            await self._witnesses()

    async def _witnesses(self) -> None:
        """The two people of the site who confirm the clock or a rebuilt site; they know their PINs from here on."""
        pins = {CHIEF: self.chief_pin}
        for name, role in WITNESSES.items():
            if name not in pins:
                pins[name] = number_in(await self.site("person", "--name", name, "--role", role), 6)
        self._programs.tell(dict(zip((FIRST_PIN, SECOND_PIN), (pins[name] for name in WITNESSES), strict=True)))

    async def _enrol_rooms(self) -> None:
        self._say(_("rooms: enrol and start {rooms}").format(rooms=len(self.rooms)))
        code = number_in(await self.site("window", "--minutes", 30, "--count", len(self.rooms)), 8)
        gate = asyncio.Semaphore(TOGETHER)

        async def one(room: str) -> None:
            async with gate:
                await self.on_room(room, "enrol", "--site-file", self.site_file, "--room", room, "--code", code)
                # A machine with networks of its own is reached by its PCs on one side, by consoles on the other.
                hosts = ["--host", "0.0.0.0"] if self.options.apart else []  # noqa: S104
                data = ["--data", self.room(room)]
                await self._programs.start(f"room-{room}", "kaodian-room", *data, "serve", *hosts)

        await asyncio.gather(*(one(room) for room in self.rooms))


def number_in(text: str, digits: int) -> str:
    """The code or PIN a command printed; raises `Refused` when there is none."""
    found = re.findall(rf"(?<!\d)\d{{{digits}}}(?!\d)", text)
    if not found:
        raise Refused(f"no {digits}-digit number in: {text.strip()}", "rehearsal_step")
    return str(found[-1])
