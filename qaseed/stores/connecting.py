"""From the URL of a store to the store itself."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qaseed.errors import StoreError, UsageError, nearest
from qaseed.stores.reference import SCHEMES
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Store

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Backend

DEADLINE = 600.0
"""Seconds after which a request that fails is not tried again."""


def open_store(url: str | os.PathLike[str], *, deadline: float = DEADLINE, create: bool = False) -> Store:
    """The store of a URL or a folder, which is made if it is to be created; nothing is sent before its first use."""
    from qaseed.stores.objects import ObjectStore
    from qaseed.stores.oci import OciStore

    text = os.fspath(url).rstrip("/")
    scheme, is_url, rest = text.partition("://")
    if not is_url:
        return ObjectStore(_folder(Path(text), create=create), text)
    if scheme not in SCHEMES:
        raise UsageError(f"{scheme}://: no kind of store; {nearest(scheme, SCHEMES)}")
    parts = urlsplit(text)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"{scheme}://...: a store's URL has no user, password or query; credentials come from the environment"
        )
    if scheme == "file":
        return ObjectStore(_folder(Path("/" + rest.lstrip("/")), create=create), text)
    if scheme == "oci":
        return OciStore(text, Timing.until(deadline))
    if not re.fullmatch(r"[A-Za-z0-9._-]+", parts.netloc):
        raise UsageError(f"{text}: has no bucket or container; give {scheme}://BUCKET/PREFIX")
    return ObjectStore(_bucket(scheme, parts.netloc, parts.path.strip("/"), deadline), text)


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


def _bucket(scheme: str, bucket: str, prefix: str, deadline: float) -> Backend:
    from obstore.store import AzureStore, GCSStore, S3Store

    kind: Any = {"s3": S3Store, "az": AzureStore, "gs": GCSStore}[scheme]
    options: dict[str, Any] = {
        "client_options": client_options(),
        "retry_config": {"retry_timeout": timedelta(seconds=deadline)},
    }
    backend: Backend = kind(bucket, prefix=prefix or None, **options)
    return backend


def client_options() -> Any:
    """How connections are made: without a limit for a whole request, which may be a large file."""
    return {
        "connect_timeout": timedelta(seconds=10),
        "read_timeout": timedelta(seconds=60),
        "timeout": timedelta(days=1),
        "allow_http": True,
    }
