"""Checks of arguments of the Python API, before anything is done with them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from qaseed.errors import UsageError


def as_path(name: str, value: Any) -> Path:
    """The path of the argument `name`; `UsageError` unless it is a `str` or an `os.PathLike` that can be a path."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise UsageError(f"{name}: {type(value).__name__} is not a path; give a str or an os.PathLike")
    if not text.strip() or "\0" in text:
        raise UsageError(f"{name}: {text!r} is not a path; give the path of a folder or file")
    return Path(text)


def as_home_path(name: str, value: Any) -> Path:
    """The path of the argument `name` with `~` expanded; `UsageError` also if that user has no home folder."""
    path = as_path(name, value)
    try:
        return path.expanduser()
    except RuntimeError:
        raise UsageError(f"{name}: {path}: this user has no home folder; give the full path") from None


def as_url(name: str, value: Any) -> str:
    """The database URL of the argument `name`; `UsageError` for anything but a `str` that is not blank.

    The message never repeats the value, which may contain a password.
    """
    if not isinstance(value, str) or not value.strip():
        problem = "is empty" if isinstance(value, str) else f"{type(value).__name__} is not a URL"
        raise UsageError(f"{name}: {problem}; give the URL of a Postgres database as a str")
    return value
