"""Counting what stands in a real bundle; the verdict on a whole day is held by `tests/system/test_exam_day.py`."""

import json
from pathlib import Path

import pytest

from shared import commands as c
from shared.errors import Damaged
from shared.refusal import Refusal
from site_server.rehearsal.verdict import read_bundle
from tests.support.small_day import SmallDay, usual_day


def written(folder: Path, day: SmallDay, bundle: bytes) -> tuple[Path, Path, Path]:
    """Bundle, keys folder and unseal file as a rehearsal leaves them behind."""
    (folder / "bundle.kdr").write_bytes(bundle)
    root = {"alg": day.root.public.alg, "raw": day.root.public.raw.hex()}
    (folder / "root.pub.json").write_text(json.dumps(root), "utf-8")
    sittings = {room: key.hex() for room, key in day.keys.sittings.items()}
    (folder / "unseal.json").write_text(json.dumps({"session": day.keys.session.hex(), "sittings": sittings}), "utf-8")
    return folder / "bundle.kdr", folder, folder / "unseal.json"


def test_only_accepted_answers_are_counted(tmp_path: Path) -> None:
    day = usual_day()
    found = read_bundle(*written(tmp_path, day, day.bundle()))
    assert (found.answers, found.violations) == (3 + 4, 0)
    assert found.report.unsealed

    late = SmallDay(("1001",))
    late.open()
    late.log_in("1001")
    late.start()
    late.now += 1000
    late.answer("1001", 1, "A")
    late.put(c.RecordViolation("1001", "warning", "talking", "与他人交谈"))
    late.now = late.session.start + late.session.rules.duration + late.session.rules.grace + 1
    late.put(c.Tick())
    late.answer("1001", 2, "B")
    assert not isinstance(late.put(c.EndSitting()), Refusal)
    found = read_bundle(*written(tmp_path, late, late.bundle()))
    assert (found.answers, found.violations) == (1, 1)
    assert found.report.held > 0


def test_a_changed_bundle_is_not_counted(tmp_path: Path) -> None:
    day = usual_day()
    bundle = bytearray(day.bundle())
    bundle[len(bundle) // 2] ^= 1
    with pytest.raises(Damaged):
        read_bundle(*written(tmp_path, day, bytes(bundle)))
