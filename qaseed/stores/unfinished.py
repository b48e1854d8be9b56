"""What a killed push was writing into a folder: obstore's files `NAME#1`, which no list of objects has."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from obstore.store import ObjectStore as Backend

_FOLDERS = ("attachments", "blobs", "snapshots", "tags")
_NAME = re.compile(r".+#\d+")


def unfinished_files(backend: Backend, before: datetime) -> dict[Path, int]:
    """The files in a folder that were last written before then, and their sizes; none of a bucket."""
    from obstore.store import LocalStore

    if not isinstance(backend, LocalStore) or backend.prefix is None:
        return {}
    sizes = {}
    for folder in _FOLDERS:
        for parent, _, names in os.walk(backend.prefix / folder):
            for path in (Path(parent, name) for name in names if _NAME.fullmatch(name)):
                with suppress(FileNotFoundError):  # a push may have finished it
                    stat = path.lstat()
                    if stat.st_mtime < before.timestamp():
                        sizes[path] = stat.st_size
    return sizes
