"""Where a room's sittings stand, folded from its store; works beside a running service and changes nothing."""

from typing import Any

from proctor_console.room import sessions
from proctor_console.room.desk import Desk
from proctor_console.room.hall import Hall
from proctor_console.room.machine import Machine
from shared.io.clock import TrustedClock
from shared.io.store import Store
from shared.sitting import Status


def of(machine: Machine) -> list[dict[str, Any]]:
    """One row per sitting: ids, phase, counts by status, records held."""
    store = Store(machine.database)
    try:
        hall = Hall(machine, store, TrustedClock())
        sessions.restore(hall)
        return [_row(desk) for desk in hall.desks.values()]
    finally:
        store.close()


def _row(desk: Desk) -> dict[str, Any]:
    state = desk.state
    attempts = sum(point.position for one in state.attempts.values() for point in one.heads.values())
    return {
        "session": state.session.id,
        "room": state.room.id,
        "phase": _phase(desk),
        "candidates": len(state.candidates),
        **{status.value: state.count(status) for status in Status},
        "records": desk.point.position + attempts,
    }


def _phase(desk: Desk) -> str:
    state = desk.state
    if state.ended:
        return "ended"
    if state.opened_at is not None:
        return "open"
    if state.armed:
        return "armed"
    return "login" if state.login_allowed else "waiting"
