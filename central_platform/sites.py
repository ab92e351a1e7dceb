"""Exam sites as the platform knows them: registration in, welcome out, and whose token a request carries.

Does not check who a site is in life: the person who runs `register-site` does, comparing the fingerprint it prints.
"""

from central_platform import tables_exchange as t
from central_platform.keys import Keys
from central_platform.model import valid_name
from central_platform.tables import Database
from shared import codec, crypto, limits, signed, trust
from shared import documents as d
from shared.errors import BadSignature, Malformed, Refused
from shared.io import tls

TOKEN_CHARS = 2 * crypto.KEY_BYTES


def read_registration(data: bytes) -> d.SiteRegistration:
    """A site's registration, checked against the CA key that it carries.

    Raises:
        Malformed: not a registration, or a name or dongle that cannot serve.
        BadSignature: not signed by the CA in it.
    """
    claimed = trust.peek(data, d.REGISTRATION, d.SiteRegistration)
    found = trust.registration(data, tls.certificate_key(claimed.ca_certificate))
    if not valid_name(found.site):
        raise Malformed(f"{found.site!r} cannot name a site", "bad_name")
    crypto.check_public(found.dongle.wrap)
    crypto.check_public(found.dongle.sign)
    return found


def register(database: Database, keys: Keys, data: bytes, url: str, now: int, *, replace: bool = False) -> bytes:
    """Stores the site and returns its signed welcome; the same registration again gives the same token.

    Raises:
        Malformed, BadSignature: like `read_registration`.
        Refused: another CA or dongle is registered under this name and `replace` is not set (`site_exists`).
    """
    found = read_registration(data)
    token = keys.site_token(found.site, found.ca_certificate)
    row = t.SiteRow(found.site, found.name, codec.encode(found.dongle), found.ca_certificate, _digest(token), now)
    with database.write() as connection:
        known = t.site(connection, found.site)
        same = known is not None and known.ca_certificate == row.ca_certificate and known.dongle == row.dongle
        if known is not None and not same and not replace:
            raise Refused(f"site {found.site} is registered with another CA or dongle", "site_exists")
        t.put_site(connection, row)
    welcome = d.SiteWelcome(
        site=found.site,
        url=url,
        root=keys.root,
        tls_certificate=keys.tls_certificate,
        token=token,
        seal_key=keys.seal_public,
        issuer=keys.issuer,
    )
    return signed.sign(keys.issuing, d.WELCOME, welcome)


def site_row(database: Database, name: str) -> t.SiteRow:
    """A registered site; raises `Refused` (`unknown_site`)."""
    with database.read() as connection:
        found = t.site(connection, name)
    if found is None:
        raise Refused(f"site {name} is not registered", "unknown_site")
    return found


def dongle_of(row: t.SiteRow) -> d.DongleKeys:
    """The public side of a registered site's dongle."""
    return codec.decode(d.DongleKeys, row.dongle, limits.KIB)


def authenticate(database: Database, header: str) -> str:
    """The site whose token an `Authorization` header carries; raises `BadSignature` (`unauthorised`)."""
    scheme, _, token = header.partition(" ")
    # Looked up by digest: how long the search takes tells nothing about a token.
    if scheme.lower() == "bearer" and len(token) == TOKEN_CHARS and token.isascii():
        with database.read() as connection:
            found = t.site_by_token(connection, _digest(token))
        if found is not None:
            return found.site
    raise BadSignature("no site has this token", "unauthorised")


def _digest(token: str) -> str:
    return crypto.sha256(token.encode()).hex()
