"""What `kaodian-verify` says, line by line, in the user's language. Judges nothing."""

from datetime import UTC, datetime

from shared import against, ledger
from shared import documents as d
from shared.against import Finding, Judgement
from shared.io.text import translator
from shared.ledger import Point
from shared.proof import Proven
from shared.verifier import Report

_ = translator("shared")


def verified(report: Report) -> list[str]:
    """What was checked in a bundle that verified."""
    lines = [
        _("VERIFIED: session {session} of site {site}").format(session=report.session, site=report.site),
        _("  {size} bytes, SHA-256 {digest}").format(size=report.size, digest=report.sha256.hex()),
        _("  {records} records in {streams} streams: every chain, epoch and size").format(
            records=report.records, streams=report.streams
        ),
        _("  {grants} grants by the site's dongle and CA, {heads} signed heads").format(
            grants=report.grants, heads=report.heads
        ),
        _("  {attempts} attempts of {candidates} candidates: every record accepted or held ({held} held)").format(
            attempts=report.attempts, candidates=report.candidates, held=report.held
        ),
        _("  {submitted} submitted, {collected} collected, {absent} absent, {void} void").format(
            submitted=report.submitted, collected=report.collected, absent=report.absent, void=report.void
        ),
        *_changed(report),
    ]
    if report.unsealed:
        lines.append(_("  every sealed record opened and read"))
    return lines


def _changed(report: Report) -> list[str]:
    """What the platform changed: the T and the forms that counted, where they are not the planned ones."""
    planned = {place.ticket: place.form for place in report.formal.places}
    spare = sum(form != planned[ticket] for ticket, form in report.forms.items())
    lines = [
        _("  room {room}: postponed to {start} (ms UTC), signed by the platform").format(room=room, start=start)
        for room, start in sorted(report.starts.items())
        if start != report.formal.session.start
    ]
    if report.cancelled:
        lines.append(_("  cancelled by the platform for {count} candidates").format(count=report.cancelled))
    if spare:
        lines.append(_("  the spare paper for {count} candidates").format(count=spare))
    return lines


def codes(ended: dict[tuple[str, int], Point]) -> list[str]:
    """The codes of the sittings' ends, to compare with those on the room record sheets."""
    text = _("  {stream} ended at {place}: {code}")
    return [
        text.format(stream=stream, place=f"{epoch}.{point.position}", code=ledger.point_code(stream, point))
        for (stream, epoch), point in sorted(ended.items())
    ]


def judged(one: Judgement) -> list[str]:
    """What became of one witness."""
    if one.unproven:
        said = _("PROVES NOTHING: {name}: {why}")
        return [said.format(name=one.name, why=one.unproven)]
    if not one.findings:
        said = _("AGREES: {name} ({by}), compared at {count} places")
        by = one.by or _("a code carries no signature: it counts as far as the sheet it stands on")
        lines = [said.format(name=one.name, by=by, count=one.compared)]
        if one.beyond:
            said = _("  {count} places lie after this bundle and say nothing about it")
            lines.append(said.format(count=one.beyond))
        return lines
    return [_("CONTRADICTS: {name}").format(name=one.name), *(_finding(found) for found in one.findings)]


def _finding(one: Finding) -> str:
    text = {
        against.RECORD: _(
            "  {stream} {place}: the bundle holds {holds}, the witness {told}, vouched for by {by}; {more} later"
            " records differ too"
        ),
        against.MISSING: _(
            "  {stream} {place}: the bundle ends at {holds}, the witness holds {told}, vouched for by {by}; records are"
            " missing"
        ),
        against.KEY: _(
            "  {stream} epoch {epoch}: the bundle has it granted to key {holds}, the witness saw it granted to {told}"
            " ({by})"
        ),
        against.CODE: _("  {stream}: the bundle's receipt has code {holds} (at {place}), the sheet {told}"),
    }[one.kind]
    place = f"{one.epoch}.{one.position}"
    return text.format(
        stream=one.stream, place=place, epoch=one.epoch, holds=one.holds, told=one.told, by=one.by, more=one.more
    )


def proven(found: Proven) -> list[str]:
    """What a proof proves."""
    receipt, summary = found
    at = datetime.fromtimestamp(receipt.issued // 1000, UTC).isoformat(timespec="seconds")
    return [
        _("PROVEN: receipt {code} of ticket {ticket} stands in the result of session {session} of site {site}").format(
            code=d.receipt_code(receipt), ticket=receipt.ticket, session=receipt.session, site=summary.site
        ),
        _("  {status} in room {room} with {answered} answers, receipt of {at}").format(
            status=receipt.status, room=receipt.room, answered=receipt.answered, at=at
        ),
        _("  one of {records} records under tree hash {tree}").format(records=summary.records, tree=summary.tree.hex()),
        _("  nobody else's name, place or answer was needed"),
    ]
