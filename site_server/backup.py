"""刻盘备份: a bundle copied to a disc or stick, forced onto it, read back from it and verified; then recorded.

Never overwrites another bundle of the same session: an equal file counts as the backup. Does not make bundles.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from shared import crypto
from shared.errors import Damaged, Refused, Unavailable
from shared.io.files import forget_cached, put_in_place, sync_file
from site_server.bundling import Made, check

_SPARE_BYTES = 1 << 20


def copy(made: Made, folder: Path, root: crypto.PublicKey) -> Path:
    """The verified copy in `folder`; blocks.

    Raises:
        Unavailable: the medium is not there, full, or refuses (`backup_failed`); nothing half-written stays.
        Refused: another bundle of this session lies there (`backup_exists`).
        Damaged: what was read back is not what was written.
    """
    place = folder / made.path.name
    temporary = folder / f".{made.path.name}.new"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not place.exists():
            if shutil.disk_usage(folder).free < made.size + _SPARE_BYTES:
                raise Unavailable(f"{folder} has no room for {made.size} bytes", "backup_failed")
            with made.path.open("rb") as source, temporary.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
                sync_file(out)
            put_in_place(temporary, place)
        forget_cached(place)
        found = check(place, root)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise Unavailable(f"{folder}: {error.strerror}", "backup_failed") from error
    except Damaged as error:
        raise Damaged(f"{place}: {error.detail}", "backup_damaged") from error
    if found.sha256 != made.sha256:
        raise Refused(f"{place} is another bundle of this session", "backup_exists")
    return place
