"""All kinds by name: every module of `tests.campaign.kinds` has one in `KIND`. Loads a kind when it is asked for."""

from importlib import import_module
from pathlib import Path

from tests.campaign.kind import Kind

FOLDER = Path(__file__).parent / "kinds"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.py")))


def load(module: str) -> Kind:
    """The kind in a module; raises ImportError where there is none."""
    found = import_module(module).KIND
    assert isinstance(found, Kind)
    return found


def find(name: str) -> Kind:
    """The kind of that name; raises KeyError for an unknown one."""
    if name not in NAMES:
        raise KeyError(name)
    return load(f"tests.campaign.kinds.{name}")
