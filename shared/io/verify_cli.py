"""`kaodian-verify`: checks a result bundle with public keys alone; says what was checked, or the exact place of damage.

Exit 0: everything verifies; 1: something is changed, missing, added or reordered, or a file cannot be read; 2: usage.
Needs `root.pub.json` in the keys folder; with `--unseal` (a file of data keys) every record is opened as well. Marks
nothing.
"""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

import msgspec

from shared import codec, crypto, limits
from shared import documents as d
from shared.errors import KaodianError, Malformed
from shared.io.listing import Listing
from shared.io.text import translator
from shared.verifier import Report, verify

ROOT_FILE = "root.pub.json"


class HexKey(msgspec.Struct, forbid_unknown_fields=True):
    """A public key as kept in a keys folder: `{"alg": "ed25519", "raw": "<hex>"}`."""

    alg: str
    raw: str


class HexKeys(msgspec.Struct, forbid_unknown_fields=True):
    """Data keys as kept in an unseal file: `{"session": "<hex>", "sittings": {"<room>": "<hex>"}}`."""

    session: str
    sittings: dict[str, str]


def read_root(folder: Path) -> crypto.PublicKey:
    """The platform's root key from a keys folder; raises `Malformed`."""
    found = codec.decode_json(HexKey, (folder / ROOT_FILE).read_bytes(), limits.KIB)
    try:
        raw = bytes.fromhex(found.raw)
    except ValueError as error:
        raise Malformed(f"{ROOT_FILE} holds no key") from error
    if found.alg != crypto.ED25519 or len(raw) != crypto.KEY_BYTES:
        raise Malformed(f"{ROOT_FILE} holds no Ed25519 key")
    return crypto.PublicKey(crypto.ED25519, raw)


def read_data_keys(path: Path) -> d.DataKeys:
    """Data keys from an unseal file; raises `Malformed`."""
    found = codec.decode_json(HexKeys, path.read_bytes(), limits.MIB)
    try:
        sittings = {room: bytes.fromhex(key) for room, key in found.sittings.items()}
        return d.DataKeys(bytes.fromhex(found.session), sittings)
    except ValueError as error:
        raise Malformed(f"{path.name} holds no keys") from error


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    _ = translator("shared")
    parser = argparse.ArgumentParser(prog="kaodian-verify", description=_("Verify a result bundle"))
    parser.add_argument("bundle", type=Path, help=_("the bundle (.kdr)"))
    parser.add_argument("--keys", type=Path, required=True, help=_("folder with the platform's public keys"))
    parser.add_argument("--unseal", type=Path, help=_("file with the session's data keys: open every record too"))
    parser.add_argument("--list", type=Path, metavar="FILE", help=_("write every record to this file, as JSON lines"))
    given = parser.parse_args(arguments)
    try:
        root = read_root(given.keys)
        keys = read_data_keys(given.unseal) if given.unseal else None
        with given.bundle.open("rb") as source, given.list.open("w") if given.list else nullcontext() as out:
            report = verify(source, root, keys, Listing(out).line if out else None)
    except KaodianError as error:
        sys.stderr.write(_("NOT VERIFIED: {detail}").format(detail=error.detail) + "\n")
        return 1
    except OSError as error:
        sys.stderr.write(_("Cannot be read: {detail}").format(detail=error) + "\n")
        return 1
    sys.stdout.write("\n".join(describe(report)) + "\n")
    return 0


def describe(report: Report) -> list[str]:
    """What was checked, line by line, in the user's language."""
    _ = translator("shared")
    lines = [
        _("VERIFIED: session {session} of site {site}").format(session=report.session, site=report.site),
        _("  {size} bytes, SHA-256 {digest}").format(size=report.size, digest=report.sha256.hex()),
        _("  {records} records in {streams} streams: every chain, epoch and size").format(
            records=report.records, streams=report.streams
        ),
        _("  {grants} grants by the site's CA, {heads} signed heads").format(grants=report.grants, heads=report.heads),
        _("  {attempts} attempts of {candidates} candidates: every record accepted or held ({held} held)").format(
            attempts=report.attempts, candidates=report.candidates, held=report.held
        ),
        _("  {submitted} submitted, {collected} collected, {absent} absent, {void} void").format(
            submitted=report.submitted, collected=report.collected, absent=report.absent, void=report.void
        ),
        *_changed(report),
    ]
    if report.unsealed:
        lines.append(_("  every sealed record opened and read"))
    return lines


def _changed(report: Report) -> list[str]:
    """What the platform changed: the T and the forms that counted, where they are not the planned ones."""
    _ = translator("shared")
    planned = {place.ticket: place.form for place in report.formal.places}
    spare = sum(form != planned[ticket] for ticket, form in report.forms.items())
    lines = [
        _("  room {room}: postponed to {start} (ms UTC), signed by the platform").format(room=room, start=start)
        for room, start in sorted(report.starts.items())
        if start != report.formal.session.start
    ]
    if report.cancelled:
        lines.append(_("  cancelled by the platform for {count} candidates").format(count=report.cancelled))
    if spare:
        lines.append(_("  the spare paper for {count} candidates").format(count=spare))
    return lines


if __name__ == "__main__":
    sys.exit(main())
