"""Snapshots as one file: a tar whose every byte follows from the snapshot, not compressed: Parquet is."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qaseed.arguments import as_home_path
from qaseed.disk import replacing
from qaseed.errors import UsageError
from qaseed.snapshot.attachments import KINDS, attachment_path, read_attachments, sign_snapshot
from qaseed.snapshot.manifest import MANIFEST, SUMS
from qaseed.snapshot.opening import Snapshot
from qaseed.snapshot.pushing import check_name, index_of
from qaseed.snapshot.resolving import as_snapshot
from qaseed.snapshot.unpacking import BLOCK, header_of, zeros_behind
from qaseed.stores.reference import PACKED
from qaseed.stores.store import Digest, Index, StoredFile
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
    attachments: tuple[str, ...] = ()
    """Kinds of documents about it in the file: `sig`, `provenance.json` and `provenance.json.sig`."""

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
            "attachments": list(self.attachments),
        }


def pack(
    snapshot: Snapshot | str | os.PathLike[str],
    file: str | os.PathLike[str],
    *,
    sign: str | os.PathLike[str] | None = None,
) -> PackResult:
    """Write a snapshot to one file, for releases and uploads of artifacts; equal snapshots are equal files.

    - `snapshot`: its folder, its name, what `open_snapshot` returns, or a reference to a store.
    - `file`: a path that ends in `.tar`; a file that is there already is replaced once the new one is whole.
    - `sign`: an SSH key, or a public key whose private half the agent has, by which it and its provenance are signed.

    Signatures and provenance that the snapshot has are in the file too, beside its folder.

    Raises `UsageError` (2) if the file cannot be written.
    """
    begun = time.monotonic()
    path = as_home_path("file", file)
    if path.suffix != PACKED:
        raise UsageError(f"{path}: is no name of a packed snapshot; give one that ends in {PACKED}")
    snapshot = as_snapshot(snapshot)
    check_name(snapshot.manifest.name)
    index = index_of(snapshot)
    documents = read_attachments(snapshot.folder, index.digest)
    if sign is not None:
        documents |= sign_snapshot(snapshot, as_home_path("sign", sign))
    hashed, size = hashlib.sha256(), 0
    try:
        with replacing(path) as content:
            for chunk in _packed_bytes(snapshot.folder, index, documents):
                hashed.update(chunk)
                size += content.write(chunk)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another file") from None
    kinds = tuple(kind for kind in KINDS if kind in documents)
    return PackResult(path, index.digest, snapshot, size, hashed.hexdigest(), time.monotonic() - begun, kinds)


def _packed_bytes(folder: Path, index: Index, documents: Mapping[str, bytes]) -> Iterator[bytes]:
    """The bytes of the packed file; each file is compared with its digest as it is read.

    What says how large and what the other files are comes first, then what vouches for them.
    """
    files = {file.path: file for file in index.files}
    first = [files.pop(SUMS), files.pop(MANIFEST)]
    size = 0
    for file in first:
        size += yield from _packed_file(folder, index.name, file)
    for kind in KINDS:
        if content := documents.get(kind):
            yield header_of(attachment_path(Path(index.name), index.digest, kind).name, len(content))
            yield content
            size += BLOCK + len(content) + (yield from _padding(len(content)))
    for _, file in sorted(files.items()):
        size += yield from _packed_file(folder, index.name, file)
    yield bytes(zeros_behind(size))


def _packed_file(folder: Path, name: str, file: StoredFile) -> Generator[bytes, None, int]:
    """A file with its header; returns their bytes."""
    yield header_of(f"{name}/{file.path}", file.bytes)
    yield from verified_chunks(folder / file.path, file, CHUNK) if file.bytes else ()
    return BLOCK + file.bytes + (yield from _padding(file.bytes))


def _padding(size: int) -> Generator[bytes, None, int]:
    """Zeros up to the end of a block; returns their number."""
    zeros = -size % BLOCK
    yield bytes(zeros)
    return zeros
