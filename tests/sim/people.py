"""The people of a simulated exam: candidates who answer by a plan and go on wherever they may, and a proctor.

They know only what a page or a console shows. A candidate's plan is drawn from the seed; nobody is in a hurry.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from candidate_client import view as v
from shared import commands as c
from shared.errors import KaodianError
from shared.roles import Role
from shared.sitting import Sitting, Status
from tests.sim.programs import Pc, RoomProgram, true_now
from tests.sim.scenery import ITEMS, LETTERS, RULES, START_AT, id_number

CHIEF = c.Actor("张主考", Role.CHIEF, "console-01-1", "127.0.0.3")
PROCTOR = c.Actor("李监考", Role.PROCTOR, "console-01-2", "127.0.0.4")
LOOK = 5.0
"""Seconds between two looks at a screen."""


class Candidate:
    """One candidate; `pc` is where they sit, None while they are on their way."""

    def __init__(self, ticket: str, draw: random.Random) -> None:
        self.ticket = ticket
        self.draw = draw
        self.pc: Pc | None = None
        self.comes = draw.random() > 0.03
        self.arrives = draw.uniform(1, 30) if draw.random() > 0.05 else draw.uniform(30, 75)
        count = draw.randint(ITEMS, ITEMS + 4)
        times = sorted(draw.uniform(0.5, RULES.duration / 1000 + 4) for _ in range(count))
        items = [*range(1, ITEMS + 1), *(draw.randint(1, ITEMS) for _ in range(count - ITEMS))]
        self.plan = list(zip(times, items, strict=True))
        self.hands_in = draw.uniform(15, RULES.duration / 1000) if draw.random() < 0.35 else 0.0
        self.task: asyncio.Task[None] | None = None
        self.moved: Callable[[], None] = lambda: None
        """Called when the PC says that the attempt goes on at another one."""

    async def sit(self, pc: Pc) -> None:
        """Works at a PC for as long as its program runs."""
        self.pc, pc.sitter = pc, self.ticket
        agent = pc.agent
        assert agent is not None
        while True:
            if pc.broken:
                pc.loop.call_soon(pc.complain, pc)
                return
            try:
                wait = await self._look(pc, agent.screen)
            except KaodianError:
                wait = LOOK
            if wait < 0:
                pc.sitter = ""
                pc.loop.call_soon(self.moved)
                return
            await asyncio.sleep(wait)

    def leave(self) -> None:
        """Gets up; the PC is left as it is."""
        if self.task is not None:
            self.task.cancel()
        if self.pc is not None:
            self.pc.sitter = ""

    async def _look(self, pc: Pc, screen: v.Screen) -> float:
        """Does what the screen asks for; seconds until the next look, negative for leaving."""
        agent = pc.agent
        assert agent is not None
        match screen:
            case v.Screen.LOGIN:
                if not self._due():
                    return max(0.01, self.arrives - pc.loop.now)
                await agent.intent(v.LogIn(self.ticket, id_number(self.ticket)))
                return self.draw.uniform(2, 5)
            case v.Screen.CONFIRM:
                await agent.intent(v.ConfirmDetails(True))
                return 0.1
            case v.Screen.RULES:
                await agent.intent(v.ReadDone())
                return 0.5
            case v.Screen.EXAM:
                return await self._answer(pc)
            case v.Screen.MOVED:
                return -1
            case _:
                return LOOK

    def _due(self) -> bool:
        """Whether the candidate is in the room already."""
        return self.pc is not None and self.pc.loop.now >= self.arrives

    async def _answer(self, pc: Pc) -> float:
        agent = pc.agent
        assert agent is not None
        since = (true_now(pc.loop) - START_AT) / 1000
        if self.hands_in and since >= self.hands_in:
            self.hands_in = 0.0
            await agent.intent(v.HandIn())
            return LOOK
        if self.plan and since >= self.plan[0][0]:
            _, item = self.plan[0]
            letters = tuple(sorted(self.draw.sample(LETTERS, self.draw.randint(0, 4))))
            await agent.intent(v.Answer(item, letters))
            self.plan.pop(0)
            return 0.0
        due = [self.plan[0][0]] if self.plan else []
        due += [self.hands_in] if self.hands_in else []
        return max(0.01, min([LOOK, *(at - since for at in due)]))


class Proctor:
    """Whoever works at the room's consoles: looks every second, decides as the day goes on."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.room: RoomProgram | None = None
        self.over_at = 0.0
        """Virtual second from which on the sitting may be ended."""
        self.whims = draw.random() < 0.5
        """Whether this one extends, warns, voids and reopens."""

    async def work(self, present: Callable[[], RoomProgram]) -> None:
        """For ever; the room's service and its machine may come and go."""
        while True:
            await asyncio.sleep(1)
            room = present()
            service = room.service
            if service is None or not service.hall.clock.known or not room.host.up:
                continue
            for desk in list(service.hall.desks.values()):
                for command, by in self._decide(room, desk.state):
                    room.host.spawn(_quietly(desk.ask(c.ByStaff(command, by))))

    def _decide(self, room: RoomProgram, state: Sitting) -> list[tuple[c.StaffCommand, c.Actor]]:
        now = room.loop.now
        todo: list[tuple[c.StaffCommand, c.Actor]] = []
        if not state.login_allowed:
            todo.append((c.AllowLogin(), CHIEF))
        elif not state.armed and now > 8:
            todo.append((c.AllowStart(), CHIEF))
        for number, one in list(state.proposals.items()):
            by = CHIEF if one.by != CHIEF.name else PROCTOR
            todo.append((c.Confirm(number) if self.draw.random() < 0.9 else c.Decline(number), by))
        for ticket, candidate in state.candidates.items():
            if candidate.waiting is not None and self.draw.random() < 0.6:
                deny = self.draw.random() < 0.1
                todo.append((c.DenyResume(ticket) if deny else c.ApproveResume(ticket), CHIEF))
        if state.opened_at is not None and self.whims and self.draw.random() < 0.15:
            todo.append(self._whim(state))
        if state.paused is not None and self.draw.random() < 0.3:
            todo.append((c.GoOn("修好了"), CHIEF))
        if self.over_at and now >= self.over_at and not state.ended:
            never = [t for t, one in state.candidates.items() if not one.epoch and not one.done]
            todo += [(c.MarkAbsent(ticket), CHIEF) for ticket in never]
            if all(one.done for one in state.candidates.values()):
                todo.append((c.EndSitting(), CHIEF))
        return todo

    def _whim(self, state: Sitting) -> tuple[c.StaffCommand, c.Actor]:
        draw = self.draw
        ticket = draw.choice(sorted(state.candidates))
        one = state.candidates[ticket]
        held = tuple(sorted(t for t, attempt in state.attempts.items() if attempt.held and state.candidates[t].done))
        if held and draw.random() < 0.5:
            return c.DecideHeld(held, draw.random() < 0.7, "迟到的答案"), PROCTOR
        match draw.randrange(8):
            case 6:
                return c.Pause("停电"), CHIEF
            case 7:
                return c.Compensate((ticket,), True, "断线"), CHIEF
            case 0:
                return c.ExtendTime("", draw.choice((1_000, 4_000)), "停电"), CHIEF
            case 1:
                return c.ExtendTime(ticket, draw.choice((2_000, 10_000)), "换机"), CHIEF
            case 2:
                return c.RecordViolation(ticket, draw.choice(("warning", "void")), "talk", "说话"), CHIEF
            case 3 if one.offences:
                return c.UndoViolation(ticket, "误记"), PROCTOR
            case 4 if one.status is Status.SUBMITTED:
                return c.Reopen(ticket, "误交卷"), PROCTOR
            case _:
                return c.PermitLeave(ticket), CHIEF


async def _quietly(work: Awaitable[object]) -> None:
    with suppress(KaodianError):
        await work
