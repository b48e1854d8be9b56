"""Enough of an OCI registry for tests, in memory: blobs, uploads, manifests, tags, lists, tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from support.fault_server import Asked, Reply, part

USER, SECRET = "reader", "s3cret:/@ %"


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Registry:
    """A registry; what it has is open to the tests."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """By repository and digest."""
    tags: dict[tuple[str, str], str] = field(default_factory=dict)
    """The digest of each tag, by repository and tag."""
    uploads: dict[str, bytes] = field(default_factory=dict)
    realm: str | None = None
    """Where tokens are had; None for a registry that asks for none."""
    basic: bool = False
    """Whether the user and the secret are asked for themselves."""
    token_uses: int = 1 << 30
    """Requests that a token is good for."""
    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The scope of each token, and its requests."""
    lists_repositories: bool = True
    most_upload: int = 1 << 30
    page: int = 1000
    storage: str | None = None
    """The URL that requests for blobs are sent to instead."""

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            return self._token(asked)
        return self._refused(asked) or self._answer(asked)

    def _answer(self, asked: Asked) -> Reply:
        if asked.path == "/v2/_catalog":
            names = sorted({repository for repository, _ in self.manifests})
            return self._page(asked, "repositories", names) if self.lists_repositories else Reply(404)
        found = re.fullmatch(r"/v2/(.+?)/(blobs|manifests|tags)/(.+)", asked.path)
        if not found:
            return Reply(404)
        repository, kind, rest = found.groups()
        if kind == "tags":
            names = sorted(tag for name, tag in self.tags if name == repository)
            return self._page(asked, "tags", names) if names else Reply(404)
        if kind == "manifests":
            return self._manifest(asked, repository, rest)
        return self._upload(asked, repository, rest) if rest.startswith("uploads/") else self._blob(asked, rest)

    def _page(self, asked: Asked, key: str, names: list[str]) -> Reply:
        last = parse_qs(urlsplit(asked.target).query).get("last", [""])[0]
        names = [name for name in names if name > last]
        shown = names[: self.page]
        headers = {"Link": f'<{asked.path}?last={shown[-1]}>; rel="next"'} if len(names) > len(shown) else {}
        return Reply(200, headers, json.dumps({key: shown}).encode())

    def _blob(self, asked: Asked, digest: str) -> Reply:
        if digest not in self.blobs:
            return Reply(404)
        if self.storage and asked.method == "GET":
            return Reply(307, {"Location": f"{self.storage}/{digest}?signature=secret"})
        return part(self.blobs[digest], asked)

    def _upload(self, asked: Asked, repository: str, rest: str) -> Reply:
        session = rest.removeprefix("uploads/")
        if asked.method == "POST":
            session = uuid.uuid4().hex
            self.uploads[session] = b""
            return Reply(202, {"Location": f"/v2/{repository}/blobs/uploads/{session}"})
        if len(asked.body) > self.most_upload:
            return Reply(413)
        if session not in self.uploads:
            return Reply(404)
        self.uploads[session] += asked.body
        if asked.method == "PATCH":
            return Reply(202, {"Location": f"/v2/{repository}/blobs/uploads/{session}"})
        (digest,) = parse_qs(urlsplit(asked.target).query)["digest"]
        content = self.uploads.pop(session)
        if sha256(content) != digest:
            return Reply(400)
        self.blobs[digest] = content
        return Reply(201, {"Location": f"/v2/{repository}/blobs/{digest}"})

    def _manifest(self, asked: Asked, repository: str, reference: str) -> Reply:
        if asked.method == "PUT":
            document = json.loads(asked.body)
            if any(layer["digest"] not in self.blobs for layer in (*document["layers"], document["config"])):
                return Reply(400)
            digest = sha256(asked.body)
            self.manifests[repository, digest] = asked.body
            self.tags[repository, reference] = digest
            return Reply(201, {"Docker-Content-Digest": digest})
        digest = self.tags.get((repository, reference), reference)
        content = self.manifests.get((repository, digest))
        return part(content, asked, {"Docker-Content-Digest": digest}) if content is not None else Reply(404)

    def _refused(self, asked: Asked) -> Reply | None:
        authorization = asked.headers.get("Authorization", "")
        if self.basic:
            return None if authorization == basic_header() else Reply(401, {"WWW-Authenticate": 'Basic realm="tests"'})
        if self.realm is None:
            return None
        actions = "pull" if asked.method in ("GET", "HEAD") else "pull,push"
        scope, uses = self.tokens.get(authorization.removeprefix("Bearer "), ("", 0))
        if uses > 0 and (scope.endswith((actions, "push")) or "_catalog" in asked.path):
            self.tokens[authorization.removeprefix("Bearer ")] = (scope, uses - 1)
            return None
        return Reply(
            401, {"WWW-Authenticate": f'Bearer realm="{self.realm}",service="tests",scope="repository:x:{actions}"'}
        )

    def _token(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != basic_header():
            return Reply(401)
        token = uuid.uuid4().hex
        self.tokens[token] = (parse_qs(urlsplit(asked.target).query)["scope"][0], self.token_uses)
        return Reply(200, {}, json.dumps({"token": token}).encode())


def basic_header() -> str:
    return "Basic " + base64.b64encode(f"{USER}:{SECRET}".encode()).decode()


def docker_config(host: str) -> str:
    """A config.json that has the user's credentials for a registry."""
    return json.dumps({"auths": {host: {"auth": basic_header().removeprefix("Basic ")}}})
