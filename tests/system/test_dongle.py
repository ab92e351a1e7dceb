"""The dongle of a real site process: an older data folder put back, and the dongle taken out while the service runs."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from shared.errors import Refused
from shared.limits import DONGLE_ANSWER, DONGLE_EVERY
from shared.roles import Role
from site_server import control, verbs
from site_server import site as sites
from site_server.dongle.place import KeyFilePlace, Place
from site_server.folder import Folder, Settings
from site_server.station import Station
from tests.site_server.conftest import nothing
from tests.support.fake_platform import FakePlatform
from tests.support.site_day import NOW, PASSPHRASE, SiteDay
from tests.support.small_day import SITE
from tests.support.softhsm import PIN, SoftHsm

pytestmark = [pytest.mark.system, pytest.mark.long]
PATIENCE = 60
"""Seconds; a calm machine needs five."""
PEOPLE = ("李主考", "张技术")


class RealSite:
    """A joined site whose commands and service are processes; `files` holds its authorisations."""

    def __init__(self, path: Path, place: Place, secret: dict[str, str]) -> None:
        self.folder = Folder(path / "site")
        self.files = path / "files"
        self.pins: list[str] = []
        self.environment = {**os.environ, **secret, "KAODIAN_LANG": "zh_CN"}
        self.secret = next(iter(secret.values()))
        sites.create(self.folder, Settings(SITE, "第一考点", "127.0.0.1", 8441, place), lambda: self.secret)
        self.day = SiteDay(self.folder.registration.read_bytes())
        self.day.write_files(self.files)
        self._service: subprocess.Popen[str] | None = None

    async def prepare(self) -> None:
        """Joined to a platform that nobody reaches, with two people who may confirm."""
        station = Station.open(self.folder, self.secret)
        platform = FakePlatform(self.day, NOW)
        platform.port = 1
        station.site.join(platform.welcome(SITE))
        await station.site.begin()
        for name in PEOPLE:
            self.pins.append((await verbs.run(station, verbs.AddStaff("", name, Role.CHIEF), nothing))["pin"])
        station.close()

    def command(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """A command of `kaodian-site`, to its end."""
        return subprocess.run(
            self._line(*words), env=self.environment | more, capture_output=True, text=True, timeout=PATIENCE,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self) -> int:
        """Starts the service; its process id once it serves."""
        line = self._line("serve", "--port", "0", "--page-port", "0")
        self._service = subprocess.Popen(
            line, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._service.stdout is not None
        assert self._service.stdout.readline().startswith("ready ")
        return self._service.pid

    def stop(self) -> None:
        """Ends the service gently."""
        if self._service is not None and self._service.stdout is not None:
            self._service.send_signal(signal.SIGTERM)
            assert self._service.wait(PATIENCE) == 0
            self._service.stdout.close()
            self._service = None

    def dongle(self) -> str:
        """What the running service says of it."""
        return str(self.ask(verbs.Status())["dongle"])

    def ask(self, verb: verbs.AnyVerb) -> verbs.Facts:
        """The running service's answer, as its commands get it; raises its refusal."""
        facts = asyncio.run(control.ask(self.folder, verb, nothing))
        assert facts is not None
        return facts

    def load(self) -> None:
        """Has the running service take the authorisations in."""
        self.ask(verbs.Load(str(self.files)))

    def until(self, wanted: str) -> float:
        """Waits until the service says so of its dongle; seconds."""
        begin = time.monotonic()
        while self.dongle() != wanted:
            time.sleep(0.05)
            assert time.monotonic() - begin < PATIENCE, f"the dongle is still not {wanted}"
        return time.monotonic() - begin

    def _line(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "site_server.cli", "--data", str(self.folder.path), *words]


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    """SoftHSM with a folder of this test's own."""
    found = SoftHsm(tmp_path / "hsm")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture(params=["file", "pkcs11"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> "RealSite":
    """A site whose dongle lies outside its folder: a file on a stick, or a token."""
    if request.param == "file":
        place: Place = KeyFilePlace(str(tmp_path / "stick" / "dongle.kdk"))
        real = RealSite(tmp_path, place, {"KAODIAN_PASSPHRASE": PASSPHRASE})
    else:
        real = RealSite(tmp_path, request.getfixturevalue("hsm").token(), {"KAODIAN_PIN": PIN})
    await real.prepare()
    return real


@pytest.fixture(autouse=True)
def stopped(site: RealSite) -> Iterator[None]:
    """No service outlives its test."""
    yield
    site.stop()


def test_an_older_data_folder_is_refused_until_two_people_confirm_it(site: RealSite, tmp_path: Path) -> None:
    shutil.copytree(site.folder.path, tmp_path / "backup")
    site.start()
    site.load()
    site.stop()
    shutil.rmtree(site.folder.path)
    shutil.copytree(tmp_path / "backup", site.folder.path)

    refused = site.command("serve", "--port", "0")
    assert refused.returncode == 1
    assert "这个数据文件夹比加密锁记得的旧" in refused.stderr
    assert "restore" in refused.stderr, "the way out is shown"
    assert "remembers record 1.3" in refused.stderr, refused.stderr

    words = ["restore", "--reason", "考点机更换硬盘", "--first", PEOPLE[0], "--second", PEOPLE[1]]
    done = site.command(*words, KAODIAN_FIRST_PIN=site.pins[0], KAODIAN_SECOND_PIN=site.pins[1])
    assert done.returncode == 0, done.stderr
    assert "rolled_back" in done.stdout
    site.start()
    site.load()


def ways_out(
    site: RealSite, request: pytest.FixtureRequest, pid: int
) -> list[tuple[Callable[[], object], Callable[[], object]]]:
    """How this dongle can be lost, each with how it is brought back."""
    place = site.folder.settings().dongle
    if isinstance(place, KeyFilePlace):
        stick = Path(place.path).parent
        pulled = stick.with_name("pulled")
        return [(lambda: stick.rename(pulled), lambda: pulled.rename(stick))]
    hsm = request.getfixturevalue("hsm")
    child = psutil.Process(pid).children()
    assert len(child) == 1
    return [
        (hsm.take_out, hsm.put_back),
        (lambda: psutil.Process(pid).children()[0].kill(), lambda: None),
        (lambda: psutil.Process(pid).children()[0].suspend(), lambda: None),
    ]


def test_a_dongle_taken_out_stops_new_openings_and_comes_back_by_unlock(
    site: RealSite, request: pytest.FixtureRequest
) -> None:
    pid = site.start()
    took = []
    for out, back in ways_out(site, request, pid):
        out()
        took.append(site.until("gone"))
        with pytest.raises(Refused) as refused:
            site.load()
        assert refused.value.wire_code == "no_dongle"
        back()
        assert site.ask(verbs.Unlock(site.secret)) == {"back": True}
        assert site.dongle() == "open"
    site.load()
    print("noticed after", [round(seconds, 1) for seconds in took], "of at most", (DONGLE_EVERY + DONGLE_ANSWER) / 1000)
