"""组卷: draws the papers of a session from a bank by a blueprint, and separates papers from keys.

Pure: the same items, blueprint, forms and seed give the same papers on every machine. Stores nothing
(`central_platform.plan` does). The order in which one candidate sees items and options is not decided here.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import msgspec

from central_platform.arrange import seeded_digest
from central_platform.importers.pictures import picture_type
from central_platform.model import Assembly, BankItem, BlueprintPart, KeyRow, Shared
from shared import limits
from shared.errors import Misuse, Refused
from shared.model import Item, Paper


class Draw(msgspec.Struct, frozen=True):
    """The items of each form in paper order, and how many each two forms share."""

    items: dict[str, tuple[BankItem, ...]]
    shared: tuple[Shared, ...]

    def pictures(self) -> set[str]:
        """SHA-256 (hex) of every picture that the papers need."""
        return {sha for items in self.items.values() for item in items for _, sha in item.pictures}


def draw(bank: Iterable[BankItem], blueprint: Sequence[BlueprintPart], forms: Sequence[str], seed: str) -> Draw:
    """Choose the items of every form.

    For each part of the blueprint: the bank's items of its kind are ordered by SHA-256(UTF-8 seed ‖ one zero byte ‖
    UTF-8 item id), ascending, and counted 0..N-1. Of `count` items per form, form number f (from 0) takes the items
    (f * count + j) mod N for j = 0..count-1. So forms share no item while N >= forms * count; with fewer, items are
    used as equally often as possible, which keeps the sum of shared items least, and the first two forms share the
    fewest two forms can. Within a form, a part's items stand in the order of
    SHA-256(seed ‖ 0 ‖ form ‖ 0 ‖ item id), parts in the blueprint's order.

    Raises:
        Refused: `bank_too_small` names what is lacking for one form; `bad_blueprint`.
        Misuse: a form or item id twice, no form.
    """
    check_blueprint(blueprint)
    items = list(bank)
    if not forms or len(set(forms)) < len(forms) or len({item.id for item in items}) < len(items):
        raise Misuse("forms and items must be distinct and there must be a form")
    by_kind = {part.kind: [item for item in items if item.kind is part.kind] for part in blueprint}
    lacking = [
        f"{part.kind.value}: {part.count} needed, {len(by_kind[part.kind])} there"
        for part in blueprint
        if len(by_kind[part.kind]) < part.count
    ]
    if lacking:
        raise Refused("the bank is too small for one form: " + "; ".join(lacking), "bank_too_small")
    chosen: dict[str, tuple[BankItem, ...]] = dict.fromkeys(forms, ())
    for part in blueprint:
        order = sorted(by_kind[part.kind], key=lambda item: seeded_digest(seed, item.id))
        for number, form in enumerate(forms):
            window = [order[(number * part.count + at) % len(order)] for at in range(part.count)]
            chosen[form] += tuple(_in_order(window, seed, form))
    return Draw(chosen, _shared(chosen))


def assemble(
    drawn: Draw,
    blueprint: Sequence[BlueprintPart],
    seed: str,
    *,
    session: str,
    title: str,
    pictures: Mapping[str, bytes],
) -> Assembly:
    """Make papers and keys from a draw by the same blueprint; marks come from the blueprint.

    `pictures` maps SHA-256 (hex) to bytes. In a paper a picture is called by the first 32 digits of its hash and its
    type, so that its name tells nothing. Raises Refused `paper_too_large`, KeyError for a picture not given.
    """
    marks = {part.kind: part.marks for part in blueprint}
    papers = []
    keys: list[KeyRow] = []
    for form, items in drawn.items.items():
        data = {_picture_name(sha, pictures[sha]): pictures[sha] for item in items for _, sha in item.pictures}
        if sum(map(len, data.values())) > limits.PAPER_BYTES - limits.MIB:
            raise Refused(f"the pictures of form {form} are too large together", "paper_too_large")
        numbered = list(enumerate(items, 1))
        shown = tuple(_item(number, item, marks[item.kind], pictures) for number, item in numbered)
        papers.append(Paper(session=session, form=form, title=title, items=shown, pictures=data))
        keys += [
            KeyRow(form=form, number=number, item=item.id, answer=item.answer, marks=marks[item.kind])
            for number, item in numbered
        ]
    return Assembly(seed=seed, papers=tuple(papers), keys=tuple(keys), shared=drawn.shared)


def check_blueprint(blueprint: Sequence[BlueprintPart]) -> None:
    """Refused `bad_blueprint` unless it names each kind at most once, and counts and marks are positive and bounded."""
    kinds = [part.kind for part in blueprint]
    total = sum(part.count for part in blueprint)
    sound = all(part.count > 0 and 0 < part.marks <= 100_000 for part in blueprint)
    if not sound or len(set(kinds)) < len(kinds) or not 0 < total <= limits.ITEMS_PER_PAPER:
        detail = f"the blueprint must hold each kind once and 1 to {limits.ITEMS_PER_PAPER} items"
        raise Refused(detail, "bad_blueprint")


def _in_order(items: list[BankItem], seed: str, form: str) -> list[BankItem]:
    return sorted(items, key=lambda item: seeded_digest(seed, form, item.id))


def _shared(chosen: Mapping[str, Sequence[BankItem]]) -> tuple[Shared, ...]:
    ids = {form: {item.id for item in items} for form, items in chosen.items()}
    pairs = combinations(ids, 2)
    return tuple(Shared(form=form, other=other, items=len(ids[form] & ids[other])) for form, other in pairs)


def _item(number: int, item: BankItem, marks: int, pictures: Mapping[str, bytes]) -> Item:
    names = tuple(_picture_name(sha, pictures[sha]) for _, sha in item.pictures)
    return Item(
        number=number, id=item.id, kind=item.kind, stem=item.stem, options=item.options, marks=marks, pictures=names
    )


def _picture_name(sha: str, data: bytes) -> str:
    return f"{sha[:32]}.{picture_type(data) or 'bin'}"
