"""Every code that the sources can raise has its explanation."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from shared import errors
from shared.explanations import EXPLANATIONS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("shared", "site_server", "proctor_console", "candidate_client", "central_platform")
CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, errors.KaodianError)
}


def raised_codes(source: str) -> Iterator[str]:
    """The literal codes given to the error classes in one source text."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = node.args[1:2] + [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        if name == "Refusal":
            given = node.args[:1]
        if name in CLASSES or name == "Refusal":
            yield from (arg.value for arg in given if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def test_the_scan_sees_codes_in_both_forms() -> None:
    source = 'raise Refused("x", "one")\nraise errors.Malformed("y", code="two")\nother("z", "three")'
    source += '\nRefused("w")\nRefusal("four")'
    assert set(raised_codes(source)) == {"one", "two", "four"}


def test_every_class_of_the_tree_is_explained() -> None:
    codes = {value.code for value in CLASSES.values()}
    assert codes - set(EXPLANATIONS) == set()


def test_every_code_in_the_sources_is_explained() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = {code: path.name for path in files for code in raised_codes(path.read_text("utf-8"))}
    assert found
    assert {code: name for code, name in found.items() if code not in EXPLANATIONS} == {}
