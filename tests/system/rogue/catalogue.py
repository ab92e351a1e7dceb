"""Every message that docs/protocol.md describes, with values of the stated types: what a stranger could make of it."""

import re
from pathlib import Path
from typing import Any, NamedTuple

TEXT = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")
PARTS = {"From the PC": "pc", "From the room": "room", "From the console": "console", "To the console": "room"}
_SECTION = re.compile(r"^#### (\w+)\n\n`(\w+)`(.*?)(?=^#|\Z)", re.M | re.S)
_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \|", re.M)


class Described(NamedTuple):
    """A message by its tag, with a value for each field."""

    tag: str
    fields: dict[str, Any]

    @property
    def message(self) -> dict[str, Any]:
        """Ready to be said."""
        return {"m": self.tag, **self.fields}


def sample(kind: str) -> Any:
    """A value of a type as the documents write it; structs are taken for empty maps."""
    kind = kind.replace("`", "").strip()
    if kind.startswith("["):
        return []
    if kind.startswith("{"):
        return {}
    plain: dict[str, Any] = {"str": "1001", "int": 1, "bool": True, "bin": bytes(32), "Point": [1, 1, bytes(32)]}
    return plain.get(kind, {})


def messages() -> list[Described]:
    """All messages of the document, in its order."""
    found = []
    for match in _SECTION.finditer(TEXT):
        fields = {name: sample(kind) for name, kind in _ROW.findall(match[3])}
        found.append(Described(match[2], fields))
    return found
