"""Objects in buckets and containers over HTTP: S3 and GCS, which speak alike, and Azure.

Each request is signed for its own host alone. It is tried again as those to registries and web servers are, and waits
as long as the store asks (Retry-After).
"""

from __future__ import annotations

import base64
import email.utils
import html
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from qaseed.errors import QaseedError, SnapshotError, StoreError
from qaseed.stores.backends import DeniedError, ObjectMeta
from qaseed.stores.downloading import download
from qaseed.stores.failures import REMEDIES
from qaseed.stores.http import Answer, Client, Request, Response
from qaseed.stores.retrying import Retries, TransientError
from qaseed.stores.signing import encoded, with_query
from qaseed.stores.transfer import parallel

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

PAGE = 1000
"""Objects of a page of a list."""
MOST_OF_PAGE = 16 << 20
MOST_PAGES = 10_000
SKEW = 300
"""Seconds that clocks may differ before it is said."""


class S3Dialect:
    """What S3 is asked, and how it answers."""

    writing: Mapping[str, str] = {}
    """Headers of what writes an object."""
    creating: Mapping[str, str] = {"If-None-Match": "*"}

    def __init__(self, writing: Mapping[str, str] | None = None) -> None:
        self.writing = writing or {}

    def list_query(self, prefix: str, after: str) -> dict[str, str]:
        """What asks for a page of a list."""
        more = {"continuation_token": after} if after else {}
        return {"list_type": "2", "max_keys": str(PAGE), "prefix": prefix} | more

    def page(self, document: ET.Element) -> tuple[list[ObjectMeta], str]:
        """The objects of a page, and what asks for the next one."""
        listed = [
            ObjectMeta(_text(entry, "Key"), int(_text(entry, "Size")), _iso(_text(entry, "LastModified")))
            for entry in _entries(document, "Contents")
        ]
        return listed, _text(document, "NextContinuationToken") if _text(document, "IsTruncated") == "true" else ""

    def begin(self, ask: Callable[..., Answer], url: str) -> str:
        """Begin an upload in parts; its name."""
        answer = ask("POST", f"{url}?uploads=", headers=self.writing)
        return _text(_parsed(answer.content), "UploadId")

    def part(self, ask: Callable[..., Answer], url: str, upload: str, number: int, content: bytes) -> str:
        """Send a part; what names it when the upload ends."""
        answer = ask("PUT", with_query(url, partNumber=str(number), uploadId=upload), body=content)
        return f"<Part><PartNumber>{number}</PartNumber><ETag>{html.escape(answer.headers['ETag'])}</ETag></Part>"

    def finish(self, ask: Callable[..., Answer], url: str, upload: str, parts: Iterable[str]) -> None:
        """Make an object of the parts."""
        body = f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>".encode()
        answer = ask("POST", with_query(url, uploadId=upload), body=body)
        if b"<Error>" in answer.content:  # S3 answers 200 before it knows
            raise StoreError(f"{url}: the parts of an upload were not joined; push again")

    def abandon(self, ask: Callable[..., Answer], url: str, upload: str) -> None:
        """Remove the parts of an upload that failed: no list shows them, and they are paid for."""
        ask("DELETE", with_query(url, uploadId=upload))


class GcsDialect(S3Dialect):
    """S3's, with the condition of GCS."""

    creating: Mapping[str, str] = {"x-goog-if-generation-match": "0"}


class AzureDialect:
    """What Azure's blob storage is asked, and how it answers."""

    writing: Mapping[str, str] = {"x-ms-blob-type": "BlockBlob"}
    creating: Mapping[str, str] = {"If-None-Match": "*"}

    def list_query(self, prefix: str, after: str) -> dict[str, str]:
        """What asks for a page of a list."""
        more = {"marker": after} if after else {}
        return {"restype": "container", "comp": "list", "maxresults": str(PAGE), "prefix": prefix} | more

    def page(self, document: ET.Element) -> tuple[list[ObjectMeta], str]:
        """The objects of a page, and what asks for the next one."""
        listed = []
        for entry in _entries(document, "Blob"):
            of = {_local(child): child.text or "" for child in entry.iter()}
            listed.append(ObjectMeta(of["Name"], int(of["Content-Length"]), _http_date(of["Last-Modified"])))
        return listed, _text(document, "NextMarker")

    def begin(self, ask: Callable[..., Answer], url: str) -> str:
        """Blocks need no beginning."""
        return ""

    def part(self, ask: Callable[..., Answer], url: str, upload: str, number: int, content: bytes) -> str:
        """Send a block; what names it when the upload ends."""
        name = base64.b64encode(b"%08d" % number).decode()
        ask("PUT", with_query(url, comp="block", blockid=name), body=content)
        return f"<Latest>{name}</Latest>"

    def finish(self, ask: Callable[..., Answer], url: str, upload: str, parts: Iterable[str]) -> None:
        """Make a blob of the blocks."""
        ask("PUT", with_query(url, comp="blocklist"), body=f"<BlockList>{''.join(parts)}</BlockList>".encode())

    def abandon(self, ask: Callable[..., Answer], url: str, upload: str) -> None:
        """Azure removes the blocks of no blob after a week."""


