"""Whether the files of a snapshot are those that were written: SHA256SUMS, sizes, and nothing else in the folder."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qaseed.disk import sha256_of
from qaseed.errors import SnapshotError
from qaseed.snapshot.limits import MAX_SUMS_BYTES
from qaseed.snapshot.manifest import FOLDERS, MANIFEST, SUMS, File, Manifest
from qaseed.snapshot.paths import check_paths
from qaseed.snapshot.regular_files import altered, is_regular, is_there, read_bounded, walk

SIGNATURE = r"[^/]+\.(?:sig|asc)"
"""Files that may be in the folder although SHA256SUMS does not list them: detached signatures."""


def check_sums(folder: Path) -> None:
    """SHA256SUMS names every other file, and each has the bytes that it says."""
    check_bytes(folder, read_sums(folder))


def read_sums(folder: Path) -> dict[str, str]:
    """The sha256 by path of SHA256SUMS, which names every other file of the folder, and no more."""
    listed = _listed(folder)
    present = {path for path in walk(folder) if path != SUMS}
    unlisted = sorted(path for path in present - listed.keys() if not re.fullmatch(SIGNATURE, path))
    if unlisted:
        raise altered(folder, f"{unlisted[0]} does not belong to it")
    absent = sorted(listed.keys() - present)
    if absent:
        raise altered(folder, f"{absent[0]} is missing")
    return listed


def _listed(folder: Path) -> dict[str, str]:
    """What SHA256SUMS lists: paths and their digests."""
    if not is_there(folder / SUMS):
        raise altered(folder, f"{SUMS} is missing")
    try:
        return parse_sums(folder, read_bounded(folder, SUMS, MAX_SUMS_BYTES))
    except ValueError:
        raise altered(folder, f"{SUMS} is not in order") from None


def parse_sums(where: object, content: bytes) -> dict[str, str]:
    """The sha256 of each path that SHA256SUMS lists; `ValueError` if it is not in order."""
    lines = []
    for line in io.BytesIO(content):
        match = re.fullmatch(rb"([0-9a-f]{64})  ([!-~]+)\n", line)
        if not match:
            raise ValueError
        lines.append((match[2].decode(), match[1].decode()))
    check_paths(where, (path for path, _ in lines))
    return dict(lines)


def check_bytes(folder: Path, sums: Mapping[str, str], known: Mapping[str, str] | None = None) -> None:
    """Every file has the sha256 that `sums` has for its path; those of `known` were computed as they were written."""
    known = known or {}
    actual = {**known, **sums_of(folder, sums.keys() - known.keys())}
    different = sorted(path for path, digest in sums.items() if actual[path] != digest)
    if different:
        raise altered(folder, f"{different[0]} is not what {SUMS} says")


def are_whole(folder: Path, files: Sequence[File]) -> bool:
    """Whether these files of a manifest have the bytes that it says."""
    sums = sums_of(folder, [file.path for file in files])
    return all(sums[file.path] == file.sha256 for file in files)


def is_whole(folder: Path) -> bool:
    """Whether every file has the bytes that SHA256SUMS says."""
    try:
        check_sums(folder)
    except (SnapshotError, OSError):
        return False
    return True


def sums_of(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """The sha256 of each file, by path; computed on all cores, since hashing releases the GIL."""
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        return dict(cores.map(lambda path: (path, sha256_of(folder / path)), paths))


def files_in(folder: Path) -> Iterator[Path]:
    """All files of a snapshot but SHA256SUMS."""
    return (folder / path for path in walk(folder) if path != SUMS)


def check_files(folder: Path, manifest: Manifest, sums: Mapping[str, str] | None = None) -> None:
    """The manifest's own sizes and sums agree with the files, and with `sums`; no other file of rows is in `sums`."""
    files = [file for table in manifest.tables.values() for file in table.files]
    check_paths(folder, (file.path for file in files))
    for file in files:
        path = folder / file.path
        same = sums is None or sums.get(file.path) == file.sha256
        if not same or not is_regular(path) or path.stat().st_size != file.bytes:
            raise altered(folder, f"{file.path} is not what {MANIFEST} says")
    folders = tuple(f"{name}/" for name in FOLDERS.values())
    unknown = sorted({path for path in sums or () if path.startswith(folders)} - {file.path for file in files})
    if unknown:
        raise altered(folder, f"{MANIFEST} does not list {unknown[0]}")
