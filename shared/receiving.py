"""What becomes of attempt records that arrive: accepted, held, already known, or refused.

Pure part of the room's desk (see `shared.exam` for the rest). Verdicts: a record that is already stored makes
nothing and is acknowledged again in every state; the same position with other content is a conflict; a gap asks
for a resend. Whatever chains on is stored always; only `Accepted` ranges count.
"""

from shared import commands as c
from shared import limits
from shared import records as r
from shared.attempt import Request, request_of
from shared.errors import Damaged, KaodianError
from shared.ledger import Parsed, attempt_stream, follow
from shared.refusal import Refusal
from shared.sitting import HAND_IN, Candidate, Sitting, Status, weight

MOST_RANGES = 100
"""Ranges in one `Accepted`, so that the record stays below the record limit."""

OPENED, ANSWERED = r.AttemptOpened.__name__, r.Answered.__name__
KINDS = frozenset({OPENED, ANSWERED, r.PcEvent.__name__, HAND_IN})


def fresh(state: Sitting, command: c.Receive) -> tuple[Parsed, ...] | Refusal:
    """The records of `command` that are not stored yet, up to and including the first request to hand in.

    Checked to continue the stored chain; a `Refusal` `conflict`, `gap` or `attempt_full` names the position.
    """
    one = state.candidates[command.ticket]
    attempt = state.attempts[command.ticket]
    if command.epoch > one.epoch or command.epoch < 1:
        return Refusal("no_epoch", position=one.epoch)
    stream, at = attempt_stream(state.session.id, command.ticket), attempt.head(command.epoch, one.continues)
    stored, size = at.position, attempt.size
    new: list[Parsed] = []
    for item in command.records:
        position = item.header.position
        if not _fits(one, stream, command.epoch, item):
            return Refusal("malformed", position=position)
        if position <= stored:
            if attempt.digest_at(command.epoch, position) != item.digest:
                return Refusal("conflict", position=position)
            continue
        try:
            at = follow(at, item.header, item.digest)
        except Damaged:
            return Refusal("gap", position=at.position)
        new.append(item)
        size += weight(item.header)
        if item.header.kind == HAND_IN:
            break
        if size > limits.ATTEMPT_BYTES:
            return Refusal("attempt_full", position=position - 1)
    return tuple(new)


def decide(state: Sitting, command: c.Receive, now: int) -> list[r.SittingRecord] | Refusal:
    """The records about what arrived: `Accepted` or `Held`, and what a request to hand in leads to."""
    new = fresh(state, command)
    return new if isinstance(new, Refusal) else judge(state, command, new, now)


def judge(state: Sitting, command: c.Receive, new: tuple[Parsed, ...], now: int) -> list[r.SittingRecord]:
    """The same where `new` is known to be what is `fresh` of the command."""
    if not new:
        return []
    one = state.candidates[command.ticket]
    last = new[-1]
    span = r.Range(command.ticket, command.epoch, new[0].header.position, last.header.position, last.digest)
    reason = _held_because(state, one, command, new, now)
    if reason:
        return [r.Held(span, reason)]
    made: list[r.SittingRecord] = [r.Accepted((span,))]
    if last.header.kind == HAND_IN:
        made.append(_hand_in(state, command.ticket, request_of(last.header, last.digest), now))
    return made


def owed(state: Sitting, then: int) -> list[r.SittingRecord]:
    """The verdicts on accepted requests to hand in that stand without one, as they were due at `then`.

    A room decides both in one commit; only a copy of its records may end in between.
    """
    open_ = [(t, a.asked) for t, a in state.attempts.items() if a.asked is not None and a.asked.point == a.accepted]
    return [_hand_in(state, ticket, asked, then) for ticket, asked in open_ if not state.candidates[ticket].done]


def _fits(one: Candidate, stream: str, epoch: int, item: Parsed) -> bool:
    """Whether a record belongs to this stream and epoch at all."""
    header = item.header
    kind = header.kind
    if header.stream != stream or header.epoch != epoch or kind not in KINDS:
        return False
    if (kind == OPENED) != (header.position == 1):
        return False
    if kind == ANSWERED:
        return 1 <= header.item <= limits.ITEMS_PER_PAPER
    if kind == HAND_IN:
        return _requests(item)
    return kind != OPENED or epoch != one.epoch or _opens(one, item)


def _requests(item: Parsed) -> bool:
    """Whether a request to hand in is one."""
    try:
        return isinstance(r.read_clear(item.header), r.HandInRequested)
    except KaodianError:
        return False


def _opens(one: Candidate, item: Parsed) -> bool:
    """Whether a first record is the opening that was granted."""
    try:
        opened = r.read_clear(item.header)
    except KaodianError:
        return False
    return opened == r.AttemptOpened(one.device, one.continues) if one.device else False


def _held_because(state: Sitting, one: Candidate, command: c.Receive, new: tuple[Parsed, ...], now: int) -> str:
    at = state.times(command.ticket)
    if command.epoch != one.epoch or one.status is Status.MOVED:
        return "old_epoch"
    if one.done or state.ended:
        return "closed"
    if now >= at.closes:
        return "late"
    # A machine that took another's place may not know yet that the paper is open, or wait for its keys.
    if now < at.start and any(item.header.item for item in new):
        return "early"
    return ""


def _hand_in(state: Sitting, ticket: str, request: Request, now: int) -> r.SittingRecord:
    """What a request leads to; one that a PC made by itself at its end is none where there is time again."""
    at, point = state.times(ticket), request.point
    if state.opened_at is not None and now >= at.end:
        return r.Collected(ticket, point)
    if state.opened_at is None or now < at.hand_in_opens:
        return r.HandInRefused(ticket, at.hand_in_opens)
    if request.automatic:
        return r.HandInRefused(ticket, at.end)
    return r.HandedIn(ticket, point)
