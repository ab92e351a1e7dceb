"""The order in which one candidate sees items and options, and the page's form of the paper.

Kinds stay together (single, multiple, true/false). Within a kind the items are sorted by SHA-256 of the UTF-8 text
`session NUL form NUL ticket NUL item NUL item id`, options by the same with `option NUL item id NUL letter` in
place of `item NUL item id`; so any PC shows the same candidate the same order. True/false options and what the
rules leave fixed keep the paper's order. Pure; what is stored are always the bank's own letters.
"""

from urllib.parse import quote

from candidate_client.view import ItemView, OptionView, PaperView
from shared.crypto import sha256
from shared.model import Item, ItemKind, Option, Paper, Rules

KINDS = (ItemKind.SINGLE, ItemKind.MULTIPLE, ItemKind.TRUE_FALSE)
MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def arrange(paper: Paper, rules: Rules, ticket: str) -> tuple[Item, ...]:
    """The items in shown order, each with its options in shown order."""
    seed = f"{paper.session}\0{paper.form}\0{ticket}\0"
    shown: list[Item] = []
    for kind in KINDS:
        items = [item for item in paper.items if item.kind is kind]
        if rules.shuffle_items:
            items.sort(key=lambda item: _order(seed, "item", item.id))
        shown += items
    if not rules.shuffle_options:
        return tuple(shown)
    return tuple(_with_options(item, _shuffled(seed, item)) for item in shown)


def paper_view(paper: Paper, items: tuple[Item, ...]) -> PaperView:
    """What the page shows of arranged items."""
    return PaperView(paper.title, tuple(_item_view(at, item) for at, item in enumerate(items, 1)))


def marks_text(hundredths: int) -> str:
    """Marks as a person writes them: `2`, `1.5`."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)


def _item_view(shown: int, item: Item) -> ItemView:
    options = tuple(OptionView(mark, one.letter, one.text) for mark, one in zip(MARKS, item.options, strict=False))
    pictures = tuple(f"picture/{quote(name, safe='')}" for name in item.pictures)
    return ItemView(shown, item.number, item.kind.value, item.stem, options, marks_text(item.marks), pictures)


def _shuffled(seed: str, item: Item) -> tuple[Option, ...]:
    if item.kind is ItemKind.TRUE_FALSE:
        return item.options
    return tuple(sorted(item.options, key=lambda one: _order(seed, "option", f"{item.id}\0{one.letter}")))


def _with_options(item: Item, options: tuple[Option, ...]) -> Item:
    return Item(item.number, item.id, item.kind, item.stem, options, item.marks, item.pictures)


def _order(seed: str, what: str, name: str) -> bytes:
    return sha256(f"{seed}{what}\0{name}".encode())
