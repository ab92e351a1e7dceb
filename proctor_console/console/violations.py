"""The provincial violation scheme (违纪处理) as data: levels, what each leads to, and their categories.

The code of a category is what the record carries; the text is for people. Does not decide what an entry leads to:
`shared.exam` does (a second warning voids the paper).
"""

from typing import Final, NamedTuple

from proctor_console.console.texts import N_


class Level(NamedTuple):
    """One level: `code` on the wire, its name, what follows, and (code, text) of each category."""

    code: str
    name: str
    effect: str
    categories: tuple[tuple[str, str], ...]


SCHEME: Final = (
    Level(
        "warning",
        N_("1 Warning"),
        N_("A first warning is recorded; the second voids the paper. The candidate goes on answering."),
        (
            ("forbidden_material", N_("Forbidden material or device")),
            ("talking", N_("Talking, looking around")),
            ("disturbing", N_("Smoking, disturbing order")),
            ("signalling", N_("Discussing, signalling")),
            ("peeking", N_("Peeking, letting others peek")),
        ),
    ),
    Level(
        "void",
        N_("2 Result of this exam cancelled"),
        N_("The paper is void at once, the PC shows a stop page and the candidate leaves. Answers so far are kept."),
        (
            ("swapping", N_("Swapping papers or seats")),
            ("copying", N_("Copying, letting others copy")),
            ("marking", N_("Marking the paper")),
            ("destroying", N_("Destroying the paper or taking it out")),
            ("unheeded", N_("A reminder was not heeded")),
        ),
    ),
    Level(
        "disqualified",
        N_("3 Disqualified"),
        N_(
            "Proposed here, decided by the chief invigilator: inform them first. The paper is void at once; "
            "answers are kept."
        ),
        (
            ("impersonation", N_("Impersonation")),
            ("collusion", N_("Collusion")),
            ("organised", N_("Organised cheating")),
            ("disorder", N_("Serious disorder or threats")),
        ),
    ),
)
