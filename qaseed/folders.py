"""Where qaseed keeps files of the user's own: configuration, state and cache (the XDG base directories)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from qaseed.errors import UsageError


def config_folder() -> Path:
    """The user's configuration: `XDG_CONFIG_HOME`, else `~/.config`."""
    return _folder("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """What happened: `XDG_STATE_HOME`, else `~/.local/state`."""
    return _folder("XDG_STATE_HOME", ".local/state")


def cache_folder() -> Path:
    """What can be made again: `XDG_CACHE_HOME`, else `~/.cache`, else a private folder in the temporary folder.

    The temporary folder is used where there is no home, or one that cannot be written (a read-only container).
    """
    folder = _folder("XDG_CACHE_HOME", ".cache")
    if os.environ.get("XDG_CACHE_HOME") or is_writable(folder):
        return folder
    return private_temporary_folder()


def is_writable(folder: Path) -> bool:
    """Whether the user can write to a folder, or create it."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(existing, os.W_OK | os.X_OK)


def private_temporary_folder() -> Path:
    """The user's own folder in the temporary folder; the same in every run, so it must belong to the user."""
    folder = Path(tempfile.gettempdir()) / f"qaseed-{os.getuid()}"
    if os.path.lexists(folder) and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        raise UsageError(f"{folder}: belongs to another user; set XDG_CACHE_HOME to a folder of your own")
    return folder


def _folder(variable: str, inside_home: str) -> Path:
    named = os.environ.get(variable)
    if named:
        return Path(named).absolute() / "qaseed"
    try:
        return Path.home() / inside_home / "qaseed"
    except RuntimeError:  # HOME is not set, and the user has no entry in /etc/passwd
        return private_temporary_folder()