@dataclass
class BucketBackend:
    """The objects of a bucket or container."""

    client: Client
    base: str
    """The URL of the bucket."""
    prefix: str
    """What all keys begin with: empty, or with a slash at its end."""
    url: str
    """As the user gave it."""
    dialect: S3Dialect | AzureDialect
    hint: str = ""
    """What to say when access is denied."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of every request."""

    def read(self, key: str, most: int) -> tuple[ObjectMeta, bytes]:
        """A small object; `SnapshotError` for one of more bytes."""
        request = Request("GET", self._object(key), self.headers)

        def once() -> tuple[ObjectMeta, bytes]:
            response = self.client.open(request)
            self._check(response)
            size = response.headers.get("Content-Length", "")
            if size.isdigit() and int(size) > most:
                response.close()
                raise SnapshotError(f"{self.url}: {key} is too large; it was altered in the store")
            content = b"".join(self.client.body(response, most, Retries(request.url, self.client.timing)))
            return ObjectMeta(key, len(content), _http_date(response.headers.get("Last-Modified", ""))), content

        return self.client.retrying(request.url, 0, once)

    def stream(self, key: str, size: int, start: int) -> Iterator[bytes]:
        """The bytes of an object of that size from `start` on; `SnapshotError` for another size."""

        def check(response: Response) -> None:
            self._check(response, 200, 206)
            whole = response.headers.get("Content-Range", "").rpartition("/")[2]
            if response.status_code == 200:
                whole = response.headers.get("Content-Length", "")
            if whole.isdigit() and int(whole) != size:
                response.close()
                raise SnapshotError(f"{self.url}: {key} has another size; push the snapshot again")

        return download(self.client, Request("GET", self._object(key), self.headers), size, start, check)

    def head(self, key: str) -> ObjectMeta | None:
        """What is known of an object; None if it does not exist."""
        answer = self.client.ask(Request("HEAD", self._object(key), self.headers))
        try:
            self._check_answer(answer)
        except FileNotFoundError:
            return None
        size = int(answer.headers.get("Content-Length") or 0)
        return ObjectMeta(key, size, _http_date(answer.headers.get("Last-Modified", "")))

    def write(self, key: str, chunks: Iterator[bytes]) -> None:
        """Write an object, which is seen only when the last chunk is there; it replaces the one of its key."""
        url, first = self._object(key), next(chunks, b"")
        second = next(chunks, None)
        if second is None:
            self._ask("PUT", url, first, self.dialect.writing)
            return
        upload, names = self.dialect.begin(self._ask, url), []
        try:
            for number, chunk in enumerate(chain((first, second), chunks), 1):
                names.append(self.dialect.part(self._ask, url, upload, number, chunk))
            self.dialect.finish(self._ask, url, upload, names)
        except BaseException:
            with suppress(QaseedError, FileNotFoundError):  # what went wrong first is said
                self.dialect.abandon(self._ask, url, upload)
            raise

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object; False if one has its key already."""
        headers = dict(self.dialect.writing) | dict(self.dialect.creating)

        def once() -> Answer:
            request = Request("PUT", self._object(key), dict(self.headers) | headers, content)
            answer = self.client.ask_once(request)
            if answer.status == 409 and _code(answer) == "ConditionalRequestConflict":
                raise TransientError("is asked for the same key by others")
            return answer

        answer = self.client.retrying(self._object(key), len(content), once)
        if answer.status == 412 or _code(answer) == "BlobAlreadyExists":
            return False
        self._check_answer(answer, 200, 201)
        return True

    def list(self, folder: str) -> Iterator[Sequence[ObjectMeta]]:
        """The objects below a folder, in pages."""
        after = ""
        for _ in range(MOST_PAGES):
            query = self.dialect.list_query(f"{self.prefix}{folder}/", after)
            answer = self._ask("GET", with_query(self.base, **query), most=MOST_OF_PAGE)
            try:
                listed, after = self.dialect.page(_parsed(answer.content))
            except (ValueError, KeyError, TypeError):
                raise StoreError(f"{self.url}: answers no list of objects; check the URL of the store") from None
            yield [
                ObjectMeta(meta.key.removeprefix(self.prefix), meta.size, meta.modified)
                for meta in listed
                if meta.key.startswith(self.prefix)
            ]
            if not after:
                return
        raise StoreError(f"{self.url}: lists objects without an end; check the URL of the store")

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is missing is none the less removed."""

        def remove(key: str) -> None:
            answer = self.client.ask(Request("DELETE", self._object(key), self.headers))
            if answer.status != 404:
                self._check_answer(answer, 200, 202, 204)

        parallel(remove, keys)

    def _object(self, key: str) -> str:
        return f"{self.base}/{encoded(self.prefix + key, '/')}"

    def _ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None, most: int = 1 << 20
    ) -> Answer:
        request = Request(method, url, dict(self.headers) | dict(headers or {}), body, most=most)
        answer = self.client.retrying(url, len(body), lambda: self.client.ask_once(request))
        self._check_answer(answer, 200, 201, 204)
        return answer

    def _check(self, response: Response, *statuses: int) -> None:
        """Nothing if a response has one of the statuses; its body is read otherwise."""
        if response.status_code not in (statuses or (200,)):
            content = b"".join(self.client.body(response, 1 << 20, Retries(self.url, self.client.timing)))
            raise self._failure(Answer(response.status_code, response.headers, content, response.url))

    def _check_answer(self, answer: Answer, *statuses: int) -> None:
        if answer.status not in (statuses or (200,)):
            raise self._failure(answer)

    def _failure(self, answer: Answer) -> QaseedError | FileNotFoundError:
        """What an answer means that was not expected, in the words of the protocol, and what to do."""
        code = _code(answer)
        if code in REMEDIES:
            return StoreError(f"{self.url}: {REMEDIES[code]}")
        if answer.status in (404, 410):
            return FileNotFoundError()
        if answer.status in (401, 403):
            more = "".join(f"; {text}" for text in (_skew(answer.headers), self.hint) if text)
            return DeniedError(f"{self.url}: access denied ({code or f'status {answer.status}'}){more}")
        region = answer.headers.get("x-amz-bucket-region")
        if answer.status in (301, 307, 400) and region and region.replace("-", "").isalnum():
            return StoreError(f"{self.url}: the bucket may be in the region {region}; set AWS_REGION")
        return StoreError(f"{self.url}: the store answered {answer.status} {code}; try again later")


