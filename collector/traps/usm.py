"""The user-based security model as a receiver needs it (RFC 3414, 3826, 7860): keys, signatures, ciphers.

The ciphers and pass phrases are pysnmp's; its time window is not used, for it takes a message's own clock for the
sender's before it compares them, so that whatever is replayed passes.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import Any, Final, NamedTuple

from collector.target import Snmp

HASHES: Final = {"md5": "md5", "sha": "sha1", **{name: name for name in ("sha224", "sha256", "sha384", "sha512")}}
DIGESTS: Final = {"md5": 12, "sha": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
AUTH_OIDS: Final = {
    name: (1, 3, 6, 1, 6, 3, 10, 1, 1, last)
    for last, name in enumerate(("md5", "sha", "sha224", "sha256", "sha384", "sha512"), start=2)
}
_CISCO: Final = (1, 3, 6, 1, 4, 1, 9, 12, 6, 1)
PRIV_OIDS: Final = {
    "des": (1, 3, 6, 1, 6, 3, 10, 1, 2, 2),
    "aes": (1, 3, 6, 1, 6, 3, 10, 1, 2, 4),
    "aes128": (1, 3, 6, 1, 6, 3, 10, 1, 2, 4),
    "aes192": (*_CISCO, 1),
    "aes256": (*_CISCO, 2),
}


class BadCipher(Exception):
    """What is no cipher text of this key."""


class Keys(NamedTuple):
    """A user's keys for one engine (RFC 3414, 2.6); `cipher` is pysnmp's service, None without privacy."""

    auth: str | None
    auth_key: bytes
    cipher: Any
    priv_key: bytes

    def __repr__(self) -> str:
        return f"Keys({self.auth}, {'sealed' if self.cipher else 'open'})"

    @property
    def digest(self) -> int:
        """How long this user's signatures are, in octets."""
        return DIGESTS[self.auth] if self.auth else 0

    def signature(self, message: bytes) -> bytes:
        """Of a whole message in which zeros stand where the signature goes."""
        assert self.auth is not None
        return hmac.digest(self.auth_key, message, HASHES[self.auth])[: self.digest]

    def signed(self, message: bytes, at: int, signature: bytes) -> bool:
        """Whether `signature`, which stands at `at` in the message, is this user's."""
        if self.auth is None or len(signature) != self.digest:
            return False
        blank = message[:at] + bytes(self.digest) + message[at + self.digest :]
        return hmac.compare_digest(self.signature(blank), signature)

    def encrypt(self, plain: bytes, boots: int, time: int) -> tuple[bytes, bytes]:
        """Cipher text and the salt that goes with it."""
        from pysnmp.proto.rfc1902 import OctetString

        sealed, salt = self.cipher.encrypt_data(OctetString(self.priv_key), (boots, time, None), plain)
        return sealed.asOctets(), salt.asOctets()

    def decrypt(self, sealed: bytes, boots: int, time: int, salt: bytes) -> bytes:
        """The plain text, DES' padding behind it. Raises `BadCipher`."""
        from pysnmp.error import PySnmpError
        from pysnmp.proto.rfc1902 import OctetString

        try:
            plain = self.cipher.decrypt_data(
                OctetString(self.priv_key), (boots, time, OctetString(salt)), OctetString(sealed)
            )
        except (PySnmpError, ValueError) as error:
            raise BadCipher(type(error).__name__) from error
        return bytes(plain)


@lru_cache(maxsize=8192)
def keys_for(snmp: Snmp, engine: bytes) -> Keys:
    """The keys of a user of version 3 for an engine; a pass phrase is hashed once, for all engines."""
    if snmp.auth is None or snmp.auth_key is None:
        return Keys(None, b"", None, b"")
    name = HASHES[snmp.auth]
    auth_key = _localised(_master(snmp.auth_key, snmp.auth), engine, name)
    if snmp.priv is None or snmp.priv_key is None:
        return Keys(snmp.auth, auth_key, None, b"")
    from pysnmp.proto.rfc1902 import OctetString

    cipher = _ciphers()[PRIV_OIDS[snmp.priv]]
    master = OctetString(_master(snmp.priv_key, snmp.auth))
    priv_key = cipher.localize_key(AUTH_OIDS[snmp.auth], master, OctetString(engine))
    return Keys(snmp.auth, auth_key, cipher, bytes(priv_key))


def _localised(master: bytes, engine: bytes, name: str) -> bytes:
    return hashlib.new(name, master + engine + master).digest()


@lru_cache(maxsize=1024)
def _master(phrase: str, auth: str) -> bytes:
    """A pass phrase as a key (RFC 3414, A.2): the hash of a million octets of it."""
    octets = phrase.encode()
    return hashlib.new(HASHES[auth], (octets * ((1 << 20) // len(octets) + 1))[: 1 << 20]).digest()


def _ciphers() -> dict[tuple[int, ...], Any]:
    """pysnmp's ciphers by their identifiers; imported where they are needed first: it takes a quarter of a second."""
    from pysnmp.proto.secmod.rfc3414.service import SnmpUSMSecurityModel

    services: dict[tuple[int, ...], Any] = SnmpUSMSecurityModel.PRIV_SERVICES
    return services
