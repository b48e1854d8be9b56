"""From a snapshot to a store: its files, then its index, then a tag, so that what is named is always whole."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from qaseed.arguments import as_home_path
from qaseed.disk import sha256_of
from qaseed.errors import SnapshotError, StoreError, UsageError
from qaseed.snapshot.attachments import push_attachments, read_attachments, sign_snapshot
from qaseed.snapshot.cache import remember_generation
from qaseed.snapshot.integrity import read_sums
from qaseed.snapshot.manifest import MANIFEST, SUMS
from qaseed.snapshot.opening import Snapshot
from qaseed.snapshot.resolving import as_snapshot
from qaseed.stores.connecting import open_store
from qaseed.stores.reference import NAME, TAG, Reference, parse_reference
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Digest, Index, Store, StoredFile
from qaseed.stores.transfer import parallel

Progress = Callable[[str, int, int], None]

FILES = 4
"""Files that are written to a store at a time."""
ROUNDS = 4
"""In which files are sent that the store does not have afterwards."""


@dataclass(frozen=True)
class PushResult:
    """A snapshot that is in a store now."""

    reference: Reference
    """By which it is pulled: with its digest, and its tag if it got one."""
    snapshot: Snapshot
    uploaded: int
    """Files that the store lacked."""
    bytes: int
    """Bytes that were sent."""
    seconds: float
    generation: int | None
    """The number of the tag's generation; None without a tag."""
    attachments: tuple[str, ...] = ()
    """Kinds of documents about it that the store lacked: `sig`, `provenance.json` and `provenance.json.sig`."""

    def to_json(self) -> dict[str, Any]:
        """What `qaseed push --json` prints."""
        return {
            "ref": str(self.reference),
            "digest": self.reference.digest,
            "id": self.snapshot.manifest.id,
            "path": str(self.snapshot.folder),
            "cached": not self.uploaded,
            "source": "generated" if self.uploaded else "store",
            "bytes": self.bytes,
            "seconds": round(self.seconds, 4),
            "generation": self.generation,
            "uploaded": self.uploaded,
            "attachments": list(self.attachments),
        }


def push(
    snapshot: Snapshot | str | os.PathLike[str],
    store: str | os.PathLike[str],
    *,
    tag: str | None = None,
    sign: str | os.PathLike[str] | None = None,
    force: bool = False,
    deadline: float | None = None,
    progress: Progress | None = None,
) -> PushResult:
    """Write a snapshot to a store: only what the store lacks, and then the tag, so that a tag always means a whole one.

    - `snapshot`: its folder, its name, what `open_snapshot` returns, or a reference to another store.
    - `store`: the URL of a store, such as `s3://bucket/qa`, or a folder.
    - `tag`: by which the snapshot is pulled from now on; of pushes that race for a tag each gets its own generation.
    - `sign`: an SSH key, or a public key whose private half the agent has, by which it and its provenance are signed.
    - `force`: send every file, also those that the store has.
    - `deadline`: seconds after which it fails, even if bytes are still taken; a request that began before ends at most
      as long after it. Without it a request that fails is tried again for ten minutes.

    Raises `StoreError` (6) if the store fails; pushing again sends only the rest.
    """
    begun = time.monotonic()
    check_tag(tag)
    _refuse_reference(os.fspath(store))
    snapshot = as_snapshot(snapshot)
    check_name(snapshot.manifest.name)
    to = open_store(store, Timing.until(deadline), create=True)
    index = index_of(snapshot)
    documents = read_attachments(snapshot.folder, index.digest)
    if sign is not None:
        documents |= sign_snapshot(snapshot, as_home_path("sign", sign))
    upload = _Upload(to, snapshot.folder, progress)
    missing = list(index.files) if force else list(to.missing_blobs(index.name, index.files))
    for _ in range(ROUNDS):
        upload.send(index.name, missing)
        to.write_index(index)
        # a prune in between may have removed others
        missing = list(to.missing_blobs(index.name, index.files)) if missing else []
        if not missing:
            break
    else:
        raise StoreError(f"{to.url}: takes {missing[0].path} and does not have it afterwards; check what removes files")
    attachments = push_attachments(to, index.name, index.digest, documents)
    generation = to.write_tag(index.name, tag, index.digest) if tag else None
    if generation:
        remember_generation(to.url, generation)
    reference = Reference(to.url, index.name, tag, index.digest)
    seconds = time.monotonic() - begun
    number = generation.number or None if generation else None
    return PushResult(reference, snapshot, upload.files, upload.bytes, seconds, number, attachments)


def index_of(snapshot: Snapshot) -> Index:
    """The files of a snapshot with their digests, from SHA256SUMS, which its bytes were compared with."""
    folder = snapshot.folder
    sums = read_sums(folder) | {SUMS: sha256_of(folder / SUMS)}
    files = tuple(
        StoredFile(path, Digest(f"sha256:{digest}"), (folder / path).stat().st_size)
        for path, digest in sorted(sums.items())
    )
    return Index(snapshot.manifest.name, Digest(f"sha256:{sums[MANIFEST]}"), files)


def check_name(name: str) -> None:
    """`UsageError` unless stores can have a snapshot of that name."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r}: is no name for a store; generate the snapshot with a profile of lower case letters and digits"
        )


def check_tag(tag: str | None) -> None:
    """`UsageError` unless stores can have that tag."""
    if tag is not None and not TAG.fullmatch(tag):
        raise UsageError(f"--tag: {tag!r} is no tag; give up to 128 letters, digits, dots, dashes and underscores")


def _refuse_reference(store: str) -> None:
    """`UsageError` for STORE/name:tag, as it is pulled; a folder of that name that exists is a store."""
    try:
        reference = parse_reference(store)
    except UsageError:
        return
    is_host = reference.store.endswith(":")  # oci://HOST:PORT
    if reference.tag and not is_host and not os.path.lexists(store):
        raise UsageError(f"{reference}: names a snapshot in a store; give {reference.store} --tag {reference.tag}")


class _Upload:
    """The files of a snapshot on their way to a store."""

    def __init__(self, store: Store, folder: Path, progress: Progress | None) -> None:
        self.store, self.folder, self.progress = store, folder, progress
        self.files = self.bytes = 0
        self._total = 0
        self._lock = Lock()

    def send(self, name: str, files: list[StoredFile]) -> None:
        """Send files, several at a time."""
        self._total += sum(file.bytes for file in files)
        parallel(lambda file: self._send(name, file), files, FILES)

    def _send(self, name: str, file: StoredFile) -> None:
        try:
            self.store.write_blob(name, file, self.folder / file.path)
        except FileNotFoundError:
            raise SnapshotError(f"{self.folder / file.path}: was removed while it was read; push again") from None
        with self._lock:
            self.files += 1
            self.bytes += file.bytes
            if self.progress:
                self.progress("push", self.bytes, self._total)
