"""References to snapshots in stores: `STORE/name:tag` and `STORE/name@sha256:...`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from qaseed.errors import UsageError, redact_passwords
from qaseed.stores.store import Digest

SCHEMES = ("s3", "az", "gs", "https", "http", "oci", "file")
"""What a URL of a store begins with; a store without one is a folder of this machine."""
NAME = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*")
"""A name of a snapshot in a store: what a registry allows as the last part of a repository."""
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""A tag, as registries define it."""
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
PACKED = ".tar"
"""What the name of a packed snapshot ends with."""


@dataclass(frozen=True)
class Reference:
    """A snapshot in a store: by its tag, by its digest, or by both, where the tag is only to be read by people."""

    store: str
    """The URL or the folder of the store, without a slash at its end."""
    name: str
    tag: str | None
    digest: Digest | None
    is_packed: bool = False
    """Whether it is a packed file, whose name it then has."""
    query: str = field(default="", repr=False)
    """Of the URL of a packed file: it may be a secret, and is never printed or kept."""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return redact_passwords(f"{self.store}/{self.name}{tag}{digest}")


def parse_reference(text: str) -> Reference:
    """A reference as the user writes it; `UsageError` if its name, tag or digest is not one."""
    location, at, digest = text.partition("@sha256:") if "@sha256:" in text else (text, "", "")
    location, query = _split_query(location)
    store, slash, last = location.rpartition("/")
    name, colon, tag = last.partition(":")
    if at and not DIGEST.fullmatch(f"sha256:{digest}"):
        raise _not_a_reference(text, "the digest does not have 64 hexadecimal digits")
    if _is_packed(location):
        pinned = Digest(f"sha256:{digest}") if at else None
        return Reference(store if slash else ".", last, None, pinned, is_packed=True, query=query)
    if query:
        raise _not_a_reference(text, f"only the URL of a packed file, which ends in {PACKED} before it, has a query")
    if not slash or not store:
        raise _not_a_reference(text, "it names no store")
    if not NAME.fullmatch(name):
        raise _not_a_reference(text, f"{name!r} is no name of a snapshot")
    if colon and not TAG.fullmatch(tag):
        raise _not_a_reference(text, f"{tag!r} is no tag")
    if not colon and not at:
        raise _not_a_reference(text, "it has neither a tag nor a digest")
    return Reference(store.rstrip("/"), name, tag or None, Digest(f"sha256:{digest}") if at else None)


def is_reference(text: str) -> bool:
    """Whether a text is meant as a reference and not as a path: a store's URL, or a tag or digest of no such folder."""
    if _is_packed(_split_query(text.partition("@sha256:")[0])[0]) and not Path(text).is_dir():
        return True
    if text.partition("://")[0] in SCHEMES and "://" in text:
        return True
    return "/" in text and (":" in text.rpartition("/")[2] or "@sha256:" in text) and not os.path.lexists(text)


def _is_packed(location: str) -> bool:
    """Whether it is a path or an https URL of a packed file."""
    scheme, is_url, _ = location.partition("://")
    return location.endswith(PACKED) and (not is_url or scheme in ("https", "http"))


def _split_query(location: str) -> tuple[str, str]:
    """A location without the query that a web server's URL has, and the query."""
    if location.partition("://")[0] not in ("https", "http"):
        return location, ""
    path, _, query = location.partition("?")
    return path, query


def _not_a_reference(text: str, why: str) -> UsageError:
    return UsageError(
        f"{redact_passwords(_split_query(text)[0])}: {why}; give STORE/name:tag or STORE/name@sha256:DIGEST"
    )
