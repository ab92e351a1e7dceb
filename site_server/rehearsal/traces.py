"""What the simulated candidates wrote down: the answers that must be in the results, and how long things took.

A trace is JSON lines of one candidate on one start of a PC (events in `docs/rehearsal.md`). From all traces of a
candidate follows the expected final answer of each item; an acknowledged answer that a resumed PC did not show is
a loss, found here already.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

Answer = tuple[str, ...]


@dataclass
class Story:
    """One candidate's day as that candidate saw it."""

    ticket: str
    answers: dict[str, Answer] = field(default_factory=dict)
    typed: dict[str, set[Answer]] = field(default_factory=dict)
    receipt: str = ""
    document: str = ""
    status: str = ""
    saved: int = 0
    acknowledged: int = 0
    """Typed answers that were acknowledged; once, however often a machine that took the room's place did so again."""
    starts: int = 0
    logged_in: bool = False
    lost: list[str] = field(default_factory=list)
    save_ms: list[float] = field(default_factory=list)
    login_ms: list[float] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    opened: list[tuple[int, int]] = field(default_factory=list)
    locked: list[int] = field(default_factory=list)
    signs: list[int] = field(default_factory=list)
    """Boot-time instants at which this seat was seen at work: nothing typed there waited for an acknowledgement."""
    over: int = 0
    """When the attempt was closed, boot time; 0 when it never was."""
    _newest: dict[str, Answer] = field(default_factory=dict)
    _since: dict[str, set[Answer]] = field(default_factory=dict)
    _waiting: set[tuple[str, Answer]] = field(default_factory=set)
    """Typed and never acknowledged."""

    @property
    def unsettled(self) -> dict[str, set[Answer]]:
        """By item, what was typed and neither acknowledged nor shown again since: it may count or not."""
        return self._since

    def take(self, event: dict[str, object]) -> None:
        """One event, in order."""
        self._take(event)
        at = int(_number(event.get("boot", 0)))
        if event["event"] in ("acked", "finished") or (event["event"] == "alive" and not self._since):
            self.signs.append(at)
        if event["event"] == "finished":
            self.over, self.status = at, str(event["status"])

    def _take(self, event: dict[str, object]) -> None:
        match event["event"]:
            case "typed":
                item, answer = _answer(event)
                self.saved += 1
                self.typed.setdefault(item, {()}).add(answer)
                self._since.setdefault(item, set()).add(answer)
                self._newest[item] = answer
                self._waiting.add((item, answer))
            case "acked":
                self._acked(event)
            case "left":
                self._left()
            case "shown":
                self._shown(event)
            case "logged_in":
                self.logged_in = True
                self.login_ms += [] if event.get("waited") else [_number(event["ms"])]
            case "opened":
                self.opened.append((int(_number(event["boot"])), int(_number(event["trusted"]))))
            case "ready" | "locked" as name:
                (self.ready if name == "ready" else self.locked).append(int(_number(event["boot"])))
            case "receipt":
                self.receipt, self.document = str(event["code"]), str(event.get("document", ""))
            case _:
                pass

    def _acked(self, event: dict[str, object]) -> None:
        item, answer = _answer(event)
        self.answers[item] = answer
        self._since.pop(item, None)
        if (item, answer) in self._waiting:
            self._waiting.remove((item, answer))
            self.acknowledged += 1
            self.save_ms.append(_number(event["ms"]))

    def _left(self) -> None:
        """The room has all that was typed: what came too late is accepted by the rehearsal's staff, so it counts."""
        self.answers |= {item: self._newest[item] for item in self._since}
        self._since.clear()

    def _shown(self, event: dict[str, object]) -> None:
        """A resumed PC must show what was acknowledged, or what was typed after that."""
        found = event["answers"]
        assert isinstance(found, dict)  # noqa: S101  # written by our own candidate
        shown = {str(item): tuple(letters) for item, letters in found.items()}
        for item, answer in self.answers.items():
            if shown.get(item, ()) not in {answer} | self._since.get(item, set()):
                self.lost.append(f"{self.ticket} item {item}: acknowledged {answer}, shown {shown.get(item)}")
        self.answers = shown
        self._since.clear()


def read(ticket: str, paths: list[Path]) -> Story:
    """A candidate's story from all traces; a line torn by a kill is the last of its file and is left out."""
    story = Story(ticket)
    for path in paths:
        story.starts += 1
        for line in path.read_bytes().split(b"\n"):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            story.take(event)
    return story


def expected_lines(stories: list[Story]) -> list[dict[str, object]]:
    """The lines of `expected.jsonl`, one for each final answer."""
    return [
        {"ticket": story.ticket, "item": item, "answer": list(answer), "receipt": story.receipt}
        for story in stories
        for item, answer in sorted(story.answers.items())
        if answer
    ]


def _answer(event: dict[str, object]) -> tuple[str, Answer]:
    letters = event["answer"]
    assert isinstance(letters, list)  # noqa: S101  # written by our own candidate
    return str(event["item"]), tuple(str(letter) for letter in letters)


def _number(value: object) -> float:
    return float(str(value))
