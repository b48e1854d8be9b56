"""Snapshots as one file: a tar whose every byte follows from the snapshot, not compressed: Parquet is."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qaseed.arguments import as_path
from qaseed.disk import replacing
from qaseed.errors import UsageError
from qaseed.snapshot.manifest import MANIFEST, SUMS
from qaseed.snapshot.opening import Snapshot
from qaseed.snapshot.pushing import check_name, index_of
from qaseed.snapshot.resolving import as_snapshot
from qaseed.snapshot.unpacking import BLOCK, header_of, zeros_behind
from qaseed.stores.reference import PACKED
from qaseed.stores.store import Digest, StoredFile
from qaseed.stores.transfer import verified_chunks

CHUNK = 1 << 20


@dataclass(frozen=True)
class PackResult:
    """A snapshot that is one file now."""

    path: Path
    digest: Digest
    """Of the snapshot, by which the file can be pulled: `FILE@sha256:...`."""
    snapshot: Snapshot
    bytes: int
    """Of the file."""
    sha256: str
    """Of the file, in hex."""
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """What `qaseed pack --json` prints."""
        return {
            "ref": f"{self.path}@{self.digest}",
            "digest": self.digest,
            "id": self.snapshot.manifest.id,
            "path": str(self.path),
            "bytes": self.bytes,
            "sha256": self.sha256,
            "seconds": round(self.seconds, 4),
        }


def pack(snapshot: Snapshot | str | os.PathLike[str], file: str | os.PathLike[str]) -> PackResult:
    """Write a snapshot to one file, for releases and uploads of artifacts; equal snapshots are equal files.

    - `snapshot`: its folder, its name, what `open_snapshot` returns, or a reference to a store.
    - `file`: a path that ends in `.tar`; a file that is there already is replaced once the new one is whole.

    Raises `UsageError` (2) if the file cannot be written.
    """
    begun = time.monotonic()
    path = as_path("file", file).expanduser()
    if path.suffix != PACKED:
        raise UsageError(f"{path}: is no name of a packed snapshot; give one that ends in {PACKED}")
    snapshot = as_snapshot(snapshot)
    check_name(snapshot.manifest.name)
    index = index_of(snapshot)
    hashed, size = hashlib.sha256(), 0
    try:
        with replacing(path) as content:
            for chunk in _packed_bytes(snapshot.folder, index.name, index.files):
                hashed.update(chunk)
                size += content.write(chunk)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another file") from None
    return PackResult(path, index.digest, snapshot, size, hashed.hexdigest(), time.monotonic() - begun)


def _packed_bytes(folder: Path, name: str, files: Iterable[StoredFile]) -> Iterator[bytes]:
    """The bytes of the packed file; each file is compared with its digest as it is read."""
    size = 0
    for file in sorted(files, key=lambda file: _position(file.path)):
        yield header_of(name, file.path, file.bytes)
        yield from verified_chunks(folder / file.path, file, CHUNK) if file.bytes else ()
        yield bytes(-file.bytes % BLOCK)
        size += BLOCK + file.bytes + -file.bytes % BLOCK
    yield bytes(zeros_behind(size))


def _position(path: str) -> tuple[bool, bool, str]:
    """The order of the files: what says how large and what the others are is first."""
    return path != SUMS, path != MANIFEST, path
