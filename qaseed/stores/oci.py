"""Snapshots in OCI registries: one repository for each name, a layer for each file.

A tag of a registry cannot be set on a condition: the last writer wins, and no history is kept. Besides its tags each
snapshot has the tag `sha256-HEX` of its own digest, so that it stays reachable and is found by its digest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from qaseed.disk import sha256_of
from qaseed.errors import NotInStoreError, SnapshotError, StoreError, UsageError
from qaseed.stores.ci import built_commit
from qaseed.stores.downloading import download
from qaseed.stores.http import MOST_BYTES, Answer, Client, Request, check_transport, is_loopback, split_url
from qaseed.stores.oci_tokens import RegistryAuthorization
from qaseed.stores.reference import DIGEST
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Digest, Generation, Index, Listed, Pruned, StoredFile
from qaseed.stores.transfer import parallel

ARTIFACT = "application/vnd.qaseed.snapshot.v1"
ATTACHMENT = "application/vnd.qaseed.attachment.v1"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
TITLE = "org.opencontainers.image.title"
EMPTY = b"{}"
"""The configuration of an artifact that has none."""
PIECE = 16 << 20
"""Of a file that a registry refuses to take at once."""
MOST_PAGES = 1_000
MOST_QUESTIONS = 8
"""At a time."""
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_DIGEST_TAG = re.compile(r"sha256-[0-9a-f]{64}")
_MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
}


class OciStore:
    """The repositories below one path of a registry."""

    def __init__(self, url: str, timing: Timing | None = None, client: Client | None = None) -> None:
        """The store of a URL; `client` has connections to its registry that are used again."""
        parts = split_url(url)
        self.url = url.rstrip("/")
        self._path = parts.path.strip("/")
        host = parts.netloc.lower()
        self._host = "registry-1.docker.io" if host == "docker.io" else host
        scheme = "http" if is_loopback(parts.hostname or "") else "https"
        self._origin = f"{scheme}://{self._host}"
        self._timing = timing or Timing()
        self._client = client or Client(self._origin, self._timing, RegistryAuthorization(host, self._timing))
        self._manifests: dict[tuple[str, Digest], bytes] = {}

    def missing_blobs(self, name: str, files: Sequence[StoredFile]) -> Sequence[StoredFile]:
        """Those files whose bytes the registry lacks; what a manifest of its lists it keeps."""
        if self._is_pushed(name, files):
            return []
        present = parallel(lambda file: self._has_blob(name, file), files, MOST_QUESTIONS)
        return [file for file, is_present in zip(files, present, strict=True) if not is_present]

    def _is_pushed(self, name: str, files: Sequence[StoredFile]) -> bool:
        """Whether the registry has the manifest of these very files."""
        digest = next((file.digest for file in files if file.path == "manifest.json"), None)
        try:
            return digest is not None and set(files) <= set(self.read_index(name, digest).files)
        except SnapshotError:
            return False

    def _has_blob(self, name: str, file: StoredFile) -> bool:
        answer = self._client.ask(Request("HEAD", self._blob(name, file.digest), scope=self._scope(name)))
        if answer.status in (302, 303, 307):
            return True  # they are in a storage of the registry's
        if answer.status == 404:
            return False
        return answer.expect(200).headers.get("Content-Length") in (None, str(file.bytes))

    def write_blob(self, name: str, file: StoredFile, path: Path) -> None:
        """Upload a file, at once where the registry takes it, else in pieces."""

        def upload() -> None:
            location = self._start_upload(name)
            body = path.open if file.bytes else None
            answer = self._put(location, file.digest, name, (lambda: body("rb")) if body else b"")
            if answer.status == 413:
                self._upload_in_pieces(name, file, path)
            elif answer.status == 400 and f"sha256:{sha256_of(path)}" != file.digest:
                raise SnapshotError(f"{path}: was changed while it was read; get a fresh copy of the snapshot")
            else:
                answer.expect(201)

        self._client.retrying(self._blob(name, file.digest), file.bytes, upload)

    def read_blob(self, name: str, file: StoredFile, start: int = 0) -> Iterator[bytes]:
        """The bytes of a file from `start` on, in chunks, not verified."""
        request = Request("GET", self._blob(name, file.digest), scope=self._scope(name))
        return download(self._client, request, file.bytes, start)

    def write_index(self, index: Index) -> None:
        """Write the OCI manifest, under the tag of the snapshot's digest."""
        if self._is_pushed(index.name, index.files):
            return
        document = _manifest(index)
        if len(document) > MOST_BYTES:
            raise UsageError(
                f"{self.url}: {index.name} has more files than registries accept; push it to another store"
            )
        self._write_bytes(index.name, EMPTY)
        self._write_manifest(index.name, _digest_tag(index.digest), document)
        self._manifests[index.name, index.digest] = document

    def read_index(self, name: str, digest: Digest) -> Index:
        """The files of a snapshot, as its OCI manifest lists them."""
        document = self._read_manifest(name, _digest_tag(digest))
        index = self._parse(name, document)
        if index.digest != digest:
            raise SnapshotError(f"{self.url}/{name}@{digest}: is another snapshot, {index.digest}; push it again")
        self._manifests[name, digest] = document
        return index

    def resolve(self, name: str, tag: str) -> Generation:
        """What a tag means now; a registry keeps no older generations."""
        document = self._read_manifest(name, tag)
        index = self._parse(name, document)
        return Generation(name, tag, 0, index.digest, None)

    def write_tag(self, name: str, tag: str, digest: Digest) -> Generation:
        """Let a tag mean a snapshot from now on; the last of several writers wins."""
        if _DIGEST_TAG.match(tag):
            raise UsageError(f"{tag}: tags of this form belong to the digests of snapshots; choose another one")
        if (name, digest) not in self._manifests:
            self.read_index(name, digest)
        self._write_manifest(name, tag, self._manifests[name, digest])
        return Generation(name, tag, 0, digest, None)

    def read_attachment(self, name: str, digest: Digest, kind: str) -> bytes | None:
        """A small document about a snapshot, which is an artifact of its own, by the tag of the digest and its kind."""
        try:
            document = _json(self._read_manifest(name, f"{_digest_tag(digest)}.{kind}"))
        except NotInStoreError:
            return None
        try:
            (file,) = map(_stored_file, document["layers"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SnapshotError(f"{self.url}/{name}: its {kind} was altered in the store; push it again") from None
        if file.bytes > MOST_BYTES:
            raise SnapshotError(f"{self.url}/{name}: its {kind} is too large; it was altered in the store")
        return b"".join(self.read_blob(name, file))

    def write_attachment(self, name: str, digest: Digest, kind: str, content: bytes) -> None:
        """Keep a document about a snapshot; it replaces the one of its kind."""
        file = StoredFile(kind, self._write_bytes(name, content), len(content))
        self._write_bytes(name, EMPTY)
        self._write_manifest(name, f"{_digest_tag(digest)}.{kind}", _artifact(ATTACHMENT, name, [file]))

    def _write_bytes(self, name: str, content: bytes) -> Digest:
        digest = Digest(f"sha256:{hashlib.sha256(content).hexdigest()}")
        if not self._has_blob(name, StoredFile("", digest, len(content))):
            self._put(self._start_upload(name), digest, name, content).expect(201)
        return digest

    def list_generations(self, newest: int | None = None) -> Sequence[Listed]:
        """All tags of snapshots in all repositories below the path, or in the repository that the path is.

        Many registries list no repositories; there the path must be a repository. What is no snapshot is left out.
        """
        repositories = self._repositories()
        is_listed = repositories is not None
        if repositories is None:
            repositories = [self._path]
        places = [self._place(repository) for repository in sorted(repositories)]
        tags = parallel(lambda place: place[0].tags(place[1], is_listed=is_listed), places)
        asked = [(store, name, tag) for (store, name), of_name in zip(places, tags, strict=True) for tag in of_name]
        return [listed for listed in parallel(lambda each: each[0].find(*each[1:]), asked) if listed]

    def _place(self, repository: str) -> tuple[OciStore, str]:
        """The store that has a repository for a name, with the connections of this one, and that name."""
        path, _, name = repository.rpartition("/")
        return OciStore(f"oci://{urlsplit(self.url).netloc}/{path}", self._timing, self._client), name

    def find(self, name: str, tag: str) -> Listed | None:
        """What a tag means now; None if it is no snapshot, or was removed meanwhile."""
        try:
            content = self._read_manifest(name, tag)
        except NotInStoreError:
            return None
        document = _json(content)
        if not isinstance(document, dict) or document.get("artifactType") != ARTIFACT:
            return None
        return Listed(self, Generation(name, tag, 0, self._parse(name, content).digest, None))

    def prune(self, keep: Collection[object], *, dry_run: bool = False) -> Pruned:
        """Never: a registry does not say how old a snapshot is, and has rules of its own for what to remove."""
        raise UsageError(f"{self.url}: registries remove by their own rules, set up there which tags to keep")

    def tags(self, name: str, *, is_listed: bool = True) -> list[str]:
        """The tags of a repository without those of digests and attachments."""
        pages = list(self._pages(f"{self._repository_url(name)}/tags/list", self._scope(name))) if name else []
        if not pages and not is_listed:
            raise StoreError(f"{self.url}: the registry does not list its repositories; give STORE/NAME to list one")
        tags = [tag for page in pages for tag in page.get("tags") or [] if isinstance(tag, str)]
        return sorted(tag for tag in tags if not _DIGEST_TAG.match(tag))

    def _repositories(self) -> list[str] | None:
        """The repositories of the path and below, None where the registry does not list them."""
        pages = list(self._pages(f"{self._origin}/v2/_catalog", "registry:catalog:*"))
        if not pages:
            return None
        names = [name for page in pages for name in page.get("repositories") or [] if isinstance(name, str)]
        below = f"{self._path}/" if self._path else ""
        return [
            name for name in names if _REPOSITORY.fullmatch(name) and (name == self._path or name.startswith(below))
        ]

    def _pages(self, url: str, scope: str) -> Iterator[dict[str, Any]]:
        """The pages of a list; none if the registry does not have it or does not give it."""
        for _ in range(MOST_PAGES):
            answer = self._client.ask(Request("GET", url, scope=scope))
            if answer.status in (401, 403, 404, 405):
                return
            document = _json(answer.expect(200).content)
            if not isinstance(document, dict):
                raise StoreError(f"{self.url}: answers with no list of repositories or tags")
            yield document
            following = re.match(r'<([^>]+)>;\s*rel="?next"?', answer.headers.get("Link", ""))
            if not following:
                return
            url = urljoin(url, following[1])
        raise StoreError(f"{self.url}: has too many repositories or tags to list; give STORE/NAME to list one")

    def _start_upload(self, name: str) -> str:
        """Where the registry wants the bytes of an upload."""
        url = f"{self._repository_url(name)}/blobs/uploads/"
        answer = self._client.ask(Request("POST", url, body=b"", scope=self._scope(name, "pull,push")))
        return _location(answer.expect(202))

    def _put(self, location: str, digest: Digest, name: str, body: Any) -> Answer:
        separator = "&" if urlsplit(location).query else "?"
        url = f"{location}{separator}{urlencode({'digest': digest})}"
        headers = {"Content-Type": "application/octet-stream"}
        return self._client.ask_once(Request("PUT", url, headers, body, self._scope(name, "pull,push")))

    def _upload_in_pieces(self, name: str, file: StoredFile, path: Path) -> None:
        location, start = self._start_upload(name), 0
        with path.open("rb") as content:
            while piece := content.read(PIECE):
                headers = {
                    "Content-Type": "application/octet-stream",
                    "Content-Range": f"{start}-{start + len(piece) - 1}",
                }
                request = Request("PATCH", location, headers, piece, self._scope(name, "pull,push"))
                location = _location(self._client.ask_once(request).expect(202))
                start += len(piece)
        self._put(location, file.digest, name, b"").expect(201)

    def _read_manifest(self, name: str, reference: str) -> bytes:
        """The bytes of an OCI manifest, which are those that the registry gives the digest of."""
        url = f"{self._repository_url(name)}/manifests/{reference}"
        answer = self._client.ask(Request("GET", url, {"Accept": MANIFEST_TYPE}, scope=self._scope(name)))
        if answer.status == 404:
            part = f"@{reference.replace('-', ':', 1)}" if _DIGEST_TAG.fullmatch(reference) else f":{reference}"
            raise NotInStoreError(f"{self.url}/{name}{part}: is not in the store; `qaseed ls {self.url}` lists what is")
        answer.expect(200)
        claimed = answer.headers.get("Docker-Content-Digest", "")
        if DIGEST.fullmatch(claimed) and claimed != f"sha256:{hashlib.sha256(answer.content).hexdigest()}":
            raise StoreError(f"{self.url}/{name}: its manifest was altered in the store or on the way; try again")
        return answer.content

    def _write_manifest(self, name: str, reference: str, document: bytes) -> None:
        url = f"{self._repository_url(name)}/manifests/{reference}"
        headers = {"Content-Type": MANIFEST_TYPE}
        self._client.ask(Request("PUT", url, headers, document, self._scope(name, "pull,push"))).expect(201)

    def _parse(self, name: str, content: bytes) -> Index:
        """The files that an OCI manifest lists; `SnapshotError` if it is none of a snapshot."""
        try:
            document = _json(content)
            files = tuple(map(_stored_file, document["layers"] if document["artifactType"] == ARTIFACT else ()))
            (digest,) = {file.digest for file in files if file.path == "manifest.json"}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SnapshotError(f"{self.url}/{name}: is no snapshot of qaseed's; check the reference") from None
        return Index(name, digest, files)

    def _repository(self, name: str) -> str:
        repository = f"{self._path}/{name}".strip("/")
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError(f"{self.url}/{name}: is no name of a repository: lower-case letters, digits, . _ - and /")
        return repository

    def _repository_url(self, name: str) -> str:
        return f"{self._origin}/v2/{self._repository(name)}"

    def _blob(self, name: str, digest: Digest) -> str:
        return f"{self._repository_url(name)}/blobs/{digest}"

    def _scope(self, name: str, actions: str = "pull") -> str:
        return f"repository:{self._repository(name)}:{actions}"


def _manifest(index: Index) -> bytes:
    """The OCI manifest of a snapshot; what CI knows of its source is all that does not follow from the files."""
    return _artifact(ARTIFACT, index.name, index.files)


def _artifact(kind: str, name: str, files: Sequence[StoredFile]) -> bytes:
    layers = [
        {
            "mediaType": _MEDIA_TYPES.get(Path(file.path).suffix, "application/octet-stream"),
            "digest": file.digest,
            "size": file.bytes,
            "annotations": {TITLE: file.path},
        }
        for file in sorted(files, key=lambda file: file.path)
    ]
    config = {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": f"sha256:{hashlib.sha256(EMPTY).hexdigest()}",
        "size": len(EMPTY),
    }
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "artifactType": kind,
        "config": config,
        "layers": layers,
        "annotations": {TITLE: name} | _source(),
    }
    return json.dumps(document, indent=1).encode()


def _source() -> dict[str, str]:
    """The repository and commit that CI builds from."""
    source = os.environ.get("CI_PROJECT_URL")
    if os.environ.get("GITHUB_SERVER_URL") and os.environ.get("GITHUB_REPOSITORY"):
        source = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"
    known = {"org.opencontainers.image.revision": built_commit(), "org.opencontainers.image.source": source}
    return {key: value for key, value in known.items() if value}


def _stored_file(layer: Any) -> StoredFile:
    path, digest, size = layer["annotations"][TITLE], layer["digest"], layer["size"]
    if not isinstance(path, str) or not DIGEST.fullmatch(digest) or type(size) is not int or size < 0:
        raise ValueError
    return StoredFile(path, Digest(digest), size)


def _digest_tag(digest: Digest) -> str:
    return digest.replace(":", "-")


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError from None
    except ValueError:
        return None


def _location(answer: Answer) -> str:
    """Where an answer says to go on."""
    location = answer.headers.get("Location")
    if not location:
        raise StoreError(f"{answer.url}: says of an upload where it is not")
    url = urljoin(answer.url, location)
    check_transport(url)
    return url
