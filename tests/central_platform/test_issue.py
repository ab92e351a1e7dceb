"""What the platform issues is what a site's trust module accepts, and nothing that was touched."""

from pathlib import Path

import msgspec
import pytest

from central_platform import issue
from shared import codec, crypto, trust
from shared import documents as d
from shared.errors import KaodianError, Refused, WrongBinding
from shared.package import open_paper
from shared.roles import Action, Change, Level, Role, RoleRules
from tests.support.exchange import NOW, Site, ordered, platform


def unwrapped(site: Site, type_: str, sealed: bytes, version: int) -> bytes:
    """What the dongle opens."""
    return crypto.unwrap(site.dongle, sealed, d.wrap_info(type_, site.name, "m1", version))


def test_a_site_opens_what_was_issued_for_it(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    with home.database() as database:
        site.join(home, database)
        order = ordered(database, "s1")
        (one,) = issue.issue(home, database, order, NOW)
    trusted = trust.PlatformTrust(home.keys.root, home.keys.issuer)
    formal = trusted.formal(one.formal, "s1", site.dongle_keys, site.ca, 0, NOW)
    session = trusted.session(one.session, one.formal, 0, NOW)
    forms = trusted.package(one.package, formal)
    keys = trust.open_data_keys(unwrapped(site, d.FORMAL, formal.keys, 1), formal)
    papers = trust.open_paper_keys(unwrapped(site, d.SESSION, session.keys, 1), formal)
    assert set(forms) == {"A", "B", "spare"}
    assert set(papers) == {"A", "B"}
    assert open_paper(forms["A"], papers["A"], "m1", "A") == order.papers[0]
    roster = {person.ticket: person for person in trust.open_roster(formal, keys.session)}
    for row in order.people:
        assert roster[row.ticket].id_mac == crypto.id_mac(keys.session, row.ticket, row.id_number)
        assert row.id_number.encode() not in codec.encode(roster[row.ticket])


def test_what_a_body_changes_of_roles_is_authorised(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    changed = RoleRules((Change(Role.TECHNICIAN, Action.ALLOW_LOGIN, Level.DECIDE),))
    with home.database() as database:
        site.join(home, database)
        order = ordered(database, "s1")
        plan = msgspec.structs.replace(order.plan, roles=changed)
        (one,) = issue.issue(home, database, msgspec.structs.replace(order, plan=plan), NOW)
    trusted = trust.PlatformTrust(home.keys.root, home.keys.issuer)
    formal = trusted.formal(one.formal, "s1", site.dongle_keys, site.ca, 0, NOW)
    assert formal.roles == changed


def test_issuing_again_raises_the_version_and_keeps_keys_and_unchanged_papers(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    with home.database() as database:
        site.join(home, database)
        order = ordered(database, "s1")
        first, second = (issue.issue(home, database, order, NOW)[0] for _ in range(2))
        known = issue.data_keys(database, "m1")
    trusted = trust.PlatformTrust(home.keys.root, home.keys.issuer)
    before = trusted.formal(first.formal, "s1", site.dongle_keys, site.ca)
    after = trusted.formal(second.formal, "s1", site.dongle_keys, site.ca)
    assert (before.version, after.version) == (1, 2)
    assert before.papers == after.papers
    assert trust.open_data_keys(unwrapped(site, d.FORMAL, after.keys, 2), after) == known
    with pytest.raises(WrongBinding):
        trusted.formal(first.formal, "s1", site.dongle_keys, site.ca, known=2)
    with pytest.raises(WrongBinding):
        trusted.package(first.package, after)


def test_each_site_gets_its_own_rooms_and_keys(tmp_path: Path) -> None:
    home, one, two = platform(tmp_path / "p"), Site("s1"), Site("s2")
    with home.database() as database:
        for site in (one, two):
            site.join(home, database)
        issues = issue.issue(home, database, ordered(database, "s1", "s2"), NOW)
    trusted = trust.PlatformTrust(home.keys.root, home.keys.issuer)
    formal = trusted.formal(issues[1].formal, "s2", two.dongle_keys, two.ca)
    assert [room.id for room in formal.rooms] == ["r2"]
    assert {place.room for place in formal.places} == {"r2"}
    assert set(trust.open_data_keys(unwrapped(two, d.FORMAL, formal.keys, 1), formal).sittings) == {"r2"}
    with pytest.raises(WrongBinding):
        trusted.formal(issues[1].formal, "s1", one.dongle_keys, one.ca)


def test_damage_anywhere_is_refused(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    with home.database() as database:
        site.join(home, database)
        (one,) = issue.issue(home, database, ordered(database, "s1"), NOW)
    trusted = trust.PlatformTrust(home.keys.root, home.keys.issuer)
    formal = trusted.formal(one.formal, "s1", site.dongle_keys, site.ca)
    for at in range(0, len(one.formal), 97):
        with pytest.raises(KaodianError):
            trusted.formal(flipped(one.formal, at), "s1", site.dongle_keys, site.ca)
    for at in range(0, len(one.package), 301):
        with pytest.raises(KaodianError):
            trusted.package(flipped(one.package, at), formal)
    with pytest.raises(KaodianError):
        trusted.package(one.package[:-1], formal)


def flipped(data: bytes, at: int) -> bytes:
    """The same bytes with one bit changed."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_an_unregistered_site_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database:
        order = ordered(database, "s1")
        with pytest.raises(Refused, match="unknown_site"):
            issue.issue(home, database, order, NOW)
        assert issue.issued_sessions(database) == []
    assert list((tmp_path / "p" / "documents").iterdir()) == []


def test_a_database_elsewhere_by_url_serves_as_well(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p", f"sqlite:///{tmp_path / 'elsewhere.db'}"), Site("s1")
    with home.database() as database:
        site.join(home, database)
        issue.issue(home, database, ordered(database, "s1"), NOW)
        assert issue.issued_sessions(database) == ["m1"]
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "p" / "platform.db").exists()
