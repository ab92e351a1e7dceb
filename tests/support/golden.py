"""The golden documents of `tests/golden`: one genuine signed document of every type, with its key and what it says.

`python -m tests.support.golden` writes those that no longer fit; do so only when a format was changed on purpose. The
payloads follow from the types alone: numbers, texts and bytes count up, so that no two fields look alike.
"""

import enum
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from shared import codec, crypto, signed
from shared import documents as d

FOLDER = Path(__file__).resolve().parents[1] / "golden"
KINDS: dict[str, type[d.Document]] = {
    d.ISSUER: d.Issuer, d.ANCHOR: d.SiteAnchor, d.FORMAL: d.FormalAuthorisation, d.SESSION: d.SessionAuthorisation,
    d.SPARE: d.SpareAuthorisation, d.CHANGES: d.SessionChanges, d.PACKAGE: d.PackageManifest,
    d.REGISTRATION: d.SiteRegistration, d.WELCOME: d.SiteWelcome, d.TIME: d.TimeReply, d.TIME_FILE: d.TimeFile,
    d.GRANT: d.Grant, d.MOVE: d.MoveGrant, d.MARK: d.Mark, d.SITE_FILE: d.SiteFile, d.ATTEMPT_RECEIPT: d.AttemptReceipt,
    d.BUNDLE: d.BundleSummary, d.UPLOAD_RECEIPT: d.UploadReceipt, d.WITNESS: d.Witness,
    d.SAVE: d.SiteSave,
}  # fmt: skip
SEED = bytes(range(32))
OF_A_CA = (d.REGISTRATION, d.SITE_FILE, d.GRANT, d.MOVE)
"""Signed with ECDSA P-256, whose signatures differ every time."""


def payload(type_: str) -> d.Document:
    """The golden payload of a type."""
    made: d.Document = _filled(KINDS[type_], itertools.count(1))
    return made


def plain(value: Any) -> Any:
    """A decoded payload as JSON can hold it: bytes as `hex:...`."""
    if isinstance(value, bytes):
        return f"hex:{value.hex()}"
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def made(type_: str) -> dict[str, Any]:
    """A golden file's content, signed now."""
    signer: crypto.Signer = crypto.Ed25519Signer(SEED)
    if type_ in OF_A_CA:
        signer = crypto.EcdsaSigner(crypto.new_p256()[0])
    document = signed.sign(signer, type_, payload(type_))
    said = msgspec.msgpack.decode(signed.open_envelope(document).payload)
    key = {"alg": signer.public.alg, "raw": signer.public.raw.hex()}
    return {"type": type_, "key": key, "document": document.hex(), "payload": plain(said)}


def _filled(kind: Any, count: Iterator[int]) -> Any:
    """A value of an annotation, every leaf with the next number in it."""
    if kind is int:
        return 1_800_000_000_000 + next(count)
    if kind in (str, bytes, bool, NoneType):
        number = next(count)
        return {str: f"text-{number}", bytes: bytes([number % 256]) * 32, bool: True, NoneType: None}[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind)
        return kind(**{name: _filled(hints[name], count) for name in kind.__struct_fields__})
    return _collected(get_origin(kind), get_args(kind), count)


def _collected(origin: Any, parts: tuple[Any, ...], count: Iterator[int]) -> Any:
    if origin in (Union, UnionType):
        return _filled(parts[next(count) // 7 % len(parts)], count)
    if origin is Literal:
        return parts[0]
    if origin is dict:
        return {_filled(parts[0], count): _filled(parts[1], count) for _ in range(2)}
    if origin is tuple and parts[-1] is Ellipsis:
        return tuple(_filled(parts[0], count) for _ in range(3))
    if origin is tuple:
        return tuple(_filled(part, count) for part in parts)
    raise NotImplementedError(f"no golden value for {origin}")


def main() -> None:
    """Writes what is missing or says something else than the code does now."""
    for type_ in KINDS:
        path = FOLDER / f"{type_}.json"
        said = codec.encode(payload(type_))
        held = bytes.fromhex(json.loads(path.read_text())["document"]) if path.exists() else b""
        if held and signed.open_envelope(held).payload == said:
            continue
        path.write_text(json.dumps(made(type_), ensure_ascii=False, indent=1) + "\n")
        print(path.name)


if __name__ == "__main__":
    main()
