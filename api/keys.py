"""Keys that let clients in: made at random, kept as digests, compared in constant time.

A key has 256 random bits, so that a plain SHA-256 of it says nothing about it and needs no salt.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from starlette.datastructures import Headers

PREFIX = "answers_"
N_BYTES = 32


def make_key() -> str:
    """Return a new key."""
    return PREFIX + secrets.token_urlsafe(N_BYTES)


def digest_of(key: str) -> str:
    """Return what the settings keep of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def owner_of(key: str, digests: Iterable[str]) -> str | None:
    """Return the digest of a key that is known, None of any other; looks at all of them."""
    given = digest_of(key)
    found = [digest for digest in digests if hmac.compare_digest(given, digest)]
    return found[0] if found else None


def key_in(headers: Headers) -> str | None:
    """Return the key that a request carries.

    It stands in `Authorization: Bearer`, in `X-API-Key`, or is the password of `Authorization:
    Basic`, for which browsers ask.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        return _password(value.strip())
    return headers.get("x-api-key")


def _password(encoded: str) -> str | None:
    """Return the password of Basic credentials, None where they are not well formed."""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None
