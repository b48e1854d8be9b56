"""From a store to a snapshot in a folder: every byte is compared with its digest before anything reads it."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from qaseed import scratch
from qaseed.arguments import as_home_path
from qaseed.disk import FULL, copy_folder
from qaseed.errors import ResourceError, SnapshotError, StoreError, UsageError
from qaseed.signatures import SignedBy, Trust
from qaseed.snapshot import cache
from qaseed.snapshot.attachments import (
    SIGNATURE,
    fetch_attachments,
    read_attachments,
    require_signature,
    required_trust,
    write_attachments,
)
from qaseed.snapshot.manifest import MANIFEST
from qaseed.snapshot.opening import Snapshot, open_folder
from qaseed.snapshot.paths import check_paths
from qaseed.snapshot.unpacking import PackedSnapshot
from qaseed.stores.connecting import open_store
from qaseed.stores.packed import packed_chunks
from qaseed.stores.reference import Reference, parse_reference
from qaseed.stores.retrying import RETRY_SECONDS, Timing
from qaseed.stores.store import Digest, Generation, Index, Store, StoredFile
from qaseed.stores.transfer import parallel

Progress = Callable[[str, int, int], None]

FILES = 4
"""Files that are read from a store at a time."""
OFFLINE = 10.0
"""Seconds for which a store is asked for a tag that was pulled before."""


@dataclass(frozen=True)
class PullResult:
    """A snapshot that was pulled, or was in the cache."""

    reference: Reference
    """With the digest that its tag means."""
    snapshot: Snapshot
    cached: bool
    """Whether all of it was in the cache."""
    source: str
    """`cache`, `store` or `generated`."""
    bytes: int
    """Bytes that were read from the store."""
    seconds: float
    generation: int | None
    """The number of the tag's generation; None for a reference by digest."""
    problem: str | None = None
    """Why the store was not used, or not asked what the tag means now; None if it was."""
    signed_by: SignedBy | None = None
    """Whose signature was accepted; None if none was required."""
    asked: bool = False
    """Whether a store or web server was asked what the reference means."""

    @property
    def instead(self) -> str:
        """What was done because of the problem, as the middle of a sentence."""
        return "generated with equal rows" if self.source == "generated" else "using what the tag meant before"

    def to_json(self) -> dict[str, Any]:
        """What `qaseed pull --json` prints."""
        return {
            "ref": str(self.reference),
            "digest": self.reference.digest,
            "id": self.snapshot.manifest.id,
            "path": str(self.snapshot.folder),
            "cached": self.cached,
            "source": self.source,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 4),
            "generation": self.generation,
            "problem": self.problem,
            "signed_by": vars(self.signed_by) if self.signed_by else None,
        }


def pull(
    reference: str,
    *,
    out: str | os.PathLike[str] | None = None,
    check: bool = False,
    trust: Trust | None = None,
    deadline: float | None = None,
    retry_seconds: float = RETRY_SECONDS,
    progress: Progress | None = None,
) -> PullResult:
    """Pull a snapshot from a store into the cache, or take it from the cache.

    - `reference`: `STORE/name:tag` or `STORE/name@sha256:DIGEST`, or a packed file's path or https URL, with or without
      `@sha256:DIGEST`; a digest that is cached needs no network.
    - `out`: a folder in which the snapshot gets a folder of its own, by its name.
    - `check`: compare every byte of a cached snapshot too, not only of files that were written since they were checked.
    - `trust`: whose signature it must have, from `qaseed.signatures.read_trust`; else the setting `require_signature`.
    - `deadline`: seconds after which it fails, even if bytes still come; a request that began before ends at most as
      long after it.
    - `retry_seconds`: without a deadline, seconds after which a request that fails is not tried again.

    Raises `StoreError` (6) if the store fails, and `SnapshotError` (3) if it lacks the snapshot, or has another one
    than its digest says, which is then not kept, or no signature of it counts.
    """
    begun = time.monotonic()
    wanted = parse_reference(reference)
    if out is not None:
        as_home_path("out", out)
    trust = trust or required_trust()
    timing = Timing.until(deadline, retry_seconds)
    generation, problem = resolve(wanted, timing)
    digest = generation.digest if generation else wanted.digest
    snapshot, read = cache.cached_snapshot(digest, check=check) if digest else None, 0
    if snapshot is None and wanted.is_packed:
        digest, snapshot, read = _unpack(wanted, check, timing, progress)
    assert digest
    if snapshot is None:
        store = open_store(wanted.store, timing)
        snapshot, read = _download(store, wanted.name, digest, progress, timing)
    if snapshot.manifest.name != wanted.name and not wanted.is_packed:
        raise SnapshotError(f"{wanted}: is the snapshot {snapshot.manifest.name!r}; give that name")
    if generation and not problem:
        cache.remember_generation(wanted.store, generation)
        if not read:
            _complete_attachments(snapshot, wanted, digest, timing.within(OFFLINE))
    signed_by = None
    if trust:
        fetch = partial(_fetch_attachments, wanted, digest, timing)
        signed_by = require_signature(snapshot, trust, fetch, str(wanted))
    return PullResult(
        replace(wanted, digest=digest),
        snapshot if out is None else copy_to(out, snapshot, digest),
        not read,
        "store" if read else "cache",
        read,
        time.monotonic() - begun,
        generation.number or None if generation else None,
        problem,
        signed_by,
        asked=not wanted.digest,
    )


