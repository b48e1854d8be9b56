"""Requests to S3, Azure and GCS: their signatures, what they send after a redirect, and how long they wait."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import qaseed
from qaseed import StoreError
from qaseed.errors import NotInStoreError
from qaseed.stores.connecting import AZURE_VERSION, open_store
from qaseed.stores.http import Request
from qaseed.stores.objects import CHUNK
from qaseed.stores.retrying import Timing
from qaseed.stores.signing import AwsKeys, sign_s3
from qaseed.stores.store import Digest, Store, StoredFile
from qaseed.stores.tokens import Renewed, service_account_assertion
from support.fault_server import ALWAYS, Asked, Fault, FaultServer, Reply, serving

SECRETS = ("s3cretKey", "t0kenOfSession", "s1gnature", "b3arer")
AZURE_KEY = base64.b64encode(b"s3cretKey").decode()
STORES: dict[str, tuple[str, dict[str, str]]] = {
    "s3, temporary keys": (
        "s3://bucket/qa",
        {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "s3cretKey", "AWS_SESSION_TOKEN": "t0kenOfSession",
         "AWS_ENDPOINT_URL": "{url}"},
    ),
    "azure, key": (
        "az://bucket/qa",
        {"AZURE_STORAGE_ACCOUNT_NAME": "qa", "AZURE_STORAGE_ACCOUNT_KEY": AZURE_KEY, "AZURE_STORAGE_ENDPOINT": "{url}/qa"},
    ),
    "azure, shared access signature": (
        "az://bucket/qa",
        {"AZURE_STORAGE_ACCOUNT_NAME": "qa", "AZURE_STORAGE_SAS_TOKEN": "?sv=2023-11-03&sig=s1gnature",
         "AZURE_STORAGE_ENDPOINT": "{url}/qa"},
    ),
    "azure, token": (
        "az://bucket/qa",
        {"AZURE_STORAGE_ACCOUNT_NAME": "qa", "AZURE_STORAGE_TOKEN": "b3arer", "AZURE_STORAGE_ENDPOINT": "{url}/qa"},
    ),
    "gcs, token": ("gs://bucket/qa", {"GCE_METADATA_HOST": "{host}", "GOOGLE_BASE_URL": "{url}"}),
}  # fmt: skip
EMPTY_LIST = b"<R><IsTruncated>false</IsTruncated></R>"


def empty(asked: Asked) -> Reply:
    """A bucket of any kind without objects, and a metadata service."""
    if asked.path.startswith("/computeMetadata/"):
        return Reply(200, {}, b'{"access_token": "b3arer", "expires_in": 3600}')
    if asked.method == "GET" and ("list-type" in asked.target or "comp=list" in asked.target):
        return Reply(200, {}, EMPTY_LIST)
    return Reply(404 if asked.method in ("GET", "HEAD") else 201)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with serving(empty) as running:
        yield running


@pytest.fixture(params=STORES)
def url(request: pytest.FixtureRequest, server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A store whose server is `server`, by each kind of credentials."""
    monkeypatch.setenv("HOME", str(tmp_path))
    of, environment = STORES[request.param]
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(url=server.url, host=server.host))
    return of


def sent(server: FaultServer) -> str:
    return str([(asked.target, asked.headers, asked.body) for asked in server.asked])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_credential_follows_a_redirect_to_another_host(url: str, server: FaultServer, status: int) -> None:
    with serving(empty) as elsewhere:
        location = {"Location": elsewhere.url.replace("127.0.0.1", "localhost") + "/x?list-type=2"}
        server.faults = [
            Fault("redirect", "bucket", method, status=status, headers=location, times=ALWAYS)
            for method in ("GET", "HEAD", "PUT")
        ]
        qaseed.ls(url)
        assert elsewhere.count("GET") == 1
        store = open_store(url, Timing.until(5))
        for operation in (
            lambda: store.read_index("minimal", f"sha256:{64 * '0'}"),
            lambda: store.write_attachment("minimal", f"sha256:{64 * '0'}", "sig", b"x"),
        ):
            with pytest.raises((StoreError, qaseed.SnapshotError)):
                operation()
        assert elsewhere.count("GET") == 2
        assert not [secret for secret in (*SECRETS, "Authorization", "an-id") if secret in sent(elsewhere)]
        assert not {"referer", "x-amz-security-token"} & {
            name.lower() for asked in elsewhere.asked for name in asked.headers
        }
    assert (
        [secret for secret in SECRETS if secret in sent(server)]
        or "Signature=" in sent(server)
        or "SharedKey" in sent(server)
    )


