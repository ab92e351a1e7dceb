"""The servers' own event loop: what they count and cut on asyncio's loop, they count and cut on it too."""

import asyncio
import socket
from pathlib import Path

from shared.crowd import Crowd
from shared.io import loop
from tests.shared.io.test_door import PATIENCE, house, post


def test_what_the_main_coroutine_returns_is_returned() -> None:
    async def main() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert loop.serve(main()) == "uvloop"


def test_callers_are_counted_in_and_out(tmp_path: Path) -> None:
    async def main() -> None:
        turned_away: list[str] = []
        async with house(tmp_path, Crowd(3, turned_away.append), 400) as server:
            held = [socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.9.1", 0)) for _ in "12"]
            assert (await server.call(post(b"third"), "127.0.9.1")).startswith(b"HTTP/1.1 200")
            assert turned_away == []
            held += [
                socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.9.1", 0)) for _ in "12"
            ]
            await server.hung_up(held[-1])
            assert turned_away == ["127.0.9.1"]
            await server.hung_up(held[0])  # no handshake within the time
            for one in held:
                one.close()
            async with asyncio.timeout(PATIENCE):
                while not (await server.call(post(b"again"), "127.0.9.1")).startswith(b"HTTP/1.1 200"):  # noqa: ASYNC110  # the kernel tells nobody
                    await asyncio.sleep(0.01)

    loop.serve(main())


def test_a_herd_of_callers_is_taken_whole(tmp_path: Path) -> None:
    async def main() -> None:
        crowd = Crowd()
        crowd.known = 300
        async with house(tmp_path, crowd) as server:
            calls = (server.call(post(b"%d" % n), f"127.0.{n // 200 + 1}.{n % 200 + 1}") for n in range(300))
            said = await asyncio.gather(*calls)
            assert all(one.startswith(b"HTTP/1.1 200") for one in said)
            assert sorted(server.bodies) == sorted(b"%d" % n for n in range(300))

    loop.serve(main())
