"""The error tree: one class for each thing a user may have to do, each with its exit code."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

_SECRETS = (
    (
        re.compile(r"(postgres\S*?:/{1,2}[^:@\s]*:).*@", re.DOTALL | re.IGNORECASE),
        r"\1***@",
    ),  # greedy: a password may hold an @
    (re.compile(r"(password\s*=).*", re.DOTALL | re.IGNORECASE), r"\1***"),
)


def redact_passwords(text: str) -> str:
    """A text without the passwords of URLs and of `key=value` strings in it, wherever they came from."""
    for pattern, kept in _SECRETS:
        text = pattern.sub(kept, text)
    return text


class QaseedError(Exception):
    """A failure that is told in one line, `where: what; what to do`, and ends the command with `exit_code`."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(redact_passwords(message))


class FindingsError(QaseedError):
    """The data breaks a rule (the report says which)."""

    exit_code = 1


class UsageError(QaseedError, ValueError):
    """What was asked for cannot be: an unknown name, an impossible count, an unreadable folder."""

    exit_code = 2


class ResourceError(UsageError):
    """The machine has too little memory, disk or open files for what was asked for; nothing is wrong with the data."""


class SnapshotError(QaseedError):
    """A snapshot is missing, unfinished, altered, or of a format this version does not read."""

    exit_code = 3


class UnsafeError(QaseedError):
    """The target holds, or may hold, somebody else's rows; nothing was touched."""

    exit_code = 4


class ConfirmationError(UnsafeError):
    """The target may be loaded, but its name has to be typed first: `database`."""

    def __init__(self, message: str, database: str) -> None:
        super().__init__(message)
        self.database = database


class PostgresError(QaseedError):
    """Postgres refused: connection, privilege, or tables of another shape."""

    exit_code = 5


class PHIError(UsageError):
    """A field or value that would identify a person; names the field and its class, never the value."""


SHORT_LIST = 12


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint for an unknown `word`: the nearest known one if any is near, and all of them if they are few or none is near."""
    names = sorted(known) if isinstance(known, AbstractSet) else list(known)
    near = difflib.get_close_matches(str(word).lower(), names, n=1)
    every = f"known: {', '.join(names) or 'none'}"
    if not near:
        return every
    return f"did you mean {near[0]!r}?" + (f" K{every[1:]}" if len(names) <= SHORT_LIST else "")
