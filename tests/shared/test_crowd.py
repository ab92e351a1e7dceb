"""Callers at a port: limits by address, strangers give way, and a machine keeps its newest connections."""

from shared import limits
from shared.crowd import Crowd


class Port:
    """A port whose connections leave as soon as they are hung up on."""

    def __init__(self, per_address: int = limits.CONNECTIONS_PER_ADDRESS) -> None:
        self.turned_away: list[str] = []
        self.inside: list[tuple[str, int]] = []
        self.crowd = Crowd(per_address, self.turned_away.append)
        self._ports = 0

    def call(self, address: str, now: int = 0) -> tuple[str, int]:
        """A new connection."""
        self._ports += 1
        peer = (address, self._ports)
        if self.crowd.enter(peer, now, lambda: self.leave(peer)):
            self.inside.append(peer)
        return peer

    def leave(self, peer: tuple[str, int]) -> None:
        """It is gone."""
        self.inside.remove(peer)
        self.crowd.leave(peer)


def test_one_address_has_so_many_connections_and_others_their_own() -> None:
    port = Port(2)
    first, _, third = port.call("a"), port.call("a"), port.call("a")
    assert third not in port.inside and port.turned_away == ["a"]
    assert port.call("b") in port.inside
    port.leave(first)
    assert port.call("a") in port.inside


def test_new_connections_of_one_address_are_paced() -> None:
    port, entered = Port(), 0
    for now in range(0, 30_000, 10):
        peer = port.call("a", now)
        if peer in port.inside:
            entered += 1
            port.leave(peer)
    assert entered <= limits.CONNECTS_AT_ONCE + 1 + 30 * limits.CONNECTS_PER_SECOND
    assert port.call("b", 30_000) in port.inside, "nobody else waits"


def test_the_oldest_stranger_makes_room_and_a_proven_machine_never_does() -> None:
    port = Port()
    machine, oldest = port.call("pc"), port.call("x")
    port.crowd.prove(machine, "pc-01-1")
    newer = [port.call(f"x{n // 16}", n * 1_000) for n in range(limits.STRANGERS)]
    assert oldest not in port.inside and machine in port.inside
    assert newer[-1] in port.inside
    assert len(port.inside) == limits.STRANGERS + 1


def test_the_newest_connections_of_a_machine_count() -> None:
    port = Port()
    peers = [port.call(f"a{n}") for n in range(limits.CONNECTIONS_PER_MACHINE + 2)]
    for peer in peers:
        port.crowd.prove(peer, "pc-01-1")
    assert port.inside == peers[2:]
    other = port.call("b")
    port.crowd.prove(other, "pc-01-2")
    assert port.inside == [*peers[2:], other]


def test_a_connection_that_went_before_it_was_proven_is_no_machine() -> None:
    port = Port()
    peer = port.call("a")
    port.leave(peer)
    port.crowd.prove(peer, "pc-01-1")
    for _ in range(limits.CONNECTIONS_PER_MACHINE):
        port.crowd.prove(port.call("a"), "pc-01-1")
    assert len(port.inside) == limits.CONNECTIONS_PER_MACHINE


def test_all_machines_of_a_large_room_may_come_at_once() -> None:
    port = Port()
    port.crowd.known = limits.STRANGERS
    for n in range(2 * limits.STRANGERS):
        port.call(f"127.1.{n // 200}.{n % 200}", 0)
    assert len(port.inside) == 2 * limits.STRANGERS
    port.call("127.2.0.1", 0)
    assert len(port.inside) == 2 * limits.STRANGERS
