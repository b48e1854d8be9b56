"""Stores in folders and object stores: S3, Azure, GCS, all by one interface, with creations that happen once.

Blobs and indexes are named by digests and the same whoever writes them. A generation of a tag is an object that is
created once and never changes: of pushes that race for a number, one creates it, and the others take the next.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from qaseed.errors import NotInStoreError, SnapshotError, StoreError
from qaseed.stores.backends import Backend, DeniedError, ObjectMeta
from qaseed.stores.documents import (
    MAX_BYTES,
    attachment_key,
    blob_key,
    index_from_bytes,
    index_key,
    index_to_bytes,
    pointer_from_bytes,
    pointer_key,
    pointer_to_bytes,
)
from qaseed.stores.failures import required
from qaseed.stores.reference import NAME, TAG
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Digest, Generation, Index, Listed, Pruned, StoredFile
from qaseed.stores.tags import newest_number
from qaseed.stores.transfer import batched, parallel, verified_chunks
from qaseed.stores.unfinished import unfinished_files

CHUNK = 8 * 2**20
"""Bytes of a part of an upload."""
CLOCK, PROBE = "blobs/clock", "probe.json"
RENEWED_BLOB, RENEWED_INDEX = timedelta(days=7), timedelta(hours=12)
"""What is older is written again, so that it is not removed before it is referenced."""
PRUNED = timedelta(hours=24)
"""What nothing references and is older may be removed: no push takes as long."""


class ObjectStore:
    """A store in a folder, or in a bucket or container of S3, Azure or GCS."""

    def __init__(self, backend: Backend, url: str, timing: Timing) -> None:
        self.url = url
        self._timing = timing
        self._backend = backend
        self._is_probed = False
        self._clock: tuple[float, datetime] | None = None

    def missing_blobs(self, name: str, files: Sequence[StoredFile]) -> Sequence[StoredFile]:
        """Those files whose bytes the store lacks, has in another number, or may remove within a day."""
        self._put_clock()
        stored = self._metas("blobs", {CLOCK, *(blob_key(file.digest) for file in files)})
        now = self._set_clock(stored[CLOCK].modified)

        def is_missing(file: StoredFile) -> bool:
            meta = stored.get(blob_key(file.digest))
            return meta is None or meta.size != file.bytes or now - meta.modified > RENEWED_BLOB

        return [file for file in files if is_missing(file)]

    def write_blob(self, name: str, file: StoredFile, path: Path) -> None:
        """Store the bytes of a local file under their digest; what is there already may be written again."""
        with self._required("the bucket or container"):
            chunks = self._timing.in_time(self.url, verified_chunks(path, file, CHUNK))
            self._backend.write(blob_key(file.digest), chunks)

    def read_blob(self, name: str, file: StoredFile, start: int = 0) -> Iterator[bytes]:
        """The bytes of a file from `start` on, in chunks, not verified."""
        with self._required(f"{file.path} of {name}"):
            yield from self._timing.in_time(self.url, self._backend.stream(blob_key(file.digest), file.bytes, start))

    def write_index(self, index: Index) -> None:
        """Make a snapshot known, all of whose blobs are in the store; an equal index is not written again."""
        key, data = index_key(index.name, index.digest), index_to_bytes(index)
        try:
            meta, content = self._backend.read(key, MAX_BYTES)
            is_new = content != data or self._now() - meta.modified > RENEWED_INDEX
        except FileNotFoundError:
            is_new = True
        if is_new:
            self._backend.write(key, iter([data]))

    def read_index(self, name: str, digest: Digest) -> Index:
        """The files of a snapshot."""
        what = f"{name}@{digest}"
        return index_from_bytes(self._read(index_key(name, digest), what), name, digest, f"{self.url}/{what}")

    def read_attachment(self, name: str, digest: Digest, kind: str) -> bytes | None:
        """A small document about a snapshot that is no part of it, such as its signatures; None if there is none."""
        key = attachment_key(name, digest, kind)
        try:
            return self._backend.read(key, MAX_BYTES)[1]
        except FileNotFoundError:
            return None
        except DeniedError:
            if self._is_listed(key):
                raise
            return None

    def write_attachment(self, name: str, digest: Digest, kind: str, content: bytes) -> None:
        """Keep a document about a snapshot; it replaces the one of its kind."""
        self._backend.write(attachment_key(name, digest, kind), iter([content]))

    def read_record(self, key: str) -> bytes:
        """A small document of a snapshot that is being made; `NotInStoreError` if there is none."""
        return self._read(key, key)

    def write_record(self, key: str, content: bytes) -> None:
        """Keep such a document; it replaces the one of its key."""
        self._backend.write(key, iter([content]))

    def resolve(self, name: str, tag: str) -> Generation:
        """The newest generation of a tag."""
        number = self._newest(name, tag)
        if not number:
            raise NotInStoreError(f"{self.url}: has no {name}:{tag}; `qaseed ls {self.url}` lists what it has")
        return self._generation(name, tag, number)

    def write_tag(self, name: str, tag: str, digest: Digest) -> Generation:
        """Let a tag mean a snapshot from now on; a tag that means it already gets no new generation."""
        while True:
            number = self._newest(name, tag)
            if number and (newest := self._generation(name, tag, number)).digest == digest:
                return newest
            self._probe()
            pointer = pointer_to_bytes(name, tag, number + 1, digest)
            if self._backend.create(pointer_key(name, tag, number + 1), pointer):
                return Generation(name, tag, number + 1, digest, None)

    def list_generations(self, newest: int | None = None) -> Sequence[Listed]:
        """The newest generations of each tag, or all; those of one tag by their numbers."""
        numbers: dict[tuple[str, str], list[int]] = {}
        for meta in self._list("tags"):
            if pointer := _POINTER.fullmatch(meta.key):
                numbers.setdefault((pointer["name"], pointer["tag"]), []).append(int(pointer["number"]))
        wanted = [
            (name, tag, number)
            for (name, tag), all_numbers in sorted(numbers.items())
            for number in sorted(all_numbers)[-newest if newest else None :]
        ]
        return parallel(lambda generation: Listed(self, self._generation(*generation)), wanted)

    def prune(self, keep: Collection[Digest], *, dry_run: bool = False) -> Pruned:
        """Remove all snapshots but those of these digests, and what they alone need, if older than a day, and what
        killed pushes left.

        Indexes go first: what is removed is never half there. Pushes in between are noticed before each removal.
        """
        now = self._now()
        old = self._old_snapshots(keep, now)
        blobs: dict[str, frozenset[str]] = {}
        referenced = self._referenced(set(old), blobs)
        if not dry_run:
            old = self._old_snapshots(keep, now)  # others may be renewed by now
            self._backend.delete(old)
            self._delete_attachments(set(old.values()))
        unused = self._unused_blobs(referenced, now)
        unfinished = unfinished_files(self._backend, now - PRUNED)
        if dry_run:
            every = (*unused.values(), *unfinished.values())
            return Pruned(tuple(old.values()), len(every), sum(every))
        removed: dict[Path | str, int] = {}
        for path, size in unfinished.items():
            with suppress(OSError):  # another user's stays
                path.unlink()
                removed[path] = size
        for batch in batched(sorted(unused)):
            referenced = self._referenced(set(), blobs)
            removed.update({key: unused[key] for key in batch if key not in referenced})
            self._backend.delete([key for key in batch if key not in referenced])
        return Pruned(tuple(old.values()), len(removed), sum(removed.values()))

    def _old_snapshots(self, keep: Collection[Digest], now: datetime) -> dict[str, tuple[str, Digest]]:
        return {
            key: snapshot
            for key, snapshot, modified in self._snapshots()
            if snapshot[1] not in keep and now - modified > PRUNED
        }

    def _delete_attachments(self, snapshots: set[tuple[str, Digest]]) -> None:
        keys = [meta.key for meta in self._list("attachments")] if snapshots else []
        attachments = [attachment for key in keys if (attachment := _ATTACHMENT.fullmatch(key))]
        self._backend.delete(
            attachment[0]
            for attachment in attachments
            if (attachment["name"], Digest(f"sha256:{attachment['hex']}")) in snapshots
        )

    def _unused_blobs(self, referenced: set[str], now: datetime) -> dict[str, int]:
        return {
            meta.key: meta.size
            for meta in self._list("blobs")
            if _BLOB.fullmatch(meta.key) and meta.key not in referenced and now - meta.modified > PRUNED
        }

    def _snapshots(self) -> Iterator[tuple[str, tuple[str, Digest], datetime]]:
        """The key, name and digest, and time of the index of each snapshot."""
        for meta in self._list("snapshots"):
            if index := _INDEX.fullmatch(meta.key):
                yield meta.key, (index["name"], Digest(f"sha256:{index['hex']}")), meta.modified

    def _referenced(self, removed: set[str], blobs: dict[str, frozenset[str]]) -> set[str]:
        """The keys of all blobs that snapshots need, except those whose indexes are removed.

        `blobs` has those of the indexes that were read before, by their keys: an index never changes.
        """
        snapshots = {key: snapshot for key, snapshot, _ in self._snapshots() if key not in removed}
        unread = [key for key in snapshots if key not in blobs]
        for key, index in zip(unread, parallel(lambda key: self.read_index(*snapshots[key]), unread), strict=True):
            blobs[key] = frozenset(blob_key(file.digest) for file in index.files)
        return set().union(*(blobs[key] for key in snapshots))

    def _newest(self, name: str, tag: str) -> int:
        """The number of the newest generation of a tag, 0 if there is none."""
        try:
            keys = [meta.key for meta in self._list(f"tags/{name}/{tag}")]
        except DeniedError:  # anonymous readers of public buckets may read and not list
            where = f"{self.url}/{name}:{tag}"
            number = newest_number(where, lambda number: self._exists(pointer_key(name, tag, number)))
            if not number:
                raise
            return number
        numbers = sorted(int(pointer["number"]) for key in keys if (pointer := _POINTER.fullmatch(key)))
        if numbers != list(range(1, len(numbers) + 1)):
            raise SnapshotError(f"{self.url}/{name}:{tag}: a generation is missing; pull by @sha256:DIGEST instead")
        return len(numbers)

    def _generation(self, name: str, tag: str, number: int) -> Generation:
        with self._required(f"generation {number} of {name}:{tag}"):
            meta, content = self._backend.read(pointer_key(name, tag, number), MAX_BYTES)
        digest = pointer_from_bytes(content, name, tag, number, f"{self.url}/{name}:{tag}")
        return Generation(name, tag, number, digest, meta.modified)

    def _probe(self) -> None:
        """Check that the store creates an object only once, as tags need it."""
        if not self._is_probed and all(self._backend.create(PROBE, b"{}\n") for _ in range(2)):
            raise StoreError(
                f"{self.url}: ignores If-None-Match, so that pushes could replace each other's tags; push without --tag"
            )
        self._is_probed = True

    def _now(self) -> datetime:
        """The clock of the store: when it wrote an object, and the time since."""
        if self._clock is None:
            self._put_clock()
            meta = self._backend.head(CLOCK)
            if meta is None:
                raise StoreError(f"{self.url}: does not keep what is written; check the URL of the store")
            return self._set_clock(meta.modified)
        at, then = self._clock
        return then + timedelta(seconds=time.monotonic() - at)

    def _set_clock(self, now: datetime) -> datetime:
        self._clock = time.monotonic(), now
        return now

    def _put_clock(self) -> None:
        with self._required("the bucket or container"):
            self._backend.write(CLOCK, iter([b"clock\n"]))

    def _metas(self, folder: str, keys: set[str]) -> dict[str, ObjectMeta]:
        """What the store says of these objects, by a list, or by a request for each where the list would be longer."""
        stored: dict[str, ObjectMeta] = {}
        for number, page in enumerate(self._backend.list(folder)):
            stored.update({meta.key: meta for meta in page if meta.key in keys})
            if number >= len(keys):
                break
        else:
            return stored
        heads = parallel(self._backend.head, sorted(keys - stored.keys()))
        return stored | {meta.key: meta for meta in heads if meta}

    def _exists(self, key: str) -> bool:
        """Whether an object can be read; what is not listed may be denied where it does not exist."""
        try:
            return self._backend.head(key) is not None
        except DeniedError:
            return False

    def _is_listed(self, key: str) -> bool:
        """Whether an object is there; False where nothing may be listed, where what is missing is denied too."""
        try:
            return any(meta.key == key for meta in self._list(key.rpartition("/")[0]))
        except DeniedError:
            return False

    def _list(self, folder: str) -> Iterator[ObjectMeta]:
        with self._required("the bucket or container"):
            for page in self._backend.list(folder):
                yield from page

    def _read(self, key: str, what: str) -> bytes:
        with self._required(what):
            return self._backend.read(key, MAX_BYTES)[1]

    def _required(self, what: str) -> AbstractContextManager[None]:
        self._timing.check(self.url)
        return required(self.url, what)


_HEX = "[0-9a-f]{64}"
_POINTER = re.compile(rf"tags/(?P<name>{NAME.pattern})/(?P<tag>{TAG.pattern})/(?P<number>\d{{8}})\.json")
_INDEX = re.compile(rf"snapshots/(?P<name>{NAME.pattern})/(?P<hex>{_HEX})\.json")
_ATTACHMENT = re.compile(rf"attachments/(?P<name>{NAME.pattern})/(?P<hex>{_HEX})\.[a-z.]+")
_BLOB = re.compile(rf"blobs/sha256/{_HEX}")
