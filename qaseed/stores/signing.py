"""Requests to S3, Azure and GCS with what proves who asks: signed by a key, or with a token of a cloud."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl, quote, urlsplit

from qaseed.stores.http import Request

Signer = Callable[[Request], Request]


@dataclass(frozen=True)
class AwsKeys:
    """Keys of AWS; temporary ones have a token."""

    id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def encoded(text: str, safe: str = "") -> str:
    """A text in a URL, as its signature has it."""
    return quote(text, safe=safe + "-_.~")


def with_query(url: str, **parameters: str) -> str:
    """A URL with a query; the names of parameters have no hyphens here."""
    query = "&".join(f"{name.replace('_', '-')}={encoded(value)}" for name, value in parameters.items())
    return f"{url}?{query}"


def s3_signer(keys: Callable[[], AwsKeys], region: str) -> Signer:
    """Signs by version 4 of AWS; the token of temporary keys is in a header."""

    def sign(request: Request) -> Request:
        return sign_s3(request, keys(), region, datetime.now(UTC))

    return sign


def sign_s3(request: Request, keys: AwsKeys, region: str, now: datetime) -> Request:
    """A request with its signature of that moment."""
    parts, at, content = urlsplit(request.url), f"{now:%Y%m%dT%H%M%SZ}", hashlib.sha256(_body(request)).hexdigest()
    headers = dict(request.headers) | {"x-amz-date": at, "x-amz-content-sha256": content}
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    signed = {name.lower(): value for name, value in headers.items() if name.lower().startswith("x-amz-")}
    signed["host"] = parts.netloc.removesuffix({"https": ":443", "http": ":80"}[parts.scheme])
    names = sorted(signed)
    query = sorted((encoded(name), encoded(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    lines = [request.method, parts.path or "/", "&".join(f"{name}={value}" for name, value in query)]
    lines += [*(f"{name}:{signed[name]}" for name in names), "", ";".join(names), content]
    scope = f"{now:%Y%m%d}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", at, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    key = f"AWS4{keys.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={keys.id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return replace(request, headers=headers)


def azure_signer(account: str, key: str) -> Signer:
    """Signs by the key of an account of Azure's storage."""
    secret = base64.b64decode(key, validate=True)

    def sign(request: Request) -> Request:
        parts, content = urlsplit(request.url), _body(request)
        headers = dict(request.headers) | {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True)}
        given = {name.lower(): value for name, value in headers.items()}
        lines = [request.method, "", "", str(len(content) or ""), "", given.get("content-type", ""), "", ""]
        lines += [given.get("if-match", ""), given.get("if-none-match", ""), "", given.get("range", "")]
        lines += [f"{name}:{given[name]}" for name in sorted(given) if name.startswith("x-ms-")]
        query = sorted(parse_qsl(parts.query, keep_blank_values=True))
        lines += [f"/{account}{parts.path}", *(f"{name}:{value}" for name, value in query)]
        signature = base64.b64encode(hmac.digest(secret, "\n".join(lines).encode(), "sha256")).decode()
        return replace(request, headers=headers | {"Authorization": f"SharedKey {account}:{signature}"})

    return sign


def query_signer(signature: str) -> Signer:
    """Adds a shared access signature of Azure's storage to the query; no header and no other host ever has it."""
    signature = signature.lstrip("?")

    def sign(request: Request) -> Request:
        return replace(request, url=f"{request.url}{'&' if '?' in request.url else '?'}{signature}")

    return sign


def bearer_signer(token: Callable[[], str]) -> Signer:
    """Adds a token."""

    def sign(request: Request) -> Request:
        return replace(request, headers=dict(request.headers) | {"Authorization": f"Bearer {token()}"})

    return sign


def _body(request: Request) -> bytes:
    assert not callable(request.body)  # parts of files are in memory
    return request.body or b""
