"""Credentials for the requests to a host: those of a user's files, or what a registry asks for."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Protocol


class Authorization(Protocol):
    """Credentials for the requests to a host."""

    def header(self, scope: str) -> str | None:
        """The value of the header Authorization, if there is one."""
        ...

    def answer(self, challenge: str, scope: str, refused: str | None) -> bool:
        """Whether there are other credentials than the refused ones, now that the host asks for them."""
        ...


@dataclass(frozen=True)
class FixedAuthorization:
    """The same credentials for each request to the host."""

    value: str = field(repr=False)

    def header(self, scope: str) -> str | None:
        """The credentials."""
        return self.value

    def answer(self, challenge: str, scope: str, refused: str | None) -> bool:
        """There are no others."""
        return False


def netrc_authorization(url: str) -> Authorization | None:
    """The user's credentials for a host, from `.netrc` or the file of `NETRC`."""
    from requests.utils import get_netrc_auth

    user_and_password = get_netrc_auth(url)
    return FixedAuthorization(basic(*user_and_password)) if user_and_password else None


def basic(user: str, password: str) -> str:
    """Basic credentials as the value of the header Authorization."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
