"""`kaodian-candidate`: the command of a candidate PC - with its page, headless, or as a farm of headless ones.

Reads arguments, wires the parts and says in one sentence what failed. Holds no behaviour of its own.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import webbrowser
from pathlib import Path

from shared.errors import KaodianError
from shared.io.text import explain, translator

_ = translator("candidate_client")


def main() -> None:
    """Entry point; exits 0 when done, 1 when refused or failed, 2 on wrong usage."""
    logging.basicConfig(level=os.environ.get("KAODIAN_LOG", "WARNING").upper(), stream=sys.stderr)
    enrolling = sys.argv[1:2] == ["enrol"]
    parser = _enrol_parser() if enrolling else _parser()
    arguments = parser.parse_args(sys.argv[2:] if enrolling else None)
    if not enrolling and not arguments.farm and not arguments.data:
        parser.error(_("--data is needed"))
    if not enrolling and arguments.headless and not (arguments.ticket and arguments.id_number and arguments.trace):
        parser.error(_("--headless needs --ticket, --id-number and --trace"))
    try:
        sys.exit(_enrol(arguments) if enrolling else _run(arguments))
    except KaodianError as error:
        sys.exit(_failed(explain(error.wire_code), str(error)))
    except OSError as error:
        sys.exit(_failed(explain("unavailable"), str(error)))


def _enrol(arguments: argparse.Namespace) -> int:
    from candidate_client.enrol import enrol
    from shared.io.identity import read_site_file

    site = read_site_file(arguments.site_file)
    waiting = _("The code is right. Waiting until staff confirm this PC on the console; leave it on.")
    made = asyncio.run(
        enrol(
            arguments.data, site, arguments.room, arguments.code, arguments.seat, arguments.local,
            lambda: print(waiting, flush=True),
        )
    )  # fmt: skip
    print(_("This PC is now seat {number} of room {room}.").format(number=made.place.number, room=made.place.room))
    return 0


def _run(arguments: argparse.Namespace) -> int:
    if arguments.farm:
        from candidate_client import farm

        return farm.serve(_say)
    if arguments.headless:
        return _headless(arguments)
    return asyncio.run(_with_page(arguments))


def _headless(arguments: argparse.Namespace) -> int:
    from candidate_client import headless

    script = headless.Script(
        data=str(arguments.data),
        ticket=arguments.ticket,
        id_number=arguments.id_number,
        trace=str(arguments.trace),
        seed=arguments.seed,
        changes=arguments.changes,
        hand_in=arguments.hand_in,
        hand_in_at=arguments.hand_in_at,
        local=arguments.local,
    )
    return headless.run(script)


async def _with_page(arguments: argparse.Namespace) -> int:
    from candidate_client import checks
    from candidate_client.agent import Agent
    from candidate_client.device import Device
    from candidate_client.page import HOST, Page, kept_token
    from shared.io.identity import load
    from shared.io.tasks import Tasks
    from shared.machines import Kind

    identity = load(arguments.data, Kind.PC)
    device = Device(arguments.data)
    agent = Agent(device, identity, arguments.local)
    agent.state.faults = checks.faults(await asyncio.to_thread(checks.look, device.folder))
    page = Page(agent, kept_token(device.folder / "page.token"))
    tasks = Tasks()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    try:
        await page.start(arguments.page_port)
        running = tasks.spawn("agent", agent.run())
        running.add_done_callback(lambda _: ended.set())
        print(f"ready {HOST}:{page.port}", flush=True)
        if arguments.no_browser:
            print(f"page {page.url}", flush=True)
        else:
            webbrowser.open(page.url)
        await ended.wait()
        return 1 if running.done() else 0
    finally:
        await page.close()
        await tasks.close()
        device.close()


def _parser() -> argparse.ArgumentParser:
    first = _("Before the first start: kaodian-candidate enrol")
    parser = argparse.ArgumentParser("kaodian-candidate", description=_("The program of a candidate PC."), epilog=first)
    add = parser.add_argument
    add("--data", type=Path, help=_("folder for this PC's own ledger and keys, enrolled before"))
    add("--local", default="", help=_("own address to connect from"))
    add("--page-port", type=int, default=0, help=_("port of the page on this PC; 0 takes a free one"))
    add("--no-browser", action="store_true", help=_("print the page's address instead of opening the browser"))
    add("--headless", action="store_true", help=_("sit the exam without a page, as a rehearsal does"))
    add("--ticket", help=_("headless: ticket number"))
    add("--id-number", default=os.environ.get("KAODIAN_ID_NUMBER"), help=_("headless: ID number"))
    add("--trace", type=Path, help=_("headless: file for what happened, JSON lines"))
    add("--seed", type=int, default=0, help=_("headless: answers and pacing follow from it"))
    add("--changes", type=int, default=0, help=_("headless: how many answers are changed"))
    add("--hand-in", choices=("early", "end", "none"), default="end", help=_("headless: when to hand in"))
    add("--hand-in-at", type=float, default=0.0, help=_("headless: hand in at this fraction of the exam"))
    add("--farm", action="store_true", help=_("run many headless PCs, told by JSON lines on standard input"))
    return parser


def _enrol_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kaodian-candidate enrol", description=_("Enrol this PC in its room."))
    add = parser.add_argument
    add("--data", type=Path, required=True, help=_("folder for this PC's own ledger and keys"))
    add("--site-file", type=Path, required=True, help=_("the site file from the install stick"))
    add("--room", required=True, help=_("id of this PC's room"))
    add("--code", required=True, help=_("the code shown on the console"))
    add("--seat", type=int, default=0, help=_("seat number of this PC; default: from its address"))
    add("--local", default="", help=_("own address to connect from"))
    return parser


def _say(news: dict[str, object]) -> None:
    print(json.dumps(news), flush=True)


def _failed(text: str, detail: str) -> int:
    print(f"{text} ({detail})", file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
