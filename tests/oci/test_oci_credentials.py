"""Who asks a registry, and who gets the credentials."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import qaseed
from qaseed.errors import StoreError
from qaseed.stores.oci import OciStore
from qaseed.stores.oci_credentials import find_credentials
from support.fault_server import ALWAYS, Asked, Fault, FaultServer, Reply, serving
from support.oci import check_pull, login, push
from support.registry import SECRET, USER, Registry, basic_header


def test_basic_credentials(
    store: OciStore,
    registry: Registry,
    server: FaultServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    registry.basic = True
    with pytest.raises(StoreError, match="access is refused"):
        push(store, folder)
    login(server, monkeypatch, tmp_path)
    check_pull(store, push(store, folder), folder)


def test_tokens_come_from_where_the_challenge_says_and_are_renewed(
    store: OciStore,
    registry: Registry,
    server: FaultServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with serving(registry) as tokens:
        registry.realm, registry.token_uses = f"{tokens.url}/token", 6
        with pytest.raises(StoreError, match="is not public; log in with `docker login"):
            push(store, folder)
        login(server, monkeypatch, tmp_path)
        check_pull(store, push(store, folder), folder)
        assert qaseed.ls(store.url)
        assert {asked.path for asked in tokens.asked} == {"/token"}
        assert tokens.count("GET") > 3
    assert not [asked for asked in server.asked if asked.headers.get("Authorization", "").startswith("Basic")]


def test_refused_credentials_are_named_and_not_printed(
    store: OciStore, registry: Registry, server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    login(server, monkeypatch, tmp_path)
    server.faults = [Fault("status", "/token", times=ALWAYS, status=401)]
    registry.realm = f"{server.url}/token"
    with pytest.raises(StoreError, match="refuses the credentials; log in again") as error:
        store.resolve("minimal", "t")
    assert SECRET not in str(error.value)
    assert basic_header() not in str(error.value)


def test_credentials_stay_with_their_host(
    store: OciStore,
    registry: Registry,
    server: FaultServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    registry.basic = True
    login(server, monkeypatch, tmp_path)
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login {USER} password x\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    def storage(asked: Asked) -> Reply:
        return Reply(200, {}, registry.blobs[asked.path[1:]])

    with serving(storage) as elsewhere:
        registry.storage = elsewhere.url
        check_pull(store, push(store, folder), folder)
        assert elsewhere.asked
        assert not [asked for asked in elsewhere.asked if "Authorization" in asked.headers]


def test_a_storage_that_asks_for_credentials_gets_none(
    store: OciStore,
    registry: Registry,
    server: FaultServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    login(server, monkeypatch, tmp_path)
    index = push(store, folder)
    asking = Registry(basic=True)
    with serving(asking) as elsewhere:
        registry.storage = elsewhere.url
        with pytest.raises(StoreError, match="access is refused"):
            check_pull(store, index, folder)
        assert not [asked for asked in elsewhere.asked if "Authorization" in asked.headers]


def test_tokens_are_not_had_in_the_clear(
    registry: Registry, server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: OciStore
) -> None:
    login(server, monkeypatch, tmp_path)
    registry.realm = "http://tokens.invalid/token"
    with pytest.raises(StoreError, match="not encrypted"):
        store.resolve("minimal", "t")


def test_where_credentials_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_credentials("ghcr.io", "a/b") is None
    monkeypatch.setenv("GITHUB_TOKEN", "t0")
    assert find_credentials("registry.example", "a/b") is None
    found = find_credentials("ghcr.io", "a/b")
    assert found
    assert found.secret == "t0"
    assert "t0" not in repr(found)
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    assert find_credentials("ghcr.io", "a/b") is None
    for name, value in {
        "CI_REGISTRY": "registry.example",
        "CI_REGISTRY_USER": "u",
        "CI_REGISTRY_PASSWORD": "p",
    }.items():
        monkeypatch.setenv(name, value)
    assert (found := find_credentials("registry.example", "a"))
    assert found.secret == "p"
    (tmp_path / "docker").mkdir()
    config = tmp_path / "docker" / "config.json"
    config.write_text(
        json.dumps(
            {
                "auths": {
                    "registry.example": {"identitytoken": "i"},
                    "registry.example/a": {"auth": "dTpxOng="},
                    "https://index.docker.io/v1/": {"auth": "dTpo"},
                }
            }
        )
    )
    assert (found := find_credentials("registry.example", "a/b"))
    assert (found.user, found.secret) == ("u", "q:x")
    assert (found := find_credentials("registry.example", "c"))
    assert found.is_identity_token
    assert (found := find_credentials("docker.io", "c/d"))
    assert found.secret == "h"
    config.write_text("{")
    with pytest.raises(StoreError, match=r"config\.json: is not in order"):
        find_credentials("registry.example", "a")


def test_programs_that_have_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "docker-credential-tests"
    program.write_text(f"#!{sys.executable}\nimport json\nprint(json.dumps({{'Username': 'u', 'Secret': input()}}))\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    (tmp_path / "docker").mkdir()
    config = tmp_path / "docker" / "config.json"
    for document, host in (
        ({"credHelpers": {"a.example": "tests"}}, "a.example"),
        ({"credsStore": "tests"}, "b.example"),
    ):
        config.write_text(json.dumps(document))
        assert (found := find_credentials(host, "x"))
        assert found.secret == host
    for missing in ("other", "../x", 1):
        config.write_text(json.dumps({"credsStore": missing}))
        assert find_credentials("b.example", "x") is None
