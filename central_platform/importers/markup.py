"""Text of questions and names: from what a file holds to what a candidate is shown, with the repairs named.

A field is read as HTML when it holds at least one complete known tag (an opening tag of a known element together with
its closing tag, or a known element that has none, such as <br>, or a comment); otherwise every character of it is
text. So "a<b 且 b&c" keeps its signs. What does not belong to a complete known tag is text in a HTML field as well.
The result is always a sanitised fragment of the few elements in ALLOWED, without attributes.

Knows nothing of questions, and renders no Markdown.
"""

import html
import re
import unicodedata
from typing import Final, Literal

import msgspec
import nh3

Mode = Literal["auto", "html", "plain"]

ALLOWED: Final = frozenset({"b", "i", "u", "sub", "sup", "br", "table", "tbody", "tr", "td", "th"})
RENAMED: Final = {"strong": "b", "em": "i"}
# fmt: off
BLOCKS: Final = frozenset((
    "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "dl", "dt", "dd", "blockquote", "section",
))
DROPPED: Final = frozenset((
    "a", "abbr", "audio", "big", "body", "button", "canvas", "caption", "center", "code", "colgroup", "del", "embed",
    "font", "form", "frame", "head", "html", "iframe", "ins", "kbd", "label", "math", "object", "option", "s", "script",
    "select", "small", "span", "strike", "style", "svg", "textarea", "tfoot", "thead", "title", "tt", "video",
))
# fmt: on
VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
PAIRED: Final = (ALLOWED - VOID) | RENAMED.keys() | BLOCKS | DROPPED

_ATTRIBUTE = r"\s+[A-Za-z_:@][\w:.-]*\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=]+)"
_TAG = re.compile(rf"<(/?)([A-Za-z][A-Za-z0-9]*)((?:{_ATTRIBUTE})*)\s*(/?)>|<!--.*?-->", re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLANKS = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\s*(?:<br>\s*)+")
_INVISIBLE: Final = frozenset("\u00ad\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Fragment(msgspec.Struct, frozen=True):
    """A sanitised HTML fragment.

    `key` is what two options are compared by: the shown text without bold, italics, underline and line breaks, but
    with sub- and superscripts, which a reader tells apart. `repairs` are codes of notes; `picture` says that the text
    held an image, which a fragment cannot carry.
    """

    html: str
    key: str
    repairs: tuple[str, ...] = ()
    picture: bool = False


def tidy(raw: str) -> tuple[str, tuple[str, ...]]:
    """NFC, no invisible or control characters, single blanks, no blanks at the ends of lines or of the text.

    Returns the text and the codes of the repairs made ("characters", "spaces").
    """
    composed = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))
    visible = "".join(
        mark
        for mark in composed
        if mark in "\n\t" or not (mark in _INVISIBLE or unicodedata.category(mark) in ("Cc", "Cs"))
    )
    lines = [_BLANKS.sub(" ", line).strip() for line in visible.split("\n")]
    text = "\n".join(lines).strip()
    repairs = []
    if visible != composed:
        repairs.append("characters")
    if text != visible:
        repairs.append("spaces")
    return text, tuple(repairs)


def fragment(raw: str, mode: Mode = "auto") -> Fragment:
    """The sanitised fragment of a field; an empty `key` means that nothing is left to show."""
    text, repairs = tidy(raw)
    tags = [] if mode == "plain" else _tags(text)
    if not tags and mode != "html":
        body = re.sub(r"\n+", "<br>", html.escape(text, quote=False))
        notes = ("entity_as_text",) if mode == "auto" and _ENTITY.search(text) else ()
        return Fragment(body, _key(body), repairs + notes)
    body = nh3.clean(_marked(text, tags), tags=set(ALLOWED), attributes={}, url_schemes=set(), link_rel=None)
    body = re.sub(r"\s+", " ", body.replace("&nbsp;", " ")).strip()
    body = _BREAKS.sub("<br>", body)
    body = re.sub(r"^(?:<br>)+|(?:<br>)+$", "", body)
    notes = ("markup",) if any(_loses(tag) for tag in tags) else ()
    return Fragment(body, _key(body), repairs + notes, picture=any(tag[2] == "img" for tag in tags))


def shown(body: str) -> str:
    """The plain text of a sanitised fragment, for lists and printed tables."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def _tags(text: str) -> list[re.Match[str]]:
    """The complete known tags of a text, in order; those that lack a partner are not among them."""
    found: dict[int, re.Match[str]] = {}
    open_tags: dict[str, list[re.Match[str]]] = {}
    for tag in _TAG.finditer(text):
        name = (tag[2] or "").lower()
        if not name or name in VOID:
            found[tag.start()] = tag
        elif name in PAIRED and not tag[1]:
            open_tags.setdefault(name, []).append(tag)
        elif open_tags.get(name):
            opening = open_tags[name].pop()
            found[opening.start()] = opening
            found[tag.start()] = tag
    return [found[start] for start in sorted(found)]


def _marked(text: str, tags: list[re.Match[str]]) -> str:
    """The text with its tags brought to the allowed ones and everything else escaped."""
    parts: list[str] = []
    at = 0
    for tag in tags:
        parts += [_escaped(text[at : tag.start()]), _replacement(tag)]
        at = tag.end()
    return "".join([*parts, _escaped(text[at:])])


def _replacement(tag: re.Match[str]) -> str:
    name = (tag[2] or "").lower()
    if name in RENAMED:
        return f"<{tag[1]}{RENAMED[name]}>"
    if name in BLOCKS or name == "hr":
        return "<br>"
    return tag[0] if name else ""


def _escaped(text: str) -> str:
    parts: list[str] = []
    at = 0
    for entity in _ENTITY.finditer(text):
        parts.append(html.escape(text[at : entity.start()], quote=False))
        known = html.unescape(entity[0]) != entity[0]
        parts.append(entity[0] if known else html.escape(entity[0], quote=False))
        at = entity.end()
    return "".join([*parts, html.escape(text[at:], quote=False)])


def _loses(tag: re.Match[str]) -> bool:
    """Whether sanitising takes something away with this tag: an element, an attribute or a comment."""
    name = (tag[2] or "").lower()
    return name not in ALLOWED | RENAMED.keys() | BLOCKS or bool(tag[3])


def _key(body: str) -> str:
    bare = re.sub(r"</?[biu]>", "", body).replace("<br>", " ")
    text = " ".join(html.unescape(bare).split())
    return text if shown(body) else ""
