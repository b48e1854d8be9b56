"""What a store has: its tags and their snapshots, other tags for them, and the removal of old ones."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qaseed.errors import SnapshotError, UsageError
from qaseed.lockfile import read_lock
from qaseed.snapshot.pushing import check_tag
from qaseed.snapshot.referring import as_reference
from qaseed.stores.connecting import open_store
from qaseed.stores.reference import Reference, parse_reference
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Generation, Listed, Pruned
from qaseed.stores.transfer import parallel


@dataclass(frozen=True)
class StoredSnapshot:
    """A generation of a tag in a store, and the snapshot that it means."""

    reference: Reference
    generation: Generation
    bytes: int | None
    """Bytes of its files; None if it was removed by `prune`."""

    def to_json(self) -> dict[str, Any]:
        """What `qaseed ls --json` prints of it."""
        modified = self.generation.modified
        return {
            "ref": str(self.reference),
            "name": self.generation.name,
            "tag": self.generation.tag,
            "generation": self.generation.number or None,
            "digest": self.generation.digest,
            "modified": modified.isoformat() if modified else None,
            "bytes": self.bytes,
        }


def ls(
    store: str | os.PathLike[str], *, newest: int | None = 1, deadline: float | None = None
) -> Sequence[StoredSnapshot]:
    """The tags of a store, with their newest generations, or with all if `newest` is None."""
    opened = open_store(store, Timing.until(deadline))
    listed = opened.list_generations(newest)
    references = [
        Reference(each.store.url, each.generation.name, each.generation.tag, each.generation.digest) for each in listed
    ]
    of_snapshot = {(each.store.url, each.generation.name, each.generation.digest): each for each in listed}
    sizes = dict(zip(of_snapshot, parallel(_size, of_snapshot.values()), strict=True))
    return [
        StoredSnapshot(reference, each.generation, sizes[reference.store, reference.name, each.generation.digest])
        for reference, each in zip(references, listed, strict=True)
    ]


def _size(listed: Listed) -> int | None:
    """Bytes of a snapshot's files; None if the store does not have it any more."""
    try:
        return sum(
            file.bytes for file in listed.store.read_index(listed.generation.name, listed.generation.digest).files
        )
    except SnapshotError:
        return None


def tag(reference: str, tag: str, *, deadline: float | None = None) -> StoredSnapshot:
    """Let a tag mean the snapshot of a reference, in the same store, from now on.

    Raises `SnapshotError` (3) if the store does not have the snapshot.
    """
    wanted = parse_reference(as_reference(reference) or reference)
    check_tag(tag)
    store = open_store(wanted.store, Timing.until(deadline))
    digest = wanted.digest or store.resolve(wanted.name, wanted.tag or "").digest
    index = store.read_index(wanted.name, digest)
    store.write_index(index)  # what is old is renewed, so that a prune does not remove it before it has its tag
    generation = store.write_tag(wanted.name, tag, digest)
    store.read_index(wanted.name, digest)  # a prune that runs meanwhile is noticed, not repaired
    return StoredSnapshot(
        Reference(store.url, wanted.name, tag, digest), generation, sum(file.bytes for file in index.files)
    )


def prune(
    store: str | os.PathLike[str],
    keep: int,
    *,
    keep_locked: Iterable[str | os.PathLike[str]] = (),
    dry_run: bool = False,
    deadline: float | None = None,
) -> Pruned:
    """Remove the snapshots of a store that none of the `keep` newest generations of its tags means.

    - `keep_locked`: lock files whose snapshots stay too.
    - `dry_run`: only say what would be removed.

    What is younger than 24 hours by the clock of the store stays, so that it never removes what a push has just
    written. The history of tags stays.
    """
    if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
        raise UsageError(f"--keep: {keep!r} is no number of generations; give 1 or more")
    snapshots = [snapshot for file in keep_locked for snapshot in read_lock(Path(file)).snapshots]
    locked = {snapshot.reference.digest for snapshot in snapshots if snapshot.reference.digest}
    opened = open_store(store, Timing.until(deadline))
    kept_digests = {listed.generation.digest for listed in opened.list_generations(keep)} | locked
    return opened.prune(kept_digests, dry_run=dry_run)
