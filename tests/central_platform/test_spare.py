"""The spare paper's key: for named rooms, of that form only, and made anew with a new issue."""

from pathlib import Path

import pytest

from central_platform import issue, signing, spare
from shared import crypto, trust
from shared import documents as d
from shared.errors import KaodianError
from shared.package import open_paper
from tests.support.exchange import NOW, Site, ordered, platform


def test_a_site_opens_the_spare_paper_with_the_release_alone(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    with home.database() as database:
        site.join(home, database)
        order = ordered(database, "s1")
        with pytest.raises(KaodianError) as early:
            spare.release(home, database, "m1", ("r1",), NOW)
        assert early.value.wire_code == "not_issued"
        (one,) = issue.issue(home, database, order, NOW)
        with pytest.raises(KaodianError) as strange:
            spare.release(home, database, "m1", ("r9",), NOW)
        assert strange.value.wire_code == "no_room"
        (made,) = spare.release(home, database, "m1", ("r1",), NOW)
        (again,) = spare.release(home, database, "m1", ("r1",), NOW)
        (newer,) = issue.issue(home, database, order, NOW)
        with database.read() as connection:
            row = signing.newest_row(connection, "s1", "m1", d.SPARE)
            assert row is not None
            renewed = home.document_path(row.sha256).read_bytes()
    trusted = trust.PlatformTrust(home.keys.root, home.keys.issuer)
    found = trusted.spare(made.data, one.formal, 0, NOW)
    assert (found.version, found.rooms, found.form) == (1, ("r1",), "spare")
    assert trusted.spare(again.data, one.formal).rooms == ("r1",)
    info = d.wrap_info(d.SPARE, "s1", "m1", 1)
    keys = trust.open_spare_key(crypto.unwrap(site.dongle, found.keys, info), found)
    formal = trusted.formal(one.formal, "s1", site.dongle_keys, site.ca)
    papers = {paper.form: paper for paper in order.papers}
    assert open_paper(trusted.package(one.package, formal)["spare"], keys["spare"], "m1", "spare") == papers["spare"]
    assert trusted.spare(renewed, newer.formal).version == 3
    with pytest.raises(KaodianError) as mixed:
        trusted.spare(made.data, newer.formal)
    assert mixed.value.wire_code == "mixed_parts"
