"""All fuzz targets by name; a name is `group/what`, and a group is one module of `tests.fuzz.targets`.

Loads a group only when it is asked for, so that a campaign can import it under instrumentation.
"""

from importlib import import_module
from pathlib import Path

from tests.fuzz.target import Target

FOLDER = Path(__file__).parent / "targets"
GROUPS = tuple(sorted(path.stem for path in FOLDER.glob("*.py")))


def group(name: str) -> dict[str, Target]:
    """The targets of one group by name; raises KeyError for an unknown group."""
    if name not in GROUPS:
        raise KeyError(name)
    targets: list[Target] = import_module(f"tests.fuzz.targets.{name}").TARGETS
    return {target.name: target for target in targets}


def everything() -> dict[str, Target]:
    """Every target by name."""
    return {name: target for one in GROUPS for name, target in group(one).items()}


def find(name: str) -> Target:
    """One target; raises KeyError for an unknown name."""
    return group(name.partition("/")[0])[name]
