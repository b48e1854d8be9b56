"""What every kind of store can do, whatever protocol it speaks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NewType, Protocol

Digest = NewType("Digest", str)
"""`sha256:` and 64 hexadecimal digits."""


@dataclass(frozen=True)
class StoredFile:
    """A file of a snapshot as a store lists it: its path within the snapshot, its digest and bytes."""

    path: str
    digest: Digest
    bytes: int


@dataclass(frozen=True)
class Index:
    """All files of one snapshot in a store, SHA256SUMS and manifest.json too; what a store says, to be checked."""

    name: str
    digest: Digest
    """The digest of the snapshot, which is that of its manifest.json."""
    files: tuple[StoredFile, ...]


@dataclass(frozen=True)
class Generation:
    """One meaning that a tag had: the newest generation of a tag is what it means."""

    name: str
    tag: str
    number: int
    """From 1, without gaps; 0 in a registry, which keeps no history."""
    digest: Digest
    modified: datetime | None
    """When it was set, by the clock of the store; None where the store does not say."""


@dataclass(frozen=True)
class Listed:
    """A generation in a list, and the store that it is pulled from: for a registry, the path above its repository."""

    store: Store
    generation: Generation


@dataclass(frozen=True)
class Pruned:
    """What `prune` removed from a store, or would remove."""

    snapshots: tuple[tuple[str, Digest], ...]
    blobs: int
    bytes: int


class Store(Protocol):
    """A place of snapshots; it raises `StoreError` (6) when it fails, and `NotInStoreError` (3) for what it lacks.

    What is read from it is not trusted: callers verify every byte.
    """

    url: str
    """As the user may read it: without credentials."""

    def missing_blobs(self, name: str, files: Sequence[StoredFile]) -> Sequence[StoredFile]:
        """Those files whose bytes the store lacks, has in another number, or may remove within a day."""
        ...

    def write_blob(self, name: str, file: StoredFile, path: Path) -> None:
        """Store the bytes of a local file under their digest; what is there already may be written again."""
        ...

    def read_blob(self, name: str, file: StoredFile, start: int = 0) -> Iterator[bytes]:
        """The bytes of a file from `start` on, in chunks, not verified."""
        ...

    def write_index(self, index: Index) -> None:
        """Make a snapshot known, all of whose blobs are in the store; an equal index is not written again."""
        ...

    def read_index(self, name: str, digest: Digest) -> Index:
        """The files of a snapshot."""
        ...

    def resolve(self, name: str, tag: str) -> Generation:
        """The newest generation of a tag."""
        ...

    def write_tag(self, name: str, tag: str, digest: Digest) -> Generation:
        """Let a tag mean a snapshot from now on; a tag that means it already gets no new generation."""
        ...

    def read_attachment(self, name: str, digest: Digest, kind: str) -> bytes | None:
        """A small document about a snapshot that is no part of it, such as its signatures; None if there is none."""
        ...

    def write_attachment(self, name: str, digest: Digest, kind: str, content: bytes) -> None:
        """Keep a document about a snapshot; it replaces the one of its kind."""
        ...

    def list_generations(self, newest: int | None = None) -> Sequence[Listed]:
        """The newest generations of each tag, or all; those of one tag by their numbers."""
        ...

    def prune(self, keep: Collection[Digest], *, dry_run: bool = False) -> Pruned:
        """Remove all snapshots but those of these digests, and what they alone need, if older than a day."""
        ...
