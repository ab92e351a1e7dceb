"""What the platform signs to change a session: for named rooms, numbered, repeating everything before, never early."""

from pathlib import Path

import pytest

from central_platform import changes, issue, spare
from central_platform import tables_exchange as t
from central_platform.home import Home
from central_platform.tables import Database
from shared import documents as d
from shared import trust
from shared.errors import KaodianError
from shared.limits import MINUTE
from shared.model import Cancellation, Correction, Postponement
from tests.support.exchange import NOW, START, Site, ordered, platform

LATER = START + 60 * MINUTE


class Issued:
    """A session issued to two sites with one room each (`r1`, `r2`)."""

    def __init__(self, folder: Path) -> None:
        self.home = platform(folder / "p")
        self.database = self.home.database()
        self.sites = [Site("s1"), Site("s2")]
        for site in self.sites:
            site.join(self.home, self.database)
        self.order = ordered(self.database, "s1", "s2")
        self.issues = issue.issue(self.home, self.database, self.order, NOW)
        self.trust = trust.PlatformTrust(self.home.keys.root, self.home.keys.issuer)

    def formal(self, at: int = 0) -> d.FormalAuthorisation:
        site = self.sites[at]
        return self.trust.formal(self.issues[at].formal, site.name, site.dongle_keys, site.ca)

    def not_before(self) -> int:
        with self.database.read() as connection:
            return max(row.not_before for row in t.issued_for(connection, "s1") if row.type == d.SESSION)


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    return Issued(tmp_path)


def put(
    issued: Issued, what: Postponement | Cancellation | Correction, *rooms: str, now: int = NOW
) -> list[spare.Made]:
    home, database = issued.home, issued.database
    assert isinstance(home, Home) and isinstance(database, Database)
    return list(changes.change(home, database, "m1", rooms, what, now))


def test_each_site_gets_its_own_rooms_and_all_changes_so_far(issued: Issued) -> None:
    first = put(issued, Postponement(LATER, "停电"), "r1", "r2")
    assert [(one.site, one.version) for one in first] == [("s1", 1), ("s2", 1)]
    (second,) = put(issued, Cancellation("水灾"), "r1")
    found = issued.trust.changes(second.data, issued.formal(), issued.trust.changes(first[0].data, issued.formal()))
    assert (found.version, [one.rooms for one in found.changes]) == (2, [("r1",), ("r1",)])
    assert [one.what for one in found.changes] == [Postponement(LATER, "停电"), Cancellation("水灾")]


def test_the_session_authorisation_waits_for_the_first_room_that_needs_it(issued: Issued) -> None:
    before = issued.not_before()
    put(issued, Postponement(LATER, "停电"), "r1")
    assert issued.not_before() == before + LATER - START
    issue.issue(issued.home, issued.database, issued.order, NOW)
    assert issued.not_before() == before + LATER - START, "a new issue does not give it out earlier"


def test_a_correction_is_not_signed_before_the_paper_is_open(issued: Issued) -> None:
    item = issued.order.papers[0].items[0].id
    items = changes.items_of(issued.database, "m1", item)
    assert items["A"] == 1
    for now, postponed in ((START - 1, False), (LATER - 1, True)):
        if postponed:
            put(issued, Postponement(LATER, "x"), "r1")
        with pytest.raises(KaodianError) as early:
            put(issued, Correction(items, "应为 5 A"), "r1", now=now)
        assert early.value.wire_code == "too_early"
    assert put(issued, Correction(items, "应为 5 A"), "r1", now=LATER)
    with pytest.raises(KaodianError):
        changes.items_of(issued.database, "m1", "nothing")


@pytest.mark.parametrize(
    ("what", "rooms", "code"),
    [
        (Postponement(START - 1, "x"), ("r1",), "bad_change"),
        (Postponement(START, "x"), ("r1",), "bad_change"),
        (Cancellation(" "), ("r1",), "bad_change"),
        (Cancellation("x" * 2001), ("r1",), "bad_change"),
        (Cancellation("x"), ("r9",), "no_room"),
        (Cancellation("x"), (), "no_room"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_signs_nothing(
    issued: Issued, what: Postponement | Cancellation, rooms: tuple[str, ...], code: str
) -> None:
    with pytest.raises(KaodianError) as refused:
        put(issued, what, *rooms)
    assert refused.value.wire_code == code
    with issued.database.read() as connection:
        assert all(row.type != d.CHANGES for row in t.issued_for(connection, "s1"))


def test_a_session_that_was_never_issued_cannot_be_changed(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database:
        Site("s1").join(home, database)
        ordered(database, "s1")
        with pytest.raises(KaodianError) as refused:
            changes.change(home, database, "m1", ("r1",), Cancellation("x"), NOW)
        assert refused.value.wire_code == "not_issued"


def test_a_time_file_is_the_platforms_word_for_one_site(issued: Issued) -> None:
    data = changes.time_file(issued.home, issued.database, "s1", NOW)
    assert issued.trust.time_file(data, "s1").at == NOW
    with pytest.raises(KaodianError) as other:
        issued.trust.time_file(data, "s2")
    assert other.value.wire_code == "other_site"
    with pytest.raises(KaodianError):
        changes.time_file(issued.home, issued.database, "s9", NOW)
