"""`kaodian-rehearse`: a whole exam day on this machine with real processes, judged. Exit 0 only if nothing was lost.

Only reads the command line and reports; the day itself is `site_server.rehearsal.day`.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from shared.crypto import HPKE_P256, RSA_OAEP
from shared.errors import KaodianError
from shared.io.text import translator
from site_server.rehearsal.options import SAMPLE, Options

_ = translator("site_server")


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    try:
        options = read_options(arguments)
    except KaodianError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    from site_server.rehearsal.day import Day
    from site_server.rehearsal.progress import Progress

    options.out.mkdir(parents=True, exist_ok=True)
    try:
        found = asyncio.run(Day(options, Progress()).run())
    except KaodianError as error:
        sys.stderr.write(_("The rehearsal stopped: {detail}").format(detail=error) + "\n")
        sys.stderr.write(_("Logs are kept in {path}").format(path=options.out / "logs") + "\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(_("Interrupted; nothing is judged.") + "\n")
        return 1
    (options.out / "summary.json").write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    print("\n".join(describe(found, options)))
    return 0 if found["ok"] else 1


def read_options(arguments: list[str] | None) -> Options:
    """The command line with defaults; counts are checked against the roster."""
    parser = argparse.ArgumentParser(prog="kaodian-rehearse", description=_("Rehearse an exam day on this machine"))
    add = parser.add_argument
    add("--bank", type=Path, default=SAMPLE / "bank.xlsx", help=_("question bank (.xlsx, .jsonl, .gift)"))
    add("--images", type=Path, help=_("folder or zip with the bank's pictures"))
    add("--roster", type=Path, default=SAMPLE / "roster.xlsx", help=_("candidates (.xlsx)"))
    add("--rooms", type=int, default=1, help=_("rooms; candidates are spread evenly"))
    add("--candidates", type=int, default=0, help=_("how many of the roster; default: all"))
    add("--minutes", type=float, default=1, help=_("length of the exam"))
    add("--absent", type=int, default=0, help=_("how many never come"))
    add("--violations", type=int, default=0, help=_("how many are warned"))
    add("--crash-candidates", type=int, default=0, help=_("kill that many candidate agents mid-exam"))
    add("--kill-room", action="store_true", help=_("kill -9 a room service mid-exam"))
    add("--kill-site", action="store_true", help=_("kill -9 the site service mid-exam"))
    chaos = _("set the clocks of site, rooms and PCs wrong all day; kills a room and the site, too")
    add("--clock-chaos", action="store_true", help=chaos)
    add("--dongle", choices=("file", "pkcs11"), default="file", help=_("the site's dongle: a key file, or SoftHSM"))
    add("--wrap", choices=(HPKE_P256, RSA_OAEP), default=HPKE_P256, help=_("kind of keys in the token"))
    add("--offline", action="store_true", help=_("no line to the platform: everything by files"))
    add("--seed", type=int, default=1, help=_("repeats who does what"))
    add("--out", type=Path, help=_("output folder; default: a new temporary one"))
    add("--keep", action="store_true", help=_("keep the machines' data folders"))
    given = vars(parser.parse_args(arguments))
    if given["bank"] == SAMPLE / "bank.xlsx" and given["images"] is None:
        given["images"] = SAMPLE / "images"
    given["out"] = (given["out"] or Path(tempfile.mkdtemp(prefix="kaodian-rehearsal-"))).resolve()
    given["candidates"] = _count(parser, given)
    for fault in ("kill_room", "kill_site"):
        given[fault] = given[fault] or given["clock_chaos"]
    return Options(**given)


def _count(parser: argparse.ArgumentParser, given: dict[str, object]) -> int:
    from site_server.rehearsal.people import read

    roster = given["roster"]
    assert isinstance(roster, Path)  # noqa: S101  # argparse made it
    known = len(read(roster)[1])
    numbers = {
        name: int(str(given[name])) for name in ("rooms", "candidates", "absent", "violations", "crash_candidates")
    }
    wanted = numbers["candidates"] or known
    if not 0 < wanted <= known:
        parser.error(_("--candidates: the roster holds {count}").format(count=known))
    if not 0 < numbers["rooms"] <= min(wanted, 200) or not 0 < float(str(given["minutes"])) <= 120:
        parser.error(_("--rooms from 1 to 200 and at most one a candidate, --minutes up to 120"))
    if min(numbers.values()) < 0:
        parser.error(_("counts cannot be negative"))
    if not 0 <= numbers["absent"] < wanted:
        parser.error(_("--absent must leave somebody"))
    return wanted


def describe(found: dict[str, object], options: Options) -> list[str]:
    """The verdict for people."""
    answers, latency, upload = found["answers"], found["latency_ms"], found["upload"]
    assert isinstance(answers, dict) and isinstance(latency, dict) and isinstance(upload, dict)  # noqa: S101
    return [
        "",
        _("{candidates} candidates in {rooms} rooms: {submitted} submitted, {collected} collected, {absent} absent")
        .format(**found),
        _("answers: {saved} saved, {acknowledged} acknowledged, {in_bundle} in the bundle, {lost} lost, "
          "{duplicated} doubled").format(**answers),
        _("save acknowledged: p50 {p50} ms, p99 {p99} ms, max {max} ms").format(**latency["save_ack"]),
        _("start spread: p50 {p50} ms, max {max} ms").format(**latency["start_spread"]),
        _("log-in: p50 {p50} ms, p99 {p99} ms").format(**latency["login"]),
        *map(str, found["verifier"] if isinstance(found["verifier"], list) else []),
        *map(str, found["findings"] if isinstance(found["findings"], list) else []),
        _("results, bundle and receipt: {path}").format(path=options.out),
        _("PASSED in {seconds} s").format(**found) if found["ok"] else _("FAILED after {seconds} s").format(**found),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
