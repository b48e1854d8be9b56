"""Credentials for the requests to a registry: basic credentials, or a token from where the registry's challenge says.

The place of the tokens may be another host (Docker Hub and GitLab have one). As the standard has it, the credentials
go there: the registry itself names it, over TLS. What a redirect leads to never gets any, nor is it listened to.
"""

from __future__ import annotations

import json
import re
import threading
from urllib.parse import urlencode, urlsplit

from qaseed.errors import StoreError
from qaseed.stores.authorization import Authorization, FixedAuthorization
from qaseed.stores.http import Client, Request, check_transport, is_loopback
from qaseed.stores.oci_credentials import Credentials, find_credentials
from qaseed.stores.retrying import Timing
from qaseed.stores.urls import without_query

_PARAMETER = re.compile(r'([a-z_]+)="([^"]*)"')
_TOKEN = re.compile(r"[\x21-\x7e]+")


class RegistryAuthorization:
    """The credentials for one repository of a registry at a time; threads may share it."""

    def __init__(self, host: str, timing: Timing) -> None:
        self._host, self._timing = host, timing
        self._lock = threading.Lock()
        self._headers: dict[str, str] = {}

    def header(self, scope: str) -> str | None:
        """What was accepted for the scope so far."""
        return self._headers.get(scope)

    def answer(self, challenge: str, scope: str, refused: str | None) -> bool:
        """Whether there are credentials other than the refused ones: basic ones, or a new token."""
        with self._lock:
            current = self._headers.get(scope)
            if current != refused:
                return True  # another thread has answered
            header = self._answered(challenge, scope)
            if header is None or header == refused:
                return False
            self._headers[scope] = header
            return True

    def _answered(self, challenge: str, scope: str) -> str | None:
        scheme, _, rest = challenge.strip().partition(" ")
        credentials = find_credentials(self._host, scope.removeprefix("repository:").partition(":")[0])
        if scheme.lower() == "basic":
            return credentials.basic if credentials and not credentials.is_identity_token else None
        if scheme.lower() != "bearer":
            return None
        parameters = dict(_PARAMETER.findall(rest))
        return f"Bearer {self._token(parameters, scope, credentials)}"

    def _token(self, parameters: dict[str, str], scope: str, credentials: Credentials | None) -> str:
        realm = parameters.get("realm", "")
        check_transport(realm)
        if is_loopback(urlsplit(realm).hostname or "") and not is_loopback(urlsplit(f"//{self._host}").hostname or ""):
            raise StoreError(f"{self._host}: wants its credentials to be sent to this machine; they are not")
        fields = {"service": parameters["service"]} if "service" in parameters else {}
        fields["scope"] = scope or parameters.get("scope", "")
        client = Client(
            realm,
            self._timing,
            _basic(credentials),
        )
        answer = client.ask(_token_request(realm, fields, credentials))
        if answer.status in (401, 403):
            raise StoreError(f"{self._host}: {_what_to_do(self._host, credentials)}")
        answer.expect(200)
        try:
            document = json.loads(answer.content)
            token = document.get("token") or document["access_token"]
        except (ValueError, KeyError, AttributeError, RecursionError):
            token = None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise StoreError(f"{without_query(realm)}: answers with no token")
        return token


def _basic(credentials: Credentials | None) -> Authorization | None:
    """Basic credentials, sent to one host with each request."""
    return FixedAuthorization(credentials.basic) if credentials and not credentials.is_identity_token else None


def _token_request(realm: str, fields: dict[str, str], credentials: Credentials | None) -> Request:
    if credentials and credentials.is_identity_token:
        form = fields | {"grant_type": "refresh_token", "client_id": "qaseed", "refresh_token": credentials.secret}
        body = urlencode(form).encode()
        return Request("POST", realm, {"Content-Type": "application/x-www-form-urlencoded"}, body)
    separator = "&" if urlsplit(realm).query else "?"
    return Request("GET", f"{realm}{separator}{urlencode(fields)}")


def _what_to_do(host: str, credentials: Credentials | None) -> str:
    if credentials:
        return f"refuses the credentials; log in again with `docker login {host}`"
    return f"is not public; log in with `docker login {host}`"
