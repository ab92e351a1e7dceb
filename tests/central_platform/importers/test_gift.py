"""GIFT text as its authors wrote it; every text here was written for this test."""

import time

import pytest

from central_platform.importers.gift import GiftKind, GiftText, categories, parse_gift


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("水往低处流。{T}", GiftKind.TRUE_FALSE),
        ("水往高处流。{FALSE#不对}", GiftKind.TRUE_FALSE),
        ("一加一？{=二 ~三}", GiftKind.CHOICE),
        ("首都？{=北京 =北京市}", GiftKind.SHORT),
        ("圆周率？{#3.14:0.01}", GiftKind.NUMERICAL),
        ("配对{=甲 -> 一 =乙 -> 二}", GiftKind.MATCHING),
        ("论述{}", GiftKind.ESSAY),
        ("以下各题看图作答。", GiftKind.DESCRIPTION),
        ("缺括号 {=二 ~三", GiftKind.BROKEN),
        ("多括号 {=二 {~三}", GiftKind.BROKEN),
        ("没有记号 {二 三}", GiftKind.BROKEN),
    ],
)
def test_the_braces_say_the_type(text: str, kind: GiftKind) -> None:
    assert [question.kind for question in parse_gift(text)] == [kind]


def test_title_comment_marks_category_and_line_belong_to_a_question() -> None:
    text = "$CATEGORY: 电工/安全\n\n// 说明\n// [id:D7] [tag:安全] [tag:急救]\n::触电:: 先做什么？{=断电 ~拉人}\n"
    (question,) = parse_gift(text)
    assert (question.line, question.id, question.tags) == (5, "D7", ("安全", "急救"))
    assert (question.title, question.category, question.stem) == ("触电", "电工/安全", GiftText("先做什么？"))
    assert categories(text) == ["电工/安全"]


def test_escapes_are_resolved_and_lone_backslashes_stay() -> None:
    (question,) = parse_gift(r"哪个是 \{等号\}\: C:\\temp\n？{=\= ~\~ ~\#1}")
    assert question.stem.text == "哪个是 {等号}: C:\\temp\n？"
    assert [choice.text.text for choice in question.choices] == ["=", "~", "#1"]


def test_weights_feedback_and_general_feedback() -> None:
    (question,) = parse_gift("选出金属{~%50%铁#对 ~%50%铜 ~%-100%木#[html]<b>错</b> ####见课本}")
    assert [choice.weight for choice in question.choices] == [50, 50, -100]
    assert [choice.feedback for choice in question.choices] == [GiftText("对"), None, GiftText("<b>错</b>", "html")]
    assert question.general == GiftText("见课本")


def test_formats_are_inherited_by_answers() -> None:
    (question,) = parse_gift("[html]<i>甲</i>{=<b>乙</b> ~[plain]<丙>}")
    assert question.stem == GiftText("<i>甲</i>", "html")
    assert [choice.text.format for choice in question.choices] == ["html", "plain"]


def test_text_after_the_braces_is_a_missing_word() -> None:
    (question,) = parse_gift("电流的单位是{=安 ~伏}。")
    assert question.missing_word
    assert question.stem.text == "电流的单位是 _____ 。"


def test_blank_lines_separate_questions_except_inside_braces() -> None:
    text = "甲？{\n\n=对\n\n~错\n}\n\n乙？{=对 ~错}\n"
    assert [(question.line, question.kind) for question in parse_gift(text)] == [(1, "MC"), (8, "MC")]


def test_a_broken_question_hides_no_other() -> None:
    text = "甲？{=对 ~错\n\n乙？{=对 ~错}\n"
    assert [question.kind for question in parse_gift(text)] == [GiftKind.BROKEN, GiftKind.CHOICE]


@pytest.mark.parametrize("text", ["a" + " " * 60_000 + "b{T}", "// [id:" + " " * 3_000, "//" + "[id:" * 15_000],
                         ids=["blanks", "comment", "comments"])  # fmt: skip
def test_a_hostile_text_takes_no_longer_than_its_length_asks(text: str) -> None:
    began = time.process_time()
    parse_gift(text + "\nq{T}\n")
    assert time.process_time() - began < 0.5


def test_an_id_in_a_comment_may_stand_between_blanks() -> None:
    (question,) = parse_gift("// [id: q1 ] [tag:甲 乙]\n甲？{T}")
    assert (question.id, question.tags) == ("q1", ("甲 乙",))
