"""What a site reads: enrolment over HTTP, its own control socket, the platform's answers, a dongle's key file."""

import functools
from typing import Any

import msgspec

from shared import codec, limits
from shared.errors import Refused, Unavailable, Untrusted
from shared.io.verify_cli import ROOT_FILE, read_data_keys, read_root
from shared.messages import EnrolRequest
from site_server import platform, statuspage, verbs
from site_server.app import Service
from site_server.dongle import keyfile
from site_server.station import Station
from tests.fuzz.samples import samples
from tests.fuzz.served import Served, application
from tests.fuzz.target import Target, memory_folder
from tests.fuzz.targets.wire import decoder
from tests.fuzz.world import EDITS, changed
from tests.support.site_day import PASSPHRASE, make

MOST = limits.MIB
VERB: Any = verbs.AnyVerb


@functools.cache
def _station() -> Station:
    return Station.open(make(memory_folder() / "site"), PASSPHRASE)


@functools.cache
def _port() -> Served:
    return Served(application(lambda: Service(_station()).app()))


@functools.cache
def _page() -> Served:
    return Served(application(lambda: statuspage.app(_station())))


def _request(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: site\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _requests() -> list[bytes]:
    bodies = [codec.encode(one) for one in samples(EnrolRequest)]
    return [_request("GET", "/link"), _request("GET", f"/paper/{'a' * 64}"),
            *(_request("POST", "/enrol", body) for body in bodies)]  # fmt: skip


def _enrolling(data: bytes) -> None:
    """A body under a good head, so that mutated ones reach the decoder."""
    _port().ask(_request("POST", "/enrol", data))


def _verb(data: bytes) -> None:
    codec.decode_json(VERB, data, MOST)


def _listed(data: bytes) -> None:
    codec.decode_json(list[platform.Listed], data, limits.DOCUMENT_BYTES)


def _failure(data: bytes) -> None:
    raise platform.failure(400, data)


@functools.cache
def _key_file() -> bytes:
    path = memory_folder() / "dongle.key"
    keyfile.create(path, PASSPHRASE, "s1").close()
    return path.read_bytes()


def _unlocked(edits: bytes) -> None:
    path = memory_path("unlocked.key", changed(_key_file(), edits))
    opened = keyfile.unlock(path, PASSPHRASE)
    opened.read_mark()
    opened.close()


@functools.cache
def _folder() -> Any:
    return memory_folder()


def memory_path(name: str, data: bytes) -> Any:
    """A file with these bytes."""
    path = _folder() / name
    path.write_bytes(data)
    return path


def _root(data: bytes) -> None:
    read_root(memory_path(ROOT_FILE, data).parent)


def _keys(data: bytes) -> None:
    read_data_keys(memory_path("keys.json", data))


def _json(*values: object) -> list[bytes]:
    return [msgspec.json.encode(one) for one in values]


TARGETS = [
    Target("site/port_http", lambda data: _port().ask(data), _requests, most=8 * limits.KIB, share=1.5),
    Target("site/enrol", _enrolling, lambda: [codec.encode(one) for one in samples(EnrolRequest)],
           shape="msgpack", most=4 * limits.KIB),
    decoder("site/EnrolRequest", EnrolRequest, 4 * limits.KIB),
    Target("site/page_http", lambda data: _page().ask(data), lambda: [_request("GET", "/"), _request("GET", "/x")],
           most=4 * limits.KIB),
    Target("site/verb", _verb, lambda: _json(*samples(VERB)), shape="json", most=16 * limits.KIB),
    Target("site/listed", _listed, lambda: _json(samples(list[platform.Listed])[0]), shape="json", share=0.5),
    Target("site/failure", _failure, lambda: _json(*samples(platform.Failure)), (Refused,), "json", share=0.5),
    Target("site/key_file", _unlocked, lambda: EDITS, (Untrusted, Refused, Unavailable), most=256),
    Target("site/root_file", _root, lambda: _json({"alg": "ed25519", "raw": "00" * 32}), shape="json", most=2048,
           share=0.3),
    Target("site/data_keys", _keys, lambda: _json({"session": "00" * 32, "sittings": {"01": "00" * 32}}), shape="json",
           most=2048, share=0.3),
]  # fmt: skip
