"""What a store of objects needs of the place that they are in: a folder, or a bucket over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qaseed.errors import StoreError


class DeniedError(StoreError):
    """A store refused a request for the sake of its credentials, or of their lack."""


@dataclass(frozen=True)
class ObjectMeta:
    """What a place says of an object."""

    key: str
    size: int
    modified: datetime
    """By the clock of the place."""


class Backend(Protocol):
    """Objects by their keys; `FileNotFoundError` for what is missing, `StoreError` for what fails."""

    def read(self, key: str, most: int) -> tuple[ObjectMeta, bytes]:
        """A small object; `SnapshotError` for one of more bytes."""
        ...

    def stream(self, key: str, size: int, start: int) -> Iterator[bytes]:
        """The bytes of an object of that size from `start` on; `SnapshotError` for another size."""
        ...

    def head(self, key: str) -> ObjectMeta | None:
        """What is known of an object; None if it does not exist."""
        ...

    def write(self, key: str, chunks: Iterator[bytes]) -> None:
        """Write an object, which is seen only when the last chunk is there; it replaces the one of its key."""
        ...

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object; False if one has its key already."""
        ...

    def list(self, folder: str) -> Iterator[Sequence[ObjectMeta]]:
        """The objects below a folder, in pages."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is missing is none the less removed."""
        ...
