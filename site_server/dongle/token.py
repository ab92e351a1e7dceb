"""A PKCS#11 token as a dongle: finding it, its two key pairs and its mark, and the operations that need them.

The only importer of `pkcs11`; runs in the child process alone. Objects are told apart by label: `kaodian/<site>/wrap`,
`/sign` (key pairs) and `/mark` (data). Does not judge what it is asked to do.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ecdsa_signature, encode_named_curve_parameters

from shared import crypto
from shared import documents as d
from site_server.dongle import wire
from site_server.dongle.refusals import Failed

_PRIVATE = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
_AGREED = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True, Attribute.TOKEN: False}


class Token:
    """An opened token; raises whatever the module raises, and `Failed`."""

    def __init__(self, asked: wire.Open) -> None:
        self._label = f"kaodian/{asked.site}"
        self._found = _find(asked)
        self._session = self._found.open(rw=True, user_pin=asked.pin)
        if asked.make:
            self._make(asked.make)
        self._wrap, self._sign = self._key("wrap"), self._key("sign")
        wrap, sign = self._public("wrap"), self._public("sign")
        self._curve = len(wrap) == crypto.POINT_BYTES
        kinds = (crypto.HPKE_P256, crypto.ECDSA_P256) if self._curve else (crypto.RSA_OAEP, crypto.RSA_2048)
        self.keys = d.DongleKeys(crypto.WrapKey(kinds[0], wrap), crypto.PublicKey(kinds[1], sign))
        if asked.make:
            self._try_out()

    def answer(self, asked: wire.AnyRequest) -> wire.Reply:
        """Carries one request out."""
        match asked:
            case wire.Agree(point=point):
                return wire.Reply(self._agree(point))
            case wire.Raise(block=block):
                return wire.Reply(
                    self._wrap.decrypt(block, mechanism=Mechanism.RSA_X_509).rjust(crypto.RSA_BYTES, b"\0")
                )
            case wire.Sign(data=data):
                return wire.Reply(self._signed(data))
            case wire.ReadMark():
                return wire.Reply(marks=tuple(bytes(one[Attribute.VALUE]) for one in self._marks()))
            case wire.WriteMark(data=data):
                self._write_mark(data)
                return wire.Reply()
            case wire.Alive():
                self._look()
                return wire.Reply()
            case _:
                raise Failed("dongle_gone", "the token is open already")

    def _agree(self, point: bytes) -> bytes:
        secret = self._wrap.derive_key(
            KeyType.GENERIC_SECRET, 256, mechanism=Mechanism.ECDH1_DERIVE,
            mechanism_param=(pkcs11.KDF.NULL, None, point), template=_AGREED,
        )  # fmt: skip
        try:
            return bytes(secret[Attribute.VALUE])
        finally:
            secret.destroy()

    def _signed(self, data: bytes) -> bytes:
        if self._curve:
            # The digest is made here: not every token hashes for ECDSA.
            pair = self._sign.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA)
            return encode_ecdsa_signature(pair)
        return bytes(self._sign.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))

    def _look(self) -> None:
        """Asks the slot and the token itself; a cached handle alone would answer for a token that is out."""
        self._found.slot.get_token()
        if next(self._marks(), None) is None:
            raise Failed("dongle_gone", "the token does not show its objects any more")

    def _marks(self) -> Iterator[Any]:
        # Listed at once: an open search would block other calls.
        asked = {Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: f"{self._label}/mark"}
        return iter(list(self._session.get_objects(asked)))

    def _write_mark(self, data: bytes) -> None:
        """The new one first: a token pulled out in between holds two, of which the reader takes the later."""
        older = list(self._marks())
        self._session.create_object({
            Attribute.CLASS: ObjectClass.DATA, Attribute.TOKEN: True, Attribute.PRIVATE: True,
            Attribute.LABEL: f"{self._label}/mark", Attribute.VALUE: data,
        })  # fmt: skip
        for one in older:
            one.destroy()

    def _make(self, wrap: str) -> None:
        if self._objects("wrap") or self._objects("sign"):
            raise Failed("dongle_exists", f"the token holds keys of {self._label} already")
        try:
            for name in ("wrap", "sign"):
                self._make_pair(name, wrap)
        except Exception:
            self._forget()
            raise

    def _make_pair(self, name: str, wrap: str) -> None:
        label = f"{self._label}/{name}"
        wraps = name == "wrap"
        if wrap == crypto.HPKE_P256:
            curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            use = {Attribute.DERIVE: wraps, Attribute.SIGN: not wraps}
            self._session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
                store=True, label=label, id=name.encode(), mechanism=Mechanism.EC_KEY_PAIR_GEN,
                public_template={Attribute.VERIFY: not wraps}, private_template=_PRIVATE | use,
            )  # fmt: skip
            return
        use = {Attribute.DECRYPT: wraps, Attribute.SIGN: not wraps}
        self._session.generate_keypair(
            KeyType.RSA, 8 * crypto.RSA_BYTES, store=True, label=label, id=name.encode(),
            public_template={Attribute.ENCRYPT: wraps, Attribute.VERIFY: not wraps}, private_template=_PRIVATE | use,
        )  # fmt: skip

    def _try_out(self) -> None:
        """Every operation once, before anybody relies on the keys: a token may make keys that it cannot use."""
        try:
            if self._curve:
                self._agree(self.keys.wrap.key)
            else:
                self._wrap.decrypt(bytes(crypto.RSA_BYTES - 1) + b"\2", mechanism=Mechanism.RSA_X_509)
            crypto.verify(self.keys.sign, self._signed(b"kaodian"), b"kaodian")
        except Exception as error:
            self._forget()
            raise Failed("token_cannot", f"made keys that it cannot use: {error.__class__.__name__}") from error

    def _forget(self) -> None:
        for name in ("wrap", "sign"):
            for one in self._objects(name):
                one.destroy()

    def _objects(self, name: str) -> list[Any]:
        return list(self._session.get_objects({Attribute.LABEL: f"{self._label}/{name}"}))

    def _key(self, name: str) -> Any:
        for one in self._objects(name):
            if one.object_class == ObjectClass.PRIVATE_KEY:
                return one
        raise Failed("other_dongle", f"the token holds no keys of {self._label}")

    def _public(self, name: str) -> bytes:
        """The 65-byte point, or the modulus in 256 bytes."""
        for one in self._objects(name):
            if one.object_class == ObjectClass.PUBLIC_KEY:
                if one.key_type == KeyType.EC:
                    # A DER octet string by the standard, the bare point from some tokens.
                    return bytes(one[Attribute.EC_POINT])[-crypto.POINT_BYTES :]
                return int.from_bytes(one[Attribute.MODULUS]).to_bytes(crypto.RSA_BYTES)
        raise Failed("other_dongle", f"the token holds no keys of {self._label}")


def _find(asked: wire.Open) -> Any:
    """The token that slot and label choose."""
    if not Path(asked.module).is_file():
        raise Failed("no_module", f"{asked.module} is not there")
    try:
        module = pkcs11.lib(asked.module)
    except (RuntimeError, pkcs11.PKCS11Error) as error:
        raise Failed("no_module", f"{asked.module} is no PKCS#11 module: {error}") from error
    found = [slot.get_token() for slot in module.get_slots(token_present=True)]
    found = [token for token in found if pkcs11.TokenFlag.TOKEN_INITIALIZED in token.flags]
    if asked.slot is not None:
        found = [token for token in found if token.slot.slot_id == asked.slot]
    if not found:
        raise Failed("no_token", f"no token in slot {asked.slot}" if asked.slot is not None else "no token in any slot")
    chosen = [token for token in found if not asked.label or token.label == asked.label]
    if len(chosen) != 1:
        labels = ", ".join(f"{token.label} (slot {token.slot.slot_id})" for token in found)
        raise Failed("no_token_label", f"{len(chosen)} tokens fit; there are: {labels}")
    if pkcs11.TokenFlag.USER_PIN_LOCKED in chosen[0].flags:
        raise Failed("token_pin_locked", "the token reports its PIN as locked")
    return chosen[0]
