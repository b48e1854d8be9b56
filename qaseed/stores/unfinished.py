"""What a killed push was writing into a folder: files `NAME#...`, which no list of objects has."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qaseed.stores.folder import FolderBackend

if TYPE_CHECKING:
    from datetime import datetime

    from qaseed.stores.backends import Backend

_FOLDERS = ("attachments", "blobs", "snapshots", "tags")
_NAME = re.compile(r".+#\w+")


def unfinished_files(backend: Backend, before: datetime) -> dict[Path, int]:
    """The files in a folder that were last written before then, and their sizes; none of a bucket."""
    if not isinstance(backend, FolderBackend):
        return {}
    sizes = {}
    for folder in _FOLDERS:
        for parent, _, names in os.walk(backend.folder / folder):
            for path in (Path(parent, name) for name in names if _NAME.fullmatch(name)):
                with suppress(FileNotFoundError):  # a push may have finished it
                    stat = path.lstat()
                    if stat.st_mtime < before.timestamp():
                        sizes[path] = stat.st_size
    return sizes
