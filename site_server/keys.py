"""The keys of an opened site, and what becomes of them when the dongle is taken out.

The key that signs heads and the site stream's key stay in memory, so that a running exam is recorded to its end.
What opens something new (the dongle itself, and the CA that certifies and grants) goes with the dongle: `no_dongle`.
Does not notice that a dongle is gone: `site_server.guard` does.
"""

from shared.crypto import EcdsaSigner, Ed25519Signer
from shared.errors import Refused, Unavailable
from shared.io.files import read_limited
from site_server.dongle.port import Dongle
from site_server.folder import Folder

NAMES = ("ca", "site", "stream")


class Keys:
    """What the dongle opened."""

    def __init__(self, dongle: Dongle, folder: Folder, site: str) -> None:
        opened = {name: dongle.unwrap(read_limited(folder.wrapped(name)), info(name, site)) for name in NAMES}
        self.dongle_keys = dongle.keys
        self.signer = Ed25519Signer(opened["site"])
        self.stream_key = opened["stream"]
        self._dongle: Dongle | None = dongle
        self._ca_key = opened["ca"]

    @property
    def dongle(self) -> Dongle:
        """The dongle; raises `Unavailable` (`no_dongle`) while it is out."""
        if self._dongle is None:
            raise Unavailable("the dongle was taken out", "no_dongle")
        return self._dongle

    @property
    def ca_key(self) -> bytes:
        """The CA's private key (PKCS#8); raises `Unavailable` (`no_dongle`) while the dongle is out."""
        if not self._ca_key:
            raise Unavailable("the dongle was taken out", "no_dongle")
        return self._ca_key

    @property
    def ca(self) -> EcdsaSigner:
        """The CA as a signer; raises `Unavailable` (`no_dongle`) while the dongle is out."""
        return EcdsaSigner(self.ca_key)

    def check_here(self) -> None:
        """Raises `Unavailable` (`no_dongle`) while the dongle is out: nothing new is opened then."""
        _ = self.dongle

    @property
    def here(self) -> bool:
        """Whether the dongle was there when last looked at."""
        return self._dongle is not None

    def lose(self) -> None:
        """Forgets the dongle and what only it may open."""
        if self._dongle is not None:
            self._dongle.close()
        self._dongle, self._ca_key = None, b""

    def regain(self, dongle: Dongle, folder: Folder, site: str) -> None:
        """Takes the same dongle back; raises `Refused` (`other_dongle`) for another one."""
        if dongle.keys != self.dongle_keys:
            raise Refused("this is not the dongle that the site was opened with", "other_dongle")
        self._ca_key = dongle.unwrap(read_limited(folder.wrapped("ca")), info("ca", site))
        self._dongle = dongle

    def close(self) -> None:
        """Lets the dongle go."""
        self.lose()


def info(name: str, site: str) -> str:
    """The wrapping's info under which the key `name` (`ca`, `site`, `stream`) rests."""
    return f"kaodian/site-key/{name}/{site}"