@pytest.mark.parametrize("status", [429, 502, 503])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_store_is_left_alone_as_long_as_it_asks(
    url: str, server: FaultServer, monkeypatch: pytest.MonkeyPatch, status: int, method: str
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("qaseed.stores.retrying.time.sleep", waits.append)
    server.faults = [Fault("status", "bucket", method, status=status, headers={"Retry-After": "77"}, times=2)]

    def ask(store: Store) -> None:
        if method == "GET":
            store.list_generations()
        else:
            store.write_attachment("minimal", Digest(f"sha256:{64 * '0'}"), "sig", b"x")

    ask(open_store(url))
    assert waits == [77, 77]
    server.faults = [Fault("status", "bucket", method, status=status, headers={"Retry-After": "77"}, times=ALWAYS)]
    store = open_store(url, Timing.until(60))
    with pytest.raises(StoreError, match=f"status {status} and asks to wait 77 seconds"):
        ask(store)
    assert waits == [77, 77]


def in_parts(asked: Asked) -> Reply:
    """A bucket of any kind, whose uploads in parts have the name `an-upload`."""
    if asked.method == "POST" and asked.target.endswith("?uploads="):
        return Reply(200, {}, b"<R><UploadId>an-upload</UploadId></R>")
    if asked.method == "PUT":
        return Reply(201, {"ETag": '"1"'})
    return Reply(204) if asked.method == "DELETE" else empty(asked)


def large(folder: Path) -> tuple[StoredFile, Path]:
    """A file of two parts."""
    path = folder / "large"
    path.write_bytes(bytes(CHUNK + 1))
    return StoredFile("large", Digest(f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"), CHUNK + 1), path


@pytest.mark.parametrize(
    ("kind", "header"),
    [("azure, token", ("x-ms-version", AZURE_VERSION)), ("s3, temporary keys", ("x-amz-request-payer", "requester"))],
)
def test_each_request_has_the_headers_that_its_store_needs(
    kind: str, header: tuple[str, str], server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, environment = STORES[kind]
    for name, value in (environment | {"AWS_REQUEST_PAYER": "requester"}).items():
        monkeypatch.setenv(name, value.format(url=server.url))
    server.backend = in_parts
    store, (file, path) = open_store(url), large(tmp_path)
    store.write_blob("minimal", file, path)
    store.write_attachment("minimal", file.digest, "sig", b"x")
    store.list_generations()
    for read in (lambda: list(store.read_blob("minimal", file, 5)), lambda: store.read_index("minimal", file.digest)):
        with pytest.raises(NotInStoreError):
            read()
    assert len({(asked.method, asked.target) for asked in server.asked}) >= 7
    assert [
        asked.target for asked in server.asked if header not in {(k.lower(), v) for k, v in asked.headers.items()}
    ] == []


def test_parts_of_an_upload_that_fails_are_removed(url: str, server: FaultServer, tmp_path: Path) -> None:
    second = re.compile("partNumber=2|blockid=MDAwMDAwMDI")
    server.backend = lambda asked: Reply(400) if second.search(asked.target) else in_parts(asked)
    with pytest.raises(StoreError, match="answered 400"):
        open_store(url).write_blob("minimal", *large(tmp_path))
    removed = [asked.target.partition("?")[2] for asked in server.asked if asked.method == "DELETE"]
    assert removed == ([] if url.startswith("az:") else ["uploadId=an-upload"])


@pytest.mark.parametrize("token", ["", "t0ken/+="])
@pytest.mark.parametrize(
    ("method", "url", "headers", "body"),
    [
        ("GET", "https://s3.eu-west-1.amazonaws.com/bucket?list-type=2&prefix=qa%2Fa%20b%2F&continuation-token=1%2B%2F%3D", {}, b""),
        ("PUT", "http://127.0.0.1:9000/bucket/qa/tags/x%3Ay.json", {"If-None-Match": "*"}, b"content"),
        ("POST", "https://bucket.s3.amazonaws.com/key?uploads=", {"x-amz-server-side-encryption": "aws:kms"}, b""),
        ("GET", "https://s3.amazonaws.com/b/k", {"Range": "bytes=7-"}, b""),
    ],
)  # fmt: skip
def test_signatures_are_those_of_botocore(
    method: str, url: str, headers: dict[str, str], body: bytes, token: str
) -> None:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signed = {name: value for name, value in headers.items() if name.startswith("x-amz-")}
    theirs = AWSRequest(method, url.partition("?")[0], signed, body, dict(_query(url)))
    S3SigV4Auth(Credentials("an-id", "s3cret", token or None), "s3", "eu-west-1").add_auth(theirs)
    now = datetime.strptime(f"{theirs.context['timestamp']}+0000", "%Y%m%dT%H%M%SZ%z")
    ours = sign_s3(Request(method, url, headers, body), AwsKeys("an-id", "s3cret", token), "eu-west-1", now)
    assert ours.headers["Authorization"] == theirs.headers["Authorization"]
    assert headers.items() <= ours.headers.items()


def _query(url: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl

    return parse_qsl(url.partition("?")[2], keep_blank_values=True)


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
@pytest.mark.parametrize("size", [2048, 3072])
def test_a_service_account_signs_as_its_key_says(form: str, size: int) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(65537, size)
    kind = getattr(serialization.PrivateFormat, form)
    pem = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()
    text = service_account_assertion({"client_email": "qa@example.com", "private_key": pem}, "https://token.test")
    header, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in text.split("."))
    key.public_key().verify(signature, text.rpartition(".")[0].encode(), padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(header)["alg"] == "RS256"
    assert json.loads(claims)["aud"] == "https://token.test"


AWS_JSON = (
    b'{"AccessKeyId": "of-role", "SecretAccessKey": "s", "Token": "t0kenOfRole", "Expiration": "2099-01-01T00:00:00Z"}'
)
STS = (
    b"<R><Credentials><AccessKeyId>of-role</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t0kenOfRole"
    b"</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></R>"
)
OAUTH = b'{"access_token": "t0kenOfRole", "expires_in": 3600}'
AZURE = {"AZURE_STORAGE_ACCOUNT_NAME": "qa", "AZURE_STORAGE_ENDPOINT": "{url}/qa"}
ROLES: dict[str, tuple[str, dict[str, str], Callable[[Asked], bool], bytes]] = {
    "web identity": (
        "s3://bucket/qa",
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "{file}", "AWS_ROLE_ARN": "arn:aws:iam::1:role/ci", "AWS_ENDPOINT_URL_STS": "{url}/token"},
        lambda asked: b"WebIdentityToken=of-file" in asked.body and b"Action=AssumeRoleWithWebIdentity" in asked.body,
        STS,
    ),
    "container": (
        "s3://bucket/qa",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/token", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{file}"},
        lambda asked: asked.headers.get("Authorization") == "of-file",
        AWS_JSON,
    ),
    "Azure's service principal": (
        "az://bucket/qa",
        AZURE | {"AZURE_CLIENT_ID": "id", "AZURE_CLIENT_SECRET": "s3cret", "AZURE_TENANT_ID": "token", "AZURE_AUTHORITY_HOST": "{url}"},
        lambda asked: b"client_secret=s3cret" in asked.body and asked.path == "/token/oauth2/v2.0/token",
        OAUTH,
    ),
    "Azure's workload identity": (
        "az://bucket/qa",
        AZURE | {"AZURE_CLIENT_ID": "id", "AZURE_FEDERATED_TOKEN_FILE": "{file}", "AZURE_TENANT_ID": "token", "AZURE_AUTHORITY_HOST": "{url}"},
        lambda asked: b"client_assertion=of-file" in asked.body,
        OAUTH,
    ),
    "Azure's managed identity": (
        "az://bucket/qa",
        AZURE | {"IDENTITY_ENDPOINT": "{url}/token", "IDENTITY_HEADER": "s3cret"},
        lambda asked: asked.headers.get("X-IDENTITY-HEADER") == "s3cret",
        OAUTH,
    ),
    "GCS's metadata service": (
        "gs://bucket/qa",
        {"GCE_METADATA_HOST": "{host}/token"},
        lambda asked: asked.headers.get("Metadata-Flavor") == "Google",
        OAUTH,
    ),
    "GCS's service account": (
        "gs://bucket/qa",
        {"GOOGLE_APPLICATION_CREDENTIALS": "{account}"},
        lambda asked: b"assertion=ey" in asked.body,
        OAUTH,
    ),
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_roles_of_clouds(role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url, environment, is_asked_well, answer = ROLES[role]

    def backend(asked: Asked) -> Reply:
        if asked.path.startswith("/token"):
            return Reply(200, {}, answer) if is_asked_well(asked) else Reply(403)
        return empty(asked)

    with serving(backend) as server:
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "file").write_text("of-file\n")
        (tmp_path / "account").write_text(service_account(f"{server.url}/token"))
        places = {"url": server.url, "host": server.host, "file": tmp_path / "file", "account": tmp_path / "account"}
        environment = environment | {"AWS_ENDPOINT_URL": "{url}", "GOOGLE_BASE_URL": "{url}"}
        for name, value in environment.items():
            monkeypatch.setenv(name, value.format(**places))
        store = open_store(url)
        for _ in range(3):
            assert store.list_generations() == []
        assert sum(asked.path.startswith("/token") for asked in server.asked) == 1
        headers = str(server.asked[-1].headers)
        assert "t0kenOfRole" in headers
        assert ("Credential=of-role/" in headers) == url.startswith("s3")
        server.faults = [Fault("status", "^/token", method, status=400, times=ALWAYS) for method in ("GET", "POST")]
        with pytest.raises(StoreError, match=r"gives no token \(status 400\)") as refused:
            open_store(url).list_generations()
        assert not [secret for secret in ("s3cret", "of-file") if secret in str(refused.value)]


def service_account(token_uri: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa

    pem = private_key(rsa.generate_private_key(65537, 2048))
    return json.dumps({"type": "service_account", "client_email": "qa@x", "private_key": pem, "token_uri": token_uri})


def private_key(key: Any, password: bytes | None = None) -> str:
    from cryptography.hazmat.primitives import serialization

    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem: bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
    return pem.decode()


@pytest.mark.parametrize("key", ["of another kind", "with a password", "cut", "no text", "missing"])
def test_a_service_account_without_a_key_that_signs_is_named(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    whole = rsa.generate_private_key(65537, 2048)
    keys: dict[str, Any] = {
        "of another kind": private_key(ec.generate_private_key(ec.SECP256R1())),
        "with a password": private_key(whole, b"s3cret"),
        "cut": private_key(whole)[:300],
        "no text": 7,
    }
    account = {"type": "service_account", "client_email": "qa@x"} | ({"private_key": keys[key]} if key in keys else {})
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps(account))
    with pytest.raises(StoreError, match="GOOGLE_SERVICE_ACCOUNT_KEY has no credentials that are in order; correct it"):
        open_store("gs://bucket/qa")


def test_what_expires_in_the_middle_is_fetched_again() -> None:
    moments = iter([timedelta(hours=1), timedelta(seconds=10), timedelta(hours=2)])
    fetched: list[int] = []

    def fetch() -> tuple[int, str]:
        fetched.append(len(fetched))
        return len(fetched), (datetime.now(UTC) + next(moments)).isoformat()

    renewed = Renewed(fetch)
    assert [renewed.get() for _ in range(3)] == [1, 1, 1]
    renewed._until = time.time()
    assert [renewed.get() for _ in range(3)] == [2, 3, 3]


def test_a_clock_that_differs_is_named(url: str, server: FaultServer) -> None:
    def refuse(asked: Asked) -> Reply:
        is_token = asked.path.startswith("/computeMetadata/")
        return empty(asked) if is_token else Reply(403, {"Date": "Fri, 01 Jan 2021 00:00:00 GMT"})

    server.backend = refuse
    with pytest.raises(StoreError, match=r"access denied .*set this machine's clock"):
        qaseed.ls(url)


def test_a_list_ends(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for a server that always has more, or declares entities, or answers what is no list."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setattr("qaseed.stores.buckets.MOST_PAGES", 20)
    for body, message in (
        (b"<R><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></R>", "without an end"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><R>&a;</R>', "no list"),
        (b"<html>log in<br></html>", "no list"),
    ):
        server.backend = lambda asked, body=body: Reply(200, {}, body)
        with pytest.raises(StoreError, match=message):
            qaseed.ls("s3://bucket/qa")
    assert len(server.asked) == 22
