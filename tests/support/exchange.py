"""A platform set up in a folder, with a registered site and a small session, for tests of the exchange."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, web
from msgspec.structs import replace

from central_platform import sites, tables_exchange, tables_plan
from central_platform.app import Exchange
from central_platform.bank import store_bank
from central_platform.home import Home, set_up
from central_platform.importers.reading import Reading
from central_platform.issue import Order
from central_platform.model import BlueprintPart, KeyRow, Plan, PlannedRoom, RosterRow
from central_platform.plan import arrange_session, assemble_session, load_assembly, load_places, load_plan, store_plan
from central_platform.roster import load_roster, store_roster
from central_platform.tables import Database
from shared import codec, crypto, signed
from shared import documents as d
from shared.io import tls
from shared.model import ItemKind, Room, Session
from tests.support.imports import bank_items, id_number
from tests.support.papers import small_paper
from tests.support.small_day import SITE, SmallDay

NOW = 1_799_000_000_000
START = 1_800_000_000_000
BLUEPRINT = (
    BlueprintPart(kind=ItemKind.SINGLE, count=2, marks=200),
    BlueprintPart(kind=ItemKind.MULTIPLE, count=1, marks=300),
)
ANSWERS = (("A",), ("A", "B"), ("A",))
"""The key of the three items of a small paper."""


class Site:
    """A site's keys and the registration made of them."""

    def __init__(self, name: str) -> None:
        self.name = name
        key, self.ca = tls.make_ca(name)
        self.signer = crypto.EcdsaSigner(key)
        self.dongle, point = crypto.new_p256()
        signs = crypto.Ed25519Signer(crypto.new_key()).public
        self.dongle_keys = d.DongleKeys(crypto.WrapKey(crypto.HPKE_P256, point), signs)
        payload = d.SiteRegistration(name, f"{name} 考点", self.dongle_keys, self.ca)
        self.registration = signed.sign(self.signer, d.REGISTRATION, payload)

    def join(self, home: Home, database: Database) -> d.SiteWelcome:
        """Registers and reads the welcome as a site does."""
        data = sites.register(database, home.keys, self.registration, home.settings.url, NOW)
        issuer = signed.verify(home.keys.issuer, d.ISSUER, home.keys.root, d.Issuer)
        return signed.verify(data, d.WELCOME, issuer.key, d.SiteWelcome)


def platform(folder: Path, database: str = "") -> Home:
    """A new platform."""
    return set_up(folder, "https://platform.test:8440", database, NOW)


def session_of(start: int = START) -> Session:
    """A theory session."""
    return Session("m1", "理论考试", "电工", "四级", "theory", start)


def ordered(database: Database, *sites_: str, start: int = START, candidates: int = 4) -> Order:
    """Bank, roster, plan, places and papers of a session with one room at each site."""
    store_bank(database, "bank", Reading(rows=tuple(bank_items(8, 4))))
    people = tuple(RosterRow(ticket=f"10{n:02d}", name=f"考生{n}", id_number=id_number(n)) for n in range(candidates))
    store_roster(database, "roster", Reading(rows=people))
    rooms = tuple(PlannedRoom(site=s, room=Room(f"r{n}", f"r{n}", 20, 2)) for n, s in enumerate(sites_, 1))
    session = session_of(start)
    store_plan(database, Plan(session=session, bank="bank", roster="roster", rooms=rooms, blueprint=BLUEPRINT))
    arrange_session(database, "m1", "seed")
    assemble_session(database, "m1", "seed")
    return Order(
        plan=load_plan(database, "m1"),
        places=load_places(database, "m1"),
        papers=load_assembly(database, "m1").papers,
        people=load_roster(database, "roster"),
    )


def take_over(home: Home, database: Database, day: SmallDay) -> None:
    """Makes the platform the one that issued `day`: its root, keys, papers, plan and roster."""
    home.keys = replace(home.keys, root=day.root.public)
    papers = {form: small_paper(day.session.id, form) for form in day.papers}
    keys = [KeyRow(form=f, number=n, item=p.items[n - 1].id, answer=a, marks=200)
            for f, p in papers.items() for n, a in enumerate(ANSWERS, 1)]  # fmt: skip
    plan = Plan(session=day.session, bank="b", roster="r", rooms=(PlannedRoom(site=SITE, room=day.room),))
    rows = tuple(RosterRow(ticket=p.ticket, name=f"=1+{p.seat}", id_number=id_number(p.seat)) for p in day.places)
    store_roster(database, "r", Reading(rows=rows))
    store_plan(database, plan)
    with database.write() as connection:
        tables_exchange.add_keys(connection, day.session.id, {"": day.keys.session, **day.keys.sittings})
        for form, paper in papers.items():
            content = crypto.sha256(codec.encode(paper)).hex()
            row = tables_exchange.SealedRow(form, content, day.paper_keys[form], day.papers[form])
            tables_exchange.put_sealed(connection, day.session.id, row)
        stored = [tables_plan.PaperKeyRow(k.form, k.number, k.item, "".join(k.answer), k.marks) for k in keys]
        bodies = {form: codec.encode(paper) for form, paper in papers.items()}
        tables_plan.put_papers(connection, day.session.id, "seed", bodies, stored, b"[]")


@asynccontextmanager
async def served(home: Home, database: Database) -> AsyncIterator[str]:
    """The platform's HTTPS service on a free port; gives its base URL."""
    runner = web.AppRunner(Exchange(home, database).app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls.server_context(home.keys.tls_folder)).start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


def pinned(home: Home) -> ssl.SSLContext:
    """A client's TLS: trusts the platform's certificate and nothing else."""
    context = tls.client_context(home.keys.tls_certificate)
    context.check_hostname = False
    return context


def client(home: Home, token: str = "") -> ClientSession:
    """An HTTP client with a site's token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return ClientSession(connector=TCPConnector(ssl=pinned(home)), headers=headers)
