"""Snapshots that are pushed to a registry and pulled from it by the store alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from qaseed.stores.oci import OciStore
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Digest, Index, StoredFile
from support.fault_server import FaultServer
from support.registry import docker_config, sha256

QUICK = Timing(deadline=3, stall=0.5, tries=3, first_delay=0.01)


def index_of(folder: Path) -> Index:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    listed = tuple(
        StoredFile(str(path.relative_to(folder)), Digest(sha256(path.read_bytes())), path.stat().st_size)
        for path in paths
    )
    return Index(folder.name, next(file.digest for file in listed if file.path == "manifest.json"), listed)


def push(store: OciStore, folder: Path, tag: str = "nightly") -> Index:
    index = index_of(folder)
    for file in store.missing_blobs(index.name, index.files):
        store.write_blob(index.name, file, folder / file.path)
    store.write_index(index)
    store.write_tag(index.name, tag, index.digest)
    return index


def check_pull(store: OciStore, index: Index, folder: Path) -> None:
    """Every byte comes back."""
    assert sorted(store.read_index(index.name, index.digest).files, key=lambda file: file.path) == list(index.files)
    for file in index.files:
        assert b"".join(store.read_blob(index.name, file)) == (folder / file.path).read_bytes()


def login(server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_text(docker_config(server.host))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(path))
