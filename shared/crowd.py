"""Who is connected to a port, and who may come in: counted by address before anything is proven, by machine afterwards.

Pure: connections are named by their peer (address and port), hung up on by a function they brought along, and time is
an argument (boot-time ms). An address gets so many connections at once and so many new ones a second. Where all
together are too many, the oldest that has proven nothing makes room, so that an honest machine gets in whatever a
crowd of strangers holds open; of one machine's connections the newest count. `known` machines may all come at once.
"""

from collections.abc import Callable

from shared import limits
from shared.pace import Pace

Peer = tuple[str, int]
"""Address and port of the other side."""

_MOST_PACES = 4_000


class Crowd:
    """The connections of one port. `on_turned_away(address)` hears of each caller that is not let in."""

    def __init__(
        self, per_address: int = limits.CONNECTIONS_PER_ADDRESS, on_turned_away: Callable[[str], None] = lambda _: None
    ) -> None:
        self._on_turned_away = on_turned_away
        self._per_address = per_address
        self.known = 0
        self._strangers: dict[Peer, Callable[[], None]] = {}
        self._machines: dict[str, dict[Peer, Callable[[], None]]] = {}
        self._proven: dict[Peer, str] = {}
        self._inside: dict[str, int] = {}
        self._paces: dict[str, Pace] = {}
        self._most_paces = _MOST_PACES

    def enter(self, peer: Peer, now: int, hang_up: Callable[[], None]) -> bool:
        """Counts a new connection, or says no; whoever entered leaves once."""
        address = peer[0]
        if len(self._paces) > self._most_paces:
            self._paces = {one: pace for one, pace in self._paces.items() if not pace.full(now)}
            self._most_paces = max(_MOST_PACES, 2 * len(self._paces))
        pace = self._paces.setdefault(address, Pace(limits.CONNECTS_AT_ONCE, limits.CONNECTS_PER_SECOND))
        inside = self._inside.get(address, 0)
        if pace.wait(now) or inside >= self._per_address:
            self._on_turned_away(address)
            return False
        pace.spend(1, now)
        self._inside[address] = inside + 1
        self._strangers[peer] = hang_up
        if len(self._strangers) > max(limits.STRANGERS, 2 * self.known):
            next(iter(self._strangers.values()))()
        return True

    def prove(self, peer: Peer, machine: str) -> None:
        """A connection is that of a known machine."""
        hang_up = self._strangers.pop(peer, None)
        if hang_up is None:
            return
        held = self._machines.setdefault(machine, {})
        held[peer] = hang_up
        self._proven[peer] = machine
        if len(held) > limits.CONNECTIONS_PER_MACHINE:
            next(iter(held.values()))()

    def leave(self, peer: Peer) -> None:
        """A connection that had entered is gone."""
        address = peer[0]
        self._inside[address] -= 1
        if not self._inside[address]:
            del self._inside[address]
        self._strangers.pop(peer, None)
        machine = self._proven.pop(peer, None)
        if machine is not None:
            del self._machines[machine][peer]
            if not self._machines[machine]:
                del self._machines[machine]
