"""Units in a store: each file is a blob, as of a snapshot that was pushed, so that a push later sends none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qaseed import scratch
from qaseed.errors import NotInStoreError, SnapshotError, UsageError
from qaseed.generation.unit_records import Files, all_files, from_bytes, record_name, to_bytes
from qaseed.snapshot import File
from qaseed.snapshot.locating import HEADER
from qaseed.stores.connecting import open_store
from qaseed.stores.objects import ObjectStore
from qaseed.stores.reference import SCHEMES
from qaseed.stores.store import Digest, StoredFile
from qaseed.stores.transfer import parallel


def is_store(place: str) -> bool:
    """Whether a text is the URL of a store, and no folder."""
    return "://" in place and place.partition("://")[0] in SCHEMES


@dataclass(frozen=True)
class UnitStore:
    """A part in a store of objects, to which tasks write from any machine.

    A unit's files are uploaded before its record: a task that runs twice writes equal objects.
    """

    url: str
    """Of the store."""
    part: str
    """The name of the part."""

    def __str__(self) -> str:
        return f"{self.url}/{self.part}"

    @classmethod
    def parse(cls, reference: str) -> UnitStore:
        """The part of a reference, as `str` writes it."""
        url, _, part = reference.rstrip("/").rpartition("/")
        return cls(url, part)

    def store(self) -> ObjectStore:
        """The store; `UsageError` if it is of a kind that has no place for parts."""
        store = open_store(self.url, create=True)
        if not isinstance(store, ObjectStore):
            raise UsageError(f"{self.url}: has no place for parts; give a folder or the URL of S3, Azure or GCS")
        return store

    def read_header(self) -> bytes:
        """What the part says of itself; `FileNotFoundError` without."""
        try:
            return self.store().read_record(f"parts/{self.part}/{HEADER}")
        except NotInStoreError as error:
            raise FileNotFoundError(str(self)) from error

    def write_header(self, content: bytes) -> None:
        """Write what the part says of itself."""
        self.store().write_record(f"parts/{self.part}/{HEADER}", content)

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """A new folder in TMPDIR in which a task writes its unit."""
        with scratch.spill_folder() as aside, scratch.spilling():
            yield aside

    def keep(self, number: int, aside: Path, files: Files) -> None:
        """Upload the files of a unit, and then its record."""
        store = self.store()
        for file in all_files(files):
            store.write_blob(self.part, _stored(file), aside / file.path)
        store.write_record(self._key(number), to_bytes(number, files))

    def check(self, files: Files) -> None:
        """Nothing: what a store has taken is there."""

    def read(self, number: int, formats: Sequence[str]) -> Files:
        """The files of a unit as its record says; `ValueError` if there is none, or it is not one of such a unit."""
        try:
            return from_bytes(self.store().read_record(self._key(number)), number, formats)
        except NotInStoreError as error:
            raise ValueError(number) from error

    def finished(self, numbers: Iterable[int], formats: Sequence[str]) -> dict[int, Files]:
        """Those of the units whose files the store has, by their sizes."""
        numbers = list(numbers)
        read = dict(zip(numbers, parallel(lambda number: self._read_or_none(number, formats), numbers), strict=True))
        known = {number: files for number, files in read.items() if files is not None}
        stored = {file.path: _stored(file) for files in known.values() for file in all_files(files)}
        lost = {file.path for file in self.store().missing_blobs(self.part, list(stored.values()))} if stored else set()
        return {number: files for number, files in known.items() if not lost & {f.path for f in all_files(files)}}

    def _read_or_none(self, number: int, formats: Sequence[str]) -> Files | None:
        try:
            return self.read(number, formats)
        except ValueError:
            return None

    def fetch(self, file: File, target: Path) -> None:
        """Write a file of the store to its place in a snapshot; `FileNotFoundError` if it has none such."""
        try:
            with target.open("wb") as content:
                for chunk in self.store().read_blob(self.part, _stored(file)):
                    content.write(chunk)
        except SnapshotError as error:
            raise FileNotFoundError(file.path) from error

    def _key(self, number: int) -> str:
        return f"parts/{self.part}/units/{record_name(number)}"


def _stored(file: File) -> StoredFile:
    return StoredFile(file.path, Digest(f"sha256:{file.sha256}"), file.bytes)