def is_cached(reference: Reference) -> bool:
    """Whether the snapshot of a reference by digest was pulled before."""
    return reference.digest is not None and cache.is_cached(reference.digest)


def resolve(wanted: Reference, timing: Timing) -> tuple[Generation | None, str | None]:
    """What a tag means now; without its store, what it meant when it was pulled, and why that is used."""
    if wanted.digest or not wanted.tag:
        return None, None
    before = cache.newest_generation(wanted.store, wanted.name, wanted.tag)
    is_cached = before is not None and cache.cached_folder(before.digest).exists()
    try:
        store = open_store(wanted.store, timing.within(OFFLINE) if is_cached else timing)
        generation = store.resolve(wanted.name, wanted.tag)
    except StoreError as error:
        if not is_cached:
            raise
        return before, str(error)
    is_older = before is not None and 0 < generation.number <= before.number  # a registry has no numbers
    if before and is_older and generation != replace(before, modified=generation.modified):
        raise SnapshotError(
            f"{wanted}: is generation {generation.number} ({generation.digest}), and was {before.number} "
            f"({before.digest}) before: the tag was rolled back in the store; to trust it again, remove "
            f"{cache.generation_file(wanted.store, wanted.name, wanted.tag)}; to get what it means now, pull "
            f"{wanted.store}/{wanted.name}@{generation.digest}"
        )
    return generation, None


def _download(
    store: Store, name: str, digest: Digest, progress: Progress | None, timing: Timing
) -> tuple[Snapshot, int]:
    """The snapshot and how many bytes were read for it: none if another process pulled it in the meantime."""
    with explained(cache.cached_folder(digest)), cache.building(digest) as folder:
        existing = cache.cached_snapshot(digest)
        if existing:
            shutil.rmtree(folder)
            return existing, 0
        with _discarded_if_wrong(folder, f"{store.url}/{name}@{digest}"):
            index = store.read_index(name, digest)
            check_index(index, store.url)
            _discard_others(folder, index)
            download = Download(store, index, folder, progress, timing.end)
            snapshot = cache.publish(folder, digest, download.run())
        with suppress(StoreError, SnapshotError):  # where a signature is required, they are asked for again
            write_attachments(snapshot.folder, digest, fetch_attachments(store, name, digest))
        return snapshot, download.read


def _unpack(wanted: Reference, check: bool, timing: Timing, progress: Progress | None) -> tuple[Digest, Snapshot, int]:
    """The snapshot of a packed file, its digest and how many bytes were read; none that the cache has already."""
    with closing(packed_chunks(wanted, timing)) as chunks:
        packed = PackedSnapshot(chunks, wanted)
        if wanted.digest not in (None, packed.digest):
            raise SnapshotError(f"{wanted}: is another snapshot, {packed.digest}; get a fresh copy")
        existing = cache.cached_snapshot(packed.digest, check=check)
        if existing:
            _add_attachments(existing.folder, packed.digest, packed.attachments)
            return packed.digest, existing, 0
        with explained(cache.cached_folder(packed.digest)), cache.building(packed.digest) as folder:
            _clear(folder)
            with _discarded_if_wrong(folder, str(wanted)):
                read = packed.unpack(folder, lambda read, total: progress("pull", read, total) if progress else None)
                snapshot = cache.publish(folder, packed.digest, packed.digests)
            write_attachments(snapshot.folder, packed.digest, packed.attachments)
            return packed.digest, snapshot, read


@contextmanager
def _discarded_if_wrong(folder: Path, where: str) -> Iterator[None]:
    """Remove what was built if it is no snapshot; then its error names where it came from, not the folder."""
    try:
        yield
    except SnapshotError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise type(error)(str(error).replace(str(folder), where)) from None


def _complete_attachments(snapshot: Snapshot, wanted: Reference, digest: Digest, timing: Timing) -> None:
    """Get the signatures of a cached snapshot that was pulled before it was signed, from its store that answers."""
    if SIGNATURE not in read_attachments(snapshot.folder, digest):
        with suppress(StoreError, SnapshotError):  # where a signature is required, they are asked for again
            _add_attachments(snapshot.folder, digest, _fetch_attachments(wanted, digest, timing))


def _add_attachments(folder: Path, digest: Digest, documents: Mapping[str, bytes]) -> None:
    """Write beside a folder which attachments it lacks, if that is allowed."""
    existing = read_attachments(folder, digest)
    with suppress(UsageError):
        write_attachments(folder, digest, {kind: documents[kind] for kind in documents if kind not in existing})