def _code(answer: Answer) -> str:
    """What a store calls the reason."""
    match = re.search(rb"<Code>(\w{1,80})</Code>", answer.content)
    code = match[1].decode() if match else answer.headers.get("x-ms-error-code", "")
    return code if re.fullmatch(r"\w{1,80}", code) else ""


def _skew(headers: Mapping[str, str]) -> str:
    """That the clocks differ, if they do."""
    try:
        seconds = email.utils.parsedate_to_datetime(headers.get("Date", "")).timestamp() - time.time()
    except (ValueError, TypeError):
        return ""
    return REMEDIES["RequestTimeTooSkewed"] if abs(seconds) > SKEW else ""


def _parsed(content: bytes) -> ET.Element:
    from xml.etree import ElementTree as ET  # a pull by digest needs none

    if b"<!DOCTYPE" in content:  # which alone may declare entities
        raise ValueError
    try:
        return ET.fromstring(content)  # noqa: S314  # without entities
    except ET.ParseError:
        raise ValueError from None


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _entries(document: ET.Element, name: str) -> Iterator[ET.Element]:
    return (element for element in document.iter() if _local(element) == name)


def _text(element: ET.Element, name: str) -> str:
    return next((child.text or "" for child in element if _local(child) == name), "")


def _iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _http_date(text: str) -> datetime:
    """When an object was written; the beginning of time if the store does not say."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return datetime.fromtimestamp(0, UTC)
