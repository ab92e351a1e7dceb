"""What a room's sitting stream has ruled, as the judge keeps it: grants, verdicts, closings, times. Decides nothing."""

from tests.sim.scenery import Scenery

At = tuple[str, int, int]
"""Ticket, epoch and position of an attempt record."""


class Room:
    """What the sitting stream says, folded by the judge itself."""

    def __init__(self, scenery: Scenery) -> None:
        self.granted = dict.fromkeys(scenery.tickets, 0)
        self.devices: dict[tuple[str, int], bytes] = {}
        self.accepted: dict[At, bytes] = {}
        self.held: dict[At, str] = {}
        self.decided: dict[At, bool] = {}
        self.newest: dict[tuple[str, int], tuple[int, int]] = {}
        """Last accepted (epoch, position) of each ticket and epoch."""
        self.closed: set[str] = set()
        self.before: dict[str, list[bool]] = {}
        self.extra = dict.fromkeys(("", *scenery.tickets), 0)
        self.beyond = dict.fromkeys(("", *scenery.tickets), 0)
        self.stopped = 0
        self.paused: int | None = None
        self.outages: list[tuple[int, int]] = []
        self.ended = False
