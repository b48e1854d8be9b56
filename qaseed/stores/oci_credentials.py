"""Who asks a registry: credentials from the usual places, and the tokens that a registry gives for them.

The first place that has credentials for the registry counts: the file of `REGISTRY_AUTH_FILE`, else `config.json` in
`DOCKER_CONFIG` or `~/.docker` with the programs that it names; then the variables of a GitLab job for its own registry,
and `GITHUB_TOKEN` for GitHub's. Without any, the registry is asked anonymously.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qaseed.errors import StoreError
from qaseed.stores.authorization import basic

MOST_SECONDS = 10
"""For a program that has credentials."""
_GITHUB, _GITHUB_REGISTRY = "https://github.com", "ghcr.io"
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


@dataclass(frozen=True)
class Credentials:
    """A user with a password, or a token that other tokens are had for; neither is ever printed."""

    user: str
    secret: str = field(repr=False)
    is_identity_token: bool = False

    @property
    def basic(self) -> str:
        """The value of the header Authorization."""
        return basic(self.user, self.secret)


def find_credentials(host: str, repository: str) -> Credentials | None:
    """The credentials for a repository of a registry, from the first of the usual places that has any."""
    document = _read(_file())
    return _from_file(document, host, repository) or _of_gitlab(host) or _of_github(host)


def _file() -> Path | None:
    configured = os.environ.get("REGISTRY_AUTH_FILE")
    if configured:
        return Path(configured)
    folder = os.environ.get("DOCKER_CONFIG")
    if folder:
        return Path(folder) / "config.json"
    try:
        return Path.home() / ".docker" / "config.json"
    except RuntimeError:
        return None


def _read(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    try:
        document = json.loads(path.read_bytes())
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError):
        raise StoreError(f"{path}: is not in order, so it has no credentials; fix it or log in again") from None
    return document if isinstance(document, dict) else {}


def _from_file(document: Mapping[str, Any], host: str, repository: str) -> Credentials | None:
    keys = list(_keys(host, repository))
    helpers = _mapping(document, "credHelpers")
    for key in keys:
        if key in helpers:
            return _from_program(helpers[key], key)
    entries = _mapping(document, "auths")
    entry = next((entries[key] for key in keys if key in entries), None)
    stored = _from_entry(entry) if isinstance(entry, dict) else None
    if stored or not document.get("credsStore"):
        return stored
    known = [key for key in keys if key in entries] or [_program_key(host)]
    return _from_program(document["credsStore"], known[0])


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _keys(host: str, repository: str) -> Iterator[str]:
    """The names under which a file may have credentials, from the one that fits best."""
    hosts = _DOCKER_HUB if host in _DOCKER_HUB else (host,)
    parts = repository.split("/")
    for name in hosts:
        yield from (f"{name}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1))
        yield from (name, f"https://{name}", f"https://{name}/", f"https://{name}/v1/", f"https://{name}/v2/")


def _program_key(host: str) -> str:
    return "https://index.docker.io/v1/" if host in _DOCKER_HUB else host


def _from_entry(entry: Mapping[str, Any]) -> Credentials | None:
    if isinstance(entry.get("identitytoken"), str) and entry["identitytoken"]:
        return Credentials("", entry["identitytoken"], is_identity_token=True)
    try:
        user, colon, secret = base64.b64decode(entry.get("auth") or "").decode().partition(":")
    except (TypeError, ValueError, binascii.Error):
        return None
    return Credentials(user, secret.rstrip("\0")) if colon else None


def _from_program(name: Any, key: str) -> Credentials | None:
    """What `docker-credential-NAME get` prints for a registry; None if it has none or is not installed."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        return None
    try:
        result = subprocess.run(  # noqa: S603  # the program that the user configured
            [f"docker-credential-{name}", "get"],
            input=key.encode(),
            capture_output=True,
            timeout=MOST_SECONDS,
            check=True,
        )
        answer = json.loads(result.stdout)
        user, secret = answer["Username"], answer["Secret"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(user, str) or not isinstance(secret, str) or not secret:
        return None
    return Credentials("" if user == "<token>" else user, secret, is_identity_token=user == "<token>")


def _of_gitlab(host: str) -> Credentials | None:
    user, secret = os.environ.get("CI_REGISTRY_USER"), os.environ.get("CI_REGISTRY_PASSWORD")
    return Credentials(user, secret) if user and secret and os.environ.get("CI_REGISTRY") == host else None


def _of_github(host: str) -> Credentials | None:
    """The token of GitHub itself: that of an enterprise's server is not GitHub's."""
    token = os.environ.get("GITHUB_TOKEN")
    is_github = os.environ.get("GITHUB_SERVER_URL", _GITHUB) == _GITHUB
    return (
        Credentials(os.environ.get("GITHUB_ACTOR") or "token", token)
        if (token and is_github and host == _GITHUB_REGISTRY)
        else None
    )
