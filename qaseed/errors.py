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
    ),  # greedy: a password may contain an @
    # a store's; it may contain a slash, and what follows another @ may be a digest
    (re.compile(r"((?:s3|az|gs|https?|oci|file)://)(?:[^/:@\s]*:\S*|[^/@\s]*)@(?!sha256:)", re.IGNORECASE), r"\1***@"),
    (re.compile(r"(password\s*=).*", re.DOTALL | re.IGNORECASE), r"\1***"),
)


def redact_passwords(text: str) -> str:
    """A text with `***` in place of passwords in URLs and in `key=value` strings."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class QaseedError(Exception):
    """A failure that a user can fix. Its message is one line, `where: what; remedy`; a command exits with `exit_code`.

    Passwords are removed from the message, wherever it came from.
    """

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(redact_passwords(message))


class FindingsError(QaseedError):
    """The data breaks a rule (the report says which)."""

    exit_code = 1


class UsageError(QaseedError, ValueError):
    """A request that cannot be fulfilled: an unknown name, an impossible count, an unreadable folder."""

    exit_code = 2


class ResourceError(UsageError):
    """The machine has too little memory, disk or open files for the request; the data may be sound."""


class SnapshotError(QaseedError):
    """A snapshot is missing, unfinished or altered, or this version does not read its format."""

    exit_code = 3


class NotInStoreError(SnapshotError):
    """A store that answers does not have the snapshot, or not all of it."""


class UnsafeError(QaseedError):
    """The target has, or may have, rows that qaseed did not load; nothing was changed."""

    exit_code = 4


class ConfirmationError(UnsafeError):
    """The target may be loaded into once the name of the database (`database`) is typed."""

    def __init__(self, message: str, database: str) -> None:
        super().__init__(message)
        self.database = database


class PostgresError(QaseedError):
    """Postgres refused: the connection failed, a privilege is missing, or tables have another shape."""

    exit_code = 5


class StoreError(QaseedError):
    """A store cannot be reached, or refuses; nothing that was there before is changed."""

    exit_code = 6


class PHIError(UsageError):
    """A field or value that may identify a person; the message names the field and its class, never the value."""


SHORT_LIST = 12
"""Up to how many known names a hint lists besides the nearest one."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint for an unknown `word`: the most similar known one, and all if they are few or none is similar."""
    names = sorted(known) if isinstance(known, AbstractSet) else list(known)
    near = difflib.get_close_matches(str(word).lower(), names, n=1)
    every = f"known: {', '.join(names) or 'none'}"
    if not near:
        return every
    return f"did you mean {near[0]!r}?" + (f" K{every[1:]}" if len(names) <= SHORT_LIST else "")
