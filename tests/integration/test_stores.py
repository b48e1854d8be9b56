"""Every kind of store does the same: what is pushed is pulled whole, and what was altered is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import qaseed
from qaseed import Snapshot, SnapshotError, UsageError
from qaseed.disk import sha256_of
from qaseed.folders import cache_folder
from qaseed.stores.connecting import open_store
from qaseed.stores.documents import attachment_key
from qaseed.stores.objects import CHUNK
from qaseed.stores.store import Digest, StoredFile
from support.command_line import qaseed as run
from support.snapshot_files import checksums
from support.stores import StoreUnderTest, azure_store, azurite_server, folder_store, gcs_server, gcs_store, s3_store

KINDS = ("folder", "s3", "azure", "gcs")


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    program = shutil.which("azurite-blob")
    if not program:
        pytest.skip("azurite-blob is not installed; `npm install -g azurite` brings it")
    with azurite_server(program) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def gcs(moto: str) -> Iterator[str]:
    with gcs_server(moto) as endpoint:
        yield endpoint


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreUnderTest:
    """An empty store; its clients find their credentials in the environment."""
    if request.param == "folder":
        made = folder_store(tmp_path / "store")
    elif request.param == "azure":
        made = azure_store(request.getfixturevalue("azurite"), uuid.uuid4().hex[:8])
    elif request.param == "gcs":
        made = gcs_store(request.getfixturevalue("gcs"), request.getfixturevalue("moto"), uuid.uuid4().hex[:8])
    else:
        made = s3_store(request.getfixturevalue("moto"), uuid.uuid4().hex[:8])
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


def test_a_large_file_goes_in_parts_and_is_seen_when_it_is_whole(store: StoreUnderTest, tmp_path: Path) -> None:
    path, opened = tmp_path / "large", open_store(store.url)
    path.write_bytes(bytes(range(256)) * (2 * CHUNK // 256) + b"end")
    file = StoredFile("large", Digest(f"sha256:{sha256_of(path)}"), path.stat().st_size)
    opened.write_blob("minimal", file, path)
    assert list(store.list()) == [f"blobs/sha256/{sha256_of(path)}"]
    assert b"".join(opened.read_blob("minimal", file)) == path.read_bytes()
    assert b"".join(opened.read_blob("minimal", file, file.bytes - 5)) == b"\xfe\xffend"
    with pytest.raises(SnapshotError, match="another size"):
        list(opened.read_blob("minimal", replace(file, bytes=7)))
    with pytest.raises(SnapshotError, match="changed while it was read"):
        opened.write_blob("minimal", replace(file, digest=Digest(f"sha256:{64 * '0'}")), path)
    assert len(store.list()) == 1


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


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Another snapshot of the same name."""
    return qaseed.generate("minimal", tmp_path_factory.mktemp("other"), format="csv", validated=False).snapshot


def test_a_tag_has_a_history_and_a_digest_stays(store: StoreUnderTest, minimal: Snapshot, other: Snapshot) -> None:
    digests = []
    for number, snapshot in enumerate((minimal, other, minimal), 1):
        pushed = qaseed.push(snapshot, store.url, tag="t")
        assert pushed.generation == number
        digests.append(pushed.reference.digest)
        assert qaseed.pull(f"{store.url}/minimal:t").reference.digest == digests[-1]
    assert digests[0] == digests[2] != digests[1]
    assert checksums(qaseed.pull(f"{store.url}/minimal@{digests[1]}").snapshot.folder) == checksums(other.folder)
    listed = qaseed.ls(store.url, newest=None)
    assert [(s.generation.number, s.generation.digest) for s in listed] == list(enumerate(digests, 1))
    assert all(s.bytes and s.generation.modified for s in listed)
    assert [s.generation.number for s in qaseed.ls(store.url)] == [3]


def test_another_tag_means_the_same_snapshot(store: StoreUnderTest, minimal: Snapshot) -> None:
    pushed = qaseed.push(minimal, store.url)
    assert (pushed.generation, qaseed.ls(store.url)) == (None, [])
    with pytest.raises(SnapshotError, match="has no minimal:stable"):
        qaseed.pull(f"{store.url}/minimal:stable")
    for _ in range(2):
        tagged = qaseed.tag(str(pushed.reference), "stable")
        assert (tagged.generation.number, tagged.generation.digest) == (1, pushed.reference.digest)
    assert qaseed.pull(f"{store.url}/minimal:stable").reference.digest == pushed.reference.digest
    with pytest.raises(SnapshotError):
        qaseed.tag(f"{store.url}/minimal@sha256:{'0' * 64}", "stable")
    assert [s.generation.number for s in qaseed.ls(store.url)] == [1]


