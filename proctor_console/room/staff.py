"""The room's staff: names, roles and salted PIN hashes as the site gave them, and the checking of a PIN.

Argon2 runs in a thread, one check at a time. Wrong tries slow down the person named, nobody else; from
`limits.PIN_TRIES` in a row on the consoles hear of it. Does not hand out PINs: the site does.
"""

import asyncio
from collections.abc import Callable

from proctor_console.room.patience import Patience
from shared import codec, crypto, limits
from shared.errors import Refused
from shared.io.clock import boot_now
from shared.io.store import Batch, Store
from shared.model import Staff

FACT = "staff"
READERS = frozenset({"supervisor"})
"""Roles that see the board and give no orders (质量督导员)."""


class Roll:
    """The staff of this room; kept in the store, so that a PIN works while the site is down."""

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = store.fact(FACT)
        self._staff: tuple[Staff, ...] = codec.decode(tuple[Staff, ...], kept, limits.DOCUMENT_BYTES) if kept else ()
        self._patience = Patience()
        self._one_at_a_time = asyncio.Lock()
        self.on_guessing: Callable[[int], None] = lambda _tries: None

    async def replace(self, staff: tuple[Staff, ...]) -> None:
        """Takes in the list as the site has it now."""
        if staff != self._staff:
            self._staff = staff
            await self._store.commit(Batch(facts={FACT: codec.encode(staff)}))

    async def check(self, name: str, pin: str) -> Staff:
        """The person whose PIN fits.

        Raises:
            Refused: `pin_wrong` (unknown names included) or `slow_down`.
        """
        name = name.strip()
        if self._patience.left(name, boot_now()):
            raise Refused("too many wrong PINs", "slow_down")
        person = next((one for one in self._staff if one.name == name), None)
        salt = person.salt if person else bytes(16)
        async with self._one_at_a_time:
            found = await asyncio.to_thread(crypto.pin_hash, pin[: limits.NAME_CHARS], salt)
        if person is None or not crypto.equal(found, person.pin_hash):
            tries = self._patience.wrong(name, boot_now())
            if tries >= limits.PIN_TRIES:
                self.on_guessing(tries)
            raise Refused("name and PIN do not fit", "pin_wrong")
        self._patience.right(name)
        return person
