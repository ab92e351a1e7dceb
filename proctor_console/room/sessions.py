"""Taking sessions in: from the site's offers, and at start from what the store kept of them.

An offer is believed only after `briefing.trusted`, then kept (formal document, data keys, grant) so that a room
restarted while the site is down goes on. A machine that took another's place keeps with it, in one commit, everything
that the site holds of the sitting. A newer version replaces a sitting only while nothing has happened in it.
Paper keys come back from the store only for a sitting that is open and not ended.
"""

import logging
from collections.abc import Awaitable, Callable

from proctor_console.room import briefing, watch
from proctor_console.room.desk import Desk, keys_fact
from proctor_console.room.hall import Hall
from shared import codec, ledger, limits
from shared.errors import Damaged, KaodianError, Refused
from shared.io.store import Batch
from shared.ledger import Parsed
from shared.messages import SessionOffer

log = logging.getLogger(__name__)
_CHUNK = 2000
Past = Callable[[briefing.Briefing], Awaitable[list[Parsed]]]
"""The older records of a sitting that this room does not hold, in the order of storing."""


async def take_offer(hall: Hall, offer: SessionOffer, past: Past) -> Desk | None:
    """The new desk of an offered session, or None where it is held; `past` is asked where another machine began.

    Raises:
        Untrusted: offer or older records do not verify; nothing is kept.
        Refused: it comes too late to replace the version at work, or the room has too many sittings.
    """
    now = hall.clock.now() if hall.clock.known else None
    found = briefing.trusted(offer, hall.machine, now=now)
    held = hall.desks.get(found.session.id)
    if held is not None and (found.version, found.epoch) <= (held.briefing.version, held.briefing.epoch):
        return None
    if held is not None and not held.fresh:
        raise Refused(f"session {found.session.id}: version {found.version} came after the sitting began", "too_late")
    if held is None and sum(not desk.state.ended for desk in hall.desks.values()) >= limits.SITTINGS_PER_ROOM:
        raise Refused("too many sittings in this room", "too_many_sittings")
    older = await past(found) if held is None and found.epoch > 1 else []
    desk = hall.desk(found)
    for parsed in older:
        desk.fold(parsed)
    await hall.store.commit(Batch(older, facts={briefing.kept_offer(found.session.id): codec.encode(offer)}))
    hall.add(desk)
    if held is not None:
        _fold(hall, found.session.id)
    log.info("session %s version %d: %d candidates", found.session.id, found.version, len(desk.state.candidates))
    return desk


def restore(hall: Hall) -> None:
    """Builds the desks again from the store, records folded in the order they were stored.

    Raises:
        Untrusted: what was kept does not verify any more; `Damaged` names the record.
    """
    for data in hall.store.facts(briefing.kept_offer("")).values():
        hall.add(hall.desk(briefing.trusted(briefing.read_offer(data), hall.machine)))
    _fold(hall)
    served = max([watch.last_served(hall.store), *(desk.register.newest for desk in hall.desks.values())])
    for desk in hall.desks.values():
        desk.served = served
    for session, desk in hall.desks.items():
        kept = hall.store.fact(keys_fact(session))
        if kept is not None and desk.state.opened_at is not None and not desk.state.ended:
            desk.keys = codec.decode(dict[str, bytes], kept, limits.RECORD_BYTES)


def _fold(hall: Hall, only: str = "") -> None:
    """Folds stored records into the desks of all sessions, or of one."""
    seq = 0
    while rows := hall.store.since(seq, _CHUNK):
        for row in rows:
            parsed = ledger.parse(row.entry)
            session = parsed.header.stream.split("/")[1]
            if only and session != only:
                continue
            desk = hall.desks.get(session)
            if desk is None:
                raise Damaged(f"{parsed.header.stream}: a record of a session that is not kept")
            try:
                desk.fold(parsed)
            except KaodianError as error:
                where = f"{parsed.header.stream} {parsed.header.epoch}.{parsed.header.position}"
                raise Damaged(f"{where}: {error.detail}") from error
        seq = rows[-1].seq
