"""The folder of a PC: one key for ever, one journal at a time."""

import resource
import stat
from pathlib import Path

import pytest

from candidate_client.device import Device
from shared.errors import Malformed, Unavailable
from shared.io.store import Batch
from tests.support.candidate_day import fill


def kept(folder: Path) -> list[str]:
    """Journals that were set aside."""
    return sorted(path.name for path in folder.glob("journal-*.db"))


async def test_the_key_stays_and_is_the_owners_alone(tmp_path: Path) -> None:
    first = Device(tmp_path / "pc")
    first.close()
    again = Device(tmp_path / "pc")
    again.close()
    assert first.key.public == again.key.public
    for name in ("device.key", "journal.db"):
        assert stat.S_IMODE((tmp_path / "pc" / name).stat().st_mode) == 0o600


async def test_a_journal_set_aside_is_kept(tmp_path: Path) -> None:
    device = Device(tmp_path)
    await device.store.commit(Batch(facts={"here": b"1"}))
    await device.set_aside()
    await device.set_aside()
    assert device.store.fact("here") is None
    assert kept(tmp_path) == ["journal-1.db", "journal-2.db"]
    assert [store.fact("here") for store in device.aside()] == [None, b"1"], "the newest first"
    device.close()


async def test_a_journal_whose_disk_refused_is_not_replaced_by_a_fresh_one(tmp_path: Path) -> None:
    device = Device(tmp_path)
    await device.store.commit(Batch(facts={"here": b"1"}))
    fill(tmp_path / "journal.db", "facts")
    for _ in range(2):
        with pytest.raises(Unavailable, match="disk_failed"):
            await device.store.commit(Batch(facts={"there": b"1"}))
        with pytest.raises(Unavailable, match="disk_failed"):
            await device.set_aside()
    assert (device.store.fact("here"), kept(tmp_path)) == (b"1", [])
    device.close()
    again = Device(tmp_path)
    await again.set_aside()
    assert (again.store.fact("here"), kept(tmp_path)) == (None, ["journal-1.db"]), "a restart may try again"
    again.close()


async def test_a_journal_that_cannot_be_moved_stays_and_is_only_read(tmp_path: Path) -> None:
    most = "9" * (255 - len("journal-.db"))
    (tmp_path / f"journal-{most}.db").touch()  # no name is left for the next one
    device = Device(tmp_path)
    await device.store.commit(Batch(facts={"here": b"1"}))
    with pytest.raises(Unavailable, match="disk_failed"):
        await device.set_aside()
    assert device.store.fact("here") == b"1"
    with pytest.raises(Unavailable, match="disk_failed"):
        await device.store.commit(Batch(facts={"there": b"1"}))
    device.close()
    again = Device(tmp_path)
    await again.store.commit(Batch(facts={"there": b"1"}))
    assert again.store.facts("") == {"here": b"1", "there": b"1"}, "a restart may try again"
    again.close()


async def test_a_full_disk_leaves_the_journal_to_be_read_and_a_restart_begins_another(tmp_path: Path) -> None:
    device = Device(tmp_path)
    await device.store.commit(Batch(facts={"here": b"1"}))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(Unavailable, match="disk_failed"):
            await device.set_aside()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (device.store.fact("here"), list(device.aside())) == (b"1", [])
    with pytest.raises(Unavailable, match="disk_failed"):
        await device.store.commit(Batch(facts={"there": b"1"}))
    with pytest.raises(Unavailable, match="disk_failed"):
        await device.set_aside()
    device.close()
    again = Device(tmp_path)
    assert (again.store.facts(""), [store.fact("here") for store in again.aside()]) == ({}, [b"1"])
    again.close()


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "device.key").write_bytes(b"short")
    with pytest.raises(Malformed, match="damaged"):
        Device(tmp_path)


def test_a_receipt_that_the_disk_refuses_is_a_typed_error(tmp_path: Path) -> None:
    device = Device(tmp_path)
    (tmp_path / "receipts").write_bytes(b"no folder")
    with pytest.raises(Unavailable, match="file_failed"):
        device.write_receipt("m1-1001", b"final")
    device.close()


def test_a_newer_receipt_takes_the_place_of_an_older(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.write_receipt("m1-1001", b"provisional")
    device.write_receipt("m1-1001", b"final")
    device.close()
    assert [(one.name, one.read_bytes()) for one in (tmp_path / "receipts").iterdir()] == [("m1-1001.kdd", b"final")]
