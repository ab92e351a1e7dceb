"""Every reason that a reading can give has a text, in Chinese and English."""

import ast
from pathlib import Path

from central_platform import importers
from central_platform.importers.reading import RowFault
from central_platform.reasons import REASONS, explain_reason, remark

METHODS = {"fault", "note"}


def literal_reasons() -> set[str]:
    """The reasons written in calls of `fault` and `note` in the importers."""
    found = set()
    for path in Path(importers.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                given = ast.walk(node.args[1]) if len(node.args) > 1 else ()
                found |= {part.value for part in given if isinstance(part, ast.Constant)}
    return {reason for reason in found if isinstance(reason, str)}


def test_no_reason_lacks_its_text() -> None:
    found = literal_reasons()
    assert {"bad_json", "duplicate_id", "bad_ticket", "missing_ticket", "sheet_skipped"} <= found
    assert found - REASONS.keys() == set()


def test_reasons_speak_chinese_first_and_english_on_request() -> None:
    for code, english in REASONS.items():
        assert explain_reason(code, "en") == english
        assert explain_reason(code, "zh_CN") not in (code, english)
    assert explain_reason("newer") == "newer"


def test_a_remark_is_one_line_with_its_place() -> None:
    fault = RowFault("题库", 4, "答案", "answer_without_option", "E")
    assert remark(fault, "zh_CN") == "工作表 题库，第 4 行，答案 列：答案中的字母没有对应的选项（E）"
    line = remark(RowFault("", 3, "", "bad_json"), "en")
    assert line == "row 3: the line is not a JSON object with the fields type, stem, options and answer"
