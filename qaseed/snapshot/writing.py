"""Completing a snapshot, so that a power cut leaves a whole one or none, and removing one."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from qaseed.disk import sha256_of, sync
from qaseed.errors import SnapshotError
from qaseed.snapshot.integrity import files_in, sums_of
from qaseed.snapshot.manifest import MANIFEST, SUMS, Manifest
from qaseed.stores.store import Digest


def finish(folder: Path, manifest: Manifest) -> None:
    """Write the sums and then, by rename, the manifest: only now is the snapshot complete."""
    content = manifest.to_bytes()
    sums = sums_of(folder, (path.relative_to(folder).as_posix() for path in files_in(folder)))
    sums[MANIFEST] = hashlib.sha256(content).hexdigest()
    _write(folder / SUMS, "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items())).encode())
    _write(folder / f".{MANIFEST}", content)
    (folder / f".{MANIFEST}").rename(folder / MANIFEST)
    sync(folder)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def remove(folder: Path) -> None:
    """Remove a snapshot and its attachments, its manifest first, so that a half removed one is not mistaken for a whole
    one.
    """
    if not (folder / MANIFEST).is_file() or not (folder / SUMS).is_file():
        raise SnapshotError(f"{folder}: is not a snapshot; nothing was removed")
    digest = _digest(folder)
    (folder / MANIFEST).unlink()
    _remove_attachments(folder, digest)
    shutil.rmtree(folder)


def discard_attachments(folder: Path, *, replaced: Path) -> None:
    """Remove beside `folder` what vouched for the snapshot that it had, which is now at `replaced`; what cannot be
    removed vouches for no other one.
    """
    with suppress(OSError):
        digest = _digest(replaced)
        if not (folder / MANIFEST).is_file() or _digest(folder) != digest:
            _remove_attachments(folder, digest)


def _digest(folder: Path) -> Digest:
    return Digest(f"sha256:{sha256_of(folder / MANIFEST)}")


def _remove_attachments(folder: Path, digest: Digest) -> None:
    from qaseed.snapshot.attachments import remove_attachments  # imports signatures, which a load does without

    remove_attachments(folder, digest)
