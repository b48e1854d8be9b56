"""What callers of the Python API may give, checked before anything is done with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from qaseed.errors import UsageError


def as_path(name: str, given: Any) -> Path:
    """A path from a `str` or an `os.PathLike`; `UsageError` for anything else, and for a path that no file can have."""
    text = os.fspath(given) if isinstance(given, os.PathLike) else given
    if not isinstance(text, str):
        raise UsageError(f"{name}: {type(given).__name__} is not a path; give a str or an os.PathLike")
    if not text.strip() or "\0" in text:
        raise UsageError(f"{name}: {text!r} is not a path; give the path of a folder or file")
    return Path(text)


def as_url(name: str, given: Any) -> str:
    """The URL of a database; `UsageError` for anything but a `str` that is not blank. What is in it is never repeated."""
    if not isinstance(given, str) or not given.strip():
        what = "is blank" if isinstance(given, str) else f"{type(given).__name__} is not a URL"
        raise UsageError(f"{name}: {what}; give the URL of a Postgres database as a str")
    return given
