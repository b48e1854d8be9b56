"""What goes wrong between a store and a pull, for each protocol: what passes is survived, what lasts is refused whole."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import qaseed
from qaseed.errors import SnapshotError, StoreError, UsageError
from qaseed.snapshot import Snapshot
from qaseed.snapshot.attachments import digest_of
from qaseed.stores.connecting import open_store
from qaseed.stores.http import Client
from qaseed.stores.retrying import Timing, TransientError
from qaseed.stores.store import Digest, StoredFile
from support.command_line import qaseed as run
from support.fault_server import ALWAYS, Asked, Backend, Fault, FaultServer, Reply, files, serving, upstream
from support.registry import Registry, docker_config
from support.stores import moto_server, s3_environment, s3_store


@dataclass
class Protocol:
    """A snapshot in a store behind a server with faults, and where its blobs are."""

    server: FaultServer
    url: str
    blobs: str


@dataclass
class Stored:
    """The snapshot in a store of each protocol: what answers requests, and the URL for a host."""

    backend: Backend
    url: str
    blobs: str


@pytest.fixture(scope="session")
def stored(minimal: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stored]]:
    """The snapshot `minimal`, pushed once for each protocol."""
    folder, registry = tmp_path_factory.mktemp("store"), Registry()
    with moto_server() as moto, serving(registry) as server:
        with pytest.MonkeyPatch.context() as patch:  # undone before other tests run
            patch.setenv("DOCKER_CONFIG", str(folder / "docker"))
            patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
            for name, value in s3_environment(moto).items():
                patch.setenv(name, value)
            bucket = s3_store(moto, "faults").url
            qaseed.push(minimal, folder / "store", tag="nightly")
            qaseed.push(minimal, bucket, tag="nightly")
            qaseed.push(minimal, f"oci://{server.host}/qa", tag="nightly")
        yield {
            "http": Stored(files(folder / "store"), "http://{host}", "/blobs/"),
            "s3": Stored(upstream(moto), bucket, "/blobs/sha256/"),
            "oci": Stored(registry, "oci://{host}/qa", "/blobs/"),
        }


@pytest.fixture(params=["http", "s3", "oci"])
def protocol(
    request: pytest.FixtureRequest, stored: dict[str, Stored], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Protocol]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    of = stored[request.param]
    with serving(of.backend) as server:
        for name, value in s3_environment(server.url).items():
            monkeypatch.setenv(name, value)
        yield Protocol(server, of.url.format(host=server.host), of.blobs)


PASSING = {
    "truncated": Fault("truncate"),
    "dropped": Fault("drop"),
    "500": Fault("status"),
    "503 with Retry-After": Fault("status", times=2, status=503, headers={"Retry-After": "0"}),
    "429": Fault("status", status=429, headers={"Retry-After": "0"}),
    "flipped": Fault("flip"),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_survived(protocol: Protocol, minimal: Snapshot, name: str) -> None:
    protocol.server.faults = [replace(PASSING[name], path=protocol.blobs)]
    reported: list[tuple[int, int]] = []
    pulled = qaseed.pull(
        f"{protocol.url}/minimal:nightly", progress=lambda _, done, total: reported.append((done, total))
    )
    assert pulled.snapshot.manifest == minimal.manifest
    total = reported[0][1]
    assert (max(reported), reported[-1]) == ((total, total), (total, total))
    assert protocol.server.faults[0].times == 0


LASTING = {
    "truncated": Fault("truncate"),
    "flipped": Fault("flip"),
    "500": Fault("status"),
    "missing": Fault("status", status=404),
    "expired credentials": Fault("status", status=403, skip=2),
}


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_refused_and_leaves_no_snapshot(protocol: Protocol, tmp_path: Path, name: str) -> None:
    protocol.server.faults = [replace(LASTING[name], path=protocol.blobs, times=ALWAYS)]
    with pytest.raises((StoreError, SnapshotError)) as error:
        qaseed.pull(f"{protocol.url}/minimal:nightly", deadline=1 if name in ("truncated", "500") else 30)
    assert not list((tmp_path / "cache" / "qaseed" / "snapshots").glob("[!.]*/manifest.json"))
    assert error.value.exit_code == (3 if name in ("flipped", "missing") else 6)


def test_a_redirect_to_another_host_carries_no_credentials(
    protocol: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "auth.json").write_text(docker_config(protocol.server.host))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    if isinstance(protocol.server.backend, Registry):
        monkeypatch.setattr(protocol.server.backend, "basic", True)
    with serving(files(tmp_path / "empty")) as elsewhere:
        location = f"{elsewhere.url.replace('127.0.0.1', 'localhost')}/x"
        protocol.server.faults = [
            Fault("redirect", protocol.blobs, times=ALWAYS, status=307, headers={"Location": location})
        ]
        with pytest.raises(SnapshotError, match=r"not in the store|missing"):
            qaseed.pull(f"{protocol.url}/minimal:nightly", deadline=30)
        assert elsewhere.asked
        assert not [asked for asked in elsewhere.asked if "authorization" in map(str.lower, asked.headers)]
    assert any("authorization" in map(str.lower, asked.headers) for asked in protocol.server.asked)


def test_what_a_proxy_compresses_is_refused(protocol: Protocol) -> None:
    answer = protocol.server.backend

    def compressed(asked: Asked) -> Reply:
        reply = answer(asked)
        body = gzip.compress(reply.body)
        return Reply(reply.status, reply.headers | {"Content-Encoding": "gzip", "Content-Length": str(len(body))}, body)

    protocol.server.backend = compressed
    with pytest.raises(StoreError, match="is sent as gzip"):
        qaseed.pull(f"{protocol.url}/minimal:nightly", deadline=30)


def test_a_store_that_stalls_is_not_asked_again_after_the_deadline(protocol: Protocol) -> None:
    protocol.server.faults = [Fault("stall", protocol.blobs, times=ALWAYS)]
    with pytest.raises(StoreError, match="try again later"):
        qaseed.pull(f"{protocol.url}/minimal:nightly", deadline=1)
    assert protocol.server.count("GET", protocol.blobs) <= 16


def test_the_deadline_ends_what_still_sends_bytes(protocol: Protocol, minimal: Snapshot) -> None:
    protocol.server.faults = [Fault("throttle", protocol.blobs, times=ALWAYS)]
    with pytest.raises(StoreError, match="try again later"):
        qaseed.pull(f"{protocol.url}/minimal:nightly", deadline=4)
    size = sum(path.stat().st_size for path in minimal.folder.rglob("*") if path.is_file())
    assert 0 < protocol.server.sent < size / 2


def test_no_request_begins_after_the_deadline(protocol: Protocol, minimal: Snapshot) -> None:
    store = open_store(protocol.url, replace(Timing.until(), last=time.monotonic()))
    for ask in (lambda: store.read_index("minimal", digest_of(minimal)), lambda: store.resolve("minimal", "nightly")):
        with pytest.raises(StoreError, match="the deadline is over"):
            ask()
    assert not [asked for asked in protocol.server.asked if "list-type" not in asked.target]


def test_what_failed_is_named_when_the_deadline_ends_a_later_try() -> None:
    url = "https://store.example/blobs/1"
    timing = replace(Timing.until(5), first_delay=0, last=time.monotonic() + 0.05)
    asked: list[float] = []

    def ask() -> None:
        timing.check(url)
        asked.append(time.monotonic())
        time.sleep(0.1)
        raise TransientError("answers with status 500")

    with pytest.raises(StoreError, match=f"^{url}: answers with status 500; the deadline is over, try again later$"):
        Client(url, timing).retrying(url, 0, ask)
    assert len(asked) == 1


@pytest.mark.parametrize("protocol", ["s3", "oci"], indirect=True)
def test_the_deadline_ends_what_still_takes_bytes(protocol: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    path.write_bytes(bytes(1 << 24))
    digest = Digest(f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}")
    protocol.server.faults = [Fault("slow", method="PUT", times=ALWAYS)]
    store = open_store(protocol.url, Timing.until(1))
    with pytest.raises(StoreError, match="try again later"):
        store.write_blob("minimal", StoredFile("zeros", digest, 1 << 24), path)
    assert not [asked for asked in protocol.server.asked if asked.method == "PUT" and len(asked.body) == 1 << 24]


def test_a_pull_that_was_killed_is_continued(protocol: Protocol, minimal: Snapshot, tmp_path: Path) -> None:
    protocol.server.faults = [Fault("stall", protocol.blobs, times=ALWAYS, skip=8)]
    reference = f"{protocol.url}/minimal:nightly"
    process = subprocess.Popen(
        [sys.executable, "-m", "qaseed", "pull", reference], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while sum(fault.skip for fault in protocol.server.faults):
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not list((tmp_path / "cache" / "qaseed" / "snapshots").glob("[!.]*/manifest.json"))
    protocol.server.faults.clear()
    asked = protocol.server.count("GET", protocol.blobs)
    pulled = qaseed.pull(reference)
    assert pulled.snapshot.manifest == minimal.manifest
    assert protocol.server.count("GET", protocol.blobs) - asked < len(list(minimal.folder.rglob("*.*")))


def test_a_push_to_a_registry_that_was_killed_is_continued(
    minimal: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with serving(registry := Registry()) as server:
        server.faults = [Fault("stall", "uploads", "PUT", times=ALWAYS, skip=5)]
        url = f"oci://{server.host}/qa"
        process = subprocess.Popen(
            [sys.executable, "-m", "qaseed", "push", str(minimal.folder), url, "--tag", "t"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while server.faults[0].skip:
            assert process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        server.faults.clear()
        assert not registry.tags
        uploads = server.count("POST", "uploads")
        pushed = qaseed.push(minimal, url, tag="t")
        assert server.count("POST", "uploads") - uploads < len(registry.blobs)
        assert qaseed.pull(str(pushed.reference)).snapshot.manifest == minimal.manifest


def test_a_web_server_is_read_and_nothing_else(minimal: Snapshot, tmp_path: Path) -> None:
    store = tmp_path / "store"
    digests = [str(qaseed.push(minimal, store, tag="nightly").reference.digest)]
    first = store / "tags" / "minimal" / "nightly" / "00000001.json"
    for number in range(2, 12):
        text = first.read_text().replace('"generation":1', f'"generation":{number}')
        first.with_name(f"{number:08d}.json").write_text(text)
    with serving(files(store)) as server:
        pulled = qaseed.pull(f"{server.url}/minimal:nightly")
        assert (pulled.generation, str(pulled.reference.digest)) == (11, digests[0])
        assert server.count("HEAD") <= 8
        asked = len(server.asked)
        assert qaseed.pull(f"{server.url}/minimal@{digests[0]}").cached
        assert len(server.asked) == asked
        with pytest.raises(UsageError, match="is only read"):
            qaseed.push(minimal, server.url)
        with pytest.raises(SnapshotError, match="is not in the store"):
            qaseed.pull(f"{server.url}/minimal:other")
        server.faults = [Fault("status", "tags", "HEAD", times=ALWAYS, status=405)]
        assert qaseed.pull(f"{server.url}/minimal:nightly").generation == 11
        (store / "tags" / "minimal" / "nightly" / "00000011.json").unlink()
        with pytest.raises(SnapshotError, match="rolled back"):
            qaseed.pull(f"{server.url}/minimal:nightly")


def test_a_pull_says_whether_it_needed_the_network(protocol: Protocol) -> None:
    by_tag = f"{protocol.url}/minimal:nightly"
    digest = qaseed.pull(by_tag).reference.digest
    protocol.server.asked.clear()
    done = run("pull", by_tag)
    assert ("from the cache" in done.stderr, "needs no network" in done.stderr) == (True, False), done.stderr
    assert protocol.server.asked
    protocol.server.asked.clear()
    done = run("pull", f"{protocol.url}/minimal@{digest}")
    assert "from the cache, which needs no network" in done.stderr
    assert not protocol.server.asked


def test_a_server_that_has_every_file_is_no_store() -> None:
    with serving(lambda _: Reply(200, {}, b"<html>")) as server:
        with pytest.raises(StoreError, match="is no store"):
            qaseed.pull(f"{server.url}/minimal:nightly")
        assert len(server.asked) <= 30


def test_other_machines_are_only_asked_by_https() -> None:
    with pytest.raises(StoreError, match="not encrypted"):
        qaseed.pull("http://store.invalid/qa/minimal:nightly")
