"""The site's staff: who works in which room and for the site as a whole, their PINs, and who agrees on what takes two.

People of the site (room `""`: administrator, 主考, technical head, readers ...) may sign in at every room. A PIN is
drawn or chosen, never a trivial one or somebody else's, and rests as a salted hash. Does not sign anybody in at a
console and does not tell rooms of a change: rooms do the one, `verbs` the other.
"""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from typing import Any, Final

import msgspec

from shared import codec, crypto, limits
from shared.errors import Malformed, Refused
from shared.io.clock import boot_now
from shared.io.roll import FACT, Roll
from shared.io.store import Batch
from shared.model import Staff
from shared.roles import DEFAULT, SITE_STAFF, STAFF, Role
from site_server.folder import check_id
from site_server.site import Site

Facts = dict[str, Any]
SITE: Final = ""
"""The "room" of those who belong to the site as a whole."""
PIN_DIGITS_MOST: Final = 12
KNOWN: Final = frozenset({"112233", "123123", "121212", "520520", "520131", "131452", "147258", "159357", "142536"})


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's name and PIN, on their way to the check and nowhere else."""

    name: str
    pin: str


class People:
    """The registered staff of a site; `now` is boot-time, ms."""

    def __init__(self, site: Site, now: Callable[[], int] = boot_now) -> None:
        self._site = site
        self._roll = Roll(site.store, now)

    def of(self, room: str) -> tuple[Staff, ...]:
        """Who is registered for a room, or with `SITE` for the site itself."""
        return _read(self._site.store.fact(_fact(room)))

    def in_room(self, room: str) -> tuple[Staff, ...]:
        """Everybody who may sign in at a room."""
        return (*self.of(room), *self.of(SITE))

    def rooms(self) -> list[str]:
        """Rooms for which somebody is registered."""
        prefix = f"{FACT}/"
        return sorted(name.removeprefix(prefix) for name in self._site.store.facts(prefix))

    async def put(self, room: str, name: str, role: Role, pin: str = "", instead: str = "") -> str:
        """Registers a person, in place of one of the same name and of `instead`; the PIN, drawn if none is given.

        Raises:
            Malformed: `bad_id`, `bad_name` (a role that does not fit the place, too), `bad_pin`.
            Refused: `name_taken`, `nobody` for an unknown `instead`.
        """
        name = name.strip()
        if room:
            check_id(room, "room")
        if not 0 < len(name) <= limits.NAME_CHARS or role not in (STAFF if room else SITE_STAFF):
            raise Malformed(f"a name has 1 to {limits.NAME_CHARS} characters, a role fits the place", "bad_name")
        elsewhere = self.of(SITE) if room else [one for other in self.rooms() for one in self.of(other)]
        if any(one.name == name for one in elsewhere):
            raise Refused(f"{name} is registered elsewhere", "name_taken")
        if instead and all(one.name != instead for one in self.of(room)):
            raise Refused(f"nobody here is called {instead!r}", "nobody")
        others = [one for one in self.of(room) if one.name not in (name, instead)]
        made, pin = await asyncio.to_thread(_with_pin, name, role, pin, others, self._site.id)
        await self._keep(room, (*others, made))
        return pin

    async def remove(self, room: str, name: str) -> None:
        """Takes a person off the list; raises `Refused` (`nobody`)."""
        found = self.of(room)
        if all(one.name != name for one in found):
            raise Refused(f"nobody here is called {name!r}", "nobody")
        await self._keep(room, tuple(one for one in found if one.name != name))

    async def check(self, who: Credentials) -> Staff:
        """The person of the site whose PIN fits; raises `Refused` like `Roll.check`."""
        return await self._roll.check(who.name, who.pin)

    async def agreed(self, action: str, first: Credentials, second: Credentials) -> tuple[str, str]:
        """Two different people of the site who may agree on `action` (a pair of the role table); their names.

        Raises:
            Refused: `same_person`, `not_your_role`, and as `check`.
        """
        one, other = await self.check(first), await self.check(second)
        if one.name == other.name:
            raise Refused("a second person must confirm", "same_person")
        if not DEFAULT.pair_fits(action, one.role, other.role):
            raise Refused(f"{one.role.value} and {other.role.value} cannot agree on {action}", "not_your_role")
        return one.name, other.name

    async def _keep(self, room: str, found: tuple[Staff, ...]) -> None:
        if room == SITE:
            await self._roll.replace(found)
        else:
            await self._site.commit(Batch(facts={_fact(room): codec.encode(found)}))
        self._site.unsaved.set()


def weak(pin: str, *known: str) -> bool:
    """Whether a PIN is of another form than 6 to 12 digits, or one that people try first; `known` words count, too."""
    if not (pin.isascii() and pin.isdigit() and limits.PIN_DIGITS <= len(pin) <= PIN_DIGITS_MOST):
        return True
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    repeats = any(pin == (pin[:size] * len(pin))[: len(pin)] for size in range(1, len(pin) // 2 + 1))
    return len(steps) == 1 or repeats or len(set(pin)) < 3 or pin in KNOWN or any(pin in word for word in known)


def _with_pin(name: str, role: Role, pin: str, others: list[Staff], site: str) -> tuple[Staff, str]:
    """The person with a PIN that is good and nobody else's; slow, because PIN hashes are."""
    chosen = bool(pin)
    while True:
        wanted = pin if chosen else f"{secrets.randbelow(10**limits.PIN_DIGITS):0{limits.PIN_DIGITS}}"
        taken = any(crypto.equal(crypto.pin_hash(wanted, one.salt), one.pin_hash) for one in others)
        if not weak(wanted, site) and not taken:
            salt = crypto.random_bytes(16)
            return Staff(name, role, salt, crypto.pin_hash(wanted, salt)), wanted
        if chosen:
            raise Malformed("a PIN is too easy to guess, or somebody's already", "bad_pin")


def _fact(room: str) -> str:
    """Name of the store fact; the site's own list is that of its `Roll`."""
    return f"{FACT}/{room}" if room else FACT


def _read(held: bytes | None) -> tuple[Staff, ...]:
    return codec.decode(tuple[Staff, ...], held, limits.DOCUMENT_BYTES) if held else ()
