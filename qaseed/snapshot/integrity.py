"""Whether the files of a snapshot are those that were written: SHA256SUMS, sizes, and nothing else in the folder."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from qaseed.errors import SnapshotError
from qaseed.snapshot.manifest import MANIFEST, SUMS, File, Manifest, altered

SIGNATURE = r"[^/]+\.(?:sig|asc)"
"""Files that may be in the folder although SHA256SUMS does not list them: detached signatures."""


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def check_sums(folder: Path) -> None:
    """SHA256SUMS names every other file, and each has the bytes that it says."""
    if not (folder / SUMS).is_file():
        raise altered(folder, f"{SUMS} is missing")
    listed: dict[str, str] = {}
    for line in (folder / SUMS).read_bytes().decode("utf-8", "replace").splitlines(keepends=True):
        digest, gap, path = line[:64], line[64:66], line[66:-1]
        if gap != "  " or not line.endswith("\n") or not _is_inside(path) or path in listed:
            raise altered(folder, f"{SUMS} is not in order")
        listed[path] = digest
    present = {path.relative_to(folder).as_posix() for path in files_in(folder)}
    unlisted = sorted(path for path in present - listed.keys() if not re.fullmatch(SIGNATURE, path))
    if unlisted:
        raise altered(folder, f"{unlisted[0]} does not belong to it")
    absent = sorted(listed.keys() - present)
    if absent:
        raise altered(folder, f"{absent[0]} is missing")
    links = {path for path in listed if (folder / path).is_symlink()}
    sums = sums_of(folder, listed.keys() - links)  # a link could point out of the snapshot
    different = sorted(links | {path for path, digest in sums.items() if digest != listed[path]})
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
    paths = list(paths)
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        return dict(zip(paths, cores.map(lambda path: sha256_of(folder / path), paths), strict=True))


def files_in(folder: Path) -> Iterator[Path]:
    """All files of a snapshot but SHA256SUMS."""
    return (path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)


def _is_inside(path: str) -> bool:
    """Whether a path of a manifest stays in the folder, and is no pattern that duckdb would expand."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and not set(path) & set("\\\0*?[")


def check_files(folder: Path, manifest: Manifest) -> None:
    """The manifest's own sums and sizes agree with the files."""
    for table in manifest.tables.values():
        for file in table.files:
            path = folder / file.path
            if not _is_inside(file.path) or not path.is_file() or path.stat().st_size != file.bytes:
                raise altered(folder, f"{file.path} is not what {MANIFEST} says")
