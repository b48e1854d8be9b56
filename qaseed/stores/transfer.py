"""Bytes and requests on their way: several at a time, and local files that are checked as they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from qaseed.errors import SnapshotError
from qaseed.stores.store import StoredFile

T = TypeVar("T")
R = TypeVar("R")

REQUESTS = 16
"""Requests for small objects at a time."""
BATCH = 500
"""Objects that are removed by one request."""


def parallel(call: Callable[[T], R], items: Iterable[T], workers: int = REQUESTS) -> list[R]:
    """The result of each call, in order, several at a time; the first failure ends those that are not yet begun."""
    pool = ThreadPoolExecutor(workers)
    try:
        return list(pool.map(call, items))
    finally:
        pool.shutdown(cancel_futures=True)


def batched(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in groups of a size that one request takes."""
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def verified_chunks(path: Path, file: StoredFile, size: int) -> Iterator[bytes]:
    """The bytes of a local file; `SnapshotError` instead of the last chunk unless they are those of its digest."""
    hashed, number = hashlib.sha256(), 0
    with path.open("rb") as content:
        chunk = content.read(size)
        while chunk:
            hashed.update(chunk)
            number += len(chunk)
            following = content.read(size)
            if not following:
                break
            yield chunk
            chunk = following
    if number != file.bytes or f"sha256:{hashed.hexdigest()}" != file.digest:
        raise SnapshotError(f"{path}: was changed while it was read; get a fresh copy of the snapshot")
    yield chunk
