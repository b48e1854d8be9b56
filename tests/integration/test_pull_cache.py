"""The cache of pulled snapshots: poisoned, killed, shared by jobs, on a full disk; what it gives is always whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

import qaseed
from qaseed import ResourceError, Snapshot, SnapshotError, UsageError
from qaseed.disk import sha256_of
from qaseed.folders import cache_folder
from qaseed.snapshot.cache import open_whole
from qaseed.stores.store import Digest
from support.command_line import qaseed as run
from support.fault_server import Asked, Backend, FaultServer, Reply
from support.snapshot_files import checksums, forge_record
from support.stores import StoreUnderTest, folder_store, s3_store


@pytest.fixture
def store(tmp_path: Path) -> StoreUnderTest:
    return folder_store(tmp_path / "store")


@pytest.fixture
def pushed(store: StoreUnderTest, all_columns: Snapshot) -> str:
    qaseed.push(all_columns, store.url, tag="t")
    return f"{store.url}/minimal:t"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def flip_in_secret(path: Path) -> None:
    """Flip a bit and give the file its times back."""
    stat = path.stat()
    flip(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


POISONS: dict[str, Callable[[Path], None]] = {
    "flip": lambda folder: flip_in_secret(next((folder / "data/client").iterdir())),
    "manifest": lambda folder: flip_in_secret(folder / "manifest.json"),
    "sums": lambda folder: flip_in_secret(folder / "SHA256SUMS"),
    "truncate": lambda folder: os.truncate(folder / "DATASHEET.md", 10),
    "remove": lambda folder: (folder / "DATASHEET.md").unlink(),
    "add": lambda folder: (folder / "data/client/part-00001.parquet").write_bytes(b"x"),
    "link": lambda folder: (
        (folder / "DATASHEET.md").rename(folder.parent / "x.md")
        and (folder / "DATASHEET.md").symlink_to(folder.parent / "x.md")
    ),
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
def test_a_poisoned_snapshot_is_pulled_again(
    poison: Callable[[Path], None], pushed: str, all_columns: Snapshot
) -> None:
    folder = qaseed.pull(pushed).snapshot.folder
    poison(folder)
    pulled = qaseed.pull(pushed)
    assert (pulled.cached, pulled.source) == (False, "store")
    assert checksums(folder) == checksums(all_columns.folder)
    poison(folder)
    assert checksums(qaseed.open_snapshot(pushed).folder) == checksums(all_columns.folder)


def test_a_forged_record_does_not_hide_what_a_use_reads(pushed: str, all_columns: Snapshot) -> None:
    """Who can write to the cache can write its records too: opening compares every byte whatever they say."""
    folder = qaseed.pull(pushed).snapshot.folder
    flip(next((folder / "data/client").iterdir()))
    forge_record(folder)
    assert checksums(qaseed.open_snapshot(pushed).folder) == checksums(all_columns.folder)


def test_a_cache_that_was_restored_elsewhere_is_compared_and_used(pushed: str, tmp_path: Path) -> None:
    first = qaseed.pull(pushed)
    shutil.copytree(cache_folder(), tmp_path / "saved")
    shutil.rmtree(cache_folder())
    shutil.copytree(tmp_path / "saved", cache_folder())
    again = qaseed.pull(pushed)
    assert (again.cached, again.reference) == (True, first.reference)


def test_out_has_a_folder_of_its_own_and_replaces_nothing(pushed: str, all_columns: Snapshot, tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = qaseed.pull(pushed, out=out).snapshot.folder
    assert folder == out / "minimal"
    flip(qaseed.pull(pushed).snapshot.folder / "DATASHEET.md")
    assert checksums(folder) == checksums(all_columns.folder)
    assert qaseed.pull(pushed, out=out).snapshot.folder == folder
    flip(folder / "DATASHEET.md")
    before = checksums(folder)
    with pytest.raises(UsageError, match="another snapshot"):
        qaseed.pull(pushed, out=out)
    assert checksums(folder) == before
    assert [path.name for path in out.iterdir()] == ["minimal"]


def test_what_does_not_fit_is_refused_and_continued_later(pushed: str, all_columns: Snapshot, tmp_path: Path) -> None:
    limited = (
        "import resource, sys, qaseed\nsys.dont_write_bytecode = True\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "qaseed.pull(sys.argv[1], out=sys.argv[2] or None)"
    )

    def is_refused(out: str) -> None:
        command = [sys.executable, "-c", limited, pushed, out]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert re.search("ResourceError: .* the disk is full; free some space, then pull again", done.stderr)

    is_refused("")
    assert not list((cache_folder() / "snapshots").glob("[!.]*"))
    assert checksums(qaseed.pull(pushed).snapshot.folder) == checksums(all_columns.folder)
    is_refused(str(tmp_path / "out"))
    assert list((tmp_path / "out").iterdir()) == []


def test_an_index_that_is_larger_than_the_disk_is_refused(pushed: str, store: StoreUnderTest) -> None:
    key = next(key for key in store.list() if key.startswith("snapshots/"))
    index = json.loads(store.read(key))
    index["files"][0]["bytes"] = 10**15
    store.write(key, json.dumps(index, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    with pytest.raises(ResourceError, match=r"1,000,000,\d{3},\d{3},\d{3} bytes do not fit .* free some space"):
        qaseed.pull(pushed)


def test_what_is_hashed_as_it_is_written_is_not_read_again(
    pushed: str, all_columns: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed, hashed = qaseed.pack(all_columns, tmp_path / "x.tar"), []
    monkeypatch.setattr("qaseed.snapshot.integrity.sha256_of", lambda path: hashed.append(path) or sha256_of(path))
    folder = qaseed.pull(pushed).snapshot.folder
    shutil.rmtree(folder)
    qaseed.pull(str(packed.path))
    with pytest.raises(SnapshotError, match="is not that of"):
        open_whole(folder, Digest(f"sha256:{'0' * 64}"))
    assert not hashed
    open_whole(folder, packed.digest)
    assert hashed


def test_sums_that_are_not_those_of_the_files_are_refused(pushed: str, store: StoreUnderTest) -> None:
    """An index may list other SHA256SUMS, which are what their digest says."""
    key = next(key for key in store.list() if key.startswith("snapshots/"))
    index = json.loads(store.read(key))
    listed = next(file for file in index["files"] if file["path"] == "SHA256SUMS")
    (sheet,) = (file["digest"] for file in index["files"] if file["path"] == "DATASHEET.md")
    sums = store.read(f"blobs/{listed['digest'].replace(':', '/')}").replace(sheet[7:].encode(), b"0" * 64)
    listed["digest"] = f"sha256:{hashlib.sha256(sums).hexdigest()}"
    store.write(f"blobs/{listed['digest'].replace(':', '/')}", sums)
    store.write(key, json.dumps(index, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    with pytest.raises(SnapshotError, match=r"DATASHEET\.md is not what SHA256SUMS says") as refused:
        qaseed.pull(pushed)
    assert str(refused.value).startswith(f"{store.url}/minimal@sha256:")


def test_tags_are_pulled_where_the_cache_cannot_remember_them(pushed: str) -> None:
    shutil.rmtree(cache_folder() / "tags")
    (cache_folder() / "tags").touch()  # for root too no folder can be made there
    assert qaseed.pull(pushed).generation == 1


KILLED_PULLS = """
import os, shutil, signal, sys
import qaseed
import qaseed.snapshot.pulling, qaseed.stores.objects
from pathlib import Path
from qaseed.disk import sha256_of
from qaseed.folders import cache_folder
from qaseed.snapshot.cache import open_whole
from qaseed.stores.store import Digest
from qaseed.snapshot.integrity import is_whole

