"""What a measure found: a figure, the baseline of the same run, their ratio, and what is to be reached.

Every figure of a row is the median of its repetitions; a ratio is the median of the ratios of each repetition.
"""

from collections.abc import Mapping
from statistics import median
from types import MappingProxyType
from typing import NamedTuple


class Sample(NamedTuple):
    """One repetition; `notes` are further figures worth a column, such as the generator's CPU."""

    figure: float
    baseline: float
    notes: Mapping[str, float] = MappingProxyType({})


class Row(NamedTuple):
    """One measure on one disk. `limit` is what the ratio must reach, from above where `at_most`, else from below; the
    figure itself where it is `absolute`.
    """

    measure: str
    disk: str
    unit: str
    samples: list[Sample]
    limit: float
    at_most: bool
    absolute: bool = False

    @property
    def ratio(self) -> float:
        """Figure over baseline."""
        return median(one.figure / one.baseline for one in self.samples)

    @property
    def reached(self) -> bool:
        """Whether the ratio, or the figure, is as it should be."""
        found = median(one.figure for one in self.samples) if self.absolute else self.ratio
        return found <= self.limit if self.at_most else found >= self.limit

    def facts(self) -> dict[str, object]:
        """The row as JSON has it."""
        names = self.samples[0].notes
        return {
            "measure": self.measure,
            "disk": self.disk,
            "unit": self.unit,
            "figure": median(one.figure for one in self.samples),
            "baseline": median(one.baseline for one in self.samples),
            "ratio": self.ratio,
            "limit": self.limit,
            "at_most": self.at_most,
            "absolute": self.absolute,
            "reached": self.reached,
            "notes": {name: median(one.notes[name] for one in self.samples) for name in names},
            "samples": [one._asdict() | {"notes": dict(one.notes)} for one in self.samples],
        }

    def __str__(self) -> str:
        """One line."""
        found = self.facts()
        notes = ", ".join(f"{name} {value:.3g}" for name, value in dict(found["notes"]).items())  # type: ignore[call-overload]
        sign = "<" if self.absolute else "<=" if self.at_most else ">="
        return (
            f"{self.measure:<22} {self.disk:<6} {found['figure']:>10.4g} {found['baseline']:>10.4g} {self.unit:<10}"
            f" {self.ratio:>7.2f} {sign:<2} {self.limit:<5g} {'yes' if self.reached else 'NO':<4} {notes}"
        )


HEADING = f"{'measure':<22} {'disk':<6} {'figure':>10} {'baseline':>10} {'unit':<10} {'ratio':>7}    {'goal':<5} met"
