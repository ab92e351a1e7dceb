"""Enrolment windows: a short code that lets machines of one kind in, for one room, for minutes, for so many machines.

Kept as facts, so that a restart of the service neither closes a window nor forgets wrong codes. One guess counts at a
time: the caller holds a lock. Does not certify anybody.
"""

import secrets
from collections.abc import Callable

import msgspec

from shared import codec, crypto, limits, records
from shared.errors import Refused
from shared.io.store import Batch
from shared.machines import Kind, Window
from site_server.site import Site

Plan = Callable[[str], tuple[int, int]]
"""Seats and spares of a room."""


class Windows:
    """The windows of a site, by kind and room."""

    def __init__(self, site: Site, plan: Plan) -> None:
        self._site = site
        self._plan = plan
        held = (codec.decode(Window, data, limits.FRAME_BYTES) for data in site.store.facts("window/").values())
        self._all = {(one.kind, one.room): one for one in held}

    def open_now(self) -> tuple[Window, ...]:
        """The windows that let machines in now; none without trusted time."""
        now = self._site.now()
        return tuple(one for one in self._all.values() if now is not None and one.open_at(now))

    async def open(self, kind: Kind, room: str, minutes: int, count: int, by: str) -> Window:
        """Opens a window with a fresh code, in place of the one before; `room` is empty for any room machine.

        Raises:
            Refused: too long, or for more machines than there may be (`bad_window`); no trusted time (`no_time`).
        """
        now = self._site.now()
        if now is None:
            raise Refused("certificates are given for a time, and there is no trusted time yet", "no_time")
        if not (1 <= minutes <= limits.WINDOW_MINUTES_MAX and 1 <= count <= self._most(kind, room)):
            most = f"1 to {limits.WINDOW_MINUTES_MAX} minutes, 1 to {self._most(kind, room)} machines"
            raise Refused(f"a window of this kind lasts {most}", "bad_window")
        code = f"{secrets.randbelow(10**limits.ENROL_CODE_DIGITS):0{limits.ENROL_CODE_DIGITS}}"
        window = Window(kind, room, code, now + minutes * limits.MINUTE, count)
        opened = records.WindowOpened(kind, room, count, window.until, by)
        await self._site.write(opened, facts={_fact(window): codec.encode(window)})
        self._all[kind, room] = window
        return window

    async def guess(self, kind: Kind, room: str, code: str) -> Window:
        """The open window that a code fits; a wrong one is counted.

        Raises:
            Refused: no window is open (`no_window`), or the code is wrong (`wrong_code`).
        """
        now = self._site.now()
        rooms = (room, "") if kind is Kind.ROOM else (room,)
        found = [self._all[kind, one] for one in rooms if (kind, one) in self._all]
        found = [one for one in found if now is not None and one.open_at(now)]
        if not found:
            raise Refused("no enrolment window is open", "no_window")
        for window in found:
            if crypto.equal(window.code.encode(), code.encode()):
                return window
        for window in found:
            await self._keep(msgspec.structs.replace(window, wrong=window.wrong + 1))
        raise Refused("the enrolment code is wrong", "wrong_code")

    async def count(self, window: Window) -> None:
        """A machine was let in."""
        await self._keep(msgspec.structs.replace(window, left=window.left - 1))

    def wrong(self, kind: Kind, room: str) -> int:
        """Wrong codes so far at the newest window."""
        window = self._all.get((kind, room)) or self._all.get((kind, ""))
        return window.wrong if window is not None else 0

    def _most(self, kind: Kind, room: str) -> int:
        if kind is Kind.ROOM:
            return limits.WINDOW_ROOMS
        return limits.CONSOLES_PER_ROOM if kind is Kind.CONSOLE else sum(self._plan(room)) + limits.ENROL_REPLACEMENTS

    async def _keep(self, window: Window) -> None:
        await self._site.commit(Batch(facts={_fact(window): codec.encode(window)}))
        self._all[window.kind, window.room] = window


def _fact(window: Window) -> str:
    return f"window/{window.kind}/{window.room}"
