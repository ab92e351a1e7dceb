"""The agent: one candidate PC. Takes the page's intents, keeps the link to the room, and tells the page what is.

Typing enters memory at once, the ledger right after and the room when it can; the countdown and the lock at the end
run on trusted time alone. The page (or the headless candidate) sees it through `view`, `subscribe`, `intent`,
`paper_view` and `picture`.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable

import msgspec

from candidate_client import attempt, display
from candidate_client import view as v
from candidate_client.conversation import Context, Conversation
from candidate_client.device import Device
from candidate_client.opening import Opening
from candidate_client.state import State, screen, view
from candidate_client.writer import OnEvent
from shared import messages as m
from shared.errors import Refused, Unavailable
from shared.io import link
from shared.io.clock import TrustedClock, boot_now
from shared.io.identity import Identity
from shared.io.tasks import Tasks
from shared.machines import judged_at
from shared.model import Item, ItemKind

log = logging.getLogger(__name__)

COLLECT_AFTER = (50, 500)
"""Milliseconds after the own end (and the clock's error) until the automatic hand-in goes out, spread over PCs."""
AGAIN = 2000
"""Milliseconds until an automatic hand-in that led to nothing is repeated."""
LONGEST_NAP = 10.0
"""Seconds: the clock may have been set better meanwhile."""
PAGE_EVENTS = frozenset({"hidden", "shown", "blur", "focus"})


def _ignore(_: str, __: dict[str, object]) -> None:
    pass


class Agent:
    """One enrolled PC; `on_event` hears what a trace needs (see `headless`)."""

    def __init__(
        self,
        device: Device,
        identity: Identity,
        local: str = "",
        on_event: OnEvent = _ignore,
        dial: link.Dial = link.dial,
    ) -> None:
        self.clock = TrustedClock()
        self.state = State(identity.place.number, identity.place.room)
        self._identity = identity
        self._dial = dial
        self._ways = identity.ways(local)
        self._context = Context(device, self.state, self.clock, on_event, self._changed)
        self._opening = Opening(device.papers, self.state, self.clock, on_event, self._changed)
        self._talk: Conversation | None = None
        self._peer: link.Peer[m.RoomToPc] | None = None
        self._subscribers: dict[int, Callable[[v.View], None]] = {}
        self._turned_away = ""
        self._count = 0
        self._stirred = asyncio.Event()
        self._collect_after = random.uniform(*COLLECT_AFTER)  # noqa: S311  # spreads the PCs, not a secret
        self._collected_at = 0
        self._tasks = Tasks(self._failed)

    @property
    def view(self) -> v.View:
        """All that the page shows."""
        return view(self.state, self._now(), self._context.writer.handed_over)

    @property
    def screen(self) -> v.Screen:
        """The screen alone: cheaper than `view`."""
        return screen(self.state, self._now())

    @property
    def delivered(self) -> bool:
        """Whether the room has answered for every record of the attempt."""
        return self._context.writer.delivered

    def subscribe(self, callback: Callable[[v.View], None]) -> Callable[[], None]:
        """Calls `callback` with the view after every change, in the event loop; the function returned ends that."""
        self._count += 1
        number = self._count
        self._subscribers[number] = callback
        return lambda: self._subscribers.pop(number, None) and None

    def paper_view(self) -> v.PaperView | None:
        """The opened paper, or None before the opening."""
        paper = self.state.paper
        return display.paper_view(paper, self.state.items) if paper is not None else None

    def picture(self, name: str) -> bytes | None:
        """A picture of the opened paper by its file name."""
        return self.state.paper.pictures.get(name) if self.state.paper is not None else None

    async def run(self) -> None:
        """Works until it is cancelled."""
        context = self._identity.context()
        self._opening.reach(lambda: self._ways.here, context)
        self._tasks.spawn("write", self._context.writer.write_loop())
        self._tasks.spawn("send", self._context.writer.send_loop())
        self._tasks.spawn("watch the time", self._watch())
        try:
            await link.keep(
                lambda: self._ways.here, context, m.RoomToPc, self._speak, self._down,
                now=self._judged_at, on_failed=self._no_way, dialled=self._dial,
            )  # fmt: skip
        finally:
            await self._opening.close()
            await self._tasks.close()

    def _judged_at(self) -> int | None:
        """What the room's certificate is held against: nobody who answers is cut off by a date."""
        clock = self.state.clock if self.state.admitted is not None and not self.state.status else None
        return judged_at(self.clock.now_if_known(), clock.opened if clock is not None else 0)

    async def intent(self, intent: v.AnyIntent) -> None:
        """Takes what the candidate asked; raises `Refused` or `Unavailable`, which changes nothing."""
        match intent:
            case v.Answer(number=number, letters=letters):
                self._answer(number, letters)
            case v.LogIn():
                await self._log_in(intent)
            case v.ConfirmDetails(ok=True):
                self.state.confirmed = True
            case v.ConfirmDetails():
                await self._not_me()
            case v.ReadDone():
                self.state.read = True
                await self._say(m.ReadDone())
            case v.HandIn():
                self._hand_in()
            case v.RaiseHand():
                self.state.hand_up = await self._say(m.HandUp())
            case v.FreePc():
                await self._free()
            case v.CorrectionSeen() | v.PageEvent():
                await self._note(intent)
        self._changed()

    async def _note(self, intent: v.CorrectionSeen | v.PageEvent) -> None:
        if isinstance(intent, v.PageEvent):
            if intent.event in PAGE_EVENTS:
                self._context.writer.event(f"page_{intent.event}")
            return
        one = self.state.corrections.get(intent.number)
        if one is not None and await self._say(m.CorrectionRead(one.number)):
            self.state.corrections[one.number] = msgspec.structs.replace(one, seen=True)

    def _answer(self, number: int, letters: tuple[str, ...]) -> None:
        if self.screen is not v.Screen.EXAM:
            raise Refused("answering is not open", "not_answering")
        item = next((item for item in self.state.items if item.number == number), None)
        answer = _valid(item, letters) if item is not None else None
        if answer is None:
            raise Refused("not an answer to an item of this paper", "not_answer")
        self.state.attempt.type(number, answer, boot_now())
        self._context.writer.stir()

    async def _log_in(self, intent: v.LogIn) -> None:
        if self.state.admitted is not None and not self.state.status:
            raise Refused("somebody is logged in", "already_done")
        self._leave()
        self.state.fail("")
        ticket = intent.ticket.strip()
        if self._talk is None or not ticket:
            self.state.fail("login_wrong" if self._talk else "no_link")
            return
        at = self._context.writer.last_point(ticket)
        await self._talk.log_in(m.LogInRequest(ticket, intent.id_number.strip(), at))

    async def _not_me(self) -> None:
        """The details are another person's: a proctor must come, and this PC is free again."""
        await self._say(m.HandUp())
        self._leave()
        self.state.hand_up = True
        if self._peer is not None:
            await self._peer.close()

    async def _free(self) -> None:
        """The attempt went on elsewhere and nothing of it waits here: the room meets this PC as one that is free."""
        if not self.view.may_free:
            raise Refused("nobody went on elsewhere from here, or not everything is handed over yet", "refused")
        self._leave()
        self.state.fail("")
        if self._peer is not None:
            await self._peer.close()

    def _leave(self) -> None:
        """Forgets who is logged in."""
        self._context.writer.forget()
        self._opening.forget()
        self.state.leave()

    def _hand_in(self) -> None:
        clock = self.state.clock
        if self.screen is not v.Screen.EXAM or clock is None:
            raise Refused("answering is not open", "not_answering")
        if self._now() < clock.hand_in_opens:
            self.state.fail("hand_in_too_early", clock.hand_in_opens)
            return
        self.state.fail("")
        self.state.handing_in = True
        self._context.writer.hand_in(automatic=False)

    async def _say(self, message: m.Message) -> bool:
        """Whether it left this PC; if not, the next admission or the candidate says it again."""
        if self._talk is None or self.state.admitted is None:
            return False
        try:
            await self._talk.send(message)
        except Unavailable:
            return False
        return True

    async def _speak(self, peer: link.Peer[m.RoomToPc]) -> None:
        self._peer = peer
        if self._turned_away and self.state.error == self._turned_away:
            self.state.fail("")
        self._turned_away = ""
        self._talk = Conversation(self._context, peer, self._opening)
        beats = self._tasks.spawn("beats", _until_gone(self._talk))
        try:
            await self._talk.run()
        except Unavailable as error:
            if error.wire_code == "damaged":
                self.state.fail(error.wire_code)
            raise
        finally:
            beats.cancel()

    def _no_way(self, error: Unavailable) -> None:
        """The room does not let this PC in: said on the page, and it goes on trying, at its spare addresses too."""
        self._ways.failed()
        if error.wire_code not in ("no_link", "room_replaced") and self.state.error != error.wire_code:
            self._turned_away = error.wire_code
            self.state.fail(error.wire_code)
            self._changed()

    def _down(self) -> None:
        self._talk = self._peer = None
        self.state.link = False
        self._context.writer.link_down()
        self._changed()

    def _failed(self, name: str, error: BaseException) -> None:
        if name == "write":
            self.state.cannot_save()
            if self.state.hand_up:
                self._tasks.spawn("call a proctor", self._say(m.HandUp()))
        else:
            self.state.fail(getattr(error, "wire_code", "internal"))
            self.state.faults = (*self.state.faults, "internal")
        self._changed()

    def _changed(self) -> None:
        self._stirred.set()
        if self._subscribers:
            now = self.view
            for callback in list(self._subscribers.values()):
                callback(now)

    def _now(self) -> int:
        return self.clock.now() if self.clock.known else 0

    async def _watch(self) -> None:
        """Wakes at every instant that changes what may be done."""
        loop, last = asyncio.get_running_loop(), self.screen
        while True:
            now = self._now()
            left = min((at - now for at in self._instants() if at > now), default=None)
            nap = LONGEST_NAP if left is None else min(left / 1000, LONGEST_NAP)
            alarm = loop.call_later(nap, self._stirred.set)
            await self._stirred.wait()
            alarm.cancel()
            self._stirred.clear()
            self._collect()
            if self.screen is not last:
                before, last = last, self.screen
                self._tell_end(before, last)
                self._changed()

    def _tell_end(self, before: v.Screen, now: v.Screen) -> None:
        """A trace tells when this PC locked because the time was over for somebody who was answering."""
        clock = self.state.clock
        if before is v.Screen.EXAM and now is v.Screen.LOCKED and clock is not None and self._now() >= clock.end:
            self._context.on_event("locked", {"boot": boot_now(), "trusted": self._now()})

    def _instants(self) -> tuple[int, ...]:
        clock = self.state.clock
        if clock is None or not self.clock.known or clock.paused:
            return ()
        return (clock.opening, clock.start, clock.hand_in_opens, clock.leave_closes, clock.end, self._collecting(clock))

    def _collecting(self, clock: m.Clockwork) -> int:
        return max(clock.end + self.clock.error() + int(self._collect_after), self._collected_at + AGAIN)

    def _collect(self) -> None:
        """At the own end, as the room has last told it: everything goes out, and nothing more follows."""
        clock = self.state.clock
        if clock is None or self.state.status or not self._context.writer.live or not self.clock.known:
            return
        if clock.paused or self._now() < self._collecting(clock) or self.state.handing_in:
            return
        self._collected_at = self._now()
        self.state.handing_in = True
        self._context.writer.hand_in(automatic=True)
        self._changed()


async def _until_gone(talk: Conversation) -> None:
    with contextlib.suppress(Unavailable):
        await talk.beats()


def _valid(item: Item, letters: tuple[str, ...]) -> tuple[str, ...] | None:
    allowed = [option.letter for option in item.options]
    return attempt.valid(letters, allowed, item.kind is ItemKind.MULTIPLE)
