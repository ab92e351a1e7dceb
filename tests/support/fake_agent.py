"""A candidate agent without ledger or room: a view that a test plays through the states of an exam day.

It implements the page's port (`candidate_client.page.PageAgent`) with real paper content. Intents are recorded and lead
to the state an agent would show; whether answers reach the room is the test's choice (`change`, `deaf`).
"""

import asyncio
from collections.abc import Callable
from typing import Any

import cairosvg
import msgspec

from candidate_client import view as v
from shared import limits
from shared.io.clock import boot_now
from tests.support.sample_paper import CIRCUIT_SVG, paper

T = 1_800_061_200_000
"""The sample session's start: 09:00 in China."""
PERSON = v.PersonView("林知远", "110***********32", "2026110204017", 17, "第三考场")
SESSION = v.SessionView(
    title="电工职业技能等级认定（三级）理论知识考试",
    occupation="电工",
    level="三级/高级工",
    start=T,
    duration=120 * limits.MINUTE,
    late_entry=30 * limits.MINUTE,
    earliest_hand_in=30 * limits.MINUTE,
    last_leave=5 * limits.MINUTE,
)
HOLDING = {v.Screen.READING, v.Screen.EXAM}


class FakeAgent:
    """`show(screen, **changes)` sets a state; `at` (ms after the session's start) sets the trusted time."""

    def __init__(self) -> None:
        self._view = v.View(screen=v.Screen.CONNECTING, seat=17, room="第三考场", link=False)
        self._now = T - boot_now()
        self._callbacks: list[Callable[[v.View], None]] = []
        self._taken = asyncio.Condition()
        self.paper = paper()
        self.intents: list[v.AnyIntent] = []
        self.deaf = False
        """While set, answers are recorded but change nothing: an agent that has not come to them yet."""

    @property
    def view(self) -> v.View:
        """The present view with the trusted time of this reading."""
        return msgspec.structs.replace(self._view, now=boot_now() + self._now)

    def subscribe(self, callback: Callable[[v.View], None]) -> Callable[[], None]:
        """See `PageAgent`."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def paper_view(self) -> v.PaperView | None:
        """The sample paper while the view says that there is one."""
        return self.paper if self._view.paper else None

    def picture(self, name: str) -> bytes | None:
        """The one picture of the sample paper."""
        found: bytes = cairosvg.svg2png(CIRCUIT_SVG.encode(), output_width=520)
        return found if name == "circuit.png" else None

    async def intent(self, intent: v.AnyIntent) -> None:
        """Records the intent and goes on as an agent would."""
        self.intents.append(intent)
        self._follow(intent)
        async with self._taken:
            self._taken.notify_all()

    async def wait_for(self, wanted: v.AnyIntent) -> None:
        """Returns once that intent has come."""
        async with self._taken, asyncio.timeout(5):
            await self._taken.wait_for(lambda: wanted in self.intents)

    def show(self, screen: v.Screen, at: int | None = None, **changes: Any) -> None:
        """Goes to a state of the sample session; `changes` are fields of the view."""
        if at is not None:
            self._now = T + at - boot_now()
        known = {"person": PERSON, "session": SESSION} if screen not in (v.Screen.CONNECTING, v.Screen.LOGIN) else {}
        instants = {
            "opening": T,
            "start": T,
            "hand_in_opens": T + SESSION.earliest_hand_in,
            "leave_closes": T + SESSION.duration - SESSION.last_leave,
            "end": T + SESSION.duration,
        }
        fields = {"link": True, "paper": screen in HOLDING, "error": "", "error_at": 0, **known, **instants, **changes}
        self.change(screen=screen, **fields)

    def change(self, **changes: Any) -> None:
        """Changes fields of the view and tells the page."""
        self._view = msgspec.structs.replace(self._view, **changes)
        for callback in list(self._callbacks):
            callback(self._view)

    def _follow(self, intent: v.AnyIntent) -> None:
        match intent:
            case v.LogIn():
                self.show(v.Screen.CONFIRM)
            case v.ConfirmDetails(ok=ok):
                self.show(v.Screen.RULES if ok else v.Screen.LOGIN)
            case v.ReadDone():
                self.show(v.Screen.WAITING)
            case v.Answer(number=number, letters=letters) if not self.deaf:
                key = str(number)
                saved = {**self._view.saved, key: v.Saved.HERE}
                self.change(answers={**self._view.answers, key: letters}, saved=saved)
            case v.HandIn():
                self.show(v.Screen.FINISHED, status="submitted", receipt="7F3K9QXM2B6T")
            case v.CorrectionSeen(number=number):
                found = self._view.corrections
                seen = tuple(msgspec.structs.replace(one, seen=one.seen or one.number == number) for one in found)
                self.change(corrections=seen)
            case v.FreePc():
                self.show(v.Screen.LOGIN, person=None, may_free=False)
            case v.RaiseHand():
                self.change(hand_up=True)
            case _:
                pass
