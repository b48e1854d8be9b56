"""From the URL of a store to the store itself."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from qaseed.errors import StoreError, UsageError, nearest
from qaseed.stores.reference import SCHEMES
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Store


def open_store(url: str | os.PathLike[str], timing: Timing | None = None, *, create: bool = False) -> Store:
    """The store of a URL or a folder, which is made if it is to be created; nothing is sent before its first use."""
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
        return _folder(Path(text), text, timing, create=create)
    if scheme not in SCHEMES:
        raise UsageError(f"{scheme}://: no kind of store; {nearest(scheme, SCHEMES)}")
    parts = urlsplit(text)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"{scheme}://...: a store's URL has no user, password or query; credentials come from the environment"
        )
    if scheme == "file":
        return _folder(Path("/" + rest.lstrip("/")), text, timing, create=create)
    if scheme in ("https", "http"):
        return WebStore(text, timing)
    if scheme == "oci":
        return OciStore(text, timing)
    if not re.fullmatch(r"[A-Za-z0-9._-]+", parts.netloc):
        raise UsageError(f"{text}: has no bucket or container; give {scheme}://BUCKET/PREFIX")
    return _bucket(scheme, parts.netloc, parts.path.strip("/"), text, timing)


def _folder(folder: Path, url: str, timing: Timing, *, create: bool) -> Store:
    from qaseed.stores.folder import FolderBackend
    from qaseed.stores.objects import ObjectStore

    try:
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        if not folder.is_dir():
            raise StoreError(f"{folder}: is no folder; give the URL or folder of a store")
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from None
    return ObjectStore(FolderBackend(folder.absolute(), url), url, timing)


def _bucket(scheme: str, bucket: str, prefix: str, url: str, timing: Timing) -> Store:
    from qaseed.stores.buckets import AzureDialect, BucketBackend, GcsDialect, S3Dialect
    from qaseed.stores.credentials import azure_access, azure_account, gcs_access, s3_access
    from qaseed.stores.http import Client, check_transport
    from qaseed.stores.objects import ObjectStore

    given = next((os.environ[name].rstrip("/") for name in _ENDPOINTS[scheme] if os.environ.get(name)), "")
    is_plain = any(os.environ.get(name, "").lower() in ("1", "true") for name in _ALLOW_HTTP)
    if given and not is_plain:
        check_transport(given)
    headers: dict[str, str] = {}
    dialect: S3Dialect | AzureDialect
    if scheme == "s3":
        access = s3_access(url, timing)
        dialect = S3Dialect({header: value for name, header in _S3_WRITING.items() if (value := os.environ.get(name))})
        headers = {"x-amz-request-payer": "requester"} if os.environ.get("AWS_REQUEST_PAYER") else {}
        base = _s3_base(given, bucket, access.region)
    elif scheme == "az":
        access, dialect = azure_access(url, timing), AzureDialect()
        headers = {"x-ms-version": AZURE_VERSION}
        base = f"{given or f'https://{azure_account(url)}.blob.core.windows.net'}/{bucket}"
    else:
        access, dialect = gcs_access(url, timing), GcsDialect()
        base = f"{given or 'https://storage.googleapis.com'}/{bucket}"
    client = Client(base, timing, sign=access.signer, is_plain=is_plain)
    backend = BucketBackend(client, base, f"{prefix}/" if prefix else "", url, dialect, access.hint, headers)
    return ObjectStore(backend, url, timing)


def _s3_base(endpoint: str, bucket: str, region: str) -> str:
    """The URL of a bucket: in a path, or in the name of a host where that is asked for."""
    domain = f"s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
    if os.environ.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower() in ("1", "true"):
        return endpoint or f"https://{bucket}.{domain}"
    return f"{endpoint or f'https://{domain}'}/{bucket}"


AZURE_VERSION = "2023-11-03"
_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT", "AZURITE_BLOB_STORAGE_URL"),
    "gs": ("GOOGLE_BASE_URL",),
}
_ALLOW_HTTP = ("AWS_ALLOW_HTTP", "AZURE_ALLOW_HTTP", "GOOGLE_ALLOW_HTTP")
_S3_WRITING = {
    "AWS_SERVER_SIDE_ENCRYPTION": "x-amz-server-side-encryption",
    "AWS_SSE_KMS_KEY_ID": "x-amz-server-side-encryption-aws-kms-key-id",
    "AWS_SSE_BUCKET_KEY_ENABLED": "x-amz-server-side-encryption-bucket-key-enabled",
}
