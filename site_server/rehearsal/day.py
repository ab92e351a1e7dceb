"""One rehearsed exam day from the first command to the verdict: who does what, in order.

The four machines are real processes started by `site_server.rehearsal.stage`; the people are simulated here.
Judging reads files only.
"""

import asyncio
import json
import random
import shutil
from pathlib import Path

from shared import limits
from shared.errors import Refused
from shared.io import identity
from shared.io.clock import boot_now, system_now
from shared.io.tasks import Tasks
from shared.io.text import translator
from shared.machines import Kind
from site_server.rehearsal import people, traces, witnesses
from site_server.rehearsal.clocks import Clocks
from site_server.rehearsal.disks import SmallDisk
from site_server.rehearsal.enrolling import Enrolling
from site_server.rehearsal.faults import Plan
from site_server.rehearsal.lan import Lan
from site_server.rehearsal.options import SESSION, Options, room_id
from site_server.rehearsal.pcs import Farm, Script
from site_server.rehearsal.proctor import Chief, Proctor
from site_server.rehearsal.programs import Programs
from site_server.rehearsal.progress import Progress
from site_server.rehearsal.spares import Spares
from site_server.rehearsal.stage import Stage, environment
from site_server.rehearsal.striker import Scene, Striker
from site_server.rehearsal.verdict import Facts, Told, verdict

_ = translator("site_server")
COLLECT_SECONDS = 60
COPY_TRIES = 20
DISK_BYTES = limits.DISK_LOW + 256 * limits.MIB
"""Of each room's machine, where disks are filled: enough that nobody is alarmed before."""


