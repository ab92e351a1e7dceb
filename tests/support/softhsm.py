"""A SoftHSM token of a test's own: the module and tool are installed by `deploy/test`."""

import os
import subprocess
from pathlib import Path

from site_server.dongle.place import TokenPlace

MODULE = os.environ.get("KAODIAN_PKCS11_MODULE", "/usr/lib/softhsm/libsofthsm2.so")
PIN, SO_PIN = "246813", "87654321"
LABEL = "kaodian test"


class SoftHsm:
    """Tokens in a folder; `environment` makes the module find them."""

    def __init__(self, folder: Path) -> None:
        self.tokens = folder / "tokens"
        self.tokens.mkdir(parents=True)
        self._conf = folder / "softhsm2.conf"
        self._conf.write_text(f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.environment = {"SOFTHSM2_CONF": str(self._conf)}

    def token(self, label: str = LABEL) -> TokenPlace:
        """A new, empty token, chosen by its label."""
        line = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN]
        made = subprocess.run(line, env=os.environ | self.environment, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout + made.stderr
        return TokenPlace(MODULE, None, label)

    def take_out(self) -> None:
        """The token leaves the slot."""
        self.tokens.rename(self.tokens.with_name("pulled"))

    def put_back(self) -> None:
        """The same token comes back."""
        self.tokens.with_name("pulled").rename(self.tokens)
