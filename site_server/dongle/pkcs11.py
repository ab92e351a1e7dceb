"""A PKCS#11 token as a dongle, driven through a child process of its own (`site_server.dongle.child`).

Every request has a time limit; a child that hangs is killed, and one that died is `dongle_gone`. The mark is a data
object of the token, signed by its signing key. The PIN goes to the child through its input, never by command line or
environment.
"""

import os
import select
import subprocess
import sys
import threading
from typing import Final

from shared import codec, crypto, limits
from shared import documents as d
from shared.errors import Damaged, KaodianError, Unavailable
from shared.io import clock
from shared.ledger import START
from site_server.dongle import hpke, mark, oaep, wire
from site_server.dongle.place import TokenPlace

SECRETS: Final = ("KAODIAN_PIN", "KAODIAN_PASSPHRASE")
_END_SECONDS = 1.0


class TokenDongle:
    """An opened token."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
        # A session of its own: the terminal's Ctrl-C is for the service, which ends the child in good order.
        self._process = subprocess.Popen(  # our own module
            [sys.executable, "-m", "site_server.dongle.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment, start_new_session=True, bufsize=0,
        )  # fmt: skip
        self._one = threading.Lock()
        self._found: d.DongleKeys | None = None

    @property
    def process(self) -> int:
        """Id of the child process."""
        return self._process.pid

    @property
    def keys(self) -> d.DongleKeys:
        """The public side."""
        if self._found is None:
            raise Unavailable("the token is not open", "dongle_gone")
        return self._found

    @property
    def public(self) -> crypto.PublicKey:
        """The signing key."""
        return self.keys.sign

    def open(self, asked: wire.Open, most: int) -> None:
        """Opens the token; a module that crashes here, or hangs for `most` ms, is `module_crashed`."""
        try:
            reply = self._ask(asked, most)
        except Unavailable as error:
            if error.wire_code == "dongle_gone" and self._process.poll() is not None:
                raise Unavailable(f"{asked.module}: {error.detail}", "module_crashed") from error
            raise
        self._found = reply.keys

    def sign(self, data: bytes) -> bytes:
        """ECDSA P-256 (DER) or RSA-2048 PKCS #1 v1.5, both over SHA-256, made in the token."""
        return self._ask(wire.Sign(data)).data

    def unwrap(self, sealed: bytes, info: str) -> bytes:
        """See `site_server.dongle.port.Dongle.unwrap`."""
        if self.keys.wrap.type == crypto.HPKE_P256:
            return hpke.unwrap(lambda point: self._ask(wire.Agree(point)).data, self.keys.wrap.key, sealed, info)
        return oaep.unwrap(lambda block: self._ask(wire.Raise(block)).data, sealed, info)

    def read_mark(self) -> d.Mark:
        """See `site_server.dongle.port.Dongle.read_mark`."""
        held = [mark.read(data, self.public) for data in self._ask(wire.ReadMark()).marks]
        if not held:
            raise Damaged("the token holds no mark", "mark_damaged")
        return max(held, key=lambda one: (one.point.epoch, one.point.position, one.time))

    def write_mark(self, new: d.Mark) -> None:
        """See `site_server.dongle.port.Dongle.write_mark`."""
        self._ask(wire.WriteMark(mark.seal(self, new)))

    def alive(self) -> bool:
        """Whether the token answers now with this site's objects."""
        try:
            self._ask(wire.Alive())
        except KaodianError:
            return False
        return True

    def close(self) -> None:
        """Ends the child."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _ask(self, request: wire.Request, most: int = limits.DONGLE_ANSWER) -> wire.Reply:
        """One request and its reply within `most` ms.

        Raises:
            Unavailable: the child is dead or was killed because it hung (`dongle_gone`), or what the token said.
            Refused: what the token said.
        """
        with self._one:
            try:
                reply = self._exchange(wire.framed(request), clock.boot_now() + most)
            except (OSError, ValueError) as error:
                self._kill()
                raise Unavailable(f"the token's process ended: {error}", "dongle_gone") from error
            except KaodianError:
                self._kill()
                raise
        failed = reply.raised()
        if failed is not None:
            raise failed
        return reply

    def _exchange(self, frame: bytes, until: int) -> wire.Reply:
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None:
            raise Unavailable("the token's process has no pipes", "dongle_gone")
        sink.write(frame)
        size = wire.size_of(self._read(source.fileno(), 4, until))
        return codec.decode(wire.Reply, self._read(source.fileno(), size, until), limits.FRAME_BYTES)

    def _read(self, descriptor: int, size: int, until: int) -> bytes:
        data = b""
        while len(data) < size:
            left = until - clock.boot_now()
            if left <= 0 or not select.select([descriptor], [], [], left / 1000)[0]:
                raise Unavailable("the token's process does not answer", "dongle_gone")
            part = os.read(descriptor, size - len(data))
            if not part:
                raise Unavailable("the token's process has ended", "dongle_gone")
            data += part
        return data

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()


def unlock(place: TokenPlace, site: str, pin: str, most: int = limits.DONGLE_OPEN) -> TokenDongle:
    """Opens the token with this site's keys within `most` ms.

    Raises:
        Unavailable: `no_module`, `module_crashed`, `no_token`, `no_token_label`.
        Refused: `token_pin_wrong`, `token_pin_locked`, or it has no keys of this site (`other_dongle`).
    """
    return _opened(wire.Open(place.module, place.slot, place.label, site, pin), most)


def create(place: TokenPlace, site: str, pin: str) -> TokenDongle:
    """Makes this site's keys and first mark in the token.

    Raises:
        Unavailable, Refused: like `unlock`; `dongle_exists` when it has keys of this site, `token_cannot` when it
            lacks what the wrap type needs.
    """
    asked = wire.Open(place.module, place.slot, place.label, site, pin, place.wrap)
    dongle = _opened(asked, limits.DONGLE_MAKE)
    try:
        dongle.write_mark(d.Mark(site, 0, START))
    except BaseException:
        dongle.close()
        raise
    return dongle


def _opened(asked: wire.Open, most: int) -> TokenDongle:
    dongle = TokenDongle()
    try:
        dongle.open(asked, most)
    except BaseException:
        dongle.close()
        raise
    return dongle
