"""Tokens of clouds: fetched from the service that the environment names, and again before they expire."""

from __future__ import annotations

import base64
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
    """What a service account of Google's signs by its key to get a token (RFC 7523, RS256).

    Raises `ValueError`, `TypeError` or `KeyError` for an account without such a key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    now = int(time.time())
    header = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id", "")}
    claims = {"iss": account["client_email"], "scope": GCS_SCOPE, "aud": audience, "iat": now, "exp": now + 3600}
    text = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    try:
        key = load_pem_private_key(account["private_key"].encode(), password=None)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("a key of another kind")
    return f"{text}.{_base64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
