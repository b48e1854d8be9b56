"""Tokens of clouds: fetched from the service that the environment names, and again before they expire."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from qaseed.errors import StoreError
from qaseed.stores.http import Client, Request
from qaseed.stores.retrying import Timing

SECONDS = 10.0
"""That a service of tokens is waited for."""
EARLY = 300
"""Seconds before its end that a token is fetched anew."""
GCS_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"

T = TypeVar("T")


class Renewed(Generic[T]):
    """What is fetched with the moment at which it expires, and kept until shortly before; threads may share it."""

    def __init__(self, fetch: Callable[[], tuple[T, str]]) -> None:
        self._fetch, self._lock = fetch, threading.Lock()
        self._value: T | None = None
        self._until = 0.0

    def get(self) -> T:
        """What is valid now."""
        with self._lock:
            if self._value is None or time.time() > self._until - EARLY:
                self._value, expires = self._fetch()
                self._until = time.time() + 2 * EARLY
                with suppress(ValueError):
                    self._until = datetime.fromisoformat(expires).timestamp()
            return self._value


def ask_token(
    method: str,
    url: str,
    timing: Timing,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> bytes:
    """What a service of tokens answers; only the one that the environment names may be asked without encryption."""
    body, kind = (
        (urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}) if form else (b"", {})
    )

    def sign(request: Request) -> Request:  # what proves who asks follows no redirect
        return replace(request, headers=dict(request.headers) | dict(headers or {}))

    client = Client(url, timing.within(SECONDS), sign=sign, is_plain=form is None)
    answer = client.ask(Request(method, url, kind, body))
    if answer.status != 200:
        where = url.partition("?")[0]
        raise StoreError(f"{where}: gives no token (status {answer.status}); check the credentials of the store")
    return answer.content


def json_token(content: bytes, service: str) -> tuple[str, str]:
    """The token of an answer and when it expires."""
    try:
        of = json.loads(content)
        token = of.get("access_token") or of["accessToken"]
        seconds = of.get("expires_in") or 2 * EARLY
        return str(token), datetime.fromtimestamp(time.time() + float(seconds)).astimezone().isoformat()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(f"{service}: gives no token; check the credentials of the store") from None


def service_account_assertion(account: Mapping[str, Any], audience: str) -> str:
    """What a service account of Google's signs by its key to get a token (RFC 7523, RS256)."""
    now = int(time.time())
    header = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id", "")}
    claims = {"iss": account["client_email"], "scope": GCS_SCOPE, "aud": audience, "iat": now, "exp": now + 3600}
    text = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{_base64(_rs256(text.encode(), account['private_key']))}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _rs256(content: bytes, key: str) -> bytes:
    """The signature of RSASSA-PKCS1-v1_5 with SHA-256, which is one power: no library is needed for it."""
    lines = [line for line in key.strip().splitlines() if not line.startswith("-----")]
    numbers = _integers(base64.b64decode("".join(lines)))
    modulus, exponent = numbers[0], numbers[2]
    size = (modulus.bit_length() + 7) // 8
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(content).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
    return pow(int.from_bytes(padded), exponent, modulus).to_bytes(size)


def _integers(der: bytes) -> list[int]:
    """The integers of an RSA key in DER, without its version: PKCS#1, or PKCS#8 around it."""
    numbers: list[int] = []
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(der[at : at + count]), at + count
        if tag == 0x30 and not (numbers and der[at] == 0x06):  # a sequence, but not the name of the algorithm
            continue
        if tag == 0x04:  # an octet string: PKCS#8 has the key in one
            return _integers(der[at : at + length])
        if tag == 0x02:
            numbers.append(int.from_bytes(der[at : at + length]))
        at += length
    return numbers[1:]