reference, every = sys.argv[1], int(sys.argv[2])
cache = str(cache_folder())

def pull(kill_at):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    steps = 0
    def hook(event, arguments):
        nonlocal steps
        writes = event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir") or (
            event == "open" and arguments[1] and set(str(arguments[1])) & set("wax"))
        if writes and cache in str(arguments[0]):
            steps += 1
            if steps == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    try:
        folder = qaseed.pull(reference).snapshot.folder
        os._exit(0 if is_whole(folder) else 1)
    finally:
        os._exit(2)

kill_at = kills = 0
while True:
    kill_at += every
    shutil.rmtree(cache, ignore_errors=True)
    code = pull(kill_at)
    if code == 0:
        break
    assert code == -signal.SIGKILL, code
    kills += 1
    for manifest in Path(cache).glob("snapshots/[!.]*/manifest.json"):
        assert is_whole(manifest.parent), kill_at
    assert pull(0) == 0, kill_at
    assert not list(Path(cache).glob("snapshots/.*")), kill_at
print(kills)
"""


def test_a_pull_that_is_killed_at_any_step_leaves_nothing_half_done(pushed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_PULLS, pushed, "3"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 10


class Killer:
    """Kills a client as it writes an object, before the store gets it or after."""

    def __init__(self, store: Backend, path: str, *, is_before: bool) -> None:
        self.store, self.path, self.is_before = store, path, is_before
        self.client: subprocess.Popen[bytes] | None = None

    def __call__(self, asked: Asked) -> Reply:
        if asked.method != "PUT" or self.path not in asked.path or not self.client:
            return self.store(asked)
        reply = Reply(500) if self.is_before else self.store(asked)
        self.client.kill()
        self.client.wait()
        return reply


def test_a_push_that_is_killed_at_any_step_is_not_seen(moto: str, faults: FaultServer, all_columns: Snapshot) -> None:
    bucket, answer = s3_store(moto, uuid.uuid4().hex[:8]), faults.backend
    command = [sys.executable, "-m", "qaseed", "push", str(all_columns.folder), bucket.url, "--tag", "t", "--quiet"]
    for path, is_before in (("/clock", True), ("/sha256", True), ("/sha256", False), ("/snapshots", True), ("/snapshots", False),
                            ("/tags", True)):  # fmt: skip
        killer = faults.backend = Killer(answer, path, is_before=is_before)
        killer.client = subprocess.Popen(command)
        assert killer.client.wait() == -signal.SIGKILL
        faults.backend = answer
        with pytest.raises(SnapshotError, match="has no minimal:t"):
            qaseed.pull(f"{bucket.url}/minimal:t")
    assert run(*command[3:]).returncode == 0
    assert checksums(qaseed.pull(f"{bucket.url}/minimal:t").snapshot.folder) == checksums(all_columns.folder)


def test_jobs_that_pull_at_a_time_read_the_store_once(moto: str, faults: FaultServer, all_columns: Snapshot) -> None:
    bucket = s3_store(moto, uuid.uuid4().hex[:8])
    qaseed.push(all_columns, bucket.url, tag="t")
    command = [sys.executable, "-m", "qaseed", "pull", f"{bucket.url}/minimal:t", "--json"]
    jobs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    results = [json.loads(job.communicate()[0]) for job in jobs]
    assert sorted(result["source"] for result in results) == ["cache", "cache", "cache", "store"]
    assert checksums(Path(results[0]["path"])) == checksums(all_columns.folder)
    assert faults.count("GET", "/blobs/sha256/") == len(checksums(all_columns.folder))
