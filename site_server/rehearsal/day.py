"""One rehearsed exam day from the first command to the verdict: who does what, in order.

The four machines are real processes started by `site_server.rehearsal.stage`; the people are simulated here.
Judging reads files only.
"""

import asyncio
import json
import random
import shutil
from collections import Counter
from pathlib import Path

from shared import codec, limits
from shared import documents as d
from shared import records as r
from shared.errors import Refused
from shared.io import identity
from shared.io.clock import boot_now, system_now
from shared.io.tasks import Tasks
from shared.io.text import translator
from shared.io.tls import client_context
from shared.io.verify_cli import read_data_keys, read_root
from shared.ledger import Parsed
from shared.machines import Kind
from shared.signed import open_envelope
from shared.verifier import Report, verify
from site_server.rehearsal import judge, people, punctual, traces, witnesses
from site_server.rehearsal.clocks import Clocks
from site_server.rehearsal.enrolling import Enrolling
from site_server.rehearsal.faults import Faults
from site_server.rehearsal.options import SESSION, Options, room_host, room_id
from site_server.rehearsal.pcs import Farm, Script
from site_server.rehearsal.proctor import Chief, Proctor
from site_server.rehearsal.programs import Programs
from site_server.rehearsal.progress import Progress
from site_server.rehearsal.punctual import Recorded
from site_server.rehearsal.stage import Stage, environment
from site_server.rehearsal.traces import Story

