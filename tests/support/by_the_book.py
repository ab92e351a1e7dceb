"""A second implementation of docs/formats.md, from the document alone: digests, envelopes, papers, a bundle verifier.

Imports nothing of the project, so that a disagreement with it shows. Plain and strict: any deviation is a `Wrong`.
Slower than `shared.verifier` and holds everything in memory.
"""

import hashlib
import hmac
import itertools
from typing import Any

import msgpack  # type: ignore[import-untyped]  # publishes no types
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

START = [0, 0, bytes(32)]
AFTER_END = {
    "Held", "HeldDecided", "StaffSignedIn", "StaffSignedOut", "Proposed", "ProposalConfirmed", "ProposalDeclined",
    "ProposalLapsed", "MovedAway",
}  # fmt: skip
PARTS = {1: 8 << 20, 2: (16 << 10) + 64, 3: 4 << 10, 4: 16 << 10}


class Wrong(Exception):
    """The bytes are not what the document demands."""


def demand(holds: bool, why: str) -> None:
    """Raises `Wrong` unless the condition holds."""
    if not holds:
        raise Wrong(why)


def pack(value: object) -> bytes:
    """The one encoding of a value."""
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def unpack(data: bytes) -> Any:
    """A value whose bytes are its one encoding."""
    try:
        value = msgpack.unpackb(data, raw=False, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        raise Wrong("not MessagePack") from error
    demand(pack(value) == data, "not canonical")
    return value


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def derive(key: bytes, label: str) -> bytes:
    """HKDF-SHA256, no salt, 32 bytes."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=label.encode()).derive(key)


def id_mac(session_key: bytes, ticket: str, number: str) -> bytes:
    """The keyed HMAC of an ID number."""
    text = f"{ticket}\0{number.strip().upper()}".encode()
    return hmac.new(derive(session_key, "kaodian/id-number"), text, hashlib.sha256).digest()


def key_id(key: dict[str, Any]) -> str:
    """The id of a public key."""
    return sha256(key["alg"].encode() + b"\0" + key["raw"]).hex()[:16]


def check(key: dict[str, Any], signature: bytes, data: bytes) -> None:
    """Verifies one signature of any algorithm."""
    try:
        if key["alg"] == "ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(key["raw"]).verify(signature, data)
        elif key["alg"] == "rsa2048-pkcs1-sha256":
            modulus = rsa.RSAPublicNumbers(65537, int.from_bytes(key["raw"], "big")).public_key()
            modulus.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key["raw"])
            point.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Wrong("signature") from error


def signed_bytes(kind: str, payload: bytes) -> bytes:
    """What the signature of a document covers."""
    name = kind.encode()
    return b"kaodian-signed-1" + len(name).to_bytes(4, "big") + name + len(payload).to_bytes(4, "big") + payload


def document(data: bytes, kind: str, key: dict[str, Any]) -> Any:
    """The payload of a signed document of that type and key."""
    fields = unpack(data)
    demand(isinstance(fields, list) and len(fields) == 5 and fields[0] == "kaodian-signed-1", "envelope")
    demand(fields[1] == kind and fields[3] == key_id(key), f"type or key of {kind}")
    check(key, fields[4], signed_bytes(kind, fields[2]))
    return unpack(fields[2])


def record_digest(header: bytes, body: bytes) -> bytes:
    """The digest of a ledger record."""
    return sha256(b"kaodian-record-1" + len(header).to_bytes(4, "big") + header + body)


def head_bytes(head: list[Any]) -> bytes:
    """What the signature of a head covers."""
    stream, (epoch, position, digest), time, _ = head
    return b"kaodian-head-1" + pack([stream, epoch, position, digest, time])


def unwrap_p256(private: bytes, wrapped: bytes, info: str) -> bytes:
    """What was wrapped to the point of a private key (as a number, 32 bytes)."""
    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    suite = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    return suite.decrypt(wrapped, key, info=info.encode())


def unwrap_rsa(modulus: bytes, exponent: bytes, wrapped: bytes, info: str) -> bytes:
    """What was wrapped to an RSA modulus, with its private exponent."""
    n, d = int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")
    p, q = rsa.rsa_recover_prime_factors(n, 65537, d)
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    private = rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(65537, n)).private_key()
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), info.encode())
    key = private.decrypt(wrapped[:256], scheme)
    return AESGCM(key).decrypt(wrapped[256:268], wrapped[268:], info.encode())


def open_body(key: bytes, header: bytes, body: bytes) -> Any:
    """The record inside a sealed body."""
    return unpack(AESGCM(key).decrypt(body[:12], body[12:], header))


def tree_hash(leaves: list[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962."""
    if len(leaves) < 2:
        return sha256(b"\0" + leaves[0]) if leaves else sha256(b"")
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + tree_hash(leaves[:split]) + tree_hash(leaves[split:]))


