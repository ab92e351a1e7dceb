"""A refusal by the rules: a value, not an exception, because it is an ordinary outcome.

`code` is stable and names the text in the catalogues; `facts` fill its places. Never carries answers or ID numbers.
"""

import msgspec


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a command led to nothing. `at` is an instant or duration in ms, `seat` a seat number, `position` one in a
    stream, `ticket` the candidate concerned; 0 or empty where the code needs none.
    """

    code: str
    at: int = 0
    seat: int = 0
    count: int = 0
    position: int = 0
    ticket: str = ""
