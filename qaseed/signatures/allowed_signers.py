"""Who may sign: a file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS), and revoked keys."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from qaseed.errors import UsageError
from qaseed.signatures.wire import PublicKey, Reader, parse_key

T = TypeVar("T")

MAX_BYTES = 1 << 24
"""Of a file of signers or of revoked keys."""


@dataclass(frozen=True)
class Signer:
    """A line of a file of allowed signers."""

    line: int
    principals: str
    """Patterns of names, separated by commas."""
    key: PublicKey
    namespaces: str | None = None
    """Patterns of namespaces, separated by commas; None allows all."""
    valid_after: dt.datetime | None = None
    valid_before: dt.datetime | None = None
    is_authority: bool = False
    """Whether the key signs certificates of signers, and no snapshots."""

    def reason_against(self, namespace: str, identity: str | None, now: dt.datetime) -> str | None:
        """Why the signer may not sign for this namespace, under this name, now; None if allowed."""
        if self.is_authority:
            return "is a certificate authority there, and certificates are not checked"
        if self.namespaces is not None and not matches(namespace, self.namespaces):
            return f"is not allowed for the namespace {namespace!r}"
        if identity is not None and not matches(identity, self.principals):
            return f"belongs to {self.principals!r} there, not to {identity!r}"
        if self.valid_after and now < self.valid_after:
            return f"is not valid before {self.valid_after.isoformat()}"
        if self.valid_before and now > self.valid_before:
            return f"expired on {self.valid_before.isoformat()}"
        return None


def matches(text: str, patterns: str) -> bool:
    """Whether a text matches a list of patterns as OpenSSH does: `*` and `?`, and `!` for what may not match."""
    is_matched = False
    for pattern in patterns.split(","):
        wanted = pattern.removeprefix("!")
        expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in wanted)
        if re.fullmatch(expression, text, re.DOTALL):
            if pattern.startswith("!"):
                return False
            is_matched = True
    return is_matched


def read_signers(path: Path) -> list[Signer]:
    """The signers of a file; `UsageError` names the line that is not in order."""
    signers = list(_parsed_lines(path, _read(path), _parse_signer))
    if not signers:
        raise UsageError(f"{path}: names no signer; write `PRINCIPAL ssh-ed25519 AAAA...`")
    return signers


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); check its path and permissions") from None
    if content is None:
        raise UsageError(f"{path}: has more than {MAX_BYTES:,} bytes; give a file of keys")
    return content


def _parsed_lines(path: Path, content: bytes, parse: Callable[[int, str], T]) -> Iterator[T]:
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            try:
                yield parse(number, text)
            except ValueError as error:
                raise UsageError(f"{path}, line {number}: {error}; correct it") from None


_LINE = re.compile(
    r"""(?P<principals>"[^"]+"|[^\s"]+)\s+(?:(?P<options>(?:[a-z-]+="[^"]*"|cert-authority)
    (?:,(?:[a-z-]+="[^"]*"|cert-authority))*)\s+)?(?P<type>[^\s"=,]+)\s+(?P<key>[A-Za-z0-9+/=]+)(?:\s.*)?""",
    re.VERBOSE | re.IGNORECASE,
)
_OPTION = re.compile(r'([a-z-]+)(?:="([^"]*)")?', re.IGNORECASE)


def _parse_signer(number: int, text: str) -> Signer:
    parts = _LINE.fullmatch(text)
    if not parts:
        raise ValueError("is no line of allowed signers")
    options: dict[str, str] = {}
    for name, value in _OPTION.findall(parts["options"] or ""):
        if name.lower() in options:
            raise ValueError(f"has the option {name} twice")
        options[name.lower()] = value
    unknown = sorted(options.keys() - {"namespaces", "valid-after", "valid-before", "cert-authority"})
    if unknown:
        raise ValueError(f"has the option {unknown[0]}, which is not known")
    return Signer(
        number,
        parts["principals"].strip('"'),
        parse_key(parts["type"], parts["key"]),
        options.get("namespaces"),
        _moment(options.get("valid-after")),
        _moment(options.get("valid-before")),
        "cert-authority" in options,
    )


_MOMENTS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def _moment(text: str | None) -> dt.datetime | None:
    """A moment as OpenSSH writes it; in the zone of the machine without a Z at its end."""
    if text is None:
        return None
    digits = text.removesuffix("Z")
    if not digits.isdecimal() or len(digits) not in _MOMENTS:
        raise ValueError(f"{text!r} is no moment; write YYYYMMDD or YYYYMMDDHHMM[SS], with a Z at its end for UTC")
    moment = dt.datetime.strptime(digits, _MOMENTS[len(digits)])  # noqa: DTZ007  # the zone follows
    return moment.replace(tzinfo=dt.UTC) if text.endswith("Z") else moment.astimezone()


@dataclass(frozen=True)
class Revoked:
    """Keys that count for nothing any more: those of a list of public keys, or of a key revocation list."""

    blobs: frozenset[bytes] = frozenset()
    hashes: frozenset[bytes] = frozenset()
    """SHA-1 and SHA-256 of keys."""

    def __contains__(self, key: PublicKey) -> bool:
        hashed = {hashlib.sha256(key.blob).digest(), hashlib.sha1(key.blob, usedforsecurity=False).digest()}
        return key.blob in self.blobs or bool(hashed & self.hashes)


_KRL_MAGIC = b"SSHKRL\n\0"
_CERTIFICATES, _KEYS, _SHA1, _SHA256 = 1, 2, 3, 5


def read_revoked(path: Path) -> Revoked:
    """The keys of a file: one public key a line, or a key revocation list (`ssh-keygen -k`)."""
    content = _read(path)
    if content.startswith(_KRL_MAGIC):
        try:
            return _parse_revocation_list(content)
        except ValueError as error:
            raise UsageError(f"{path}: cannot be read as a key revocation list ({error}); write it anew") from None
    return Revoked(frozenset(key.blob for key in _parsed_lines(path, content, _parse_revoked)))


def _parse_revoked(_: int, text: str) -> PublicKey:
    words: Sequence[str] = text.split(maxsplit=2)
    if len(words) < 2:
        raise ValueError("is no public key")
    return parse_key(words[0], words[1])


def _parse_revocation_list(content: bytes) -> Revoked:
    """The keys of OpenSSH's binary list (PROTOCOL.krl); what it says of certificates is about none that we accept."""
    reader = Reader(content)
    reader.take(len(_KRL_MAGIC))
    if reader.number() != 1:
        raise ValueError("its format is another")
    reader.take(24)  # its number, its date, its flags
    reader.string(), reader.string()  # reserved, and a comment
    revoked: dict[int, set[bytes]] = {_KEYS: set(), _SHA1: set(), _SHA256: set()}
    while not reader.at_end:
        kind, section = reader.number(1), Reader(reader.string())
        if kind in revoked:
            while not section.at_end:
                revoked[kind].add(section.string())
        elif kind != _CERTIFICATES:
            raise ValueError(f"it has a section of kind {kind}")
    return Revoked(frozenset(revoked[_KEYS]), frozenset(revoked[_SHA1] | revoked[_SHA256]))
