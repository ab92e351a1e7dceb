"""An administrator with root changes one answer and signs everything anew: each copy that lies elsewhere finds it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared import codec, limits, signed
from shared import documents as d
from site_server.rehearsal.options import PASSPHRASE, SESSION
from tests.support.rehearsed import Rehearsed, program

pytestmark = [pytest.mark.system, pytest.mark.long]
ROOT = Path(__file__).resolve().parents[2]


def receipts(day: Rehearsed) -> dict[str, Path]:
    """The candidates' final receipts by ticket."""
    found = {}
    for path in (day.out / "witnesses").glob(f"{SESSION}-*.kdd"):
        payload = codec.decode(d.AttemptReceipt, signed.open_envelope(path.read_bytes()).payload, limits.DOCUMENT_BYTES)
        if payload.attempt.position > 1 and payload.answered:
            found[payload.ticket] = path
    return found


def verify(day: Rehearsed, bundle: Path, *more: object) -> subprocess.CompletedProcess[str]:
    """One run of the verifier."""
    return program("kaodian-verify", bundle, "--keys", day.out / "keys", *more)


@pytest.fixture(scope="module")
def ticket(day: Rehearsed) -> str:
    """The candidate concerned."""
    return min(receipts(day))


@pytest.fixture(scope="module")
def lie(day: Rehearsed, ticket: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the documented command makes of the site's folder."""
    out = tmp_path_factory.mktemp("forgery") / "forged.kdr"
    site = day.out / "machines" / "site"
    given = ["--session", SESSION, "--ticket", ticket, "--out", str(out)]
    line = [sys.executable, "-m", "tests.support.forger", str(site), *given]
    environment = os.environ | {"KAODIAN_PASSPHRASE": PASSPHRASE}
    ran = subprocess.run(line, capture_output=True, text=True, env=environment, cwd=ROOT, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return out


def room_of(day: Rehearsed, ticket: str) -> str:
    """Where the candidate sat."""
    document = receipts(day)[ticket].read_bytes()
    return codec.decode(d.AttemptReceipt, signed.open_envelope(document).payload, limits.DOCUMENT_BYTES).room


def test_everybody_agrees_with_the_true_bundle(day: Rehearsed) -> None:
    told = [word for path in sorted((day.out / "witnesses").iterdir()) for word in ("--against", path)]
    ran = verify(day, day.out / "bundle.kdr", *told)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("AGREES: ") == len(told) // 2 >= 4


def test_the_forged_bundle_verifies_by_itself(day: Rehearsed, lie: Path) -> None:
    ran = verify(day, lie, "--unseal", day.out / "keys" / f"unseal-{SESSION}.json")
    assert ran.returncode == 0, ran.stderr
    assert lie.read_bytes() != (day.out / "bundle.kdr").read_bytes()


@pytest.mark.parametrize("who", ["platform", "room", "copy", "receipt"])
def test_each_copy_that_lies_elsewhere_names_the_contradiction(
    day: Rehearsed, lie: Path, ticket: str, who: str
) -> None:
    room = room_of(day, ticket)
    witness = {
        "platform": day.out / "witnesses" / "platform.kdw",
        "room": day.out / "witnesses" / f"room-{room}.kdw",
        "copy": day.out / "machines" / f"room-{room}" / "room.db",
        "receipt": receipts(day)[ticket],
    }[who]
    ran = verify(day, lie, "--against", witness)
    assert ran.returncode == 1
    assert f"CONTRADICTS: {witness.name}" in ran.stderr
    named = set(re.findall(r"^  (\S+) (?:(\d+\.\d+)|epoch \d+): ", ran.stderr, re.MULTILINE))
    streams = {stream for stream, _ in named}
    assert f"sitting/{SESSION}/{room}" in streams
    if who in ("room", "copy"):
        assert f"attempt/{SESSION}/{ticket}" in streams
    assert "the witness saw it granted to" in ran.stderr, "the room's key was replaced, too"


def test_another_candidates_receipt_still_agrees_about_the_answers(day: Rehearsed, lie: Path, ticket: str) -> None:
    other = min(set(receipts(day)) - {ticket})
    ran = verify(day, lie, "--against", receipts(day)[other])
    assert f"attempt/{SESSION}/{other}" not in ran.stderr


def test_the_code_on_the_sheet_is_enough(day: Rehearsed, lie: Path, ticket: str) -> None:
    document = receipts(day)[ticket].read_bytes()
    payload = codec.decode(d.AttemptReceipt, signed.open_envelope(document).payload, limits.DOCUMENT_BYTES)
    code = ["--against-code", d.receipt_code(payload), "--ticket", ticket]
    assert verify(day, day.out / "bundle.kdr", *code).returncode == 0
    ran = verify(day, lie, *code)
    assert ran.returncode == 1 and f"attempt/{SESSION}/{ticket}" in ran.stderr


def test_the_platform_refuses_it_by_itself(day: Rehearsed, lie: Path) -> None:
    ran = program("kaodian-platform", "--data", day.out / "machines" / "platform", "ingest", lie)
    assert ran.returncode == 1
    assert "contradicts_head" in ran.stderr and f"/{SESSION}/" in ran.stderr


def test_a_receipt_is_proven_without_anybody_elses_answers(
    day: Rehearsed, lie: Path, ticket: str, tmp_path: Path
) -> None:
    proof, receipt = tmp_path / "p.kdq", receipts(day)[ticket]
    assert verify(day, day.out / "bundle.kdr", "--prove", receipt, "--out", proof).returncode == 0
    ran = program("kaodian-verify", "--proof", proof, "--keys", day.out / "keys")
    assert ran.returncode == 0 and f"ticket {ticket}" in ran.stdout
    data = proof.read_bytes()
    assert not any(other.encode() in data for other in receipts(day) if other != ticket)
    assert verify(day, lie, "--prove", receipt, "--out", tmp_path / "q.kdq").returncode == 1
    assert not (tmp_path / "q.kdq").exists()
