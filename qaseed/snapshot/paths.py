"""The paths of files in an artifact: names that mean the same file on every machine, and never one outside."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qaseed.errors import SnapshotError
from qaseed.snapshot.limits import MAX_FILES, MAX_PATH_LENGTH

_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?"
_PATH = re.compile(rf"{_NAME}(?:/{_NAME})*", re.ASCII)


def check_path(where: object, path: str) -> str:
    """The path of a file in the artifact `where`, relative, with `/`; `SnapshotError` if it could be any other file.

    Names have ASCII letters, digits, `_`, `.` and `-`, and neither begin nor end with a dot. That leaves out `..`,
    absolute paths, drives, backslashes, patterns, escapes, control characters, and letters that look alike or that
    Unicode writes in two ways.
    """
    if len(path) > MAX_PATH_LENGTH or not _PATH.fullmatch(path):
        shown = path if len(path) <= _SHOWN else f"{path[:_SHOWN]}..."
        raise SnapshotError(f"{where}: {shown!r} is not the path of a file in a snapshot; get a fresh copy")
    return path


def check_paths(where: object, paths: Iterable[str]) -> list[str]:
    """The paths of all files of an artifact; `SnapshotError` if one is wrong, or two could be the same file.

    Two collide if they differ in nothing but case, or if one is a folder of the other. At most `MAX_FILES` are read.
    """
    by_folded: dict[str, str] = {}
    for path in paths:
        folded = check_path(where, path).lower()
        if folded in by_folded:
            raise SnapshotError(f"{where}: {by_folded[folded]!r} and {path!r} are one file; get a fresh copy")
        by_folded[folded] = path
        if len(by_folded) > MAX_FILES:
            raise SnapshotError(f"{where}: has more than {MAX_FILES:,} files; get a fresh copy")
    for folded in by_folded:
        for end in (position for position, letter in enumerate(folded) if letter == "/"):
            if folded[:end] in by_folded:
                raise SnapshotError(f"{where}: {by_folded[folded[:end]]!r} is a file and a folder; get a fresh copy")
    return list(by_folded.values())


_SHOWN = 60
