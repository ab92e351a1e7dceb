"""A parser of GIFT, Moodle's text form of questions: from text to what its author wrote, every type included.

Understands comments with [id:…] and [tag:…], $CATEGORY, ::titles::, the formats [html] [moodle] [plain] [markdown],
escapes, weights, feedback and general feedback. A blank line ends a question unless it stands inside its braces.
Does not judge what Kaodian can hold; `central_platform.importers.banks` does.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Final

import msgspec


class GiftKind(StrEnum):
    """What the braces of a question say it is."""

    CHOICE = "MC"
    TRUE_FALSE = "TF"
    SHORT = "Short"
    NUMERICAL = "Numerical"
    MATCHING = "Matching"
    ESSAY = "Essay"
    DESCRIPTION = "Description"
    BROKEN = "Broken"


class GiftText(msgspec.Struct, frozen=True):
    """A text with its format ("moodle" unless the file says otherwise); escapes are resolved."""

    text: str
    format: str = "moodle"


class GiftChoice(msgspec.Struct, frozen=True):
    """One answer: `right` for "=", not for "~"; `weight` is the percentage between % signs, if any."""

    right: bool
    text: GiftText
    weight: float | None = None
    feedback: GiftText | None = None


class GiftQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `line` counts from 1; `missing_word` says that text follows the braces."""

    line: int
    kind: GiftKind
    stem: GiftText
    title: str = ""
    id: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    missing_word: bool = False
    choices: tuple[GiftChoice, ...] = ()
    truth: bool | None = None
    feedbacks: tuple[GiftText | None, ...] = ()
    general: GiftText | None = None


BLOCK_LINES: Final = 200
"""Blank lines inside braces are only looked for within a question of this many lines."""

_BRACE = re.compile(r"(?<!\\)(?:\\\\)*([{}])")
_COMMENT_TAG = re.compile(r"\[(id|tag):([^\[\]]+)\]")
_TITLE = re.compile(r"\s*::((?:\\.|(?!::)[^\\])*)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_SPLIT_CHOICES = re.compile(r"(?<!\\)((?:\\\\)*)([=~])")
_WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:\.\d{1,10})?)%")
_HASH = re.compile(r"(?<!\\)((?:\\\\)*)#")
_GENERAL = re.compile(r"(?<!\\)((?:\\\\)*)####")
_ESCAPE = re.compile(r"\\([~=#{}:\\n])")
_TRUTH = re.compile(r"\s*(T|TRUE|F|FALSE)\s*(?=#|$)", re.IGNORECASE)


def parse_gift(text: str) -> list[GiftQuestion]:
    """All questions of a text, in order; one that cannot be read is of kind BROKEN and hides no other."""
    questions = []
    category = ""
    for line, comments, body in _blocks(text.split("\n")):
        if body.lstrip().startswith("$CATEGORY:"):
            category, _, rest = body.lstrip().removeprefix("$CATEGORY:").partition("\n")
            category = category.strip()
            if not rest.strip():
                continue
            line, body = line + 1, rest
        questions.append(_question(line, comments, body, category))
    return questions


def categories(text: str) -> list[str]:
    """The categories that a text names, in order."""
    return [line.split(":", 1)[1].strip() for line in text.split("\n") if line.startswith("$CATEGORY:")]


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str], str]]:
    """Each question's first line number, the comments before or in it, and its text without comments."""
    comments: list[str] = []
    block: list[str] = []
    first = depth = 0
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("//"):
            comments.append(line)
        elif line.strip() or (0 < len(block) < BLOCK_LINES and depth > 0 and _closes_later(lines, number)):
            first = first if block else number
            block.append(line)
            depth += _depth(line)
        elif block:
            yield first, comments, "\n".join(block)
            comments, block, depth = [], [], 0
    if block:
        yield first, comments, "\n".join(block)


def _closes_later(lines: list[str], after: int) -> bool:
    """Whether an open brace is closed before another opens: a blank line then stands inside braces."""
    for line in islice(lines, after, after + BLOCK_LINES):
        if found := _BRACE.search(line):
            return found[1] == "}"
    return False


def _depth(line: str) -> int:
    braces = [match[1] for match in _BRACE.finditer(line)]
    return braces.count("{") - braces.count("}")


