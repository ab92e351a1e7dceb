"""What lies in the token: keys that cannot be read out, told apart by site."""

import os
import subprocess
import sys

import pytest

from shared.errors import Refused
from site_server.dongle import pkcs11
from tests.support.softhsm import MODULE, PIN, SoftHsm

LOOK = """
import sys, pkcs11
from pkcs11 import Attribute as A, ObjectClass as C
token = next(iter(pkcs11.lib(sys.argv[1]).get_tokens()))
with token.open(user_pin=sys.argv[2]) as session:
    for one in session.get_objects({A.CLASS: C.PRIVATE_KEY}):
        try:
            one[A.VALUE]
            value = "readable"
        except Exception as error:
            value = type(error).__name__
        print(one[A.LABEL], one[A.SENSITIVE], one[A.EXTRACTABLE], value)
"""


def test_private_keys_never_leave_the_token(hsm: SoftHsm) -> None:
    place = hsm.token()
    pkcs11.create(place, "s1", PIN).close()
    line = [sys.executable, "-c", LOOK, MODULE, PIN]
    found = subprocess.run(line, env=os.environ | hsm.environment, capture_output=True, text=True, check=True)
    assert sorted(found.stdout.splitlines()) == [
        "kaodian/s1/sign True False AttributeSensitive",
        "kaodian/s1/wrap True False AttributeSensitive",
    ]


def test_two_sites_may_share_a_token_and_do_not_meet(hsm: SoftHsm) -> None:
    place = hsm.token()
    one, two = pkcs11.create(place, "s1", PIN), pkcs11.create(place, "s2", PIN)
    assert one.keys != two.keys
    assert (one.read_mark().site, two.read_mark().site) == ("s1", "s2")
    one.close()
    two.close()
    with pytest.raises(Refused) as none:
        pkcs11.unlock(place, "s3", PIN)
    assert none.value.wire_code == "other_dongle"
