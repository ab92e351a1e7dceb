"""Small papers for tests, written for them."""

from shared.model import Item, ItemKind, Option, Paper


def small_paper(session: str, form: str) -> Paper:
    """Three items, one of each kind, one with a picture."""
    four = tuple(Option(letter, f"选项{letter}") for letter in "ABCD")
    two = (Option("A", "正确"), Option("B", "错误"))
    items = (
        Item(1, "s1", ItemKind.SINGLE, "测量电压时，电压表应与被测电路怎样连接？", four, 200, ("meter.png",)),
        Item(2, "m1", ItemKind.MULTIPLE, "下列哪些属于安全用电措施？", four, 200),
        Item(3, "t1", ItemKind.TRUE_FALSE, "熔断器应串联在电路中。", two, 200),
    )
    return Paper(session, form, f"理论试卷 {form}", items, {"meter.png": b"\x89PNG\r\n\x1a\n" + bytes(20)})
