"""`kaodian-platform`: the platform's verbs. Parses arguments, calls what does the work, and prints what a person
needs.

Exit 0 when done, 1 when refused or failed (one sentence on stderr, with what it means and what to do next), 2 for
wrong usage. The verbs that fill the bank and make papers stand in `central_platform.master_cli`.
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shared import limits
from shared.errors import KaodianError, Unavailable
from shared.io import clock, text

if TYPE_CHECKING:
    from central_platform.tables import Database

_ = text.translator("central_platform")


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    args = _parser().parse_args(argv)
    logging.basicConfig(level=os.environ.get("KAODIAN_LOG", "WARNING").upper(), stream=sys.stderr)
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except KaodianError as error:
        return _failed(error)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _failed(Unavailable(f"{place}{error.strerror}", "file_failed"))
    except KeyboardInterrupt:
        return 1


def _failed(error: KaodianError) -> int:
    print(f"{error}\n{text.explain(error.wire_code)}", file=sys.stderr)
    return 1


def init(args: argparse.Namespace) -> int:
    """Sets a platform up."""
    from central_platform import home

    made = home.set_up(args.data, args.url, args.database, clock.system_now())
    print(_("The platform is set up in {folder}.").format(folder=args.data))
    print(_("Root key: {id}").format(id=made.keys.root.id))
    private = args.data / "keys" / "root.key"
    said = _("Move {file} to a medium that is kept offline: running the platform does not need it.")
    print(said.format(file=private))
    return 0


def register_site(args: argparse.Namespace) -> int:
    """Registers a site and writes its welcome."""
    from central_platform import sites
    from central_platform.home import Home, write_durably
    from shared import crypto

    home = Home(args.data)
    data = read_document(args.registration)
    with home.database() as database:
        url = args.url or home.settings.url
        welcome = sites.register(database, home.keys, data, url, clock.system_now(), replace=args.replace)
    found = sites.read_registration(data)
    write_durably(args.out, welcome)
    print(_("Site {site} ({name}) is registered.").format(site=found.site, name=found.name))
    fingerprint = crypto.sha256(found.ca_certificate).hex()
    print(_("Compare its CA fingerprint with the site's own: {digest}").format(digest=fingerprint))
    print(_("Written: {file}").format(file=args.out))
    return 0


def issue(args: argparse.Namespace) -> int:
    """Issues a session and writes its documents; with several sites, a folder for each."""
    from central_platform import issue as issuing
    from central_platform import master_cli
    from central_platform.home import Home, write_durably

    home = Home(args.data)
    with home.database() as database:
        order = master_cli.order(database, args.session)
        issues = issuing.issue(home, database, order, clock.system_now())
    for one in issues:
        folder = args.out if len(issues) == 1 else args.out / one.site
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (("formal.kdd", one.formal), ("papers.kdp", one.package), ("session.kdd", one.session)):
            write_durably(folder / name, data)
        said = _("Session {session}, version {version}, issued to site {site} in {folder}.")
        print(said.format(session=args.session, version=one.version, site=one.site, folder=folder))
    return 0


def serve(args: argparse.Namespace) -> int:
    """Serves until it is told to end."""
    from central_platform import app
    from central_platform.home import Home

    def ready(host: str, port: int) -> None:
        print(f"ready {host}:{port}", flush=True)

    asyncio.run(app.serve(Home(args.data), args.host, args.port, ready))
    return 0


def ingest(args: argparse.Namespace) -> int:
    """Takes in a bundle that came on a disc or stick."""
    from central_platform import ingest as taking
    from central_platform.home import Home, write_durably

    home = Home(args.data)
    with home.database() as database:
        row = taking.take_in(home, database, args.bundle, clock.system_now())
    if args.out is not None:
        write_durably(args.out, row.receipt)
    said = _("Verified and taken in: session {session}, site {site}, {records} records.")
    print(said.format(session=row.session, site=row.site, records=row.records))
    return 0


def heads(args: argparse.Namespace) -> int:
    """Writes the heads held of a session as a signed witness; with several sites, one file for each."""
    from central_platform import heads as held
    from central_platform import tables_heads
    from central_platform.home import Home, write_durably

    home = Home(args.data)
    with home.database() as database:
        with database.read() as connection:
            sites = tables_heads.sites_of(connection, args.session)
            against = tables_heads.contradictions(connection)
        for site in sites:
            path = args.out if len(sites) == 1 else args.out / f"{site}.kdw"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, held.witness(home, database, site, args.session, clock.system_now()))
            print(_("Written: {file}").format(file=path))
    for row in against:
        said = _("CONTRADICTION: site {site}: {what}")
        print(said.format(site=row.site, what=held.described(row)), file=sys.stderr)
    if not sites:
        print(_("No site has told heads of session {session}.").format(session=args.session))
    return 0


def mark(args: argparse.Namespace) -> int:
    """Marks a session and writes its results."""
    from central_platform import results
    from central_platform.home import Home

    home = Home(args.data)
    with home.database() as database:
        tally = results.write(database, args.session, args.out)
    said = _("{candidates} candidates marked: {passed} passed. Written to {folder}.")
    print(said.format(candidates=tally.candidates, passed=tally.passed, folder=args.out))
    if tally.missing:
        said = _("No verified bundle yet from: {sites}. Their candidates are not in the results.")
        print(said.format(sites=", ".join(tally.missing)))
    return 0


def export_keys(args: argparse.Namespace) -> int:
    """Writes what others need to verify, and on request what opens the records."""
    from central_platform import keys as keyring
    from central_platform.home import Home

    home = Home(args.data)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "root.pub.json").write_bytes(keyring.root_file(home.keys.root))
    (args.out / "issuer.kdd").write_bytes(home.keys.issuer)
    if args.private:
        _export_private(args.data / "keys", home.database, args.out)
    print(_("Written: {file}").format(file=args.out))
    return 0


def _export_private(held: Path, open_: Callable[[], "Database"], out: Path) -> None:
    """Every private key that lies here (the root's only until it is taken away), and the data keys of all sessions."""
    from central_platform import issue as issuing
    from central_platform import keys as keyring
    from shared import codec

    for name in ("root.key", "issuing.key", "seal.key"):
        if (held / name).exists():
            keyring.write_private(out / name, (held / name).read_bytes())
    with open_() as database:
        for session in issuing.issued_sessions(database):
            found = issuing.data_keys(database, session)
            sittings = {room: key.hex() for room, key in found.sittings.items()}
            text_ = codec.encode_json({"session": found.session.hex(), "sittings": sittings})
            keyring.write_private(out / f"unseal-{session}.json", text_)


def read_document(path: Path) -> bytes:
    """The bytes of a signed document's file; raises `Malformed` when it is larger than one may be."""
    from shared.errors import Malformed

    with path.open("rb") as source:
        data = source.read(limits.DOCUMENT_BYTES + 1)
    if len(data) > limits.DOCUMENT_BYTES:
        raise Malformed(f"{path} is too large for a signed document", "too_large")
    return data


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kaodian-platform", description=_("The central platform of Kaodian."))
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=_("the platform's data folder"))
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], int], help_: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=help_)
        sub.set_defaults(run=run)
        return sub

    one = verb("init", init, _("set a platform up: keys and database"))
    one.add_argument("--url", default=f"https://127.0.0.1:{limits.PLATFORM_PORT}", help=_("where sites reach it"))
    one.add_argument("--database", default="", metavar="URL", help=_("SQLAlchemy URL; default: SQLite in the folder"))
    one = verb("register-site", register_site, _("register a site and write its welcome"))
    one.add_argument("registration", type=Path)
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--url", help=_("where this site reaches the platform, if not at the usual URL"))
    one.add_argument("--replace", action="store_true", help=_("the site was rebuilt: take its new CA and dongle"))
    from central_platform import changes_cli, master_cli

    master_cli.add_verbs(verb)
    one = verb("issue", issue, _("sign a session's authorisations and paper package"))
    one.add_argument("--session", required=True)
    one.add_argument("--out", type=Path, required=True)
    changes_cli.add_verbs(verb)
    one = verb("serve", serve, _("serve the sites over HTTPS"))
    one.add_argument("--host", default="127.0.0.1")
    one.add_argument("--port", type=int, default=limits.PLATFORM_PORT)
    one = verb("ingest", ingest, _("verify and take in a result bundle"))
    one.add_argument("bundle", type=Path)
    one.add_argument("--out", type=Path, help=_("where to write the signed receipt"))
    one = verb("heads", heads, _("write the signed heads that sites told, to hold bundles against"))
    one.add_argument("--session", required=True)
    one.add_argument("--out", type=Path, required=True)
    one = verb("mark", mark, _("mark a session and write the results"))
    one.add_argument("--session", required=True)
    one.add_argument("--out", type=Path, required=True)
    one = verb("export-keys", export_keys, _("write the public keys, and on request the keys that open records"))
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--private", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
