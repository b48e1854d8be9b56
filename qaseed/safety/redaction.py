"""Names of files, tables and columns as they may be shown: without values, passwords, control characters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from urllib.parse import unquote

from qaseed.safety.detection import name_context
from qaseed.safety.names import classify

HIDDEN = "\u2026"
"""Shown instead of a value."""

_LONG_NUMBER = re.compile(r"[0-9]{9,}")
_MOMENT = re.compile(r"(?:19|20)[0-9]{2}[01][0-9][0-3][0-9](?:[0-9]{2}){2,3}(?:[0-9]{3}){0,2}")
_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,7}(?:\.(?:gz|bz2|xz|zst|lz4))?$", re.IGNORECASE)
_CREDENTIALS = re.compile(r"^.*@", re.DOTALL)
_SECRET = re.compile(r"(pass\w*|pwd|secret|token)(\s*=).*", re.IGNORECASE | re.DOTALL)


def printable(text: str) -> str:
    r"""The text with its control, invisible and undecodable characters escaped: `\x1b`, `\n`, `\u202e`."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode() for letter in text
    )


def kinds_in_name(name: str) -> list[str]:
    """The kinds of identifiers that the name of a file, folder or table holds; in `key=value` the key is a heading."""
    key, equals, value = name.partition("=")
    kinds = name_context("").kinds_of(name) + (name_context(key).kinds_of(unquote(value)) if equals else [])
    return list(dict.fromkeys(kinds))


def shown_name(name: str) -> str:
    """The name of a file, folder or table without what may identify a person."""
    return _shown(name, lambda _: HIDDEN)


def located_name(name: str) -> str:
    """The same, with a mark of what is hidden, so that two hidden names are two locations."""
    return _shown(name, mark_of)


def mark_of(hidden: str) -> str:
    """What distinguishes hidden names and reveals none: thousands of persons' names share each mark."""
    return f"{HIDDEN}{hashlib.sha256(hidden.encode('utf-8', 'surrogatepass')).hexdigest()[:3]}"


def _shown(name: str, mark: Callable[[str], str]) -> str:
    key, equals, value = name.partition("=")
    if equals and (kinds_in_name(name) or classify(key).outcome in ("reject", "managed")):
        return f"{_shown(key, mark)}={mark(value)}"
    if kinds_in_name(name):
        ending = _ENDING.search(name)
        return f"{mark(name)}{ending[0] if ending else ''}"
    return printable(_LONG_NUMBER.sub(lambda match: match[0] if _MOMENT.fullmatch(match[0]) else mark(match[0]), name))


def shown_path(path: str) -> str:
    """A path without what may identify a person."""
    return "/".join(shown_name(part) for part in path.split("/"))


def shown_source(text: str) -> str:
    """What was given as a source, also a misspelt URL or connection string, without what may be a password."""
    rest = _CREDENTIALS.sub(f"{HIDDEN}@", text) if ":" in text.rpartition("@")[0] else text
    return shown_path(_SECRET.sub(rf"\1\2{HIDDEN}", rest))
