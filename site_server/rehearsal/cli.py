"""`kaodian-rehearse`: a whole exam day on this machine with real processes, judged. Exit 0 only if nothing was lost.

Only reads the command line and reports; the day itself is `site_server.rehearsal.day`.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from shared import limits
from shared.crypto import HPKE_P256, RSA_OAEP
from shared.errors import KaodianError
from shared.io.text import translator
from site_server.rehearsal import lan
from site_server.rehearsal.options import FAULTS, SAMPLE, Options

_ = translator("site_server")
SEVERE_MINUTES = 4
"""Time enough for every fault and for getting over it."""


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        options = read_options(given)
        if options.apart:
            lan.enter(given)
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
    count = _("how many; default: all of the roster. The sample's roster is lengthened by made-up people")
    add("--candidates", type=int, default=0, help=count)
    add("--minutes", type=float, help=_("length of the exam; default: 1, with severe faults 4"))
    add("--absent", type=int, default=0, help=_("how many never come"))
    add("--violations", type=int, default=0, help=_("how many are warned"))
    faults = _("what goes wrong mid-exam: all, none, or of {kinds} some with commas between")
    add("--faults", default="none", metavar="KINDS", help=faults.format(kinds=", ".join(FAULTS)))
    chaos = _("set the clocks of site, rooms and PCs wrong all day; kills processes, too")
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
    given["faults"] = _faults(parser, given["faults"]) | ({"kill"} if given["clock_chaos"] else set())
    if given["minutes"] is None:
        given["minutes"] = SEVERE_MINUTES if given["faults"] - {"kill"} else 1
    return Options(**given)


def _faults(parser: argparse.ArgumentParser, asked: str) -> frozenset[str]:
    if asked in ("all", "none"):
        return frozenset(FAULTS if asked == "all" else ())
    kinds = frozenset(asked.split(","))
    if not kinds <= set(FAULTS):
        parser.error(_("--faults: all, none, or of {kinds} some with commas between").format(kinds=", ".join(FAULTS)))
    return kinds


def _count(parser: argparse.ArgumentParser, given: dict[str, object]) -> int:
    from site_server.rehearsal import people

    roster = given["roster"]
    assert isinstance(roster, Path)  # noqa: S101  # argparse made it
    known = len(people.read(roster)[1])
    numbers = {name: int(str(given[name])) for name in ("rooms", "candidates", "absent", "violations")}
    minutes = 1.0 if given["minutes"] is None else float(str(given["minutes"]))
    wanted = numbers["candidates"] or known
    most = people.MOST if roster == SAMPLE / "roster.xlsx" else known
    if not 0 < wanted <= most:
        parser.error(_("--candidates: the roster holds {count}").format(count=most))
    if not 0 < numbers["rooms"] <= min(wanted, 200) or not 0 < minutes <= 120:
        parser.error(_("--rooms from 1 to 200 and at most one a candidate, --minutes up to 120"))
    if wanted > numbers["rooms"] * limits.SEATS_PER_ROOM:
        parser.error(_("--candidates: a room seats {count}").format(count=limits.SEATS_PER_ROOM))
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
        _("answers: {saved} saved, {acknowledged} acknowledged, {held} late records accepted by two people, "
          "{in_bundle} in the bundle, {lost} lost, {duplicated} doubled").format(**answers),
        _("save acknowledged: p50 {p50} ms, p99 {p99} ms, max {max} ms").format(**latency["save_ack"]),
        _("start spread: p50 {p50} ms, max {max} ms").format(**latency["start_spread"]),
        _("log-in: p50 {p50} ms, p99 {p99} ms").format(**latency["login"]),
        *_suffered(found),
        *_verified(found["verifier"]),
        *map(str, found["findings"] if isinstance(found["findings"], list) else []),
        _("results, bundle and receipt: {path}").format(path=options.out),
        _("PASSED in {seconds} s").format(**found) if found["ok"] else _("FAILED after {seconds} s").format(**found),
    ]  # fmt: skip


def _verified(lines: object) -> list[str]:
    """What the verifier said, but of the candidates' receipts only how many agree: it names each."""
    assert isinstance(lines, list)  # noqa: S101  # made by the judge
    receipts = [line for line in lines if ".kdd" in line]
    agree = [_("{count} receipts of candidates agree").format(count=len(receipts))] if receipts else []
    return [line for line in lines if line not in receipts] + agree


def _suffered(found: dict[str, object]) -> list[str]:
    """What each kind of fault cost the unluckiest seat."""
    worst = found["worst_ms"]
    assert isinstance(worst, dict)  # noqa: S101  # made by the judge
    names = kinds()
    return [
        _("fault {kind}: the unluckiest seat was back at work after {seconds:.1f} s").format(
            kind=names[kind], seconds=most / 1000
        )
        for kind, most in worst.items()
    ]  # fmt: skip


def kinds() -> dict[str, str]:
    """Every kind of fault in words."""
    return {
        "pc_killed": _("PC killed"), "room_killed": _("room service killed"), "site_killed": _("site service killed"),
        "platform_killed": _("platform killed"), "unplugged": _("room LAN cut"), "flapping": _("room LAN flapping"),
        "mute": _("room not heard by its PCs"), "no_site": _("room without the site"),
        "across_end": _("room LAN cut across the end"), "disk_full": _("room disk full"),
        "room_destroyed": _("room machine destroyed"), "site_destroyed": _("site machine destroyed"),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
