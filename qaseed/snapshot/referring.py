"""References without a store: `name:tag` and `name@sha256:...`, of the lock file, else of what was pulled or pushed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from qaseed.config import settings
from qaseed.errors import SnapshotError, UsageError
from qaseed.snapshot import cache
from qaseed.snapshot.locating import output_folder
from qaseed.snapshot.opening import Snapshot
from qaseed.stores.reference import Reference, is_reference, parse_reference
from qaseed.stores.store import Digest


def as_reference(snapshot: object) -> str | None:
    """The reference that a text means, None if it is a path or the name of a folder of snapshots.

    One without a store has that of the lock file's snapshot of its name; the locked tag means the locked digest.
    Otherwise it has the store that its name and tag, or digest, were pulled from or pushed to before. A name alone is
    the snapshot in the cache of such a tag. `UsageError` if those are several.
    """
    if not isinstance(snapshot, str):
        return None
    if is_reference(snapshot):
        return snapshot
    wanted = _without_store(snapshot)
    if wanted:
        reference = _with_locked_store(wanted) or _pulled(wanted, snapshot)
    else:
        reference = _cached_by_name(snapshot) if _has_no_path(snapshot) else None
    return str(reference) if reference else None


def cached(snapshot: str) -> tuple[Snapshot, Digest] | None:
    """The snapshot in the cache that a reference or a locked name means, without asking a store; None of another text.

    Raises `SnapshotError` (exit code 3) if it is not there, and `UsageError` (2) for a packed file.
    """
    name = locked_name(snapshot)
    text = str(_locked()[name]) if name else as_reference(snapshot)
    if text is None:
        return None
    wanted = parse_reference(text)
    if wanted.is_packed:
        raise UsageError(f"{wanted}: is a packed file; remove it as any other file")
    before = (
        cache.newest_generation(wanted.store, wanted.name, wanted.tag) if wanted.tag and not wanted.digest else None
    )
    digest = before.digest if before else wanted.digest
    cached_snapshot = cache.cached_snapshot(digest) if digest else None
    if digest is None or cached_snapshot is None:
        raise SnapshotError(f"{wanted}: is not in the cache; `qaseed prune` removes old snapshots of stores")
    return cached_snapshot, digest


def locked_name(snapshot: str) -> str | None:
    """The name of the locked snapshot that is meant by its name, alone or with its tag or digest; None if none is."""
    if not _has_no_path(snapshot) or not (locked := _locked()):
        return None
    wanted = _without_store(snapshot)
    if wanted is None:
        return snapshot if snapshot in locked else None
    return wanted.name if wanted.name in locked and _pinned(wanted, locked[wanted.name]) else None


def _has_no_path(text: str) -> bool:
    """Whether a text has no slash, and no folder has that name."""
    is_name = len(Path(text).parts) == 1 and not os.path.lexists(text)
    return is_name and not os.path.lexists(output_folder(settings().out) / text)


def _without_store(text: str) -> Reference | None:
    """What `name:tag` or `name@sha256:...` refers to; None if a text is neither, or a folder has that name."""
    if (":" in text or "@" in text) and _has_no_path(text):
        with suppress(UsageError):
            return parse_reference(f"./{text}")
    return None


def _locked() -> Mapping[str, Reference]:
    """The snapshots of the nearest lock file, by their names."""
    from qaseed.lockfile import find_lock_file, read_lock

    file = find_lock_file()
    lock = read_lock(file) if file else None
    return {snapshot.name: lock.location(snapshot) for snapshot in lock.snapshots} if lock else {}


def _with_locked_store(wanted: Reference) -> Reference | None:
    locked = _locked().get(wanted.name)
    if locked is None:
        return None
    return locked if _pinned(wanted, locked) else replace(wanted, store=locked.store)


def _pinned(wanted: Reference, locked: Reference) -> bool:
    """Whether a reference is to what is locked: the same digest, or without one the same tag."""
    return wanted.digest == locked.digest if wanted.digest else wanted.tag == locked.tag


def _pulled(wanted: Reference, text: str) -> Reference | None:
    stores = sorted(
        {
            store
            for store, known in cache.remembered(wanted.name)
            if (known.digest == wanted.digest if wanted.digest else known.tag == wanted.tag)
        }
    )
    if len(stores) > 1:
        raise UsageError(f"{text}: {' and '.join(stores)} have it; give its store, as STORE/{text}")
    return replace(wanted, store=stores[0]) if stores else None


def _cached_by_name(name: str) -> Reference | None:
    """The snapshot in the cache that a tag of that name means, by its digest."""
    references = {
        known.digest: Reference(store, name, known.tag, known.digest)
        for store, known in cache.remembered(name)
        if cache.is_cached(known.digest)
    }
    if len(references) > 1:
        raise UsageError(f"{name}: the cache has {' and '.join(map(str, references.values()))}; give one of them")
    return next(iter(references.values()), None)
