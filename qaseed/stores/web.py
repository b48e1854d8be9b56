"""Stores that any web server gives away, by their files alone: they can be read, and neither listed nor written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from qaseed.errors import NotInStoreError, UsageError
from qaseed.stores.authorization import netrc_authorization
from qaseed.stores.documents import (
    MAX_BYTES,
    attachment_key,
    blob_key,
    index_from_bytes,
    index_key,
    pointer_from_bytes,
    pointer_key,
)
from qaseed.stores.downloading import download
from qaseed.stores.http import Client, Request, split_url
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Digest, Generation, Index, Listed, Pruned, StoredFile
from qaseed.stores.tags import newest_number


class WebStore:
    """The files of a store, wherever they were copied, as a web server has them."""

    def __init__(self, url: str, timing: Timing | None = None) -> None:
        split_url(url)
        self.url = url.rstrip("/")
        self._client = Client(self.url, timing or Timing(), netrc_authorization(self.url))

    def missing_blobs(self, name: str, files: Sequence[StoredFile]) -> Sequence[StoredFile]:
        """Never: it cannot be written."""
        raise self._read_only()

    def write_blob(self, name: str, file: StoredFile, path: Path) -> None:
        """Never: it cannot be written."""
        raise self._read_only()

    def read_blob(self, name: str, file: StoredFile, start: int = 0) -> Iterator[bytes]:
        """The bytes of a file from `start` on, in chunks, not verified."""
        return download(self._client, Request("GET", f"{self.url}/{blob_key(file.digest)}"), file.bytes, start)

    def write_index(self, index: Index) -> None:
        """Never: it cannot be written."""
        raise self._read_only()

    def read_index(self, name: str, digest: Digest) -> Index:
        """The files of a snapshot."""
        where = f"{self.url}/{name}@{digest}"
        return index_from_bytes(self._read(index_key(name, digest), where), name, digest, where)

    def resolve(self, name: str, tag: str) -> Generation:
        """The newest generation of a tag, found by asking for numbers, since a web server lists nothing."""
        where = f"{self.url}/{name}:{tag}"
        number = newest_number(where, lambda number: self._exists(pointer_key(name, tag, number)))
        number = number or 1  # to read it says whether it is missing or denied
        content = self._read(pointer_key(name, tag, number), where)
        return Generation(name, tag, number, pointer_from_bytes(content, name, tag, number, where), None)

    def write_tag(self, name: str, tag: str, digest: Digest) -> Generation:
        """Never: it cannot be written."""
        raise self._read_only()

    def read_attachment(self, name: str, digest: Digest, kind: str) -> bytes | None:
        """A small document about a snapshot that is no part of it, such as its signatures; None if there is none."""
        try:
            key = attachment_key(name, digest, kind)
            return self._read(key, f"{self.url}/{name}@{digest}", absent=(403, 404, 410))
        except NotInStoreError:
            return None

    def write_attachment(self, name: str, digest: Digest, kind: str, content: bytes) -> None:
        """Never: it cannot be written."""
        raise self._read_only()

    def list_generations(self, newest: int | None = None) -> Sequence[Listed]:
        """Never: a web server lists nothing."""
        raise UsageError(f"{self.url}: a web server lists no snapshots; name one by its tag or digest")

    def prune(self, keep: Collection[object], *, dry_run: bool = False) -> Pruned:
        """Never: it cannot be written."""
        raise self._read_only()

    def _exists(self, key: str) -> bool:
        """Whether a file can be read, by HEAD, or by GET where a server refuses that; what is missing may be denied."""
        url = f"{self.url}/{key}"
        answer = self._client.ask(Request("HEAD", url))
        if answer.status in (301, 302, 303, 307, 308, 400, 403, 405, 501):
            answer = self._client.ask(Request("GET", url))
        return answer.status not in (403, 404, 410) and answer.expect(200).status == 200

    def _read(self, key: str, where: str, absent: Collection[int] = (404, 410)) -> bytes:
        answer = self._client.ask(Request("GET", f"{self.url}/{key}", most=MAX_BYTES))
        if answer.status in absent:
            raise NotInStoreError(f"{where}: is not in the store; check the reference")
        return answer.expect(200).content

    def _read_only(self) -> UsageError:
        return UsageError(f"{self.url}: a web server is only read; push to the store that its files come from")
