"""A snapshot whose files of rows are fetched one at a time, by programs that load it together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from qaseed import scratch
from qaseed.engine import unreadable
from qaseed.errors import SnapshotError
from qaseed.signatures import Trust
from qaseed.snapshot import cache
from qaseed.snapshot.attachments import fetch_attachments, require_signature, required_trust
from qaseed.snapshot.integrity import are_whole, read_sums
from qaseed.snapshot.locating import locate
from qaseed.snapshot.manifest import MANIFEST, File, Manifest, Table, read_manifest
from qaseed.snapshot.opening import Snapshot, open_folder
from qaseed.snapshot.pulling import Download, check_index, explained, resolve
from qaseed.snapshot.referring import as_reference
from qaseed.snapshot.regular_files import altered
from qaseed.snapshot.resolving import as_snapshot
from qaseed.stores.connecting import open_store
from qaseed.stores.reference import Reference, parse_reference
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Digest, Index, Store


@dataclass(frozen=True)
class FileSource:
    """The files of a snapshot, each of which is fetched when it is needed, and compared with its sha256 then."""

    snapshot: Snapshot
    """Its manifest is whole; only a folder of this machine has files of rows too."""
    stored: tuple[Store, Index] | None = None
    """The store that files are fetched from; None if they are in the snapshot's folder."""

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    @cached_property
    def files(self) -> dict[str, tuple[str, File]]:
        """The files of rows of the format to load, with their entities, by path."""
        kind = self.snapshot.kind
        return {file.path: (name, file) for name in self.manifest.tables for file in self.snapshot.files(name, kind)}

    @contextmanager
    def only(self, path: str) -> Iterator[Snapshot]:
        """A snapshot with the rows of one file; `SnapshotError` if its bytes are not those of the manifest."""
        entity, file = self.files[path]
        tables = {name: Table(0, "", ()) for name in self.manifest.tables} | {entity: Table(file.rows, "", (file,))}
        manifest = replace(self.manifest, tables=tables)
        with scratch.spill_folder() if self.stored else nullcontext() as spill:
            folder = self.snapshot.folder
            if self.stored and spill:
                folder = (
                    spill / "rows" / "snapshot"
                )  # the folder above is locked by who reads, and `spill` is so for long
                _fetch(*self.stored, file, folder)
            elif not _is_whole(folder, file):
                raise altered(folder, f"{path} is not what {MANIFEST} says")
            yield Snapshot(folder, manifest)


def _is_whole(folder: Path, file: File) -> bool:
    try:
        return are_whole(folder, [file])
    except OSError as error:
        raise unreadable(error, folder) from None


def _fetch(store: Store, index: Index, file: File, folder: Path) -> None:
    with explained(folder):
        folder.mkdir(parents=True)
        wanted = [each for each in index.files if (each.path, each.digest) == (file.path, f"sha256:{file.sha256}")]
        if not wanted:
            raise SnapshotError(f"{store.url}: {index.name}@{index.digest} lacks {file.path}; push the snapshot again")
        Download(store, replace(index, files=tuple(wanted)), folder, None, Timing.until().end).run()


@contextmanager
def open_files(snapshot: Snapshot | str | os.PathLike[str], *, trust: Trust | None = None) -> Iterator[FileSource]:
    """The files of a snapshot, without reading them: of a folder or its name, or of a reference to a store.

    Of a reference only the manifest is read from the store, unless the snapshot was pulled before. With `trust`, one of
    its signatures must count; of a reference also where a setting requires it. Raises what `open_snapshot` and
    `pull` raise.
    """
    text = as_reference(snapshot)
    reference = parse_reference(text) if text else None
    if reference and not reference.is_packed:
        with _stored(reference, trust or required_trust()) as source:
            yield source
    else:
        opened = as_snapshot(snapshot) if reference or isinstance(snapshot, Snapshot) else _in_folder(snapshot)
        if trust:
            require_signature(opened, trust)
        yield FileSource(opened)


def _in_folder(snapshot: str | os.PathLike[str]) -> Snapshot:
    """The snapshot of a folder: its manifest is compared with SHA256SUMS, and each file of rows when it is used."""
    folder = locate(Path(snapshot))
    try:
        return open_folder(folder, known=read_sums(folder))
    except OSError as error:
        raise unreadable(error, folder) from None


@contextmanager
def _stored(reference: Reference, trust: Trust | None) -> Iterator[FileSource]:
    generation, problem = resolve(reference, Timing.until())
    digest = generation.digest if generation else reference.digest
    if digest is None:
        raise SnapshotError(f"{reference}: has no digest; give a tag or a digest")
    connect = partial(open_store, reference.store, Timing())  # a load may take hours: each file has a limit of its own
    with scratch.spill_folder() as parent:
        cached = cache.cached_snapshot(digest)
        source = FileSource(cached) if cached else _with_manifest(connect(), reference.name, digest, parent)
        if source.manifest.name != reference.name:
            raise SnapshotError(f"{reference}: is the snapshot {source.manifest.name!r}; give that name")
        if generation and not problem:
            cache.remember_generation(reference.store, generation)
        if trust:

            def fetch() -> Mapping[str, bytes]:
                return fetch_attachments(connect(), reference.name, digest)

            require_signature(source.snapshot, trust, fetch, str(reference))
        yield source


def _with_manifest(store: Store, name: str, digest: Digest, parent: Path) -> FileSource:
    """The manifest of a snapshot in a store, in a folder of its own."""
    index, folder = store.read_index(name, digest), parent / name
    check_index(index, store.url)
    with explained(folder):
        folder.mkdir()
        own = tuple(file for file in index.files if file.path == MANIFEST)
        Download(store, replace(index, files=own), folder, None, Timing.until().end).run()
    return FileSource(Snapshot(folder, read_manifest(folder)), (store, index))