def test_prune_keeps_the_newest_generations_and_what_a_lock_names(
    store: StoreUnderTest, minimal: Snapshot, other: Snapshot, tmp_path: Path
) -> None:
    old, new = (qaseed.push(snapshot, store.url, tag="t") for snapshot in (minimal, other))
    attachments = [attachment_key("minimal", p.reference.digest, "sig") for p in (old, new) if p.reference.digest]
    for attachment in attachments:
        store.write(attachment, b"signature")
    before = store.list()
    assert (qaseed.prune(store.url, 1).snapshots, store.list()) == ((), before)  # younger than a day
    store.age(timedelta(hours=25))
    assert qaseed.prune(store.url, 2).snapshots == ()
    lock = tmp_path / "qaseed.lock"
    qaseed.lock(f"{store.url}/minimal@{old.reference.digest}", path=lock)
    assert qaseed.prune(store.url, 1, keep_locked=[lock]).snapshots == ()
    assert store.list() == before
    dry = qaseed.prune(store.url, 1, dry_run=True)
    assert dry.snapshots == (("minimal", old.reference.digest),)
    assert (store.list(), dry.bytes > 0) == (before, True)
    assert qaseed.prune(store.url, 1) == dry
    assert len(store.list()) == len(before) - dry.blobs - 2
    assert set(attachments) & set(store.list()) == {attachments[1]}
    assert qaseed.prune(store.url, 1).snapshots == ()
    empty_cache()
    assert checksums(qaseed.pull(f"{store.url}/minimal:t").snapshot.folder) == checksums(other.folder)
    assert [s.bytes is None for s in qaseed.ls(store.url, newest=None)] == [True, False]
    with pytest.raises(SnapshotError, match="missing"):
        qaseed.pull(str(old.reference))
    assert qaseed.push(minimal, store.url, tag="t").generation == 3
    assert new.generation == 2


def test_prune_removes_what_a_killed_push_left_in_a_folder(tmp_path: Path, minimal: Snapshot) -> None:
    store = folder_store(tmp_path / "store")
    qaseed.push(minimal, store.url, tag="t")
    code = """if True:
        import os, sys
        from qaseed.stores import objects
        from qaseed.stores.connecting import open_store
        from qaseed.stores.store import StoredFile

        def killed(*_):
            yield bytes(objects.CHUNK)
            yield bytes(objects.CHUNK)
            yield bytes(objects.CHUNK)
            os.kill(os.getpid(), 9)

        objects.verified_chunks = killed
        open_store(sys.argv[1]).write_blob("minimal", StoredFile("x", "sha256:" + 64 * "0", 2**30), None)
    """
    before = store.list()
    done = subprocess.run((sys.executable, "-c", code, store.url), check=False)
    assert done.returncode == -9
    (left,) = set(store.list()) - set(before)
    assert left.startswith(f"blobs/sha256/{64 * '0'}#")
    store.write("other#1", b"a file of the user")
    assert qaseed.prune(store.url, 1).blobs == 0  # younger than a day
    store.age(timedelta(hours=25))
    size = len(store.read(left))
    dry = qaseed.prune(store.url, 1, dry_run=True)
    assert ((dry.blobs, dry.bytes), left in store.list()) == ((1, size), True)
    assert qaseed.prune(store.url, 1) == dry
    assert set(store.list()) - set(before) == {"other#1"}
    assert checksums(qaseed.pull(f"{store.url}/minimal:t").snapshot.folder) == checksums(minimal.folder)


def test_prune_refuses_what_is_no_lock_and_removes_nothing_if_an_index_was_altered(
    store: StoreUnderTest, minimal: Snapshot, tmp_path: Path
) -> None:
    qaseed.push(minimal, store.url, tag="t")
    store.age(timedelta(days=3))
    (tmp_path / "bad.lock").write_text("[[snapshot]]\nname = 'x'\n")
    for keep, locks in ((0, []), (True, []), (1, [tmp_path / "bad.lock"]), (1, [tmp_path / "none"])):
        with pytest.raises(UsageError):
            qaseed.prune(store.url, keep, keep_locked=locks)
    index = next(key for key in store.list() if key.startswith("snapshots/"))
    store.write(index, b"{}")
    before = store.list()
    with pytest.raises(SnapshotError):
        qaseed.prune(store.url, 1)
    assert store.list() == before


