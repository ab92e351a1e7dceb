"""Every message of the protocol at every stage, before and after log-in: refused, hung up on, or one's own business."""

from typing import Any

from shared import ledger
from shared import records as r
from tests.support.fake_site import ROOM, id_number
from tests.system.rogue import line as w
from tests.system.rogue.candidate import START, VERSION, Ledger, greet
from tests.system.rogue.catalogue import messages
from tests.system.rogue.stages import ROGUE_SEAT, VICTIMS, session_of, ticket_of
from tests.system.rogue.world import World

HEARD = {
    "refused", "admitted", "waiting", "history", "opened", "ack", "resend", "clock_changed", "notice", "corrected",
    "finished", "hand_in_too_early", "receipt", "beacon", "beacon_reply",
}  # fmt: skip
"""What a room may say to a PC."""
HELD = {"login": "early", "reading": "early", "answering": "", "grace": "", "over": "closed", "ended": "closed"}
"""What becomes of an answer that arrives at a stage: why it is held, or that it is accepted."""
CAN_LOG_IN = ("login", "reading", "answering", "grace")
LOUD = 77_000_000
"""A beacon of ours by whose answer everything before it is known to be dealt with."""


class Stranger:
    """The rogue's PC at one stage, with or without its own candidate logged in."""

    def __init__(self, world: World, stage: str, admitted: bool) -> None:
        self._world = world
        self.stage = stage
        self.ticket = ticket_of(stage)
        self.admitted = admitted
        self._line: w.Line | None = None
        self.nonce = b""
        self.device = world.device
        self.again: list[Any] = []
        """The last record of one's own that the room has: saying it again is always allowed."""
        self.ledger = Ledger(session_of(stage), self.ticket, 1, START)
        self.heard: list[str] = []

    def connect(self) -> w.Line:
        """A greeted line, logged in if it is to be."""
        if self._line is None:
            self._line = self._world.line(self._world.address())
            self.nonce = greet(self._line, self._world.device, ROGUE_SEAT)
            if self.admitted:
                self._log_in(self._line)
        return self._line

    def _log_in(self, line: w.Line) -> None:
        line.say(m="log_in", ticket=self.ticket, id_number=id_number(self.ticket), at=self.ledger.at)
        found = line.hear("admitted", "refused")
        assert found["m"] == "admitted", (self.stage, found)
        self.ledger = Ledger(session_of(self.stage), self.ticket, found["epoch"], found["continues"])
        if found["head"][1]:
            self.ledger.at = found["head"]
            epoch, position, _digest = found["head"]
            last = self._world.stored(self.ticket, epoch, position, session_of(self.stage))[position - 1]
            self.again = [[last.header, last.body]]
        else:
            self.again = [self.ledger.open(self.device)]
            line.say(m="records", epoch=found["epoch"], entries=self.again)
            line.hear("ack")

    def proof(self) -> bytes:
        """The signature of a resume on this line."""
        return self.device.resume(self.nonce, self.ticket, self.ledger.at)

    def says(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Everything the room answers, until it has dealt with the message or hung up."""
        line = self.connect()
        answers: list[dict[str, Any]] = []
        try:
            line.say(**message)
            # The room answers a beacon at once, but takes a report only when no records are in work any more.
            line.say(m="clock_report", system=0, error=0)
            line.say(m="beacon", sent=LOUD)
            while True:
                answer = line.hear()
                if answer["m"] == "beacon_reply" and answer["sent"] == LOUD:
                    return answers
                answers.append(answer)
        except w.Cut:
            self.close()
            return [*answers, {"m": "cut"}]
        finally:
            self.heard += [one["m"] for one in answers]

    def __enter__(self) -> "Stranger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up."""
        if self._line is not None:
            self._line.close()
            self._line = None


def own_words(rogue: Stranger, world: World) -> list[dict[str, Any]]:
    """Messages of a PC that are in order as such, about oneself and about somebody else."""
    rogue.connect()
    victim = ticket_of(rogue.stage, VICTIMS[0])
    sign, at = world.device, rogue.ledger.at
    copied = world.site.copies.get((f"attempt/{session_of(rogue.stage)}/{victim}", 1), ())
    words: list[dict[str, Any]] = [
        {"m": "log_in", "ticket": victim, "id_number": id_number(victim), "at": START},
        {"m": "log_in", "ticket": "nobody", "id_number": "0", "at": START},
        {"m": "pc_hello", "version": VERSION, "device": sign.public, "seat": VICTIMS[0], "faults": []},
        {"m": "resume", "ticket": victim, "at": START, "signature": sign.resume(rogue.nonce, victim, START)},
        {"m": "resume", "ticket": rogue.ticket, "at": at, "signature": bytes(64)},
        {"m": "paper_fetched"}, {"m": "read_done"}, {"m": "hand_up"},
        {"m": "pc_head", "head": sign.head(rogue.ledger.stream, at, 1)},
        {"m": "clock_report", "system": 1 << 40, "error": -5},
        {"m": "correction_read", "number": 7},
        {"m": "records", "epoch": 99, "entries": []},
        {"m": "records", "epoch": 1, "entries": [[one.header, one.body] for one in copied]},
    ]  # fmt: skip
    return words


def every_message(rogue: Stranger, world: World) -> None:
    """Says them all; fails on an answer that no PC may get."""
    said = [one.message for one in messages()] + own_words(rogue, world)
    may = HEARD if rogue.admitted else {"refused", "beacon_reply", "waiting", "finished"}
    for message in said:
        kinds = {one["m"] for one in rogue.says(message)} - {"cut"}
        assert kinds <= may, (rogue.stage, rogue.admitted, message, kinds)


def answer_now(rogue: Stranger) -> dict[str, Any]:
    """The room's word on one more answer of one's own."""
    line = rogue.connect()
    line.say(m="records", epoch=rogue.ledger.at[0], entries=[rogue.ledger.add(item=1)])
    return line.hear("ack", "refused")


def log_in_early(world: World) -> list[str]:
    """The refusals of a log-in before log-in opens."""
    with Stranger(world, "early", False) as rogue:
        said = {"m": "log_in", "ticket": rogue.ticket, "id_number": id_number(rogue.ticket), "at": START}
        return [one["refusal"]["code"] for one in rogue.says(said)]


def about(world: World, stage: str, since: int) -> set[str]:
    """The tickets that records of the sitting's stream since a position are about; asking to go on is nobody's harm."""
    stream = ledger.sitting_stream(session_of(stage), ROOM)
    key = ledger.stream_key(world.site.exams[session_of(stage)].sitting_key, stream)
    found = set()
    for entry in world.site.copies[stream, 1][since:]:
        record = r.read(ledger.header_of(entry), entry, key)
        if isinstance(record, r.ResumeRequested):
            continue
        found |= {part.ticket for part in getattr(record, "ranges", ())}
        part = getattr(record, "range", None)
        found.add(part.ticket if part is not None else getattr(record, "ticket", ""))
    return found
