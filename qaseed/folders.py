"""The user's folders for configuration, state and cache: the XDG base directories, on macOS too.

Not from `platformdirs`: it ignores a relative `XDG_...` variable, which qaseed resolves; what it does without a home
differs by its version; and on macOS it names other folders, where users of earlier versions would lose sight of their
audit log.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from qaseed.errors import UsageError


def config_folder() -> Path:
    """The user's configuration: `XDG_CONFIG_HOME`, else `~/.config`."""
    return _folder("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Records of what was done: `XDG_STATE_HOME`, else `~/.local/state`."""
    return _folder("XDG_STATE_HOME", ".local/state")


def cache_folder() -> Path:
    """Files that can be created again: `XDG_CACHE_HOME`, else `~/.cache`, else a private temporary folder.

    The temporary folder is used if there is no home, or if the home is read-only, as in some containers.
    """
    folder = _folder("XDG_CACHE_HOME", ".cache")
    if os.environ.get("XDG_CACHE_HOME") or is_writable(folder):
        return folder
    return private_temporary_folder()


def is_writable(folder: Path) -> bool:
    """Whether the user can write to a folder, or create it if it does not exist."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(existing, os.W_OK | os.X_OK)


def private_temporary_folder() -> Path:
    """The user's own folder in the temporary folder.

    Every run uses the same predictable name, so another user could have created it: `UsageError` if the
    user does not own it.
    """
    folder = Path(tempfile.gettempdir()) / f"qaseed-{os.getuid()}"
    if os.path.lexists(folder) and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        raise UsageError(
            f"{folder}: belongs to another user; set XDG_CACHE_HOME and XDG_STATE_HOME to folders of your own"
        )
    return folder


def _folder(variable: str, inside_home: str) -> Path:
    configured = os.environ.get(variable)
    if configured:
        return Path(configured).absolute() / "qaseed"
    try:
        return Path.home() / inside_home / "qaseed"
    except RuntimeError:  # HOME is not set, and the user has no entry in /etc/passwd
        return private_temporary_folder()
