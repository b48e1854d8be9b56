"""Indexes and pointers of tags as a store keeps them: canonical JSON, which is read back byte for byte or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qaseed.errors import SnapshotError
from qaseed.stores.reference import DIGEST
from qaseed.stores.store import Digest, Index, StoredFile

FORMAT = 1
MAX_BYTES = 32 * 2**20
"""No document is larger: an index of 100,000 files has 20 MB."""


def blob_key(digest: Digest) -> str:
    """Where the bytes of a digest are."""
    return f"blobs/{digest.replace(':', '/')}"


def index_key(name: str, digest: Digest) -> str:
    """Where the index of a snapshot is."""
    return f"snapshots/{name}/{digest.removeprefix('sha256:')}.json"


def pointer_key(name: str, tag: str, number: int) -> str:
    """Where a generation of a tag is."""
    return f"tags/{name}/{tag}/{number:08d}.json"


def attachment_key(name: str, digest: Digest, kind: str) -> str:
    """Where a document about a snapshot is, such as its signatures."""
    return f"attachments/{name}/{digest.removeprefix('sha256:')}.{kind}"


def index_to_bytes(index: Index) -> bytes:
    """An index as canonical JSON, its files in the order of their paths."""
    files = [
        {"path": file.path, "digest": file.digest, "bytes": file.bytes}
        for file in sorted(index.files, key=lambda file: file.path)
    ]
    return _to_bytes({"format": FORMAT, "name": index.name, "digest": index.digest, "files": files})


def index_from_bytes(data: bytes, name: str, digest: Digest, where: str) -> Index:
    """The index of that snapshot; `SnapshotError` for anything else, and for one that differs in a single byte."""
    try:
        document = json.loads(data)
        files = tuple(_file(file) for file in document["files"])
        index = Index(name, digest, files)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _altered(where) from None
    if index_to_bytes(index) != data or len({file.path for file in files}) != len(files):
        raise _altered(where)
    return index


def _file(document: Any) -> StoredFile:
    path, digest, number = document["path"], document["digest"], document["bytes"]
    if type(path) is not str or type(number) is not int or number < 0 or not DIGEST.fullmatch(digest):
        raise ValueError(path)
    return StoredFile(path, Digest(digest), number)


def pointer_to_bytes(name: str, tag: str, number: int, digest: Digest) -> bytes:
    """A generation of a tag as canonical JSON."""
    return _to_bytes({"format": FORMAT, "name": name, "tag": tag, "generation": number, "digest": digest})


def pointer_from_bytes(data: bytes, name: str, tag: str, number: int, where: str) -> Digest:
    """The digest that a generation of a tag means; `SnapshotError` for anything but that generation's pointer."""
    try:
        digest = json.loads(data)["digest"]
        if not DIGEST.fullmatch(digest):
            raise _altered(where)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _altered(where) from None
    if pointer_to_bytes(name, tag, number, digest) != data:
        raise _altered(where)
    return Digest(digest)


def _to_bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def _altered(where: str) -> SnapshotError:
    return SnapshotError(f"{where}: was altered in the store; push the snapshot again, or pull another one")
