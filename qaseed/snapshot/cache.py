"""Snapshots that were pulled: each in a folder named by its digest, checked when it is used, shared by all jobs.

A snapshot is built in a hidden folder, which one process locks at a time; others wait for it. What a killed process
left is continued by the next one. A record of each file's size, times and inode says whether a file was written since
it was checked: then every byte is compared again, and what was altered is removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from qaseed import scratch
from qaseed.disk import replacing, sha256_of, sync
from qaseed.errors import SnapshotError
from qaseed.folders import cache_folder
from qaseed.snapshot.manifest import MANIFEST
from qaseed.snapshot.opening import Snapshot, open_folder
from qaseed.snapshot.regular_files import altered, is_regular
from qaseed.stores.store import Digest, Generation


def cached_folder(digest: Digest) -> Path:
    """Where the snapshot of a digest is, once it was pulled."""
    return _snapshots() / _hex(digest)


def cached_snapshot(digest: Digest, *, check: bool = False) -> Snapshot | None:
    """The snapshot of a digest if it was pulled before; what was altered since is removed.

    With `check` every byte is compared, else only files that were written since they were checked.
    """
    folder = cached_folder(digest)
    if not is_cached(digest):
        return None
    if not check and _is_unchanged(folder):
        return open_folder(folder, check=False)
    try:
        snapshot = open_whole(folder, digest)
    except SnapshotError:
        evict(digest)
        return None
    _record(folder)
    return snapshot


def open_whole(folder: Path, digest: Digest, known: Mapping[str, str] | None = None) -> Snapshot:
    """Open the snapshot of a digest after all of its bytes were compared; `SnapshotError` if it is another one.

    `known` has the sha256 of files that the caller has just written and hashed.
    """
    manifest = folder / MANIFEST
    if is_regular(manifest) and f"sha256:{sha256_of(manifest)}" != digest:
        raise altered(folder, f"{MANIFEST} is not that of {digest}")
    return open_folder(folder, known=known)


def is_cached(digest: Digest) -> bool:
    """Whether the snapshot of a digest was pulled before; whether it was altered since is seen when it is opened."""
    return (cached_folder(digest) / MANIFEST).is_file()


def evict(digest: Digest) -> None:
    """Remove a snapshot from the cache: its manifest first, so that no part of it is taken for a whole one."""
    folder = cached_folder(digest)
    with suppress(FileNotFoundError):
        (folder / MANIFEST).unlink()
    _record_file(folder).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def building(digest: Digest) -> Iterator[Path]:
    """The folder in which this process alone builds the snapshot of a digest, with what was built of it before."""
    folder = _snapshots() / f".{_hex(digest)}.partial"
    while True:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.exists() and os.path.samestat(os.fstat(handle), folder.stat()):  # not what another one finished
                yield folder
                return
        finally:
            os.close(handle)


def publish(partial: Path, digest: Digest, known: Mapping[str, str]) -> Snapshot:
    """Put a snapshot that was built in its place, on the disk and not only in memory, after comparing all bytes.

    `known` has the sha256 of the files that were hashed as they were written.
    """
    open_whole(partial, digest, known)
    for path in (*partial.rglob("*"), partial):
        sync(path)
    folder = cached_folder(digest)
    shutil.rmtree(folder, ignore_errors=True)  # what has no manifest is no snapshot
    partial.chmod(0o755)
    partial.rename(folder)
    sync(folder.parent)
    _record(folder)
    return open_folder(folder, check=False)


def newest_generation(store: str, name: str, tag: str) -> Generation | None:
    """The newest generation of a tag that was ever pulled from a store, None if none was."""
    try:
        data = json.loads(generation_file(store, name, tag).read_bytes())
        return Generation(name, tag, int(data["generation"]), Digest(data["digest"]), None)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember_generation(store: str, generation: Generation) -> None:
    """Keep the number and digest of a tag, by which a tag that goes back is noticed; never a smaller number."""
    path = generation_file(store, generation.name, generation.tag)
    data = {"store": _place(store), "name": generation.name, "tag": generation.tag, "generation": generation.number}
    with suppress(OSError):  # a cache that is read-only notices no tag that goes back
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with scratch.exclusive(path.parent):
            before = newest_generation(store, generation.name, generation.tag)
            if not before or not generation.number or before.number < generation.number:  # a registry has no numbers
                _write(path, data | {"digest": generation.digest})


def generation_file(store: str, name: str, tag: str) -> Path:
    """Where the newest generation of a tag is kept; once it is removed, any generation is accepted."""
    return _tags() / f"{hashlib.sha256(f'{_place(store)}/{name}:{tag}'.encode()).hexdigest()}.json"


def remembered(name: str) -> list[tuple[str, Generation]]:
    """The newest generation of each tag of that name that was pulled or pushed, with its store."""
    newest = []
    for path in sorted(_tags().glob("[0-9a-f]*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            data = json.loads(path.read_bytes())
            store, tag = str(data["store"]), str(data["tag"])
            if data["name"] == name and ("://" in store or Path(store).is_absolute()):
                newest.append((store, Generation(name, tag, int(data["generation"]), Digest(data["digest"]), None)))
    return newest


def _place(store: str) -> str:
    """A store by the same text wherever the working folder is."""
    return store if "://" in store else os.fspath(Path(store).resolve())


def _tags() -> Path:
    return cache_folder() / "tags"


def _snapshots() -> Path:
    return cache_folder() / "snapshots"


def _hex(digest: Digest) -> str:
    return digest.removeprefix("sha256:")


def _record_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _record(folder: Path) -> None:
    with suppress(OSError):  # a cache that is read-only is checked each time
        _write(_record_file(folder), _stats(folder))


def _is_unchanged(folder: Path) -> bool:
    try:
        return bool(json.loads(_record_file(folder).read_bytes()) == _stats(folder))
    except (OSError, ValueError):
        return False


def _stats(folder: Path) -> dict[str, list[int]]:
    """What changes when a file is written, replaced, added or removed, by path."""
    paths = {path.relative_to(folder).as_posix(): path.lstat() for path in folder.rglob("*")}
    return {
        path: [stat.st_mode, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        for path, stat in paths.items()
    }


def _write(path: Path, data: Any) -> None:
    for left in path.parent.glob(f".{path.name}.*"):  # what a killed process was writing
        left.unlink(missing_ok=True)
    with replacing(path) as file:
        file.write(json.dumps(data).encode())
