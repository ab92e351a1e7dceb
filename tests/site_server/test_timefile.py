"""Time files: prove only that it is not earlier, and are never gone behind."""

import pytest

from shared import documents as d
from shared import signed
from shared.errors import BadSignature, WrongBinding
from site_server import timefile
from site_server.station import Station
from tests.support.site_day import Made
from tests.support.small_day import SITE, T


def file(made: Made, at: int, site: str = SITE) -> bytes:
    return signed.sign(made.day.issuing, d.TIME_FILE, d.TimeFile(site, at))


async def test_the_newest_time_file_is_kept_and_an_older_one_refused(station: Station, joined: Made) -> None:
    site = station.site
    assert timefile.not_before(site) == 0
    newest = file(joined, T)
    assert await timefile.take(site, newest, timefile.check(site, newest))
    assert timefile.not_before(site) == T
    assert not await timefile.take(site, newest, timefile.check(site, newest)), "the same file is taken in once"
    with pytest.raises(WrongBinding) as older:
        timefile.check(site, file(joined, T - 1))
    assert older.value.wire_code == "older_version"
    with pytest.raises(WrongBinding) as other:
        timefile.check(site, file(joined, T + 1, "s2"))
    assert other.value.wire_code == "other_site"
    with pytest.raises(BadSignature):
        timefile.check(site, signed.sign(joined.day.root, d.TIME_FILE, d.TimeFile(SITE, T + 1)))
    station.close()
    again = joined.open()
    assert timefile.not_before(again.site) == T
    again.close()
