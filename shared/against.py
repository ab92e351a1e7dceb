"""Holds a bundle against testimonies: every place where it contradicts what somebody else holds, exactly.

`Against.visit` goes with `verifier.verify` over the bundle once; `judge` then says of each testimony whether it
counts and what it contradicts: other records, missing records, and keys that were granted differently. The bundle
was verified, so a contradiction means that it is another history than the one that the witness saw. Reads no files.
"""

from collections.abc import Iterable, Iterator

import msgspec

from shared import crypto, ledger, testimony
from shared import documents as d
from shared import records as r
from shared.errors import KaodianError
from shared.ledger import Parsed, Point
from shared.testimony import Basis, Proof, Statement, Told

RECORD, MISSING, KEY, CODE = "record", "missing", "key", "code"


class Finding(msgspec.Struct, frozen=True):
    """One contradiction. `kind`: another `record` at the place (and `more` that differ after it), `missing` records
    beyond the bundle's end, another `key` granted that epoch, or a receipt's `code` that fits no record.

    `holds` is what the bundle has there and `told` what the witness has: digests, key ids, positions or codes.
    """

    kind: str
    stream: str
    epoch: int
    position: int
    holds: str
    told: str
    by: str
    more: int = 0


class Judgement(msgspec.Struct):
    """What became of one testimony: `unproven` says why it proves nothing; else what it was `compared` at."""

    name: str
    by: str = ""
    unproven: str = ""
    compared: int = 0
    beyond: int = 0
    findings: list[Finding] = []


class Code(msgspec.Struct, frozen=True):
    """A receipt's short code as read from a sheet of paper, and whose it is."""

    ticket: str
    code: str


class _Seen(msgspec.Struct):
    """How one `Told` fared: places compared, and the first that differs with how many more do."""

    compared: int = 0
    differing: int = 0
    position: int = 0
    holds: str = ""


class Against:
    """The comparison of one bundle."""

    def __init__(self, testimonies: Iterable[Statement], codes: Iterable[Code] = ()) -> None:
        self._testimonies = list(testimonies)
        self._codes = {code: False for code in codes}
        self._told: dict[tuple[str, int], list[tuple[Told, _Seen]]] = {}
        self._seen: dict[int, _Seen] = {}
        self.ended: dict[tuple[str, int], Point] = {}
        """Where each sitting ended, by stream and epoch."""
        for one in self._testimonies:
            for told in one.told:
                seen = self._seen[id(told)] = _Seen()
                self._told.setdefault((told.stream, told.epoch), []).append((told, seen))

    def visit(self, parsed: Parsed, _record: r.Record | None) -> None:
        """Takes in one record of the bundle."""
        header = parsed.header
        for told, seen in self._told.get((header.stream, header.epoch), ()):
            digest = told.at(header.position)
            if digest is None:
                continue
            seen.compared += 1
            if digest != parsed.digest:
                if not seen.differing:
                    seen.position, seen.holds = header.position, f"{parsed.digest.hex()} ({header.kind})"
                seen.differing += 1
        if header.kind == r.SittingEnded.__name__:
            self.ended[header.stream, header.epoch] = parsed.point
        for code, found in self._codes.items():
            if not found and header.stream.endswith(f"/{code.ticket}") and header.stream.startswith("attempt/"):
                session = header.stream.split("/")[1]
                self._codes[code] = d.attempt_code(session, code.ticket, parsed.point) == code.code

    def judge(self, basis: Basis) -> list[Judgement]:
        """The verdict on every testimony, in order, once the bundle has verified."""
        return [*(self._judge(one, basis) for one in self._testimonies), *self._judge_codes(basis)]

    def _judge(self, one: Statement, basis: Basis) -> Judgement:
        try:
            proof = one.proven(basis)
        except KaodianError as error:
            return Judgement(one.name, unproven=error.detail)
        told = [told for told in one.told if basis.concerns(told.stream)]
        if not told:
            return Judgement(one.name, unproven="it says nothing about this session")
        found = Judgement(one.name, proof.by, findings=[])
        for each in told:
            seen = self._seen[id(each)]
            found.compared += seen.compared
            found.findings += _of_records(each, seen, proof, basis)
            past = _past(each, basis)
            if past and one.receipt is None and self._goes_on(each):
                found.beyond += past
            elif past:
                found.findings.append(_missing(each, past, proof, basis))
        found.findings += _of_keys(told, proof, basis)
        return found

    def _goes_on(self, told: Told) -> bool:
        """Whether a stream may go on after the bundle: the site's, a sitting that has ended (late records are held and
        staff sign out), and attempts, whose late records are held there. A receipt speaks of nothing that late.
        """
        return not told.stream.startswith("sitting/") or (told.stream, told.epoch) in self.ended

    def _judge_codes(self, basis: Basis) -> Iterator[Judgement]:
        for code, fits in self._codes.items():
            one = Judgement(code.code, compared=1, findings=[])
            if not fits:
                stream = ledger.attempt_stream(basis.formal.session.id, code.ticket)
                ends = [point for (name, _), point in basis.last.items() if name == stream]
                end = max(ends, key=lambda point: point.epoch, default=ledger.START)
                holds = d.attempt_code(basis.formal.session.id, code.ticket, end)
                one.findings = [Finding(CODE, stream, end.epoch, end.position, holds, code.code, "")]
            yield one


def _of_records(told: Told, seen: _Seen, proof: Proof, basis: Basis) -> Iterator[Finding]:
    if seen.differing:
        digest = told.at(seen.position) or b""
        by = _signers(told, seen.position, proof, basis)
        more = seen.differing - 1
        yield Finding(RECORD, told.stream, told.epoch, seen.position, seen.holds, digest.hex(), by, more)


def _past(told: Told, basis: Basis) -> int:
    """How many places are told of beyond the bundle's last record of that epoch."""
    last = basis.last.get((told.stream, told.epoch))
    end = last.position if last else 0
    trail = len(told.trail) // crypto.DIGEST_BYTES
    return max(0, trail - end) + sum(position > max(end, trail) for position in told.points)


def _missing(told: Told, past: int, proof: Proof, basis: Basis) -> Finding:
    last = basis.last.get((told.stream, told.epoch))
    digest = (told.at(told.end) or b"").hex()
    by = _signers(told, told.end, proof, basis)
    return Finding(
        MISSING, told.stream, told.epoch, told.end, str(last.position if last else 0), digest, by, past - 1
    )  # fmt: skip


def _of_keys(told: list[Told], proof: Proof, basis: Basis) -> Iterator[Finding]:
    """Keys that the witness saw granted for an epoch of which it holds something, and the bundle has granted anew."""
    held = {(one.stream, one.epoch) for one in told}
    for one in proof.grants:
        where = (one.stream, one.epoch)
        key = basis.granted.get(where)
        if where in held and key is not None and key != one.key:
            yield Finding(KEY, one.stream, one.epoch, 0, key.id, one.key.id, proof.by)


def _signers(told: Told, position: int, proof: Proof, basis: Basis) -> str:
    """Who vouches for a place: the writer itself where its head is there, and the holder."""
    one = told.heads.get(position)
    key = testimony.signer(one.head, proof, basis) if one is not None else None
    if one is None or key is None:
        return proof.by
    return f"{told.stream.split('/')[0]} key {key.id}; {proof.by}"
