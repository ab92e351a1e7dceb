"""`kaodian-verify` as a person runs it: a real process on real files."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from shared.crypto import Ed25519Signer
from shared.documents import AttemptReceipt, receipt_code
from shared.errors import Malformed
from shared.io import verify_cli
from shared.signed import open_envelope
from tests.support.forger import forged
from tests.support.receipts import receipt
from tests.support.small_day import ROOM, SmallDay, usual_day


class Folder:
    """A bundle of a whole day, the platform's public key and the data keys, as files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.day = usual_day()
        self.bundle = path / "results.kdr"
        self.bundle.write_bytes(self.day.bundle())
        self.keep_root(self.day)
        session, sittings = self.day.keys.session.hex(), {ROOM: self.day.keys.sittings[ROOM].hex()}
        self.keys = path / "unseal.json"
        self.keys.write_bytes(msgspec.json.encode({"session": session, "sittings": sittings}))

    def keep_root(self, day: SmallDay) -> None:
        """Trusts the platform of a day."""
        root = {"alg": "ed25519", "raw": day.root.public.raw.hex()}
        (self.path / verify_cli.ROOT_FILE).write_bytes(msgspec.json.encode(root))

    def run(self, *more: str, language: str = "en") -> subprocess.CompletedProcess[str]:
        """One run of the program."""
        command = [sys.executable, "-m", "shared.io.verify_cli", str(self.bundle), "--keys", str(self.path), *more]
        environment = os.environ | {"KAODIAN_LANG": language, "PYTHONUTF8": "1"}
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("verify"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_whole_bundle_verifies_and_says_what_was_checked(whole: Folder) -> None:
    done = whole.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VERIFIED: session m1 of site s1\n")
    assert "1 submitted, 1 collected, 1 absent, 0 void" in done.stdout
    assert "2 attempts of 3 candidates" in done.stdout
    assert "opened and read" not in done.stdout


def test_with_data_keys_every_record_is_opened(whole: Folder) -> None:
    done = whole.run("--unseal", str(whole.keys), language="zh_CN")
    assert done.returncode == 0, done.stderr
    assert "m1" in done.stdout.splitlines()[0] and "VERIFIED" not in done.stdout
    assert len(done.stdout.splitlines()) == len(whole.run().stdout.splitlines()) + 1


def test_damage_exits_with_one_and_names_the_place(folder: Folder) -> None:
    data = bytearray(folder.bundle.read_bytes())
    data[len(data) // 2] ^= 1
    folder.bundle.write_bytes(data)
    done = folder.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("NOT VERIFIED: byte ") and ", part " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bundle_of_another_platform_is_not_verified(folder: Folder) -> None:
    folder.keep_root(SmallDay(()))
    done = folder.run()
    assert done.returncode == 1 and "NOT VERIFIED" in done.stderr


@pytest.mark.parametrize("missing", ["results.kdr", verify_cli.ROOT_FILE, "unseal.json"])
def test_a_missing_file_exits_with_one_and_is_named(folder: Folder, missing: str) -> None:
    (folder.path / missing).unlink()
    done = folder.run("--unseal", str(folder.keys))
    assert (done.returncode, done.stdout) == (1, "")
    assert missing in done.stderr and "Traceback" not in done.stderr


def test_wrong_usage_exits_with_two(whole: Folder) -> None:
    done = whole.run("--no-such-option")
    assert done.returncode == 2


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b'{"alg":"ed25519","raw":"zz"}', b'{"alg":"ed25519","raw":"00"}', b'{"alg":"x","raw":"' + b"00" * 32],
)
def test_a_key_file_that_holds_no_key_is_malformed(tmp_path: Path, text: bytes) -> None:
    (tmp_path / verify_cli.ROOT_FILE).write_bytes(text)
    with pytest.raises(Malformed):
        verify_cli.read_root(tmp_path)


@pytest.mark.parametrize("text", [b"[]", b'{"session":"0","sittings":{}}', b'{"session":"00","sittings":{"01":"x"}}'])
def test_data_keys_that_are_none_are_malformed(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "unseal.json"
    path.write_bytes(text)
    with pytest.raises(Malformed):
        verify_cli.read_data_keys(path)


def test_a_listing_is_written_on_request(whole: Folder, tmp_path: Path) -> None:
    done = whole.run("--list", str(tmp_path / "records.jsonl"))
    assert done.returncode == 0
    lines = [msgspec.json.decode(line) for line in (tmp_path / "records.jsonl").read_bytes().splitlines()]
    assert lines[0]["kind"] == "AttemptOpened" and lines[-1]["kind"] == "SittingEnded"


def test_witnesses_that_agree_contradict_or_prove_nothing_are_told_apart(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "true.kdd").write_bytes(receipt(folder.day))
    (tmp_path / "false.kdd").write_bytes(receipt(folder.day, signer=Ed25519Signer(bytes(32))))
    agrees = folder.run("--against", str(tmp_path / "true.kdd"))
    assert agrees.returncode == 0 and "AGREES: true.kdd (room 01, key " in agrees.stdout
    nothing = folder.run("--against", str(tmp_path / "true.kdd"), "--against", str(tmp_path / "false.kdd"))
    assert nothing.returncode == 1 and "AGREES: true.kdd" in nothing.stdout
    assert nothing.stderr.startswith("PROVES NOTHING: false.kdd: ")
    folder.bundle.write_bytes(forged(folder.day, "1001", 1, ("D",)))
    assert folder.run().returncode == 0
    found = folder.run("--against", str(tmp_path / "true.kdd"))
    assert found.returncode == 1 and found.stdout.startswith("VERIFIED: ")
    assert found.stderr.startswith("CONTRADICTS: true.kdd\n  attempt/m1/1001 1.")


def test_a_code_is_compared_for_the_ticket_named(whole: Folder) -> None:
    payload = open_envelope(receipt(whole.day)).payload
    code = receipt_code(msgspec.msgpack.decode(payload, type=AttemptReceipt))
    assert whole.run("--against-code", code.lower(), "--ticket", "1001").returncode == 0
    other = whole.run("--against-code", code, "--ticket", "1002")
    assert other.returncode == 1 and code in other.stderr


def test_a_proof_is_made_and_checked_without_the_bundle(whole: Folder, tmp_path: Path) -> None:
    (tmp_path / "r.kdd").write_bytes(receipt(whole.day))
    proof = tmp_path / "p.kdq"
    assert whole.run("--prove", str(tmp_path / "r.kdd"), "--out", str(proof)).returncode == 0
    line = [sys.executable, "-m", "shared.io.verify_cli", "--proof", str(proof), "--keys", str(whole.path)]
    environment = os.environ | {"KAODIAN_LANG": "en"}
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.returncode == 0 and done.stdout.startswith("PROVEN: ")
    proof.write_bytes(proof.read_bytes()[:-1])
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.returncode == 1 and done.stderr.startswith("NOT VERIFIED: ")


@pytest.mark.parametrize("wrong", [("--prove", "r"), ("--ticket", "1"), ("--proof", "p")])
def test_options_that_do_not_go_together_are_wrong_usage(whole: Folder, wrong: tuple[str, ...]) -> None:
    assert whole.run(*wrong).returncode == 2
