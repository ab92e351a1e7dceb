"""The contract between agent and page: strict towards the agent, plain JSON towards the page."""

from typing import Any

import msgspec
import pytest

from candidate_client import view as v
from candidate_client.page import decode_intent
from shared.errors import Malformed


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ('{"do":"log_in","ticket":"1001","id_number":"99X"}', v.LogIn("1001", "99X")),
        ('{"do":"confirm","ok":false}', v.ConfirmDetails(False)),
        ('{"do":"read"}', v.ReadDone()),
        ('{"do":"answer","number":3,"letters":["A","C"]}', v.Answer(3, ("A", "C"))),
        ('{"do":"answer","number":3,"letters":[]}', v.Answer(3, ())),
        ('{"do":"hand_in"}', v.HandIn()),
        ('{"do":"raise_hand"}', v.RaiseHand()),
        ('{"do":"page","event":"blur"}', v.PageEvent("blur")),
    ],
)
def test_the_page_may_ask_these(text: str, intent: v.AnyIntent) -> None:
    assert decode_intent(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '{"do":"open_paper"}',
        '{"ok":true}',
        '{"do":"read","more":1}',
        '{"do":"confirm","ok":"yes"}',
        '{"do":"answer","number":"3","letters":["A"]}',
        '{"do":"answer","number":3,"letters":"A"}',
        '{"do":"answer","number":3}',
    ],
)
def test_the_page_may_ask_nothing_else(text: str) -> None:
    with pytest.raises(Malformed):
        decode_intent(text)


def test_the_page_gets_every_field_and_enumerations_as_words() -> None:
    seen = v.View(v.Screen.EXAM, 7, "01", True, answers={"1": ("B",)}, saved={"1": v.Saved.HELD})
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(seen))
    assert set(found) == set(v.View.__struct_fields__), "what is left out would be undefined on the page"
    assert (found["screen"], found["saved"], found["answers"]) == ("exam", {"1": "held"}, {"1": ["B"]})
    assert found["person"] is None


def test_a_view_never_carries_a_key_or_an_id_number() -> None:
    shown = {*v.View.__struct_fields__, *v.PersonView.__struct_fields__, *v.ItemView.__struct_fields__}
    assert not shown & {"id_number", "id_mac", "key", "keys", "form"}
