"""Credentials, proxies and certificates of object stores come from the usual variables and files, and go nowhere else."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import qaseed
from qaseed import StoreError, UsageError
from qaseed.stores.credentials import Access, azure_access, gcs_access, s3_access
from qaseed.stores.retrying import Timing
from support.fault_server import Asked, FaultServer, Reply, serving

EMPTY = (
    b'<?xml version="1.0"?><ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>'
)
URL, TIMING = "s3://qa-bucket/qa", Timing()


def empty_bucket(asked: Asked) -> Reply:
    return Reply(200, {"Content-Type": "application/xml"}, EMPTY)


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with serving(empty_bucket) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server


def credential(server: FaultServer) -> str | None:
    """The access key by which the last request was signed."""
    headers = {name.lower(): value for name, value in server.asked[-1].headers.items()}
    value = headers.get("authorization")
    return value.split("Credential=")[1].split("/")[0] if value else None


def test_without_credentials_access_is_anonymous(bucket: FaultServer) -> None:
    assert qaseed.ls(URL) == []
    assert credential(bucket) is None


def test_anonymous_access_that_is_denied_says_what_the_pull_request_of_a_fork_can_do(bucket: FaultServer) -> None:
    bucket.backend = lambda asked: Reply(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(StoreError, match=r"AccessDenied.*pull request of a fork.*AWS_ACCESS_KEY_ID"):
        qaseed.ls(URL)


def test_keys_of_the_environment(bucket: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    assert qaseed.ls(URL) == []
    assert credential(bucket) == "of-environment"


def test_the_endpoint_of_s3_goes_first(bucket: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert qaseed.ls(URL) == []


def test_profiles_of_the_aws_configuration(
    bucket: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("boto3")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(
        "[default]\naws_access_key_id = of-default\naws_secret_access_key = s\n"
        "[ci]\naws_access_key_id = of-ci\naws_secret_access_key = s\n"
    )
    assert qaseed.ls(URL) == []
    assert credential(bucket) == "of-default"
    monkeypatch.setenv("AWS_PROFILE", "ci")
    assert qaseed.ls(URL) == []
    assert credential(bucket) == "of-ci"
    monkeypatch.setenv("AWS_PROFILE", "none")
    with pytest.raises(StoreError, match=r"profile.*none"):
        qaseed.ls(URL)


def test_a_profile_without_boto3_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text("")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("AWS_PROFILE", "ci")
    with pytest.raises(StoreError, match=r"AWS_PROFILE needs boto3.*qaseed\[aws\]"):
        qaseed.ls(URL)


def test_a_metadata_service_is_asked_only_where_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_anonymous(access: Access) -> bool:
        return access.signer is None

    assert is_anonymous(s3_access(URL, TIMING))
    monkeypatch.setenv("AWS_EXECUTION_ENV", "AWS_ECS_EC2")
    assert not is_anonymous(s3_access(URL, TIMING))
    assert is_anonymous(gcs_access("gs://b", TIMING))
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:1")
    assert not is_anonymous(gcs_access("gs://b", TIMING))
    with pytest.raises(UsageError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        azure_access("az://c", TIMING)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "qa")
    assert is_anonymous(azure_access("az://c", TIMING))
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sig=x")
    assert not is_anonymous(azure_access("az://c", TIMING))
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME")
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountKey=s3cret")
    with pytest.raises(UsageError, match="AZURE_STORAGE_CONNECTION_STRING is not read") as refused:
        azure_access("az://c", TIMING)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("is_named", [False, True])
def test_no_request_goes_to_a_metadata_service_that_is_not_named(
    is_named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.test:9000")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    with serving(lambda asked: empty_bucket(asked) if "store.test" in asked.target else Reply(404)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        if is_named:
            monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://metadata.test")
            with pytest.raises(StoreError):
                qaseed.ls(URL, deadline=5)
        else:
            assert qaseed.ls(URL) == []
        assert is_named == any("store.test" not in asked.target for asked in proxy.asked)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
def test_a_proxy_is_used_and_can_be_excluded(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.test:9000")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    with serving(empty_bucket) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert qaseed.ls(URL) == []
        assert proxy.asked[-1].target.startswith("http://store.test:9000/")
        proxy.asked.clear()
        monkeypatch.setenv("NO_PROXY", "store.test")
        with pytest.raises(StoreError):
            qaseed.ls(URL, deadline=0.1)
        assert proxy.asked == []


def test_https_goes_through_its_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://store.test:9000")
    with serving(empty_bucket) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(StoreError):
            qaseed.ls(URL, deadline=0.1)
        assert proxy.connects


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for command in (
        ["req", "-x509", *new, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"],
        ["req", *new, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem"],
        ["x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names",
         "-out", "certificate.pem"],
    ):  # fmt: skip
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_own_certificate_authorities_are_trusted(
    variable: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(empty_bucket) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
        server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url.replace("http://127.0.0.1", "https://localhost"))
        with pytest.raises(StoreError):
            qaseed.ls(URL, deadline=0.1)
        assert server.asked == []
        served = f"{server.url.replace('http://127.0.0.1', 'https://localhost')}/minimal:t"
        with pytest.raises(StoreError, match="its certificate is not trusted"):
            qaseed.pull(served)
        monkeypatch.setenv(variable, str(certificate / "ca.pem"))
        assert qaseed.ls(URL) == []
        with pytest.raises(StoreError, match="is no store"):  # it has every file that it is asked for
            qaseed.pull(served)
        monkeypatch.setenv(variable, str(certificate / "none.pem"))
        with pytest.raises(StoreError, match=f"{variable}=.*cannot be read"):
            qaseed.ls(URL)
