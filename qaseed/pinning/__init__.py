"""Pinned snapshots: what `qaseed.lock` says, from the cache, the store, or generated anew from its recipe."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qaseed.arguments import as_home_path
from qaseed.errors import FindingsError, NotInStoreError, StoreError, UsageError
from qaseed.lockfile import LOCK, Lock, LockedSnapshot, find_lock_file, is_relative, read_lock, write_lock
from qaseed.pinning.regenerating import different_tables, generated_before, regenerate
from qaseed.snapshot import FOLDERS, Snapshot, pulling
from qaseed.snapshot.attachments import digest_of, required_trust
from qaseed.snapshot.pulling import PullResult
from qaseed.snapshot.referring import as_reference
from qaseed.stores.reference import Reference, parse_reference
from qaseed.stores.retrying import RETRY_SECONDS

if TYPE_CHECKING:
    from qaseed.signatures import Trust

Progress = Callable[[str, int, int], None]

RETRY_BEFORE_FALLBACK = 60.0
"""Seconds after which a store that fails is given up, if a fallback can replace it."""


@dataclass(frozen=True)
class LockChange:
    """What `qaseed lock` did for one snapshot."""

    before: LockedSnapshot | None
    """What was locked before; None for a new one."""
    after: LockedSnapshot

    @property
    def changed(self) -> bool:
        """Whether another snapshot is locked than before."""
        return self.before is None or self.before.reference.digest != self.after.reference.digest

    @property
    def tables(self) -> list[str]:
        """The tables whose rows are not those that were locked before."""
        return different_tables(self.before.digests, self.after.digests) if self.before else []


def lock(
    *references: str,
    update: bool = False,
    path: str | os.PathLike[str] | None = None,
    trust: Trust | None = None,
    progress: Progress | None = None,
) -> list[LockChange]:
    """Write into the lock file which snapshots an application uses, and what is needed to generate them again.

    - `references`: `STORE/name:tag` or `STORE/name@sha256:DIGEST`, added or renewed; with `update` also names of
      locked snapshots, by default all of them, for which the store is asked what their tags mean now.
    - `path`: the lock file; by default the nearest `qaseed.lock`, else a new one in the working folder.
    - `trust`: whose signature each snapshot must have.

    Raises `StoreError` (exit code 6) if a store fails, `SnapshotError` (3) if it lacks a snapshot; then the lock file
    is what it was before.
    """
    file = _lock_file(path, new=not update)
    current = read_lock(file) if update or file.exists() else Lock(file)
    if update:
        names = references or [snapshot.name for snapshot in current.snapshots]
        wanted = [_newest(current, current.find(name)) for name in names]
    else:
        wanted = [_meant(reference) for reference in references]
    changes = []
    for reference in wanted:
        locked = _locked(current, reference, trust, progress)
        before = next((snapshot for snapshot in current.snapshots if snapshot.name == locked.name), None)
        current = current.with_snapshot(locked)
        changes.append(LockChange(before, locked))
    write_lock(current)
    return changes


def _meant(text: str) -> Reference:
    """The reference of a text; a tag that is locked is asked for anew."""
    reference = parse_reference(as_reference(text) or text)
    return reference if "@" in text else replace(reference, digest=None)


def _newest(current: Lock, snapshot: LockedSnapshot) -> Reference:
    reference = current.location(snapshot)
    return replace(reference, digest=None) if reference.tag else reference


def _locked(current: Lock, reference: Reference, trust: Trust | None, progress: Progress | None) -> LockedSnapshot:
    if reference.is_packed:
        raise UsageError(f"{reference}: is a file; a lock file names snapshots in stores, push it to one")
    pulled = pulling.pull(str(reference), trust=trust, progress=progress)
    if pulled.problem:
        raise StoreError(pulled.problem)
    manifest = pulled.snapshot.manifest
    formats = [name for name, folder in FOLDERS.items() if (pulled.snapshot.folder / folder).is_dir()]
    store = reference.store
    if is_relative(store):
        store = os.path.relpath(store, current.path.parent)
    return LockedSnapshot(
        replace(pulled.reference, store=store),
        manifest.id,
        "both" if len(formats) > 1 else formats[0],
        manifest.digests,
        manifest.made_with,
        manifest.recipe,
    )


def _lock_file(path: str | os.PathLike[str] | None, *, new: bool = False) -> Path:
    if path is not None:
        return as_home_path("path", path).absolute()
    nearest = find_lock_file()
    if nearest is None and not new:
        raise UsageError(f"no {LOCK} in this folder or above it; `qaseed lock STORE/name:tag` writes one")
    return nearest or Path.cwd() / LOCK


def pull(
    reference: str | None = None,
    *,
    frozen: bool = False,
    path: str | os.PathLike[str] | None = None,
    store: str | None = None,
    fallback: bool = True,
    out: str | os.PathLike[str] | None = None,
    check: bool = False,
    trust: Trust | None = None,
    deadline: float | None = None,
    progress: Progress | None = None,
) -> PullResult:
    """Pull a snapshot from a store into the cache, or take it from the cache; or with `frozen` one of the lock file.

    - `reference`: `STORE/name:tag` or `STORE/name@sha256:DIGEST`; a digest that is cached needs no network. With
      `frozen` the name of a locked snapshot, which may be left out where one is locked.
    - `out`: a folder in which the snapshot gets a folder of its own, by its name.
    - `check`: compare every byte of a cached snapshot too, not only of files that were written since they were checked.
    - `path`, `store`, `fallback`: as for `pull_frozen`.
    - `trust`: whose signature it must have, from `qaseed.signatures.read_trust`; else the setting `require_signature`.
    - `deadline`: seconds after which the store is given up, even if bytes still come.

    Raises `StoreError` (6) if the store fails, `SnapshotError` (3) if it lacks the snapshot, or has another one than
    its digest says, which is then not kept, or no signature of it counts; `FindingsError` (1) if a snapshot has other
    rows than the lock file says.
    """
    if not frozen:
        if reference is None or path or store:
            raise UsageError("give STORE/name:tag; a lock file and another store are for frozen=True")
        reference = as_reference(reference) or reference
        return pulling.pull(reference, out=out, check=check, trust=trust, deadline=deadline, progress=progress)
    names = [reference] if reference else locked_names(path)
    if len(names) > 1:
        raise UsageError(f"name one of the locked snapshots: {', '.join(names)}")
    return pull_frozen(
        names,
        path=path,
        store=store,
        fallback=fallback,
        out=out,
        check=check,
        trust=trust,
        deadline=deadline,
        progress=progress,
    )[0]


def locked_names(path: str | os.PathLike[str] | None = None) -> list[str]:
    """The names of the snapshots of a lock file, by default the nearest `qaseed.lock`."""
    return [snapshot.name for snapshot in read_lock(_lock_file(path)).snapshots]


def pull_frozen(
    names: Sequence[str] = (),
    *,
    path: str | os.PathLike[str] | None = None,
    store: str | None = None,
    fallback: bool = True,
    out: str | os.PathLike[str] | None = None,
    check: bool = False,
    trust: Trust | None = None,
    deadline: float | None = None,
    progress: Progress | None = None,
) -> list[PullResult]:
    """Exactly the snapshots of the lock file: from the cache, else the store, else generated from their recipes.

    A generated snapshot has equal rows, by the logical digest of each table; its files may differ with the versions of
    libraries.

    - `names`: of locked snapshots, by default all.
    - `path`: the lock file; by default the nearest `qaseed.lock`.
    - `store`: another store that has the same snapshots; digests are those of the lock file all the same.
    - `fallback`: generate what the store does not give.
    - `out`: a folder in which each snapshot gets a folder of its own, by its name.
    - `check`: compare every byte of a cached snapshot too, not only of files that were written since they were checked.
    - `trust`: whose signature each snapshot must have; else the setting `require_signature`. Nobody signs what is
      generated, so that nothing is where a signature is required.
    - `deadline`: seconds after which the store is given up, even if bytes still come.

    Raises `FindingsError` (exit code 1) if a snapshot has other rows than the lock file says, `SnapshotError` (3) if
    the store has another one than its digest says, or its signature does not count, and `StoreError` (6), which says
    why it could not be generated either.
    """
    file = _lock_file(path)
    current = read_lock(file)
    snapshots = [current.find(name) for name in names] or list(current.snapshots)
    if not snapshots:
        raise UsageError(f"{file}: locks no snapshot; `qaseed lock STORE/name:tag` adds one")
    frozen = _Frozen(current, store, fallback, out, check, trust or required_trust(), deadline, progress)
    return [frozen.pull(locked) for locked in snapshots]


@dataclass(frozen=True)
class _Frozen:
    """How the snapshots of a lock file are pulled."""

    lock: Lock
    store: str | None
    fallback: bool
    out: str | os.PathLike[str] | None
    check: bool
    trust: Trust | None
    deadline: float | None
    progress: Progress | None

    def pull(self, locked: LockedSnapshot) -> PullResult:
        """The snapshot from the cache, the store or its recipe, whichever comes first."""
        begun = time.perf_counter()
        reference = self.lock.location(locked)
        if self.store is not None:
            reference = replace(reference, store=self.store.rstrip("/"))
        generates = self.fallback and self.trust is None
        if generates and not pulling.is_cached(reference) and (snapshot := generated_before(locked)):
            return self._generated(reference, snapshot, begun, cached=True)
        try:
            pulled = pulling.pull(
                str(reference),
                check=self.check,
                trust=self.trust,
                deadline=self.deadline,
                retry_seconds=RETRY_BEFORE_FALLBACK if generates else RETRY_SECONDS,
                progress=self.progress,
            )
        except (StoreError, NotInStoreError) as error:
            if not self.fallback:
                raise
            if self.trust:
                why = "is not generated instead, as a signature is required, which a generated snapshot does not have"
                raise StoreError(f"{error}; {locked.name} {why}") from None
            snapshot = self._regenerate(locked, str(error))
            return self._generated(reference, snapshot, begun, cached=False, problem=str(error))
        _check_drift(self.lock, locked, pulled.snapshot)
        return replace(pulled, snapshot=self._copy(pulled.snapshot))

    def _regenerate(self, locked: LockedSnapshot, problem: str) -> Snapshot:
        try:
            return regenerate(locked, self.progress)
        except StoreError as error:
            raise StoreError(f"{problem}; {locked.name} cannot be generated instead: {error}") from None

    def _generated(
        self, reference: Reference, snapshot: Snapshot, begun: float, *, cached: bool, problem: str | None = None
    ) -> PullResult:
        seconds = time.perf_counter() - begun
        return PullResult(reference, self._copy(snapshot), cached, "generated", 0, seconds, None, problem)

    def _copy(self, snapshot: Snapshot) -> Snapshot:
        return snapshot if self.out is None else pulling.copy_to(self.out, snapshot, digest_of(snapshot))


def _check_drift(current: Lock, locked: LockedSnapshot, snapshot: Snapshot) -> None:
    """`FindingsError` if the snapshot of the locked digest is not what else the lock says of it."""
    manifest = snapshot.manifest
    tables = different_tables(locked.digests, manifest.digests)
    what = [f"other rows of {', '.join(tables)}"] if tables else []
    what += ["another id"] if manifest.id != locked.id else []
    what += ["another recipe"] if manifest.recipe != locked.recipe else []
    if what:
        raise FindingsError(
            f"{current.path}: {locked.reference.name}@{locked.reference.digest} has {', '.join(what)} than is locked; "
            f"`qaseed lock --update {locked.name}` writes what it has"
        )
