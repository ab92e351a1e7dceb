"""Everything the console knows, folded from the room's messages: boards by session, alarms, the link. Pure.

`take` and its siblings return a new `State`. A board replaces the one before it whole, so nothing can drift; what the
console shows after a reconnect is what the room says then.
"""

from enum import StrEnum
from typing import Final

import msgspec

from proctor_console.console import board as b
from shared.messages import Alarm, Board, ConsoleWelcome, MachineBoard, TimeState
from shared.model import Room
from shared.roles import Role

ALARMS_KEPT: Final = 500


class LinkState(StrEnum):
    """How the console stands with the room service."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"


class Logged(msgspec.Struct, frozen=True):
    """An alarm and when it came (trusted ms, 0 if unknown). `seen` once the log was opened."""

    alarm: Alarm
    at: int
    seen: bool = False


class State(msgspec.Struct, frozen=True):
    """`down_since` is boot-time ms; `chosen` the session on screen, empty until the person or `current` picks one.

    `time` is what the room said of its trusted time, and `time_at` when, on the boot-time clock.
    """

    link: LinkState = LinkState.CONNECTING
    down_since: int = 0
    room: Room | None = None
    name: str = ""
    role: Role = Role.STRANGER
    boards: dict[str, Board] = {}
    alarms: tuple[Logged, ...] = ()
    chosen: str = ""
    machines: MachineBoard | None = None
    time: TimeState | None = None
    time_at: int = 0


Message = ConsoleWelcome | Board | MachineBoard | Alarm | TimeState


def take(state: State, message: Message, now: int, boot: int = 0) -> State:
    """The state after one message of the room; `now` is trusted time, `boot` the boot-time clock."""
    match message:
        case ConsoleWelcome(room=room, name=name, role=role):
            return msgspec.structs.replace(state, link=LinkState.UP, room=room, name=name, role=role)
        case Board(session=session):
            return msgspec.structs.replace(state, boards={**state.boards, session.id: message})
        case MachineBoard():
            return msgspec.structs.replace(state, machines=message)
        case TimeState():
            return msgspec.structs.replace(state, time=message, time_at=boot)
        case Alarm():
            kept = (*state.alarms, Logged(message, now))[-ALARMS_KEPT:]
            return msgspec.structs.replace(state, alarms=kept)


def cut(state: State, boot: int) -> State:
    """The link is gone since boot-time `boot`; boards stay, marked as old by the link's state."""
    if state.link is LinkState.DOWN:
        return state
    return msgspec.structs.replace(state, link=LinkState.DOWN, down_since=boot)


def signed_out(state: State) -> State:
    """Nobody sits here; what was known stays, so that the next person finds it."""
    return msgspec.structs.replace(state, link=LinkState.CONNECTING, name="", role=Role.STRANGER)


def seen(state: State) -> State:
    """Every alarm was looked at."""
    return msgspec.structs.replace(state, alarms=tuple(msgspec.structs.replace(one, seen=True) for one in state.alarms))


def ordered(state: State) -> tuple[Board, ...]:
    """The sittings by their start."""
    return tuple(sorted(state.boards.values(), key=lambda board: (board.session.start, board.session.id)))


def current(state: State) -> Board | None:
    """The sitting on screen: the chosen one, else the first that is not ended, else the last."""
    boards = ordered(state)
    if state.chosen in state.boards:
        return state.boards[state.chosen]
    return next((board for board in boards if not board.ended), boards[-1] if boards else None)


def switch(state: State) -> State:
    """Shows the next sitting."""
    boards, shown = ordered(state), current(state)
    if shown is None:
        return state
    following = boards[(boards.index(shown) + 1) % len(boards)]
    return msgspec.structs.replace(state, chosen=following.session.id)


def elsewhere(state: State) -> tuple[Board, ...]:
    """Other sittings in which somebody waits for a decision."""
    shown = current(state)
    return tuple(board for board in ordered(state) if board is not shown and b.waiting(board) and not board.ended)
