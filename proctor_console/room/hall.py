"""What the parts of a room service share: machine, store, clock, desks, machines, presence, staff, and the alarm.

Holds and finds; decides nothing. `app.py` builds one, connections and uplink work on it.
"""

import logging

from proctor_console.room import board, briefing
from proctor_console.room.desk import Desk
from proctor_console.room.guests import Guests
from proctor_console.room.machine import Machine
from proctor_console.room.machines import Machines
from proctor_console.room.presence import Presence
from proctor_console.room.receipts import Receipts
from proctor_console.room.relay import Relay
from proctor_console.room.siteheads import SiteHeads
from proctor_console.room.timekeeper import Timekeeper
from shared import limits
from shared import messages as m
from shared.io.clock import TrustedClock, boot_now
from shared.io.roll import Roll
from shared.io.store import Store
from shared.ledger import Point
from shared.patience import Patience

log = logging.getLogger(__name__)


class Hall:
    """The room. `copied` is how far the site's durable copy of each (stream, epoch) reaches, as far as it said."""

    def __init__(self, machine: Machine, store: Store, clock: TrustedClock) -> None:
        self.machine = machine
        self.store = store
        self.clock = clock
        self.time = Timekeeper(self, store)
        self.presence = Presence()
        self.machines = Machines(store, clock)
        self.machines.opened = self.opened
        self.guests = Guests(self.machines, self.odd)
        self.relay = Relay()
        self.staff = Roll(store)
        self.patience = Patience()
        self.site_heads = SiteHeads(store, machine.site_file.site)
        self.desks: dict[str, Desk] = {}
        self.receipts: dict[str, Receipts] = {}
        self.copied: dict[tuple[str, int], int] = {}
        self.site_online = False
        self.site_heard = 0
        """When anything last came from the site, on the boot-time clock."""
        self.site_behind = 0
        self.disk_ok = True
        self.disk_left = -1
        self._alarmed: dict[tuple[str, str, int, int, str], int] = {}

    def desk(self, found: briefing.Briefing) -> Desk:
        """A new desk for a session, not at work yet."""
        return Desk(found, self.machine.signer, self.store, self.clock)

    def add(self, desk: Desk) -> None:
        """A desk goes to work, replacing one of its session to which nothing has happened yet."""
        self.desks[desk.state.session.id] = desk
        self.receipts[desk.state.session.id] = Receipts(desk, self.machine.signer, self.covered)

    def desk_of(self, ticket: str) -> Desk | None:
        """The sitting a ticket belongs to: rather one that lets people log in and is not over, then the newest."""
        found = [desk for desk in self.desks.values() if ticket in desk.state.candidates]
        return max(found, key=_readiness, default=None)

    def opened(self) -> int:
        """When the earliest sitting opened that is not ended (ms UTC); 0 if none goes on."""
        states = [desk.state for desk in self.desks.values() if not desk.state.ended]
        return min((state.opened_at for state in states if state.opened_at is not None), default=0)

    def covered(self, stream: str, point: Point) -> bool:
        """Whether the site's durable copy reaches `point`; what came from there is surely in it."""
        return self.foreign(stream, point.epoch) or self.copied.get((stream, point.epoch), 0) >= point.position

    def foreign(self, stream: str, epoch: int) -> bool:
        """Whether another room granted that epoch of an attempt: then its records came from the site."""
        kind, session, name = stream.split("/")
        desk = self.desks.get(session)
        return kind == "attempt" and desk is not None and desk.register.device(name, epoch) is None

    def health(self) -> board.Health:
        """The room's own state for the board."""
        error = self.clock.error() if self.clock.known else -1
        return board.Health(
            self.site_online, self.site_behind, error, self.disk_ok, self.disk_left, self.site_heads.newest
        )

    def turned_away(self, address: str) -> None:
        """Somebody at `address` connects more often than anybody may."""
        seat = next((pc.seat for pc in self.presence.pcs if pc.address == address), 0)
        self.alarm("crowd", seat=seat)

    def machine_board(self) -> m.MachineBoard:
        """The room's machines for the console; revoked ones are left out where there are too many."""
        all_ = sorted(self.machines.all(), key=lambda one: (bool(one.revoked), one.kind, one.number))
        rows = tuple(m.MachineRow(one, self.guests.here(one.id)) for one in all_[: limits.MACHINES_SHOWN])
        return m.MachineBoard(rows, self.machines.pending, self.machines.windows)

    def odd(self, code: str, seat: int, text: str) -> None:
        """An alarm about a machine: consoles and the site hear of it."""
        told = m.Alarm(code, "", seat, 0, text)
        if self._raise(told):
            self.relay.alarms.append(told)

    def alarm(self, code: str, ticket: str = "", seat: int = 0, value: int = 0, text: str = "") -> None:
        """Tells every console and the log; the same about the same seat not again at once."""
        self._raise(m.Alarm(code, ticket, seat, value, text))

    def _raise(self, one: m.Alarm) -> bool:
        now, about = boot_now(), (one.code, one.ticket, one.seat, 0 if one.seat else one.value, one.text)
        if now - self._alarmed.get(about, -limits.MINUTE) < limits.ALARM_AGAIN:
            return False
        self._alarmed.pop(about, None)
        self._alarmed[about] = now  # the last: they stand in the order of time
        while now - self._alarmed[oldest := next(iter(self._alarmed))] >= limits.ALARM_AGAIN:
            del self._alarmed[oldest]
        log.warning("alarm %s ticket=%s seat=%d value=%d %s", one.code, one.ticket, one.seat, one.value, one.text)
        self.presence.tell_consoles(one)
        return True


def _readiness(desk: Desk) -> tuple[bool, bool, int]:
    state = desk.state
    return state.login_allowed and not state.ended, not state.ended, state.session.start
