"""Every kind of store does the same: what is pushed is pulled whole, and what was altered is refused."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import qaseed
from qaseed import Snapshot, SnapshotError
from qaseed.folders import cache_folder
from support.command_line import qaseed as run
from support.snapshot_files import checksums
from support.stores import StoreUnderTest, folder_store, moto_server, s3_store

KINDS = ("folder", "s3")


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with moto_server() as endpoint:
        yield endpoint


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreUnderTest:
    """An empty store; its clients find their credentials in the environment."""
    if request.param == "folder":
        made = folder_store(tmp_path / "store")
    else:
        made = s3_store(request.getfixturevalue("s3_endpoint"), uuid.uuid4().hex[:8])
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def empty_cache() -> None:
    shutil.rmtree(cache_folder(), ignore_errors=True)


def test_what_is_pushed_is_pulled_whole(store: StoreUnderTest, minimal: Snapshot, tmp_path: Path) -> None:
    pushed = qaseed.push(minimal, store.url, tag="t")
    assert str(pushed.reference) == f"{store.url}/minimal:t@{pushed.reference.digest}"
    assert (pushed.uploaded, pushed.generation) == (len(checksums(minimal.folder)), 1)
    pulled = qaseed.pull(f"{store.url}/minimal:t", out=tmp_path / "out")
    assert (pulled.cached, pulled.source, pulled.generation) == (False, "store", 1)
    assert pulled.snapshot.folder == tmp_path / "out/minimal"
    assert (
        pulled.bytes == pushed.bytes == sum(path.stat().st_size for path in minimal.folder.rglob("*") if path.is_file())
    )
    assert checksums(pulled.snapshot.folder) == checksums(minimal.folder)
    again = qaseed.pull(f"{store.url}/minimal@{pushed.reference.digest}")
    assert (again.cached, again.source, again.bytes, again.generation) == (True, "cache", 0, None)
    assert checksums(again.snapshot.folder) == checksums(minimal.folder)


def test_a_second_push_sends_nothing_and_a_missing_file_again(store: StoreUnderTest, minimal: Snapshot) -> None:
    first = qaseed.push(minimal, store.url, tag="t")
    before = store.list()
    second = qaseed.push(minimal, store.url, tag="t")
    assert (second.uploaded, second.bytes, second.generation) == (0, 0, 1)
    assert store.list() == before
    blob = next(key for key in before if key.startswith("blobs/sha256/"))
    store.remove(blob)
    assert qaseed.push(minimal, store.url, tag="t").uploaded == 1
    assert store.list() == before
    assert qaseed.push(minimal, store.url, force=True).uploaded == first.uploaded


def test_a_tag_has_a_history_and_a_digest_stays(store: StoreUnderTest, minimal: Snapshot, changed: Snapshot) -> None:
    old = qaseed.push(minimal, store.url, tag="t")
    new = qaseed.push(changed, store.url, tag="t")
    name = changed.manifest.name
    if name != "minimal":
        new = qaseed.push(minimal, store.url, tag="other")
        assert new.generation == 1
    assert qaseed.pull(f"{store.url}/minimal@{old.reference.digest}").reference.digest == old.reference.digest


@pytest.mark.parametrize("kind", ["blobs/sha256", "snapshots", "tags"])
def test_a_byte_that_changed_in_the_store_is_refused(kind: str, store: StoreUnderTest, minimal: Snapshot) -> None:
    qaseed.push(minimal, store.url, tag="t")
    empty_cache()
    for key in [key for key in store.list() if key.startswith(kind)][::6]:
        data = store.read(key)
        for place in {0, len(data) // 2, len(data) - 1}:
            store.write(key, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            with pytest.raises(SnapshotError):
                qaseed.pull(f"{store.url}/minimal:t")
            assert list((cache_folder() / "snapshots").glob("*")) == []
        for other in (data[:-1], b""):
            store.write(key, other)
            with pytest.raises(SnapshotError):
                qaseed.pull(f"{store.url}/minimal:t")
        store.remove(key)
        with pytest.raises(SnapshotError):
            qaseed.pull(f"{store.url}/minimal:t")
        store.write(key, data)
    qaseed.pull(f"{store.url}/minimal:t")


@pytest.mark.integration
def test_commands_take_a_reference(store: StoreUnderTest, minimal: Snapshot, database: str) -> None:
    pushed = json.loads(run("push", str(minimal.folder), store.url, "--tag", "t", "--json").stdout)
    assert (pushed["cached"], pushed["source"], pushed["path"]) == (False, "generated", str(minimal.folder))
    loaded = run("load", f"{store.url}/minimal:t", "--to", database, "--json")
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout)["verified"]
    pulled = json.loads(run("pull", f"{store.url}/minimal:t", "--json").stdout)
    assert (pulled["cached"], pulled["source"]) == (True, "cache")
    assert {"ref", "digest", "id", "path", "cached", "source", "bytes", "seconds"} <= pulled.keys() & pushed.keys()
    missing = run("load", f"{store.url}/minimal:u", "--to", database)
    assert missing.returncode == 3
