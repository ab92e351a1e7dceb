"""One kind of a campaign: what a number means and how it is run. Does not know who runs it, how often or where."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of check that one number decides wholly: the same number on the same commit does the same again.

    `run(number)` returns how many cases it judged; whatever it raises is a finding, and an AssertionError says what
    promise broke. What it logs is shown by `--again`.
    """

    module: str
    """`__name__` of the module in `tests.campaign.kinds`; its last part is the kind's name."""
    means: str
    """What one number is, in a few words, and what a case."""
    run: Callable[[int], int]
    ci: int
    """Numbers from 1 that CI runs."""
    full: int
    """Numbers from 1 that a whole campaign runs."""
    batch: int
    """Numbers that one child process runs in turn: twenty seconds to a minute of work."""
    patience: float = 60.0
    """Seconds after which one number counts as hung."""

    @property
    def name(self) -> str:
        """What commands, table and state file call it."""
        return self.module.rpartition(".")[2]
