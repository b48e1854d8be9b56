"""A registry in memory behind a server with faults, and a store in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qaseed.stores.oci import OciStore
from support.fault_server import FaultServer, serving
from support.oci import QUICK
from support.registry import Registry


@pytest.fixture(autouse=True)
def _no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own credentials is used."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    for name in (
        "REGISTRY_AUTH_FILE",
        "GITHUB_TOKEN",
        "CI_REGISTRY",
        "GITHUB_SERVER_URL",
        "GITHUB_REPOSITORY",
        "GITHUB_SHA",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def server(registry: Registry) -> Iterator[FaultServer]:
    with serving(registry) as running:
        yield running


@pytest.fixture
def store(server: FaultServer) -> OciStore:
    return OciStore(f"oci://{server.host}/qa", QUICK)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files as a snapshot has them."""
    path = tmp_path / "minimal"
    (path / "data" / "client").mkdir(parents=True)
    (path / "manifest.json").write_text('{"name": "minimal"}\n')
    (path / "SHA256SUMS").write_text("sums\n")
    (path / "data" / "client" / "part-00000.parquet").write_bytes(bytes(range(256)) * 400)
    (path / "empty.md").write_bytes(b"")
    return path