def _fetch_attachments(wanted: Reference, digest: Digest, timing: Timing) -> Mapping[str, bytes]:
    """The signatures and the provenance of a snapshot, from its store or its packed file."""
    if not wanted.is_packed:
        return fetch_attachments(open_store(wanted.store, timing), wanted.name, digest)
    with closing(packed_chunks(wanted, timing)) as chunks:
        return PackedSnapshot(chunks, wanted).attachments


def _clear(folder: Path) -> None:
    """Remove what an interrupted pull left: a packed file is read from its beginning."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


class Download:
    """The files of a snapshot on their way into a folder."""

    def __init__(self, store: Store, index: Index, folder: Path, progress: Progress | None, end: float) -> None:
        self.end = end
        self.store, self.index, self.folder, self.progress = store, index, folder, progress
        self.total = sum(file.bytes for file in index.files)
        self.read = 0
        """Bytes that came from the store, also those that were not what they should be."""
        self._done = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        """Bytes that are in the folder."""
        self._lock = Lock()
        free = shutil.disk_usage(folder).free
        if self.total > free + self._done:
            raise ResourceError(
                f"{folder}: {self.total:,} bytes do not fit on its disk, {free:,} are free; free some space"
            )

    def run(self) -> dict[str, str]:
        """Get all files, each with the bytes of its digest; returns their sha256 by their paths."""
        self._report(0)
        parallel(self._fetch, self.index.files, FILES)
        return {file.path: file.digest.removeprefix("sha256:") for file in self.index.files}

    def _fetch(self, file: StoredFile) -> None:
        """Get a file: the rest of it if a part is there, and once again if it is not what its digest says."""
        path = self.folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            if self._fetch_rest(file, path) == file.digest:
                return
            self._report(-path.stat().st_size)
            path.unlink()
        raise SnapshotError(
            f"{self.store.url}: {file.path} of {self.index.name} is not what its digest says; push the snapshot again "
            "with --force, or pull another one"
        )

    def _fetch_rest(self, file: StoredFile, path: Path) -> str:
        """Append what is missing, and return the digest of all, of which only the part that was there is read back.

        Until the deadline, a connection that breaks is continued if it brings some bytes.
        """
        path.touch()
        with path.open("rb") as content:
            hashed = hashlib.file_digest(content, "sha256")
        while (size := path.stat().st_size) < file.bytes:
            try:
                self._append(file, path, size, hashed.update)
            except StoreError:
                if path.stat().st_size == size or time.monotonic() > self.end:
                    raise
            else:
                if path.stat().st_size == size:
                    raise StoreError(f"{self.store.url}: sends less than {file.path} has; try again later")
        return f"sha256:{hashed.hexdigest()}"

    def _append(self, file: StoredFile, path: Path, size: int, update: Callable[[bytes], None]) -> None:
        with path.open("ab") as content:
            for chunk in self.store.read_blob(self.index.name, file, size):
                size += len(chunk)
                if size > file.bytes:
                    break
                content.write(chunk)
                update(chunk)
                with self._lock:
                    self.read += len(chunk)
                self._report(len(chunk))

    def _report(self, number: int) -> None:
        with self._lock:
            self._done += number
            if self.progress:
                self.progress("pull", self._done, self.total)


def check_index(index: Index, url: str) -> None:
    """All paths stay in the folder of the snapshot, whose manifest is what its digest says."""
    check_paths(url, (file.path for file in index.files))
    if [file.digest for file in index.files if file.path == MANIFEST] != [index.digest]:
        raise SnapshotError(f"{url}: {index.name}@{index.digest} has another {MANIFEST}; it was altered in the store")


def _discard_others(folder: Path, index: Index) -> None:
    """Remove what an interrupted pull left that is not of this snapshot, or more than it."""
    sizes = {file.path: file.bytes for file in index.files}
    for path in folder.rglob("*"):
        if not path.is_dir() and path.lstat().st_size > sizes.get(path.relative_to(folder).as_posix(), -1):
            path.unlink()


def copy_to(out: str | os.PathLike[str], snapshot: Snapshot, digest: Digest) -> Snapshot:
    """A copy of a cached snapshot in a folder of its own, or the one that is there already."""
    parent = as_home_path("out", out)
    folder = parent / snapshot.manifest.name
    with explained(folder):
        parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(folder):
            with suppress(SnapshotError):
                existing = cache.open_whole(folder, digest)
                _add_attachments(folder, digest, read_attachments(snapshot.folder, digest))
                return existing
            raise UsageError(f"{folder}: exists and is another snapshot; remove it or choose another --out")
        with scratch.exclusive(parent):
            scratch.sweep_partial(parent)
            partial = scratch.partial(folder)
            handle = scratch.lock(partial)
        try:
            copy_folder(snapshot.folder, partial)
            cache.open_whole(partial, digest)
            partial.chmod(0o755)
            partial.rename(folder)
            write_attachments(folder, digest, read_attachments(snapshot.folder, digest))
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            os.close(handle)
    return open_folder(folder, check=False)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Say what to do where a folder cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise ResourceError(f"{folder}: the disk is full; free some space, then pull again") from None
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from None
