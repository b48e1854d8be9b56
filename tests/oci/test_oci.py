"""Snapshots in OCI registries: a registry in memory, and Debian's, where it is installed."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import qaseed
from qaseed.errors import QaseedError, SnapshotError, StoreError, UsageError
from qaseed.snapshot import Snapshot
from qaseed.stores.oci import ARTIFACT, OciStore
from qaseed.stores.store import Digest
from support.fault_server import FaultServer
from support.oci import QUICK, check_pull, index_of, push
from support.pages import ROOT
from support.registry import Registry, sha256


def test_a_snapshot_comes_back_by_tag_and_by_digest(store: OciStore, registry: Registry, folder: Path) -> None:
    index = push(store, folder)
    assert store.resolve("minimal", "nightly").digest == index.digest
    check_pull(store, index, folder)
    document = json.loads(registry.manifests["qa/minimal", registry.tags["qa/minimal", "nightly"]])
    assert document["artifactType"] == ARTIFACT
    assert [layer["annotations"]["org.opencontainers.image.title"] for layer in document["layers"]] == [
        file.path for file in index.files
    ]
    assert registry.tags["qa/minimal", f"sha256-{index.digest[7:]}"] == registry.tags["qa/minimal", "nightly"]
    assert registry.blobs[document["config"]["digest"]] == b"{}"


def test_attachments_are_kept_by_digest_and_are_no_tags(store: OciStore, registry: Registry, folder: Path) -> None:
    index = push(store, folder, "t")
    assert store.read_attachment("minimal", index.digest, "sig") is None
    for content in (b"first", b"second"):
        store.write_attachment("minimal", index.digest, "sig", content)
        store.write_attachment("minimal", index.digest, "provenance.json", b"{}")
        assert store.read_attachment("minimal", index.digest, "sig") == content
    assert store.tags("minimal") == ["t"]
    check_pull(store, index, folder)
    with pytest.raises(UsageError):
        store.write_tag("minimal", f"{index.digest.replace(':', '-')}.sig", index.digest)


def test_a_file_that_changes_meanwhile_is_not_stored(store: OciStore, registry: Registry, folder: Path) -> None:
    index = index_of(folder)
    (folder / "SHA256SUMS").write_text("SUMS\n")
    with pytest.raises(SnapshotError, match="was changed while it was read"):
        store.write_blob("minimal", index.files[0], folder / "SHA256SUMS")
    assert not registry.blobs


def test_what_is_there_is_not_uploaded_again(store: OciStore, server: FaultServer, folder: Path) -> None:
    push(store, folder)
    uploads = server.count("POST")
    push(store, folder, "weekly")
    assert (uploads, server.count("POST")) == (5, 5)


def test_a_part_of_a_blob(store: OciStore, server: FaultServer, folder: Path) -> None:
    index = push(store, folder)
    file = next(file for file in index.files if file.path.endswith(".parquet"))
    content = (folder / file.path).read_bytes()
    assert b"".join(store.read_blob("minimal", file, 1000)) == content[1000:]
    assert server.asked[-1].headers["Range"] == "bytes=1000-"
    assert b"".join(store.read_blob("minimal", file, len(content))) == b""


def test_an_upload_that_is_too_large_for_the_registry_goes_in_pieces(
    store: OciStore, registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.most_upload = 1 << 15
    monkeypatch.setattr("qaseed.stores.oci.PIECE", 1 << 15)
    check_pull(store, push(store, folder), folder)


def test_list(registry: Registry, server: FaultServer, folder: Path) -> None:
    """Each reference is one that can be pulled; images of others, and what is gone meanwhile, are left out."""
    host, registry.page = f"oci://{server.host}", 1
    for path, tag in (("/qa", "a"), ("/qa", "b"), ("/other", "c"), ("", "d")):
        index = push(OciStore(host + path, QUICK), folder, tag)
    image = json.dumps({"schemaVersion": 2, "layers": []}).encode()
    registry.manifests["qa/tool", sha256(image)] = image
    registry.tags["qa/tool", "latest"], registry.tags["qa/minimal", "gone"] = sha256(image), sha256(b"")
    size = sum(file.bytes for file in index.files)

    def listed(url: str) -> list[tuple[str, str, int | None]]:
        return [(str(found.reference), found.generation.name, found.bytes) for found in qaseed.ls(url)]

    in_qa = [(f"{host}/qa/minimal:{tag}@{index.digest}", "minimal", size) for tag in "ab"]
    others = [(f"{host}/{rest}@{index.digest}", "minimal", size) for rest in ("minimal:d", "other/minimal:c")]
    assert listed(f"{host}/qa") == in_qa
    assert listed(f"{host}/qa/minimal") == in_qa
    assert listed(host) == [*others, *in_qa]


def test_a_registry_without_a_catalog_lists_one_repository(
    store: OciStore, registry: Registry, server: FaultServer, folder: Path
) -> None:
    registry.lists_repositories = False
    index = push(store, folder)
    for url in (store.url, f"oci://{server.host}"):
        with pytest.raises(StoreError, match="give STORE/NAME"):
            qaseed.ls(url)
    references = [str(found.reference) for found in qaseed.ls(f"{store.url}/minimal")]
    assert references == [f"{store.url}/minimal:nightly@{index.digest}"]


def test_the_commit_of_any_ci_service_is_noted(
    store: OciStore, registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDKITE_COMMIT", "0123456789" * 4)
    push(store, folder)
    document = json.loads(registry.manifests["qa/minimal", registry.tags["qa/minimal", "nightly"]])
    assert document["annotations"]["org.opencontainers.image.revision"] == "0123456789" * 4


@pytest.mark.parametrize("url", ["oci://user:pass@127.0.0.1/qa", "oci:///qa", "oci://h/qa?x=1", "oci://h:x/qa"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as error:
        OciStore(url, QUICK)
    assert "pass@" not in str(error.value)


def test_names_and_tags_that_registries_do_not_have_are_refused(store: OciStore, folder: Path) -> None:
    index = push(store, folder)
    with pytest.raises(UsageError, match="name of a repository"):
        store.resolve("a..b", "t")
    with pytest.raises(UsageError, match="digests of snapshots"):
        store.write_tag("minimal", f"sha256-{index.digest[7:]}", index.digest)


def test_other_machines_are_only_asked_by_https() -> None:
    assert OciStore("oci://registry.invalid/qa", QUICK)._origin == "https://registry.invalid"
    assert OciStore("oci://docker.io/qa", QUICK)._origin == "https://registry-1.docker.io"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        json.dumps({"artifactType": ARTIFACT, "layers": []}).encode(),
        json.dumps(
            {"artifactType": ARTIFACT, "layers": [{"digest": "sha256:x", "size": 1, "annotations": {}}]}
        ).encode(),
        json.dumps({"artifactType": "image", "layers": []}).encode(),
    ],
)
def test_a_manifest_that_is_none_of_ours_is_refused(store: OciStore, registry: Registry, document: bytes) -> None:
    registry.manifests["qa/minimal", sha256(document)] = document
    registry.tags["qa/minimal", "t"] = sha256(document)
    with pytest.raises(SnapshotError, match="is no snapshot"):
        store.resolve("minimal", "t")


def test_a_digest_that_leads_to_another_snapshot_is_refused(store: OciStore, registry: Registry, folder: Path) -> None:
    index = push(store, folder)
    other = "0" * 64
    registry.tags["qa/minimal", f"sha256-{other}"] = registry.tags["qa/minimal", f"sha256-{index.digest[7:]}"]
    with pytest.raises(SnapshotError, match="another snapshot"):
        store.read_index("minimal", Digest(f"sha256:{other}"))


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host of Debian's docker-registry."""
    program = shutil.which("docker-registry")
    if not program:
        pytest.skip("needs docker-registry, a package of Debian's")
    home = tmp_path_factory.mktemp("registry")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    (home / "config.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {home}/data}}, delete: {{enabled: true}}}}\nhttp: {{addr: '{host}'}}\n"
    )
    process = subprocess.Popen(
        [program, "serve", str(home / "config.yml")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(100):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", int(host.rpartition(":")[2]))):
                break
        time.sleep(0.05)
    yield host
    process.kill()
    process.wait()


def test_a_real_registry(debian: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = OciStore(f"oci://{debian}/team/qa", QUICK)
    index = push(store, folder)
    check_pull(store, index, folder)
    assert not store.missing_blobs("minimal", index.files)
    assert [str(found.reference) for found in qaseed.ls(store.url)] == [f"{store.url}/minimal:nightly@{index.digest}"]
    file = next(file for file in index.files if file.path.endswith(".parquet"))
    assert (
        hashlib.sha256(b"".join(store.read_blob("minimal", file, 500))).digest()
        == hashlib.sha256((folder / file.path).read_bytes()[500:]).digest()
    )
    (folder / "more").write_bytes(bytes(100_000))
    store._upload_in_pieces("minimal", more := index_of(folder).files[-1], folder / "more")
    assert more.path == "more"
    assert not store.missing_blobs("minimal", [more])
    with pytest.raises(QaseedError, match="is not in the store"):
        store.resolve("minimal", "other")


def test_push_and_pull(registry: Registry, server: FaultServer, minimal: Snapshot) -> None:
    url = f"oci://{server.host}/qa"
    pushed = qaseed.push(minimal, url, tag="nightly")
    asked = len(server.asked)
    again = qaseed.push(minimal, url, tag="nightly")
    assert (pushed.generation, again.uploaded, again.reference) == (None, 0, pushed.reference)
    assert len(server.asked) - asked <= 5
    pulled = qaseed.pull(f"{url}/minimal:nightly")
    assert pulled.snapshot.manifest == minimal.manifest
    assert (pulled.reference, pulled.cached, pulled.generation) == (pushed.reference, False, None)
    assert qaseed.pull(str(pushed.reference)).cached
    moved = qaseed.push(ROOT / "artifacts" / "minimal", url, tag="nightly")
    assert qaseed.pull(f"{url}/minimal:nightly").reference == moved.reference
    registry.tags["qa/minimal", "nightly"] = registry.tags["qa/minimal", f"sha256-{pushed.reference.digest[7:]}"]
    assert qaseed.pull(f"{url}/minimal:nightly").reference == pushed.reference  # a registry has no history to compare