_ = translator("site_server")
COLLECT_SECONDS = 60
COPY_TRIES = 20


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
        self._programs = Programs(options.out / "logs", environment(options), disguise)
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
        summary["seconds"] = round((boot_now() - begin) / 1000, 1)
        return summary

    async def _day(self) -> dict[str, object]:
        options = self._options
        rows, candidates = people.read(options.roster)
        roster = options.roster
        if options.candidates < len(candidates):
            roster = options.out / "roster.xlsx"
            people.shorten(rows, options.candidates, roster)
        self._stage = stage = Stage(options, self._programs, roster, self._progress.say)
        self._farm = farm = Farm(stage.work / "candidates", stage.site_file)
        await farm.open(self._programs)
        self._tasks.spawn("farm", farm.listen())
        await stage.prepare(Enrolling(stage, farm, options, self._progress.say).run)
        scripts = self._scripts({one.ticket: one for one in candidates})
        absent = {script.candidate.ticket for script in self._random.sample(scripts, options.absent)}
        present = [script for script in scripts if script.candidate.ticket not in absent]
        self._progress.say(_("site: session authorisation"))
        await stage.authorise()
        faults = await self._exam(present, absent)
        await self._finish()
        return await self._verdict(present, faults)

    def _scripts(self, known: dict[str, people.Candidate]) -> list[Script]:
        ways = ("early", "end", "none")
        return [
            Script(
                known[place.ticket], place.room, place.seat, self._random.randrange(2**31),
                self._random.randrange(2, 8), ways[self._random.randrange(3)], self._random.uniform(0.75, 0.95),
            )
            for place in self._stage.places
        ]  # fmt: skip

    async def _exam(self, present: list[Script], absent: set[str]) -> Faults:
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
        faults = Faults(options, self._farm, self._programs, self._progress.say)
        length = stage.rules.duration
        work = [
            self._tasks.spawn("crash", faults.run_crash(crash))
            for crash in faults.crashes(present, stage.start, length)
        ]
        if options.kill_room:
            name = f"room-{faults.some_room(stage.rooms)}"
            work.append(self._tasks.spawn("kill", faults.run_service(name, stage.start, length)))
        if options.kill_site:
            work.append(self._tasks.spawn("kill", faults.run_service("site", stage.start, length)))
        await asyncio.gather(*work)
        left = (end + stage.rules.grace - system_now()) / 1000 + COLLECT_SECONDS
        try:
            await asyncio.wait_for(asyncio.gather(*(proctor.ended.wait() for proctor in proctors)), left)
        except TimeoutError as error:
            open_ = [proctor.room for proctor in proctors if not proctor.ended.is_set()]
            raise Refused(f"rooms did not end: {', '.join(open_)}; see the logs", "rehearsal_step") from error
        watching.cancel()
        return faults

    async def _open_rooms(self, present: list[Script], absent: set[str]) -> list[Proctor]:
        stage = self._stage
        chosen = self._random.sample(present, min(self._options.violations, len(present)))
        warn = {script.candidate.ticket for script in chosen}
        proctors = [
            Proctor(room, room_host(room), stage.room_port, stage.pins[room], absent, warn) for room in stage.rooms
        ]
        chiefs = [Chief(room, room_host(room), stage.room_port, stage.chief_pin, set(), set()) for room in stage.rooms]
        for one in (*proctors, *chiefs):
            console = identity.load(stage.console(one.room), Kind.CONSOLE)
            context = client_context(console.site_file.ca_certificate, console.folder)
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

    async def _verdict(self, present: list[Script], faults: Faults) -> dict[str, object]:
        out = self._options.out
        self._progress.say(_("judging: traces, bundle and results"))
        tickets = [script.candidate.ticket for script in present]
        stories = [traces.read(ticket, self._farm.traces(ticket)) for ticket in tickets]
        expected = traces.expected_lines(stories)
        lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in expected)
        (out / "expected.jsonl").write_text(lines, encoding="utf-8")
        keys = out / "keys" / f"unseal-{SESSION}.json"
        told = await witnesses.collect(self._stage, self._programs, out)
        verified = await self._programs.run(
            "kaodian-verify", out / "bundle.kdr", "--keys", out / "keys", "--unseal", keys,
            *(word for path in told for word in ("--against", path)),
        )  # fmt: skip
        content = await asyncio.to_thread(read_bundle, out / "bundle.kdr", out / "keys", keys)
        verdict = judge.compare(stories, expected, out / "results.jsonl")
        found = judge.summary(stories, verdict, content, self._stage.start, self._options.rooms)
        found["upload"] = self._receipt(content.report)
        found["faults"] = faults.done
        found["findings"] = [*verdict.lost, *verdict.duplicated, *verdict.invented][:50]
        found["verifier"] = verified.strip().splitlines()
        found["ok"] = verdict.clean and self._complete(found, present) and self._on_time(found, stories, content)
        if not self._options.keep:
            shutil.rmtree(self._stage.work)
        return found

    def _on_time(self, found: dict[str, object], stories: list[Story], content: judge.Content) -> bool:
        """With clock chaos: whether the day began and ended on time all the same, and the record tells of it."""
        if self._clocks is None:
            return True
        stage = self._stage
        opening, end = stage.start - stage.rules.reading, stage.start + stage.rules.duration
        due = punctual.Due(opening, end, self._shift)
        kills = sum(fault["kind"] == "service" for fault in found["faults"]) if isinstance(found["faults"], list) else 0
        clocks = found["clocks"] = punctual.judge(stories, content.recorded, self._clocks, due, kills)
        assert isinstance(found["findings"], list) and isinstance(clocks["findings"], list)  # noqa: S101  # made above
        found["findings"] += clocks["findings"]
        return not clocks["findings"]

    def _complete(self, found: dict[str, object], present: list[Script]) -> bool:
        upload = found["upload"]
        assert isinstance(upload, dict)  # noqa: S101  # made below
        everybody = int(str(found["submitted"])) + int(str(found["collected"])) == len(present)
        planned = found["absent"] == self._options.absent
        planned &= found["violations"] == min(self._options.violations, len(present))
        return everybody and planned and bool(upload["receipt_verified"])

    def _receipt(self, report: Report) -> dict[str, object]:
        """`receipt.json` from the signed receipt that the site verified and kept."""
        out = self._options.out
        document = (out / "receipt.kdd").read_bytes()
        receipt = codec.decode(d.UploadReceipt, open_envelope(document).payload, limits.DOCUMENT_BYTES)
        readable = {
            "site": receipt.site, "session": receipt.session, "sha256": receipt.sha256.hex(), "size": receipt.size,
            "records": receipt.records, "received": receipt.received, "document": document.hex(),
        }  # fmt: skip
        (out / "receipt.json").write_text(json.dumps(readable, indent=1), encoding="utf-8")
        return {"receipt_verified": receipt.sha256 == report.sha256, "resumed": self._resumed}


def read_bundle(bundle: Path, keys: Path, unseal: Path) -> judge.Content:
    """Verifies the bundle once more and counts what stands in it; raises `Damaged`."""
    seen: dict[str, list[tuple[int, int]]] = {}
    violations: list[str] = []
    recorded = Recorded(Counter(), {})

    def visit(parsed: Parsed, record: r.Record | None) -> None:
        recorded.take(parsed.header, record)
        if isinstance(record, r.Answered):
            ticket = parsed.header.stream.rsplit("/", 1)[1]
            seen.setdefault(ticket, []).append((parsed.header.epoch, parsed.header.position))
        elif isinstance(record, r.ViolationRecorded):
            violations.append(record.ticket)

    with bundle.open("rb") as source:
        report = verify(source, read_root(keys), read_data_keys(unseal), visit)
    counted = sum(
        any(part.epoch == epoch and part.first <= position <= part.upto for part in report.accepted.get(ticket, []))
        for ticket, answers in seen.items()
        for epoch, position in answers
    )
    return judge.Content(report, counted, len(violations), recorded)