class Day:
    """Runs the day; `run` gives the content of `summary.json`."""

    def __init__(self, options: Options, progress: Progress) -> None:
        self._options = options
        self._progress = progress
        self._random = random.Random(f"day {options.seed}")  # noqa: S311  # repeatable behaviour, no secret
        rooms = [room_id(number) for number in range(1, options.rooms + 1)]
        folder = options.out / "clocks"
        self._clocks = Clocks(folder, rooms, options.seed, progress.say) if options.clock_chaos else None
        disguise = self._clocks.environment if self._clocks else lambda _name: {}
        self._rooms = rooms
        self._lan = Lan(options, options.out / "machines" / "lan")
        self._disks: dict[str, SmallDisk] = {}
        self._programs = Programs(options.out / "logs", environment(options), disguise, self._placed)
        self._shift = system_now() - boot_now()
        self._tasks = Tasks()
        self._resumed = 0

    async def run(self) -> dict[str, object]:
        """The whole day; raises `Refused` when a step cannot be done at all."""
        begin = boot_now()
        try:
            summary = await self._day()
        finally:
            await self._tasks.close()
            await self._programs.close()
            for disk in self._disks.values():
                await disk.close()
            await self._lan.close()
        if not self._options.keep:
            await asyncio.to_thread(shutil.rmtree, self._options.out / "machines")
        summary["seconds"] = round((boot_now() - begin) / 1000, 1)
        return summary

    def _placed(self, program: str) -> list[str]:
        """Programs of a room run on its machine."""
        return self._lan.inside(program.removeprefix("room-")) if program.startswith("room-") else []

    async def _day(self) -> dict[str, object]:
        options = self._options
        await self._lan.open(self._rooms)
        roster, candidates = people.prepare(options.roster, options.candidates, options.out / "roster.xlsx")
        self._stage = stage = Stage(options, self._programs, roster, self._progress.say)
        for room in self._rooms if "disk" in options.faults else ():
            self._disks[room] = SmallDisk(stage.room(room), DISK_BYTES)
            await self._disks[room].open()
        self._farm = farm = Farm(stage.work / "candidates", stage.site_file, options.pc_host)
        await farm.open(self._programs)
        self._tasks.spawn("farm", farm.listen())
        await stage.prepare(Enrolling(stage, farm, options, self._progress.say).run)
        scripts = self._scripts({one.ticket: one for one in candidates})
        absent = {script.candidate.ticket for script in self._random.sample(scripts, options.absent)}
        present = [script for script in scripts if script.candidate.ticket not in absent]
        self._progress.say(_("site: session authorisation"))
        await stage.authorise()
        striker = await self._exam(present, absent)
        await self._finish()
        return await self._judged(present, striker)

    def _scripts(self, known: dict[str, people.Candidate]) -> list[Script]:
        ways = ("early", "end", "none")
        return [
            Script(
                known[place.ticket], place.room, place.seat, self._random.randrange(2**31),
                self._random.randrange(2, 8), ways[self._random.randrange(3)], self._random.uniform(0.75, 0.95),
            )
            for place in self._stage.places
        ]  # fmt: skip

    async def _exam(self, present: list[Script], absent: set[str]) -> Striker:
        stage, options = self._stage, self._options
        end = stage.start + stage.rules.duration
        if self._clocks is not None:
            self._tasks.spawn("clocks", self._clocks.run(end - system_now()))
        proctors = await self._open_rooms(present, absent)
        self._progress.say(_("rooms: log-in allowed; {candidates} candidates come in").format(candidates=len(present)))
        for script in present:
            await self._farm.start(script)
        watch = self._progress.watch(proctors, self._farm, stage.start, end)
        watching = self._tasks.spawn("progress", watch)
        scene = Scene(
            self._farm, self._programs, self._lan, self._disks, Spares(stage, self._programs),
            {proctor.room: proctor for proctor in proctors}, present,
        )  # fmt: skip
        striker = Striker(scene, options.seed, self._progress.say)
        await striker.run(
            Plan.draw(options, stage.rooms, present, stage.rules.duration, stage.rules.grace), stage.start
        )
        left = (end + stage.rules.grace - system_now()) / 1000 + COLLECT_SECONDS
        try:
            await asyncio.wait_for(asyncio.gather(*(proctor.ended.wait() for proctor in proctors)), left)
        except TimeoutError as error:
            open_ = [proctor.room for proctor in proctors if not proctor.ended.is_set()]
            raise Refused(f"rooms did not end: {', '.join(open_)}; see the logs", "rehearsal_step") from error
        watching.cancel()
        return striker

    async def _open_rooms(self, present: list[Script], absent: set[str]) -> list[Proctor]:
        stage, options = self._stage, self._options
        chosen = self._random.sample(present, min(options.violations, len(present)))
        warn = {script.candidate.ticket for script in chosen}
        proctors = [
            Proctor(
                room, options.back_host(room), stage.room_port, stage.pins[room], absent, warn, options.spare_host(room)
            )
            for room in stage.rooms
        ]
        chiefs = [
            Chief(
                room, options.back_host(room), stage.room_port, stage.chief_pin, set(), set(), options.spare_host(room)
            )
            for room in stage.rooms
        ]
        for one in (*proctors, *chiefs):
            console = identity.load(stage.console(one.room), Kind.CONSOLE)
            context = console.context()
            self._tasks.spawn(f"{one.name} {one.room}", one.run(context))
        await asyncio.wait_for(asyncio.gather(*(p.allowed.wait() for p in proctors)), COLLECT_SECONDS)
        return proctors

    async def _finish(self) -> None:
        """After the end: everything is copied, bundled, backed up, uploaded and marked."""
        stage, out = self._stage, self._options.out
        self._progress.say(_("candidates: waiting for final receipts"))
        left = await self._farm.wait_all_ended(COLLECT_SECONDS)
        if left:
            self._progress.say(_("candidates: {count} PCs still run and are switched off").format(count=left))
        await self._farm.close()
        self._progress.say(_("site: bundle, backup, upload"))
        await self._bundle(out / "bundle.kdr")
        await stage.site("backup", "--session", SESSION, out / "backup")
        if self._options.offline:
            await stage.sticks.results(out)
        else:
            sent = await stage.site("upload", "--session", SESSION, "--receipt", out / "receipt.kdd", "--json")
            self._resumed = int(json.loads(sent.strip().splitlines()[-1])["resumed"])
        self._progress.say(_("platform: verify and mark"))
        await stage.platform("mark", "--session", SESSION, "--out", out)
        await stage.platform("export-keys", "--out", out / "keys", "--private")

    async def _bundle(self, path: Path) -> None:
        """Waits until the site holds everything, then bundles."""
        for wait in range(COPY_TRIES):
            try:
                await self._stage.site("bundle", "--session", SESSION, "--out", path)
            except Refused:
                if wait == COPY_TRIES - 1:
                    raise
                await asyncio.sleep(0.5)
            else:
                return

    async def _judged(self, present: list[Script], striker: Striker) -> dict[str, object]:
        """Collects what everybody holds, and has it judged."""
        out = self._options.out
        self._progress.say(_("judging: traces, bundle and results"))
        held = await witnesses.collect(self._stage, out)
        keys = out / "keys" / f"unseal-{SESSION}.json"
        said = await self._programs.run(
            "kaodian-verify", out / "bundle.kdr", "--keys", out / "keys", "--unseal", keys,
            *(word for path in held for word in ("--against", path)),
        )  # fmt: skip
        tickets = [script.candidate.ticket for script in present]
        stories = [traces.read(ticket, self._farm.traces(ticket)) for ticket in tickets]
        told = Told(stories, striker.strikes, self._programs.ended, self._clocks, self._shift)
        facts = Facts(self._options, self._stage.start, self._stage.rules, self._resumed, said.strip().splitlines())
        return await asyncio.to_thread(verdict, facts, told)
