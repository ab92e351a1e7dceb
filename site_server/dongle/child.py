"""The process that speaks to a PKCS#11 token, so that a vendor's module may hang or crash without harm.

Started by `site_server.dongle.pkcs11`, which speaks `site_server.dongle.wire` with it over its standard input and
output; it ends when its input ends. Keys are made in the token and never leave it. Decides nothing.
"""

import os
import sys
from typing import IO, Any

from site_server.dongle import wire
from site_server.dongle.refusals import Failed, code_of


def main() -> None:
    """Answers requests until the input ends."""
    # A vendor's module may print: what it says goes to the log, never between our frames.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    serve(sys.stdin.buffer, out)
    # Not sys.exit: modules are known to hang while they are unloaded.
    os._exit(0)


def serve(source: IO[bytes], out: IO[bytes]) -> None:
    """One reply for each request."""
    token: Any = None
    while (request := wire.receive(source)) is not None:
        try:
            if isinstance(request, wire.Open):
                token = _opened(request)
                reply = wire.Reply(keys=token.keys)
            else:
                reply = token.answer(request)
        except Exception as error:  # noqa: BLE001  # whatever the module raises, the parent hears of it
            code, detail = code_of(error)
            reply = wire.Reply(code=code, detail=detail)
        out.write(wire.framed(reply))


def _opened(request: wire.Open) -> Any:
    try:
        from site_server.dongle.token import Token
    except ImportError as error:
        raise Failed("no_module", f"python-pkcs11 is not installed (pip install kaodian[token]): {error}") from error
    return Token(request)


if __name__ == "__main__":
    main()