def _question(line: int, comments: list[str], body: str, category: str) -> GiftQuestion:
    marks = [(match[1], match[2].strip()) for comment in comments for match in _COMMENT_TAG.finditer(comment)]
    title = ""
    if found := _TITLE.match(body):
        title, body = unescaped(found[1]).strip(), body[found.end() :]
    head, answer, tail, sound = _braces(body)
    stem = _text(head, "moodle")
    if answer is not None and tail.strip():
        stem = GiftText(f"{stem.text} _____ {_text(tail, stem.format).text}", stem.format)
    base = GiftQuestion(
        line=line,
        kind=GiftKind.DESCRIPTION if sound else GiftKind.BROKEN,
        stem=stem,
        title=title,
        id=next((value for name, value in marks if name == "id"), ""),
        tags=tuple(value for name, value in marks if name == "tag"),
        category=category,
        missing_word=answer is not None and bool(tail.strip()),
    )
    return base if answer is None or not sound else _answered(base, answer)


def _braces(body: str) -> tuple[str, str | None, str, bool]:
    """Text before, inside and after the braces, and whether there is one pair or none."""
    found = [(match.start(1), match[1]) for match in _BRACE.finditer(body)]
    if not found:
        return body, None, "", True
    if [brace for _, brace in found] != ["{", "}"]:
        return body[: found[0][0]], None, "", False
    (start, _), (end, _) = found
    return body[:start], body[start + 1 : end], body[end + 1 :], True


def _answered(base: GiftQuestion, answer: str) -> GiftQuestion:
    replace = msgspec.structs.replace
    general = None
    if found := _GENERAL.search(answer):
        general = _text(answer[found.end() :], base.stem.format)
        answer = answer[: found.end() - 4]
    base = replace(base, general=general)
    if not answer.strip():
        return replace(base, kind=GiftKind.ESSAY)
    if answer.lstrip().startswith("#"):
        return replace(base, kind=GiftKind.NUMERICAL)
    if found := _TRUTH.match(answer):
        parts = [_text(part, base.stem.format) for part in _cut(answer[found.end() :], _HASH)[1:]]
        feedbacks = tuple(part if part.text else None for part in parts)
        truth = found[1].upper().startswith("T")
        return replace(base, kind=GiftKind.TRUE_FALSE, truth=truth, feedbacks=feedbacks)
    choices = tuple(_choices(answer, base.stem.format))
    return replace(base, kind=_choice_kind(answer, choices), choices=choices)


def _choice_kind(answer: str, choices: tuple[GiftChoice, ...]) -> GiftKind:
    leading = _SPLIT_CHOICES.search(answer)
    if not choices or leading is None or answer[: leading.start(2)].strip():
        return GiftKind.BROKEN
    if not all(choice.right for choice in choices):
        return GiftKind.CHOICE
    return GiftKind.MATCHING if all("->" in choice.text.text for choice in choices) else GiftKind.SHORT


def _choices(answer: str, outer: str) -> Iterator[GiftChoice]:
    marks = list(_SPLIT_CHOICES.finditer(answer))
    ends = [*(mark.start(2) for mark in marks[1:]), len(answer)]
    for mark, end in zip(marks, ends, strict=False):
        part = answer[mark.end() : end]
        weight = None
        if found := _WEIGHT.match(part):
            weight, part = float(found[1]), part[found.end() :]
        shown, *rest = _cut(part, _HASH)
        feedback = _text("#".join(rest), outer) if rest else None
        text = _text(shown, outer)
        yield GiftChoice(mark[2] == "=", text, weight, feedback if feedback and feedback.text else None)


def _cut(text: str, at: re.Pattern[str]) -> list[str]:
    """The text cut at every unescaped mark; backslashes before a mark belong to the part before it."""
    parts = []
    start = 0
    for mark in at.finditer(text):
        parts.append(text[start : mark.end() - 1])
        start = mark.end()
    return [*parts, text[start:]]


def _text(raw: str, outer: str) -> GiftText:
    """A text in its own or the surrounding format. Outside html and markdown a line break is only a blank."""
    form = outer
    if found := _FORMAT.match(raw):
        form, raw = found[1], raw[found.end() :]
    if form not in ("html", "markdown"):
        raw = " ".join(line for line in map(str.strip, raw.split("\n")) if line)
    return GiftText(unescaped(raw.strip()), form)


def unescaped(raw: str) -> str:
    r"""A control character after a backslash is itself; \n is a line break; any other backslash is a backslash."""
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], raw)
