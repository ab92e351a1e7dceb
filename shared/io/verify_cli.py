"""`kaodian-verify`: checks a result bundle with public keys alone; says what was checked, or the exact place of damage.

Exit 0: everything verifies; 1: something is changed, missing, added or reordered, contradicts a witness, or a file
cannot be read or proves nothing; 2: usage. Needs `root.pub.json` in the keys folder. With `--unseal` (a file of data
keys) every record is opened as well, with `--against` the bundle is held against what others hold, with `--prove` one
receipt's proof is made, which `--proof` checks without the bundle. Marks nothing.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import msgspec

from shared import codec, crypto, limits, proof
from shared import documents as d
from shared import records as r
from shared.against import Against, Code
from shared.errors import KaodianError, Malformed
from shared.io import verify_words as words
from shared.io import witnesses
from shared.io.listing import Listing
from shared.io.text import translator
from shared.ledger import Parsed
from shared.proof import Prover
from shared.verifier import Report, Visit, verify

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
    parser = _parser()
    given = parser.parse_args(arguments)
    if (given.bundle is None) == (given.proof is None):
        parser.error(_("a bundle or --proof is needed, not both"))
    if given.proof is not None and (given.against or given.against_code or given.prove or given.unseal or given.list):
        parser.error(_("--proof goes with --keys alone"))
    if (given.prove is None) != (given.out is None) or (given.against_code is None) != (given.ticket is None):
        parser.error(_("--prove goes with --out, --against-code with --ticket"))
    try:
        root = read_root(given.keys)
        if given.proof is not None:
            with given.proof.open("rb") as source:
                lines = words.proven(proof.check(source.read(limits.PROOF_BYTES + 1), root))
            return _say(lines)
        return _bundle(given, root)
    except KaodianError as error:
        sys.stderr.write(_("NOT VERIFIED: {detail}").format(detail=error.detail) + "\n")
        return 1
    except OSError as error:
        sys.stderr.write(_("Cannot be read: {detail}").format(detail=error) + "\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    _ = translator("shared")
    parser = argparse.ArgumentParser(prog="kaodian-verify", description=_("Verify a result bundle"))
    add = parser.add_argument
    add("bundle", type=Path, nargs="?", help=_("the bundle (.kdr)"))
    add("--keys", type=Path, required=True, help=_("folder with the platform's public keys"))
    add("--unseal", type=Path, help=_("file with the session's data keys: open every record too"))
    add("--list", type=Path, metavar="FILE", help=_("write every record to this file, as JSON lines"))
    against = _("hold the bundle against a witness: the platform's heads, a room's copy, a receipt; may be repeated")
    add("--against", type=Path, action="append", default=[], metavar="FILE", help=against)
    add("--against-code", metavar="CODE", help=_("hold it against the short code of a receipt"))
    add("--ticket", help=_("whose receipt the code is"))
    add("--prove", type=Path, metavar="RECEIPT", help=_("make the proof that this receipt stands in the bundle"))
    add("--out", type=Path, metavar="FILE", help=_("where to write the proof (.kdq)"))
    add("--proof", type=Path, metavar="FILE", help=_("check such a proof instead of a bundle"))
    return parser


def _bundle(given: argparse.Namespace, root: crypto.PublicKey) -> int:
    _ = translator("shared")
    keys = read_data_keys(given.unseal) if given.unseal else None
    codes = [Code(given.ticket, given.against_code.strip().upper())] if given.against_code else []
    against = Against([witnesses.load(path) for path in given.against], codes)
    prover = Prover(witnesses.load(given.prove)) if given.prove else None
    with given.bundle.open("rb") as source, given.list.open("w") if given.list else nullcontext() as out:
        visits = [against.visit, *([prover.visit] if prover else []), *([Listing(out).line] if out else [])]
        report = verify(source, root, keys, _all(visits))
    _say([*describe(report), *words.codes(against.ended)])
    judged = against.judge(report.basis)
    if prover is not None:
        given.out.write_bytes(prover.proof(report.basis, report.summary))
        _say([_("PROOF WRITTEN: {file}").format(file=given.out)])
    for one in judged:
        (sys.stderr if one.unproven or one.findings else sys.stdout).write("\n".join(words.judged(one)) + "\n")
    return int(any(one.unproven or one.findings for one in judged))


def _all(visits: Sequence[Visit]) -> Visit:
    def visit(parsed: Parsed, record: r.Record | None) -> None:
        for one in visits:
            one(parsed, record)

    return visit


def _say(lines: list[str]) -> int:
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def describe(report: Report) -> list[str]:
    """What was checked, line by line, in the user's language."""
    return words.verified(report)


if __name__ == "__main__":
    sys.exit(main())