def receipt_code(session: str, ticket: str, attempt: list[Any]) -> str:
    """The short code of a receipt; `attempt` is epoch, position, digest."""
    named = sha256(b"kaodian-receipt-1" + pack([session, ticket, attempt]))
    bits = "".join(f"{byte:08b}" for byte in named[:10])
    letters = ["ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[int(bits[at : at + 5], 2)] for at in range(0, 80, 5)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


def paper_nonce(prefix: bytes, number: int, last: bool) -> bytes:
    """The nonce of one chunk of a sealed paper."""
    return prefix + number.to_bytes(4, "big") + (b"\1" if last else b"\0")


def open_paper(sealed: bytes, key: bytes, session: str, form: str) -> Any:
    """The paper inside a sealed form."""
    magic = b"kaodian-paper-1"
    demand(sealed.startswith(magic), "paper magic")
    prefix, rest = sealed[len(magic) : len(magic) + 7], sealed[len(magic) + 7 :]
    size = (1 << 20) + 16
    chunks = [rest[at : at + size] for at in range(0, len(rest), size)]
    bound = f"{session}\0{form}".encode()
    opened = [
        AESGCM(key).decrypt(paper_nonce(prefix, number, number == len(chunks) - 1), chunk, bound)
        for number, chunk in enumerate(chunks)
    ]
    return unpack(b"".join(opened))


def verify_bundle(data: bytes, root: dict[str, Any]) -> "Book":
    """What a bundle proves with the root key alone; raises `Wrong`."""
    try:
        return Book(data, root)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Wrong(f"not of the stated form: {error!r}") from error


class Book:
    """One verification of a bundle, section "What a verifier checks"; the numbers are that section's."""

    def __init__(self, data: bytes, root: dict[str, Any]) -> None:
        self.root = root
        self.grants: dict[tuple[str, int], dict[str, Any]] = {}
        self.last: dict[tuple[str, int], list[Any]] = {}
        self.ended: dict[str, dict[str, Any]] = {}
        self.loaded: set[bytes] = set()
        self.made: dict[str, Any] = {}
        self.opened: dict[tuple[str, int], dict[str, Any]] = {}
        self.granted: dict[tuple[str, int], dict[str, Any]] = {}
        self.judged: dict[tuple[str, int], list[Any]] = {}
        self.stays: dict[str, list[tuple[str, int, list[Any]]]] = {}
        self.arrived: list[tuple[str, str, int]] = []
        self.left: set[tuple[str, int]] = set()
        self.accepted: dict[tuple[str, int], list[Any]] = {}
        self.stay_closed: dict[tuple[str, int], str] = {}
        self.due: set[bytes] = set()
        self.amended: dict[bytes, dict[str, Any]] = {}
        self.changed: dict[str, int] = {}
        self.leaves: list[bytes] = []
        self.held: dict[tuple[Any, ...], str] = {}
        self.counted: dict[tuple[str, int], int] = {}
        parts = self._parts(data)
        self._documents([part for kind, part in parts if kind == 1])
        records = [part for kind, part in parts if kind == 2]
        for record in records:
            self._record(*unpack(record))
        self._complete(len(records))
        hashed = self._heads([part for kind, part in parts if kind == 3])
        self._summary(parts, data, len(records), hashed)

    def _parts(self, data: bytes) -> list[tuple[int, bytes]]:
        """1: framing."""
        magic = b"kaodian-bundle-1\n"
        demand(data.startswith(magic), "bundle magic")
        at, found = len(magic), []
        while at < len(data):
            kind, size = data[at], int.from_bytes(data[at + 1 : at + 5], "big")
            demand(kind in PARTS and size <= PARTS[kind] and at + 5 + size <= len(data), "part")
            found.append((kind, data[at + 5 : at + 5 + size]))
            at += 5 + size
        kinds = [kind for kind, _ in found]
        demand(kinds == sorted(kinds) and kinds.count(4) == 1, "order of parts")
        return found

    def _documents(self, documents: list[bytes]) -> None:
        """2: documents."""
        demand(len(documents) >= 5, "documents are missing")
        issuer, formal, session, ca, *others = documents
        issuing = document(issuer, "issuer", self.root)["key"]
        self.formal = document(formal, "formal-authorisation", issuing)
        also = document(session, "session-authorisation", issuing)
        self.site, self.session = self.formal["site"], self.formal["session"]["id"]
        demand((also["site"], also["session"], also["formal"]) == (self.site, self.session, sha256(formal)), "session")
        demand(sha256(ca) == self.formal["ca_fingerprint"], "CA")
        anchor = document(self.formal["anchor"], "site-anchor", issuing)
        dongle = self.formal["dongle"]["sign"]
        named = {"site": self.site, "session": self.session, "ca_fingerprint": sha256(ca), "dongle": dongle}
        demand(anchor == named, "anchor")
        point = x509.load_der_x509_certificate(ca).public_key()
        raw = point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.site_stream = f"site/{self.site}"
        places = ("session-changes", "spare-authorisation", "grant", "move-grant")
        kinds = [places.index(unpack(one)[1]) for one in others]
        demand(kinds == sorted(kinds), "order of documents")
        self._changes([one for one in others if unpack(one)[1] in places[:2]], issuing, sha256(formal))
        self._moves([one for one in others if unpack(one)[1] == "move-grant"], {"alg": "ecdsa-p256", "raw": raw})
        rooms = sorted({f"sitting/{self.session}/{stay[0]}" for stays in self.stays.values() for stay in stays})
        for data in (one for one in others if unpack(one)[1] == "grant"):
            of_site = unpack(unpack(data)[2])["stream"] == self.site_stream
            by = self.formal["dongle"]["sign"] if of_site else {"alg": "ecdsa-p256", "raw": raw}
            one = document(data, "grant", by)
            where = (one["stream"], one["epoch"])
            demand(where[1] > max((n for name, n in self.grants if name == where[0]), default=0), "order of grants")
            self.grants[where] = one
        firsts = list(dict.fromkeys(stream for stream, _ in self.grants))
        demand(firsts == [self.site_stream, *rooms], "streams of the grants")
        self.due |= {sha256(formal), sha256(session)}

    def _moves(self, documents: list[bytes], by: dict[str, Any]) -> None:
        """2: stays, from the places and the moves."""
        for place in self.formal["places"]:
            self.stays[place["ticket"]] = [(place["room"], 1, START)]
            self.arrived.append((place["room"], place["ticket"], 1))
        before: tuple[str, int] = ("", 0)
        for data in documents:
            one = document(data, "move-grant", by)
            stays, point = self.stays[one["ticket"]], one["continues"]
            room, first, continues = stays[-1]
            demand(before < (one["ticket"], one["epoch"]) and one["session"] == self.session, "order of moves")
            demand(one["origin"] == room != one["room"], "a move from elsewhere")
            demand(one["room"] in {each["id"] for each in self.formal["rooms"]}, "a move to nowhere")
            demand(one["epoch"] == (first // 1000 + 1) * 1000, "epoch of a move")
            demand(point == continues or (first <= point[0] < one["epoch"] and point[1] > 0), "point of a move")
            stays.append((one["room"], one["epoch"], point))
            before = (one["ticket"], one["epoch"])
            self.due.add(sha256(data))

    def _stay(self, room: str, ticket: str, epoch: int) -> tuple[str, int]:
        """4: the stay of that room which holds an epoch, by ticket and first epoch."""
        demand((room, epoch // 1000) in [(name, first // 1000) for name, first, _ in self.stays[ticket]], "stay")
        return ticket, max(1, epoch // 1000 * 1000)

    def _present(self, room: str, ticket: str) -> tuple[str, int]:
        """4: the stay that a room is at."""
        here = [first for name, one, first in self.arrived if (name, one) == (room, ticket)]
        demand(bool(here) and (ticket, here[-1]) not in self.left, "is not here")
        return ticket, here[-1]

    def _continues(self, stay: tuple[str, int]) -> list[Any]:
        """The point that a stay goes on from."""
        return next(point for _, first, point in self.stays[stay[0]] if first == stay[1])

    def _move(self, room: str, record: dict[str, Any]) -> None:
        """4: a candidate leaves or comes."""
        stay = self._stay(room, record["ticket"], record["epoch"])
        demand(stay == (record["ticket"], record["epoch"]), "epoch of a stay")
        if record["kind"] == "MovedAway":
            demand(self._present(room, record["ticket"]) == stay, "left from elsewhere")
            demand(record["point"] == self.accepted.get(stay, self._continues(stay)), "left at another point")
            self.left.add(stay)
            return
        former = [first for name, one, first in self.arrived if (name, one) == (room, stay[0])]
        demand(not former or (former[-1] < stay[1] and (stay[0], former[-1]) in self.left), "came twice")
        demand(record["continues"] == self._continues(stay), "came with another point")
        self.arrived.append((room, *stay))

    def _changes(self, documents: list[bytes], issuing: dict[str, Any], formal: bytes) -> None:
        """2: changes, then spare authorisations, versions ascending."""
        kinds = [unpack(data)[1] for data in documents]
        demand(kinds == sorted(kinds) and set(kinds) <= {"session-changes", "spare-authorisation"}, "changes")
        before: dict[str, Any] = {"version": 0, "changes": []}
        rooms = {room["id"] for room in self.formal["rooms"]}
        for kind, data in zip(kinds, documents, strict=True):
            one = document(data, kind, issuing)
            spare = kind == "spare-authorisation"
            before = {"version": 0} if spare and "changes" in before else before
            demand((one["site"], one["session"]) == (self.site, self.session), "changes of another session")
            demand(one["version"] > before["version"], "order of changes")
            named = one["rooms"] if spare else [room for change in one["changes"] for room in change["rooms"]]
            demand(set(named) <= rooms, "change of another room")
            if spare:
                demand(one["formal"] == formal, "spare authorisation of another formal one")
            else:
                demand(one["changes"][: len(before["changes"])] == before["changes"], "a change was taken back")
            self.amended[sha256(data)] = before = one
            self.due.add(sha256(data))

    def _change(self, room: str, record: dict[str, Any]) -> None:
        """4: a room's word on a change."""
        document_ = self.amended[record["document"]]
        number = record.get("number", 0)
        if not number:
            demand(room in document_["rooms"], "spare paper of another room")
            demand(record.get("form", document_["form"]) == document_["form"], "another spare form")
            return
        change = document_["changes"][number - 1]
        demand(
            number > self.changed.get(room, 0) and room in change["rooms"], "change of another room, or out of order"
        )
        demand(record.get("what", change["what"]) == change["what"], "another change")
        self.changed[room] = number

    def _before(self, stream: str, epoch: int) -> int:
        """The granted epoch before this one, or 0."""
        return max((n for name, n in self.grants if name == stream and n < epoch), default=0)

    def _record(self, header: bytes, body: bytes) -> None:
        """3: one record and its place in the chain."""
        stream, epoch, position, previous, _time, kind, _item, size, clear = unpack(header)
        demand(len(body) == size and len(header) + size <= 16 << 10, "sizes")
        record = unpack(clear) if clear else {"kind": kind}
        demand(record["kind"] == kind, "kind")
        where = (stream, epoch)
        demand(not self.last or where >= next(reversed(self.last)), "order of records")
        if where not in self.last:
            self._open(stream, epoch, record)
            self.last[where] = [epoch, 0, record["continues"][2]]
        before = self.last[where]
        demand(position == before[1] + 1 and previous == before[2], f"chain of {stream} {epoch}.{position}")
        demand(stream not in self.ended or kind in AFTER_END, "after the end of the sitting")
        demand(not (self.made and stream == self.site_stream), "after the bundle")
        self.last[where] = [epoch, position, record_digest(header, body)]
        self.leaves.append(pack([stream, *self.last[where]]))
        if stream.startswith("attempt/"):
            named = [point for _, _, point in self.stays[stream.split("/")[2]] if point[:2] == [epoch, position]]
            demand(all(point == self.last[where] for point in named), "a move goes on from another record")
        if stream.startswith("sitting/"):
            self._sitting(stream, record)
        elif kind in ("AuthorisationLoaded", "MoveGranted"):
            self.loaded.add(record["digest"])
        elif kind == "BundleMade" and record["session"] == self.session:
            self.made = record

    def _open(self, stream: str, epoch: int, record: dict[str, Any]) -> None:
        """3: the first record of an epoch."""
        if record["kind"] == "AttemptOpened":
            _, session, ticket = stream.split("/")
            demand(session == self.session and ticket in self.stays, "no authorised candidate")
            self.opened[ticket, epoch] = record
            return
        grant = self.grants.get((stream, epoch), {"key": None})
        demand(record["kind"] in ("SittingOpened", "SiteOpened"), "opening")
        key = record["room_key"] if record["kind"] == "SittingOpened" else record["site_key"]
        before = self.last.get((stream, self._before(stream, epoch)), START)
        demand(key == grant["key"] and record["continues"] == before, "opening was not granted")

    def _sitting(self, stream: str, record: dict[str, Any]) -> None:
        """4: verdicts of a room."""
        room, kind = stream.split("/")[2], record["kind"]
        if kind == "AttemptGranted":
            ticket, epoch = record["ticket"], record["epoch"]
            stay = self._stay(room, ticket, epoch)
            follows = epoch == stay[1] or (ticket, epoch - 1) in self.granted
            here = self._present(room, ticket) == stay
            demand(here and (ticket, epoch) not in self.granted and follows, "attempt grant")
            demand(record["continues"] == self.accepted.get(stay, self._continues(stay)), "continues another point")
            self.granted[ticket, epoch] = record
        if kind in ("Accepted", "Held"):
            for part in record["ranges"] if kind == "Accepted" else [record["range"]]:
                self._verdict(room, kind, part, record.get("reason", ""))
        if kind == "HeldDecided":
            self._decided(room, record)
        if kind in ("HandedIn", "Collected"):
            stay = self._present(room, record["ticket"])
            demand(record["point"] == self.accepted.get(stay, self._continues(stay)), "closed at another point")
            demand(stay not in self.stay_closed, "closed twice")
            self.stay_closed[stay] = kind
        if kind in ("MovedAway", "GuestArrived"):
            self._move(room, record)
        if kind in ("SittingChanged", "SpareTaken", "ChangeRefused"):
            self._change(room, record)
        if kind == "Reopened":
            demand(self.stay_closed.pop(self._present(room, record["ticket"]), "") != "", "opened again")
        if kind == "SittingEnded":
            self.ended[stream] = record

    def _verdict(self, room: str, kind: str, part: list[Any], reason: str) -> None:
        """4: a range that is accepted or held."""
        ticket, epoch, first, upto, digest = part
        where = (ticket, epoch)
        stay = self._stay(room, ticket, epoch)
        demand(where in self.granted, "verdict without grant")
        demand(first == self.judged.get(where, START)[1] + 1 and upto >= first, "verdict with a gap")
        self.judged[where] = [epoch, upto, digest]
        if kind == "Held":
            self.held[tuple(part)] = reason
            return
        demand(self._present(room, ticket) == stay and stay not in self.stay_closed, "accepted after closing")
        self.accepted[stay] = [epoch, upto, digest]
        self.counted[where] = upto

    def _decided(self, room: str, record: dict[str, Any]) -> None:
        """4: two people's word on a held range."""
        part = tuple(record["range"])
        ticket, epoch, first, upto, _ = part
        reason = self.held.pop(part, "")
        stay = self._stay(room, ticket, epoch)
        demand(reason in ("late", "closed", "old_epoch"), "decided without being held")
        demand(stay in self.stay_closed or stay in self.left, "decided before it was closed")
        if record["accepted"]:
            counts = self.counted.get((ticket, epoch), 0)
            demand(first <= counts + 1, "decided leaves a gap behind what counts")
            self.counted[ticket, epoch] = max(counts, upto)

    def _complete(self, records: int) -> None:
        """5: nothing is missing."""
        demand(all(where in self.last for where in self.grants), "a granted stream is empty")
        demand({stream for stream, _ in self.grants} - {self.site_stream} == set(self.ended), "sitting without end")
        demand(self.made.get("records") == records and self.due <= self.loaded, "what the site recorded")
        for (ticket, epoch), opened in self.opened.items():
            granted = self.granted.get((ticket, epoch))
            end = self.last[f"attempt/{self.session}/{ticket}", epoch]
            demand(granted is not None and granted["device"] == opened["device"], "attempt was not granted")
            demand(granted is not None and granted["continues"] == opened["continues"], "attempt continues elsewhere")
            demand(self.judged.get((ticket, epoch)) == end, "records without a verdict")
        demand(set(self.judged) <= set(self.opened), "verdict about missing records")
        for word, kind in (("submitted", "HandedIn"), ("collected", "Collected")):
            count = sum(end[word] for end in self.ended.values())
            demand(count <= list(self.stay_closed.values()).count(kind), f"too many {word}")
        for ticket, stays in self.stays.items():
            self._moved(ticket, stays)

    def _moved(self, ticket: str, stays: list[tuple[str, int, list[Any]]]) -> None:
        """5: who went on elsewhere left, with what counts, and the last room took the candidate."""
        for (room, first, continues), (_, _, point) in itertools.pairwise(stays):
            arrived = (room, ticket, first) in self.arrived
            demand(not arrived or (ticket, first) in self.left, "never left")
            demand(point == continues or self.counted.get((ticket, point[0]), 0) >= point[1], "goes on from nothing")
        demand((stays[-1][0], ticket, stays[-1][1]) in self.arrived, "never came")

    @property
    def closed(self) -> dict[str, str]:
        """How the last stay of each candidate was closed."""
        last = {ticket: stays[-1][1] for ticket, stays in self.stays.items()}
        return {ticket: how for (ticket, first), how in self.stay_closed.items() if first == last[ticket]}

    def _heads(self, heads: list[bytes]) -> bytes:
        """6: signed heads; the running digest of those of attempts."""
        last_epochs, seen, hashed = dict(sorted(self.grants)), set(), b""
        granted: list[tuple[str, int]] = []
        for number, data in enumerate(heads):
            head = unpack(data)
            stream, point = head[0], head[1]
            where = (stream, point[0])
            demand(where not in seen and where in self.last, "head")
            seen.add(where)
            last = self.last[where]
            demand(point[1] < last[1] or point == last, "head contradicts its stream")
            if where in self.grants:
                demand(len(granted) == number and granted[-1:] < [where], "order of heads")
                granted.append(where)
                demand(point == last or where not in last_epochs.items(), "head is not over the last record")
                check(self.grants[where]["key"], head[3], head_bytes(head))
                continue
            check(self.opened[stream.split("/")[2], point[0]]["device"], head[3], head_bytes(head))
            hashed = sha256(hashed + data)
        demand(set(last_epochs.items()) <= set(granted), "a head is missing")
        return hashed

    def _summary(self, parts: list[tuple[int, bytes]], data: bytes, records: int, hashed: bytes) -> None:
        """7: the summary."""
        demand(self.made["heads"] == hashed, "heads are not those recorded")
        epoch = max(epoch for stream, epoch in self.grants if stream == self.site_stream)
        found = document(parts[-1][1], "bundle", self.grants[self.site_stream, epoch]["key"])
        before = data[: len(data) - 5 - len(parts[-1][1])]
        due = (self.site, self.session, len(parts) - 1, records, len(before), sha256(before))
        names = ("site", "session", "parts", "records", "size", "sha256")
        demand(tuple(found[name] for name in names) == due, "summary")
        demand(found["tree"] == tree_hash(self.leaves), "tree")


def climb(leaf: bytes, index: int, beside: list[bytes], size: int) -> bytes:
    """The tree hash that a path leads to, by the definition: which half of the tree a leaf is in, from the top."""
    if size == 1:
        demand(not beside and index == 0, "path")
        return sha256(b"\0" + leaf)
    demand(bool(beside) and 0 <= index < size, "path")
    split = 1 << (size - 1).bit_length() - 1
    if index < split:
        return sha256(b"\1" + climb(leaf, index, beside[:-1], split) + beside[-1])
    return sha256(b"\1" + beside[-1] + climb(leaf, index - split, beside[:-1], size - split))


def check_proof(data: bytes, root: dict[str, Any]) -> Any:
    """The receipt that a proof proves; raises `Wrong`."""
    try:
        return _proof(data, root)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Wrong(f"not of the stated form: {error!r}") from error


def _proof(data: bytes, root: dict[str, Any]) -> Any:
    magic, issuer, anchor_document, ca, grant, summary_document, receipt_document, attempt, sitting = unpack(data)
    demand(magic == "kaodian-proof-1", "proof magic")
    issuing = document(issuer, "issuer", root)["key"]
    anchor = document(anchor_document, "site-anchor", issuing)
    demand(sha256(ca) == anchor["ca_fingerprint"], "CA")
    site = document(grant, "grant", anchor["dongle"])
    demand(site["stream"] == f"site/{anchor['site']}", "grant of the site stream")
    summary = document(summary_document, "bundle", site["key"])
    claimed = unpack(unpack(receipt_document)[2])
    point = x509.load_der_x509_certificate(ca).public_key()
    raw = point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    room = document(claimed["grant"], "grant", {"alg": "ecdsa-p256", "raw": raw})
    receipt = document(receipt_document, "attempt-receipt", room["key"])
    stream = f"sitting/{anchor['session']}/{receipt['room']}"
    demand((room["stream"], room["epoch"]) == (stream, receipt["sitting"][0]), "grant of the room")
    demand((summary["site"], summary["session"]) == (anchor["site"], anchor["session"]), "summary")
    demand(receipt["session"] == anchor["session"], "session of the receipt")
    leaves = [(pack([stream, *receipt["sitting"]]), sitting)]
    demand((attempt is None) == (receipt["attempt"][1] == 0), "path of the attempt")
    if attempt is not None:
        leaves.append((pack([f"attempt/{receipt['session']}/{receipt['ticket']}", *receipt["attempt"]]), attempt))
    for leaf, (index, beside) in leaves:
        demand(climb(leaf, index, beside, summary["records"]) == summary["tree"], "path")
    return receipt
