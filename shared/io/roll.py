"""A list of staff as a room or the site itself knows it: names, roles, salted PIN hashes, and the checking of a PIN.

Argon2 runs in a thread, one check at a time. Wrong tries slow down the person named, nobody else; `limits.PIN_TRIES` in
a row lock that person, restart or not, until they are reset or get a new PIN. Does not hand out PINs: the site does.
"""

import asyncio
from collections.abc import Callable, Set
from contextlib import suppress

from shared import codec, crypto, limits
from shared.errors import Refused, Unavailable
from shared.io.clock import boot_now
from shared.io.store import Batch, Store
from shared.model import Staff
from shared.patience import Patience

FACT, TRIES = "staff", "staff_tries"


class Roll:
    """The staff; kept in the store, so that a PIN works without anybody else. `on_guessing(tries)` hears of a person
    who is locked now; `now` is boot-time, ms.
    """

    def __init__(self, store: Store, now: Callable[[], int] = boot_now) -> None:
        self._store = store
        kept, tries = store.fact(FACT), store.fact(TRIES)
        self._staff: tuple[Staff, ...] = codec.decode(tuple[Staff, ...], kept, limits.DOCUMENT_BYTES) if kept else ()
        self._tries: dict[str, int] = codec.decode(dict[str, int], tries, limits.DOCUMENT_BYTES) if tries else {}
        self._patience = Patience()
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self._keeping = asyncio.Lock()
        self.on_guessing: Callable[[int], None] = lambda _tries: None

    async def replace(self, staff: tuple[Staff, ...]) -> None:
        """Takes in the list as the site has it now, once it is durable; a new PIN unlocks. Raises `Unavailable`."""
        async with self._keeping:
            if staff != self._staff:
                same = {one.name for one in set(staff) & set(self._staff)}
                await self._keep(self._tries_of(same), {FACT: codec.encode(staff)})
                # Taken anew: tries may have been counted meanwhile.
                self._staff, self._tries = staff, self._tries_of(same)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the list, encoded."""
        return crypto.sha256(codec.encode(self._staff))

    def knows(self, person: Staff) -> bool:
        """Whether this person, with this role and PIN, still belongs to the room."""
        return person in self._staff

    async def reset(self, name: str) -> None:
        """Unlocks a person, once that is durable; raises `Unavailable`, or `Refused` (`nobody`) for an unknown name."""
        if all(one.name != name for one in self._staff):
            raise Refused(f"nobody here is called {name!r}", "nobody")
        async with self._keeping:
            await self._keep(self._tries_of(self._tries.keys() - {name}))
            self._tries.pop(name, None)
            self._patience.right(name)

    async def check(self, name: str, pin: str) -> Staff:
        """The person whose PIN fits.

        Raises:
            Refused: `pin_wrong` (unknown names included), `slow_down` or `pin_locked`.
        """
        name = name.strip()
        if self._patience.left(name, self._now()):
            raise Refused("too many wrong PINs", "slow_down")
        if self._tries.get(name, 0) >= limits.PIN_TRIES:
            raise Refused(f"{name} is locked", "pin_locked")
        person = next((one for one in self._staff if one.name == name), None)
        salt = person.salt if person else bytes(16)
        if person is not None:
            # A try counts before it is judged, so that tries at once or a restart give no free ones.
            self._tries[name] = self._tries.get(name, 0) + 1
            await self._note_tries()
        async with self._one_at_a_time:
            found = await asyncio.to_thread(crypto.pin_hash, pin[: limits.NAME_CHARS], salt)
        if person is None or not crypto.equal(found, person.pin_hash) or not self.knows(person):
            self._patience.wrong(name, self._now())
            if self._tries.get(name, 0) >= limits.PIN_TRIES:
                self.on_guessing(self._tries[name])
            raise Refused("name and PIN do not fit", "pin_wrong")
        self._patience.right(name)
        if self._tries.pop(name, None):
            await self._note_tries()
        return person

    async def _note_tries(self) -> None:
        """A disk that refuses keeps nobody out who must see that it does; what is counted counts until a restart."""
        with suppress(Unavailable):
            async with self._keeping:
                await self._keep(self._tries)

    def _tries_of(self, names: Set[str]) -> dict[str, int]:
        return {name: tries for name, tries in self._tries.items() if name in names}

    async def _keep(self, tries: dict[str, int], more: dict[str, bytes | None] | None = None) -> None:
        await self._store.commit(Batch(facts=(more or {}) | {TRIES: codec.encode(tries)}))
