"""CIDs as texts."""

from __future__ import annotations

import base64
from typing import Optional

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def is_cid(text: str) -> bool:
    """Return whether a text is a CID, of version 0 or 1, as it is written anywhere."""
    if text.startswith("Qm"):
        return len(text) == 46 and set(text) <= set(_BASE58)
    data = _decoded(text)
    if data is None:
        return False
    version, data = _varint(data)
    _codec, data = _varint(data)
    _hash, data = _varint(data)
    length, digest = _varint(data)
    return version == 1 and length == len(digest)


def _decoded(text: str) -> Optional[bytes]:
    """Return the bytes of a text by its multibase prefix; None for one that is none."""
    prefix, rest = text[:1], text[1:]
    try:
        if prefix in ("b", "B") and rest == (rest.lower() if prefix == "b" else rest.upper()):
            return base64.b32decode(_padded(rest.upper(), 8))
        if prefix in ("f", "F"):
            return bytes.fromhex(rest)
        if prefix in ("m", "u"):
            return base64.b64decode(_padded(rest, 4), b"-_" if prefix == "u" else None, validate=True)
        if prefix in ("z", "k"):
            return _digits(rest, _BASE58 if prefix == "z" else _BASE36)
    except ValueError:
        pass
    return None


def _padded(text: str, size: int) -> str:
    return text + "=" * (-len(text) % size)


def _digits(text: str, alphabet: str) -> bytes:
    number = 0
    for digit in text:
        number = number * len(alphabet) + alphabet.index(digit)
    # What begins with the version 1 has no zeros before it.
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _varint(data: bytes) -> tuple[Optional[int], bytes]:
    """Return the number that some bytes begin with, None where they end before it does, and the rest."""
    value = 0
    for at, byte in enumerate(data):
        value |= (byte & 0x7F) << (7 * at)
        if byte < 0x80:
            return value, data[at + 1 :]
    return None, b""
