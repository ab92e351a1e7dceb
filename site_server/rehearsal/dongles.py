"""The rehearsed site's dongle: a key file on a stick of its own, or a SoftHSM token made for this rehearsal.

The token is software: it behaves like a vendor's as far as PKCS#11 goes, and protects nothing.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from shared.errors import Refused
from site_server.rehearsal.options import PASSPHRASE, Options
from site_server.rehearsal.programs import Programs

MODULES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
LABEL, PIN, SO_PIN = "kaodian-rehearsal", "135792", "97531086"
TOOL = "softhsm2-util"


def environment(options: Options) -> dict[str, str]:
    """What the site's programs need to find and open the dongle."""
    if options.dongle == "file":
        return {"KAODIAN_PASSPHRASE": PASSPHRASE}
    return {"KAODIAN_PIN": PIN, "SOFTHSM2_CONF": str(_folder(options) / "softhsm2.conf")}


async def prepare(options: Options, programs: Programs) -> list[str]:
    """Makes the token if one is asked for; the options of `kaodian-site init` that choose the dongle.

    Raises:
        Refused: SoftHSM is not installed here, or it could not make a token (`rehearsal_step`).
    """
    folder = _folder(options)
    folder.mkdir(parents=True, exist_ok=True)
    if options.dongle == "file":
        return ["--dongle", "file", "--dongle-path", str(folder / "dongle.kdk")]
    module = find_module()
    (folder / "tokens").mkdir()
    settings = f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    (folder / "softhsm2.conf").write_text(settings, encoding="utf-8")
    await programs.run(TOOL, "--init-token", "--free", "--label", LABEL, "--so-pin", SO_PIN, "--pin", PIN)
    return ["--dongle", "pkcs11", "--module", str(module), "--label", LABEL, "--wrap", options.wrap]


def find_module() -> Path:
    """SoftHSM's module: `KAODIAN_PKCS11_MODULE`, or one of the usual places; raises `Refused` (`rehearsal_step`)."""
    named = os.environ.get("KAODIAN_PKCS11_MODULE", "")
    for path in map(Path, (named,) if named else MODULES):
        if path.is_file() and shutil.which(TOOL):
            return path
    where = named or ", ".join(MODULES)
    raise Refused(f"SoftHSM is needed (package softhsm2): no {TOOL}, or no module at {where}", "rehearsal_step")


def _folder(options: Options) -> Path:
    return options.out / "machines" / "stick"
