"""The token's process itself: what it answers, and that it ends with its input."""

import subprocess
import sys

from shared import codec, limits
from site_server.dongle import wire
from tests.support.softhsm import MODULE, PIN, SoftHsm


def talk(*requests: wire.Request) -> tuple[list[wire.Reply], int]:
    """All replies of a child that is then left alone, and its exit code."""
    line = [sys.executable, "-m", "site_server.dongle.child"]
    data = b"".join(map(wire.framed, requests))
    done = subprocess.run(line, input=data, capture_output=True, timeout=60, check=False)
    replies, rest = [], done.stdout
    while rest:
        size = wire.size_of(rest[:4])
        replies.append(codec.decode(wire.Reply, rest[4 : 4 + size], limits.FRAME_BYTES))
        rest = rest[4 + size :]
    return replies, done.returncode


def test_it_answers_each_request_and_ends_with_its_input(hsm: SoftHsm) -> None:
    hsm.token()
    opened = wire.Open(MODULE, None, "", "s1", PIN, "hpke-p256")
    replies, code = talk(opened, wire.Sign(b"data"), wire.WriteMark(b"mark"), wire.ReadMark(), wire.Alive(), opened)
    assert code == 0
    assert [reply.code for reply in replies] == ["", "", "", "", "", "dongle_gone"], "one process opens one token once"
    assert replies[0].keys is not None
    assert replies[3].marks == (b"mark",)


def test_a_request_before_opening_is_refused_and_not_the_end(hsm: SoftHsm) -> None:
    replies, code = talk(wire.Alive(), wire.Open(MODULE, None, "none", "s1", PIN))
    assert [reply.code for reply in replies] == ["dongle_gone", "no_token"]
    assert code == 0
