"""What a field holds, and what a candidate is shown of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_platform.importers.markup import fragment, shown, tidy


@pytest.mark.parametrize(
    ("raw", "html"),
    [
        ("若 a<b 且 b&c", "若 a&lt;b 且 b&amp;c"),
        ("若 a<b>c", "若 a&lt;b&gt;c"),
        ("a<b 且 c>d", "a&lt;b 且 c&gt;d"),
        ("x<sup>2</sup>+y<3", "x<sup>2</sup>+y&lt;3"),
        ("8波束>4波束", "8波束&gt;4波束"),
        ("第一行\n第二行", "第一行<br>第二行"),
        ("<p>甲</p><p>乙</p>", "甲<br>乙"),
        ("<strong>注意</strong>", "<b>注意</b>"),
        ("以下哪个标签表示加粗 <b>", "以下哪个标签表示加粗 &lt;b&gt;"),
        ("<table><tr><td>1</td></tr></table>", "<table><tbody><tr><td>1</td></tr></tbody></table>"),
        ("5 &lt; 6 <i>且</i> &copy;&nosuch;", "5 &lt; 6 <i>且</i> ©&amp;nosuch;"),
    ],
)
def test_markup_is_kept_and_text_stays_text(raw: str, html: str) -> None:
    assert fragment(raw).html == html


@pytest.mark.parametrize(
    ("raw", "html"),
    [
        ("<script>alert(1)</script>甲", "甲"),
        ('<b onclick="x()">甲</b>', "<b>甲</b>"),
        ('<a href="javascript:x()">甲</a>', "甲"),
        ("甲<!-- 答案是 B -->乙", "甲乙"),
        ('<span style="color:red">甲</span>', "甲"),
    ],
)
def test_what_cannot_be_shown_is_removed_and_noted(raw: str, html: str) -> None:
    found = fragment(raw)
    assert found.html == html
    assert "markup" in found.repairs


def test_an_image_in_the_text_is_told() -> None:
    assert fragment('看图 <img src="x.png">').picture
    assert not fragment("看图 <sub>1</sub>").picture


def test_entities_of_plain_text_stay_and_are_noted() -> None:
    found = fragment("空格写作 &nbsp;")
    assert (found.html, found.repairs) == ("空格写作 &amp;nbsp;", ("entity_as_text",))


def test_modes_override_the_guess() -> None:
    assert fragment("<b>甲</b>", "plain").html == "&lt;b&gt;甲&lt;/b&gt;"
    assert fragment("甲 &lt; 乙", "html").html == "甲 &lt; 乙"


def test_stray_blanks_and_invisible_characters_are_repaired_and_noted() -> None:
    assert tidy(" 甲\u00a0 乙\u3000\r\n 丙 ") == ("甲 乙\n丙", ("spaces",))
    assert tidy("甲\u200b乙\x07") == ("甲乙", ("characters",))
    assert tidy("甲 乙") == ("甲 乙", ())


def test_options_that_look_alike_have_equal_keys() -> None:
    assert fragment("<b>10</b>  Ω").key == fragment("10 \u2126").key
    assert fragment("x<sup>2</sup>").key != fragment("x<sub>2</sub>").key
    assert fragment("1mHz").key != fragment("1MHz").key
    assert fragment("<b> </b><br>").key == ""


@given(st.text(alphabet="<>/&;b ipscrt=\"'x!-\n", max_size=60))
def test_a_fragment_read_again_as_html_is_the_same(raw: str) -> None:
    found = fragment(raw).html
    assert fragment(found, "html").html == found


@given(st.text(max_size=60))
def test_text_without_tags_loses_nothing_but_blanks(raw: str) -> None:
    assert shown(fragment(raw, "plain").html) == " ".join(tidy(raw)[0].split())