def test_what_is_old_is_sent_again_so_that_no_prune_removes_it(store: StoreUnderTest, minimal: Snapshot) -> None:
    first = qaseed.push(minimal, store.url, tag="t")
    store.age(timedelta(days=6))
    assert qaseed.push(minimal, store.url, tag="t").uploaded == 0
    store.age(timedelta(days=2))
    assert qaseed.push(minimal, store.url, tag="t").uploaded == first.uploaded
    assert qaseed.push(minimal, store.url, tag="t").uploaded == 0


def test_racing_pushes_each_get_a_generation_and_every_pull_is_whole(
    store: StoreUnderTest, minimal: Snapshot, other: Snapshot
) -> None:
    expected = [checksums(snapshot.folder) for snapshot in (minimal, other)]
    qaseed.push(minimal, store.url, tag="t")
    with ThreadPoolExecutor(20) as pool:
        pushes = [pool.submit(qaseed.push, (minimal, other)[number % 2], store.url, tag="t") for number in range(20)]
        while not all(push.done() for push in pushes):
            assert checksums(qaseed.pull(f"{store.url}/minimal:t").snapshot.folder) in expected
    results = [push.result() for push in pushes]
    history = {s.generation.number: s.generation.digest for s in qaseed.ls(store.url, newest=None)}
    assert list(history) == list(range(1, len(history) + 1))
    assert all(history[number] != history[number + 1] for number in range(1, len(history)))
    assert all(history[push.generation or 0] == push.reference.digest for push in results)
    assert qaseed.pull(f"{store.url}/minimal:t").generation == len(history)


def test_a_tag_that_was_rolled_back_is_refused(store: StoreUnderTest, minimal: Snapshot, other: Snapshot) -> None:
    for snapshot in (minimal, other):
        qaseed.push(snapshot, store.url, tag="t")
        qaseed.pull(f"{store.url}/minimal:t")
    store.remove("tags/minimal/t/00000002.json")
    with pytest.raises(SnapshotError, match=r"is generation 1 .*, and was 2 .*@sha256:") as refused:
        qaseed.pull(f"{store.url}/minimal:t")
    accepted = str(refused.value).rpartition(" ")[2]
    assert checksums(qaseed.pull(accepted).snapshot.folder) == checksums(minimal.folder)
    qaseed.push(other, store.url, tag="t")
    assert qaseed.pull(f"{store.url}/minimal:t").generation == 2


def test_a_generation_that_is_missing_is_refused(store: StoreUnderTest, minimal: Snapshot, other: Snapshot) -> None:
    for snapshot in (minimal, other):
        qaseed.push(snapshot, store.url, tag="t")
    store.remove("tags/minimal/t/00000001.json")
    with pytest.raises(SnapshotError, match="generation is missing"):
        qaseed.pull(f"{store.url}/minimal:t")


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
def test_commands_take_a_reference(store: StoreUnderTest, minimal_parquet: Snapshot, database: str) -> None:
    pushed = json.loads(run("push", str(minimal_parquet.folder), store.url, "--tag", "t", "--json").stdout)
    assert (pushed["cached"], pushed["source"], pushed["path"]) == (False, "generated", str(minimal_parquet.folder))
    assert run("validate", f"{store.url}/minimal:t", "--quiet").stderr == "", "what a pull takes is no result"
    loaded = run("load", f"{store.url}/minimal:t", "--to", database, "--json")
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout)["verified"]
    pulled = json.loads(run("pull", f"{store.url}/minimal:t", "--json").stdout)
    assert (pulled["cached"], pulled["source"]) == (True, "cache")
    assert {"ref", "digest", "id", "path", "cached", "source", "bytes", "seconds"} <= pulled.keys() & pushed.keys()
    if store.url.startswith("s3:"):  # what was pulled is searched as any folder
        assert qaseed.scan(f"{store.url}/minimal:t").ok
    missing = run("load", f"{store.url}/minimal:u", "--to", database)
    assert missing.returncode == 3
