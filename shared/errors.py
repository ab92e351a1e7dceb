"""One tree of errors; each class carries the stable code that travels on the wire and names its text in the catalogues.

    KaodianError
    ├── Untrusted         bytes that came from outside and failed a check (their fault)
    │   ├── Malformed         not of the stated form, too large, truncated
    │   ├── BadSignature      signature, key or certificate does not fit
    │   ├── WrongBinding      genuine, but for another site, session, room, dongle or version
    │   ├── Expired           genuine, but outside its time
    │   └── Damaged           a stored or received chain does not verify
    ├── Refused           a rule of the exam or of the programs says no
    ├── Unavailable       a machine, disk, key or dongle that is needed is not there now
    └── Misuse            the caller broke a contract of the code (our fault)

`detail` is for logs and operators and never carries a candidate's answers or ID number.
"""

from typing import ClassVar

from shared import limits


class KaodianError(Exception):
    """Base of all errors that the programs raise on purpose.

    Details quote untrusted bytes and end in logs: what is kept is one printable line of bounded length.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, detail: str, code: str | None = None) -> None:
        self.detail = _one_line(detail)
        super().__init__(self.detail)
        self.wire_code = code or self.code

    def __str__(self) -> str:
        return f"{self.detail} [{self.wire_code}]"


class Untrusted(KaodianError):
    """Bytes from outside failed a check; nothing was changed."""

    code = "untrusted"


class Malformed(Untrusted):
    """The bytes are not of the stated form, are too large, or end early."""

    code = "malformed"


class BadSignature(Untrusted):
    """A signature, seal, key or certificate does not fit."""

    code = "bad_signature"


class WrongBinding(Untrusted):
    """Genuine, but made for another site, session, room, dongle or version."""

    code = "wrong_binding"


class Expired(Untrusted):
    """Genuine, but not valid at the present trusted time."""

    code = "expired"


class Damaged(Untrusted):
    """A chain of records, a stored file or a bundle does not verify; `detail` names the exact place."""

    code = "damaged"


class Refused(KaodianError):
    """A rule says no; `wire_code` says which."""

    code = "refused"


class Unavailable(KaodianError):
    """Something needed (machine, disk, key, dongle, trusted time) is not there at the moment."""

    code = "unavailable"


class Misuse(KaodianError):
    """The caller broke a contract of this code base: a defect, never the user's fault."""

    code = "misuse"


def _one_line(detail: str) -> str:
    short = detail[: limits.DETAIL_CHARS]
    return short if short.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in short)
