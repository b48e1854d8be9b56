"""Stores of every kind for one suite: folders, and servers that speak the protocol of a cloud, started once."""

from __future__ import annotations

import base64
import hmac
import logging
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path

from support.fault_server import Asked, Reply, serving, upstream

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


ACCOUNT, KEY = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
)
"""The account of Azure's storage emulator and its key, which its documentation has."""


@contextmanager
def azurite_server(program: str) -> Iterator[str]:
    """The URL of the account in a server that speaks Azure's blob storage, and checks credentials."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--blobPort", str(port), "--inMemoryPersistence", "--silent", "--skipApiVersionCheck"]
    process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            break
        assert process.poll() is None
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/{ACCOUNT}"
    process.terminate()
    process.wait()


def create_container(endpoint: str, name: str) -> None:
    """Create a container by a request that is signed by the account's key."""
    date = formatdate(usegmt=True)
    headers = {"x-ms-date": date, "x-ms-version": "2021-08-06"}
    signed = "\n".join(f"{name}:{value}" for name, value in headers.items())
    text = f"PUT{chr(10) * 12}{signed}\n/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), "sha256")).decode()
    headers |= {"Authorization": f"SharedKey {ACCOUNT}:{signature}", "Content-Length": "0"}
    url = f"{endpoint}/{name}?restype=container"
    urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers)).close()


def azure_store(endpoint: str, name: str) -> StoreUnderTest:
    import obstore
    import pytest
    from obstore.store import AzureStore

    create_container(endpoint, name)
    backend = AzureStore(
        name, prefix="qa", endpoint=endpoint, account_name=ACCOUNT, account_key=KEY, client_options={"allow_http": True}
    )

    def age(by: timedelta) -> None:
        pytest.skip("Azurite's clock cannot be set")

    return StoreUnderTest(
        f"az://{name}/qa",
        {"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY, "AZURE_STORAGE_ENDPOINT": endpoint},
        lambda: sorted(meta["path"] for page in obstore.list(backend) for meta in page),
        lambda key: bytes(obstore.get(backend, key).bytes()),
        lambda key, data: obstore.put(backend, key, data) and None,
        lambda key: obstore.delete(backend, key),
        age,
    )


@contextmanager
def gcs_server(moto: str) -> Iterator[str]:
    """The URL of a server that speaks the XML API of GCS: that of S3 with a condition of its own, and tokens."""
    answer = upstream(moto)

    def backend(asked: Asked) -> Reply:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        token = headers.pop("authorization", "")
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential=an-id/{_SIGNED}"  # moto reads the account alone
        if token != f"Bearer {GCS_TOKEN}":
            return Reply(401, {}, b"<Error><Code>AuthenticationRequired</Code></Error>")
        if headers.pop("x-goog-if-generation-match", None) == "0":
            headers["if-none-match"] = "*"
        return answer(Asked(asked.method, asked.target, headers, asked.body))

    def tokens(asked: Asked) -> Reply:
        is_google = asked.headers.get("Metadata-Flavor") == "Google"
        return (
            Reply(200, {}, b'{"access_token": "%s", "expires_in": 3600}' % GCS_TOKEN.encode())
            if is_google
            else Reply(403)
        )

    with serving(
        lambda asked: tokens(asked) if asked.path.startswith("/computeMetadata/") else backend(asked)
    ) as server:
        yield server.url


GCS_TOKEN = "ya29.token"
_SIGNED = "20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


def gcs_store(endpoint: str, moto: str, name: str) -> StoreUnderTest:
    bucket = s3_store(moto, name)
    host = endpoint.removeprefix("http://")
    return replace(
        bucket,
        url=bucket.url.replace("s3://", "gs://"),
        environment={"GOOGLE_BASE_URL": endpoint, "GCE_METADATA_HOST": host},
    )
