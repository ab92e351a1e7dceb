"""Every error of a module has its code; a token that locked itself is told apart from a wrong PIN."""

import pkcs11
import pytest

from shared.explanations import EXPLANATIONS
from site_server.dongle.refusals import CODES, Failed, code_of


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (pkcs11.PinIncorrect(), "token_pin_wrong"),
        (pkcs11.PinLocked(), "token_pin_locked"),
        (pkcs11.TokenNotPresent(), "no_token"),
        (pkcs11.MechanismInvalid(), "token_cannot"),
        (pkcs11.DeviceRemoved(), "dongle_gone"),
        (pkcs11.GeneralError(), "dongle_gone"),
        (pkcs11.SessionHandleInvalid(), "dongle_gone"),
        (MemoryError(), "dongle_gone"),
        (Failed("other_dongle", "why"), "other_dongle"),
    ],
)
def test_what_a_module_raises_has_one_meaning(error: BaseException, code: str) -> None:
    assert code_of(error)[0] == code


def test_the_names_are_the_library_s_and_the_codes_are_explained() -> None:
    assert [name for name in CODES if not issubclass(getattr(pkcs11, name), pkcs11.PKCS11Error)] == []
    assert set(CODES.values()) <= set(EXPLANATIONS)
