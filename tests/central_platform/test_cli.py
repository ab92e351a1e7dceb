"""The platform's command, as people type it: verbs in the order of an exam, and what they say when refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from central_platform.cli import main
from central_platform.home import Home
from shared import trust
from shared.crypto import PublicKey
from tests.support.exchange import Site
from tests.support.imports import id_number, write_jsonl, write_xlsx


def run(folder: Path, *verb: str) -> int:
    """One verb."""
    return main(["--data", str(folder), *verb])


def files(folder: Path) -> tuple[Path, Path, Path]:
    """A bank, a roster and a blueprint."""
    options = ["一", "二", "三", "四"]
    rows = [
        {"id": f"q{n}", "type": "single", "stem": f"第 {n} 题", "options": options, "answer": "A"} for n in range(6)
    ]
    people = [("姓名", "身份证号", "准考证号"), *((f"考生{n}", id_number(n), f"10{n:02d}") for n in range(4))]
    blueprint = folder / "blueprint.json"
    blueprint.write_text(json.dumps([{"kind": "single", "count": 2, "marks": 5000}]))
    return write_jsonl(folder / "bank.jsonl", rows), write_xlsx(folder / "roster.xlsx", people), blueprint


def test_from_set_up_to_issued_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out, site = tmp_path / "p", tmp_path / "out", Site("s1")
    bank, roster, blueprint = files(tmp_path)
    (tmp_path / "registration.kdd").write_bytes(site.registration)
    plan = [
        "plan", "--session", "m1", "--title", "t", "--occupation", "o", "--level", "l", "--start", "1800000000000",
        "--site", "s1", "--bank", "b", "--roster", "r", "--room", "01:4:1", "--minutes", "12",
    ]  # fmt: skip
    verbs: list[list[str]] = [
        ["init"],
        ["register-site", str(tmp_path / "registration.kdd"), "--out", str(tmp_path / "welcome.kdd")],
        ["import-bank", str(bank), "--bank", "b"],
        ["import-roster", str(roster), "--roster", "r"],
        plan,
        ["arrange", "--session", "m1"],
        ["assemble", "--session", "m1", "--blueprint", str(blueprint)],
        ["issue", "--session", "m1", "--out", str(out)],
        ["export-keys", "--out", str(tmp_path / "keys"), "--private"],
    ]
    for verb in verbs:
        assert run(data, *verb) == 0, (verb, capsys.readouterr().err)
    public = json.loads((tmp_path / "keys" / "root.pub.json").read_bytes())
    root = PublicKey(public["alg"], bytes.fromhex(public["raw"]))
    trusted = trust.PlatformTrust(root, (tmp_path / "keys" / "issuer.kdd").read_bytes())
    formal = trusted.formal((out / "formal.kdd").read_bytes(), "s1", site.dongle_keys, site.ca)
    assert trusted.session((out / "session.kdd").read_bytes(), (out / "formal.kdd").read_bytes()).version == 1
    assert set(trusted.package((out / "papers.kdp").read_bytes(), formal)) == {"A", "B", "spare"}
    rules = formal.session.rules
    assert (rules.duration, rules.late_entry, rules.grace) == (720_000, 180_000, 12_000)
    unseal = json.loads((tmp_path / "keys" / "unseal-m1.json").read_bytes())
    assert set(unseal["sittings"]) == {"01"}
    for path in [*(data / "keys").glob("*.key"), *(tmp_path / "keys").glob("unseal-*"), tmp_path / "keys" / "seal.key"]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_refusal_is_one_sentence_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none", "arrange", "--session", "m1") == 1
    assert "[not_set_up]" in capsys.readouterr().err
    assert run(tmp_path / "p", "init") == 0
    before = Home(tmp_path / "p").keys.root
    assert run(tmp_path / "p", "init") == 1
    assert "[already_set_up]" in capsys.readouterr().err
    assert Home(tmp_path / "p").keys.root == before
    assert run(tmp_path / "p", "ingest", str(tmp_path / "missing.kdr")) == 1
    assert "missing.kdr" in capsys.readouterr().err


def test_wrong_usage_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, "arrange")
    assert ended.value.code == 2


def test_a_roster_with_a_bad_row_imports_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("姓名", "身份证号", "准考证号"), ("考生", "990000200001010000", "1001"), ("考生", id_number(2), "1002")]
    path = write_xlsx(tmp_path / "roster.xlsx", rows)
    assert run(tmp_path / "p", "init") == 0
    assert run(tmp_path / "p", "import-roster", str(path), "--roster", "r") == 1
    said = capsys.readouterr().err
    assert "身份证号" in said
    assert "990000200001010000" not in said
    assert run(tmp_path / "p", "import-roster", str(path), "--roster", "r", "--skip-bad") == 0


@pytest.mark.system
def test_serve_says_ready_and_ends_cleanly(tmp_path: Path) -> None:
    assert run(tmp_path / "p", "init") == 0
    command = [sys.executable, "-m", "central_platform.cli", "--data", str(tmp_path / "p"), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready 127.0.0.1:")
        process.terminate()
        assert process.wait(10) == 0
