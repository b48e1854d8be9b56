"""From the URL of a store to the store itself."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qaseed.errors import StoreError, UsageError, nearest
from qaseed.stores.credentials import Access, azure_access, gcs_access, s3_access
from qaseed.stores.reference import SCHEMES
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Store

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Backend


def open_store(url: str | os.PathLike[str], timing: Timing | None = None, *, create: bool = False) -> Store:
    """The store of a URL or a folder, which is made if it is to be created; nothing is sent before its first use."""
    from qaseed.stores.objects import ObjectStore
    from qaseed.stores.oci import OciStore
    from qaseed.stores.web import WebStore

    timing = timing or Timing.until()
    given = os.fspath(url)
    text = given.rstrip("/") or given[:1]
    scheme, is_url, rest = text.partition("://")
    if not text.strip():
        raise UsageError("STORE is blank; give the URL or folder of a store")
    if not is_url and text.partition(":")[0] in SCHEMES:  # a slash or the place is missing: no folder is meant
        scheme = text.partition(":")[0]
        raise UsageError(f"{given}: is no URL of a store; write {scheme}:// and then its bucket, host or path")
    if not is_url:
        return ObjectStore(_folder(Path(text), create=create), text, timing)
    if scheme not in SCHEMES:
        raise UsageError(f"{scheme}://: no kind of store; {nearest(scheme, SCHEMES)}")
    parts = urlsplit(text)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"{scheme}://...: a store's URL has no user, password or query; credentials come from the environment"
        )
    if scheme == "file":
        return ObjectStore(_folder(Path("/" + rest.lstrip("/")), create=create), text, timing)
    if scheme in ("https", "http"):
        return WebStore(text, timing)
    if scheme == "oci":
        return OciStore(text, timing)
    if not re.fullmatch(r"[A-Za-z0-9._-]+", parts.netloc):
        raise UsageError(f"{text}: has no bucket or container; give {scheme}://BUCKET/PREFIX")
    return _bucket(scheme, parts.netloc, parts.path.strip("/"), text, timing)


def _folder(folder: Path, *, create: bool) -> Backend:
    from obstore.store import LocalStore

    try:
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        if not folder.is_dir():
            raise StoreError(f"{folder}: is no folder; give the URL or folder of a store")
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from None
    return LocalStore(folder.absolute())


def _bucket(scheme: str, bucket: str, prefix: str, url: str, timing: Timing) -> Store:
    from obstore.exceptions import BaseError
    from obstore.store import AzureStore, GCSStore, S3Store

    from qaseed.stores.http import check_transport
    from qaseed.stores.objects import ObjectStore

    kinds: dict[str, tuple[Any, Callable[[str], Access]]] = {
        "s3": (S3Store, s3_access),
        "az": (AzureStore, azure_access),
        "gs": (GCSStore, gcs_access),
    }
    kind, find_access = kinds[scheme]
    access = find_access(url)
    endpoints = [os.environ[name] for name in _ENDPOINTS[scheme] if os.environ.get(name)]
    if not any(os.environ.get(name, "").lower() in ("1", "true") for name in _ALLOW_HTTP):
        for endpoint in endpoints:
            check_transport(endpoint)
    try:
        backend = kind(
            bucket,
            prefix=prefix or None,
            client_options=_client_options(url, timing, allow_http=bool(endpoints)),
            retry_config={
                "max_retries": TRIES,
                "retry_timeout": timedelta(seconds=timing.deadline),
                "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=20), "base": 2},
            },
            **access.options,
        )
    except (BaseError, ValueError) as error:
        reason = " ".join(str(error).partition("Debug source")[0].split())
        raise StoreError(f"{url}: cannot be used ({reason}); correct its variables") from None
    return ObjectStore(backend, url, timing, access.hint)


DAY = 86_400
TRIES = 6
"""Tries of a request after the first one, in about a quarter of a minute."""
_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
    "gs": ("GOOGLE_BASE_URL",),
}
_ALLOW_HTTP = ("AWS_ALLOW_HTTP", "AZURE_ALLOW_HTTP", "GOOGLE_ALLOW_HTTP")
_CERTIFICATES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def _client_options(url: str, timing: Timing, *, allow_http: bool) -> dict[str, Any]:
    """How connections are made: a whole request, which may be a large file, is limited by the deadline alone."""
    certificates = b""
    for variable in _CERTIFICATES:
        path = os.environ.get(variable)
        try:
            certificates += Path(path).read_bytes() + b"\n" if path else b""
        except OSError as error:
            raise StoreError(f"{url}: {variable}={path} cannot be read ({error.strerror}); correct it") from None
    return {
        "connect_timeout": timedelta(seconds=10),
        "read_timeout": timedelta(seconds=timing.stall),
        "timeout": timedelta(seconds=min(timing.longest, DAY)),
        "allow_http": allow_http,
    } | ({"root_certificate": certificates} if certificates else {})
