"""Stores of every kind for one suite: folders, and servers that speak the protocol of a cloud, started once."""

from __future__ import annotations

import logging
import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

BUCKET = "qa-bucket"


@dataclass
class StoreUnderTest:
    """A store that is empty, what its clients find in their environment, and its objects as an attacker sees them."""

    url: str
    environment: dict[str, str]
    list: Callable[[], list[str]]
    """All objects below the store's URL."""
    read: Callable[[str], bytes]
    write: Callable[[str, bytes], None]
    remove: Callable[[str], None]
    age: Callable[[timedelta], None]
    """Make all objects older by the clock of the store."""


def folder_store(folder: Path) -> StoreUnderTest:
    folder.mkdir()

    def write(key: str, data: bytes) -> None:
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)

    def age(by: timedelta) -> None:
        for path in folder.rglob("*"):
            then = path.stat().st_mtime - by.total_seconds()
            os.utime(path, (then, then))

    return StoreUnderTest(
        str(folder),
        {},
        lambda: sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()),
        lambda key: (folder / key).read_bytes(),
        write,
        lambda key: (folder / key).unlink(),
        age,
    )


@contextmanager
def moto_server() -> Iterator[str]:
    """The URL of a server that speaks S3: it has conditional puts, and checks neither credentials nor checksums."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_environment(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "an-id",
        "AWS_SECRET_ACCESS_KEY": "a-secret",
        "AWS_REGION": "us-east-1",
    }


def s3_store(endpoint: str, name: str) -> StoreUnderTest:
    import obstore
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends
    from obstore.store import S3Store

    bucket = f"{BUCKET}-{name}"
    request = urllib.request.Request(f"{endpoint}/{bucket}", method="PUT")
    urllib.request.urlopen(request).close()
    backend = S3Store(
        bucket, prefix="qa", endpoint=endpoint, client_options={"allow_http": True},
        access_key_id="an-id", secret_access_key="a-secret", region="us-east-1",
    )  # fmt: skip

    def age(by: timedelta) -> None:
        for key in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].keys.values():
            key.last_modified -= by

    return StoreUnderTest(
        f"s3://{bucket}/qa",
        s3_environment(endpoint),
        lambda: sorted(meta["path"] for page in obstore.list(backend) for meta in page),
        lambda key: bytes(obstore.get(backend, key).bytes()),
        lambda key, data: obstore.put(backend, key, data) and None,
        lambda key: obstore.delete(backend, key),
        age,
    )
