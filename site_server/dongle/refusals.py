"""What a PKCS#11 module's errors mean to the site: one stable code each. Imports no module itself."""

from typing import Final

CODES: Final = {
    "PinIncorrect": "token_pin_wrong",
    "PinInvalid": "token_pin_wrong",
    "PinLenRange": "token_pin_wrong",
    "PinLocked": "token_pin_locked",
    "PinExpired": "token_pin_locked",
    "UserPinNotInitialized": "no_token",
    "NoSuchToken": "no_token",
    "TokenNotPresent": "no_token",
    "TokenNotRecognised": "no_token",
    "SlotIDInvalid": "no_token",
    "TokenWriteProtected": "token_cannot",
    "MechanismInvalid": "token_cannot",
    "MechanismParamInvalid": "token_cannot",
    "FunctionNotSupported": "token_cannot",
    "KeyTypeInconsistent": "token_cannot",
    "KeySizeRange": "token_cannot",
    "TemplateInconsistent": "token_cannot",
    "TemplateIncomplete": "token_cannot",
    "AttributeTypeInvalid": "token_cannot",
    "AttributeValueInvalid": "token_cannot",
    "DomainParamsInvalid": "token_cannot",
    "DeviceMemory": "token_cannot",
}
"""Name of python-pkcs11's exception -> wire code; any other means that the token is gone."""


class Failed(Exception):  # it carries a refusal, not a fault
    """A refusal made here: code and detail."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def code_of(error: BaseException) -> tuple[str, str]:
    """Wire code and detail of whatever the module raised."""
    name = error.__class__.__name__
    if isinstance(error, Failed):
        return error.code, str(error)
    return CODES.get(name, "dongle_gone"), f"{name} {error}".strip()
