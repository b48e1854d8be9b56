"""Snapshots in OCI registries: a registry in memory behind a server with faults, and Debian's, where it is installed."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import qaseed
from qaseed.errors import QaseedError, SnapshotError, StoreError, UsageError
from qaseed.snapshot import Snapshot
from qaseed.stores.oci import ARTIFACT, OciStore
from qaseed.stores.oci_credentials import find_credentials
from qaseed.stores.retrying import Timing
from qaseed.stores.store import Digest, Index, StoredFile
from support.fault_server import ALWAYS, Asked, Fault, FaultServer, Reply, serving
from support.pages import ROOT
from support.registry import SECRET, USER, Registry, basic_header, docker_config, sha256

QUICK = Timing(deadline=3, stall=0.5, tries=3, first_delay=0.01)


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


def test_list(store: OciStore, registry: Registry, server: FaultServer, folder: Path) -> None:
    registry.page = 1
    index = push(store, folder, "a")
    push(store, folder, "b")
    push(OciStore(f"oci://{server.host}/other", QUICK), folder, "c")
    assert [(found.name, found.tag, found.digest) for found in store.list_generations()] == [
        ("minimal", tag, index.digest) for tag in "ab"
    ]
    assert len(OciStore(f"oci://{server.host}", QUICK).list_generations()) == 3


def test_a_registry_without_a_catalog_lists_one_repository(
    store: OciStore, registry: Registry, server: FaultServer, folder: Path
) -> None:
    registry.lists_repositories = False
    push(store, folder)
    with pytest.raises(StoreError, match="give STORE/NAME"):
        store.list_generations()
    assert [found.tag for found in OciStore(f"oci://{server.host}/qa/minimal", QUICK).list_generations()] == ["nightly"]


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


PASSING = {
    "truncated": Fault("truncate", "blobs"),
    "stalled": Fault("stall", "blobs"),
    "dropped": Fault("drop", "blobs"),
    "500": Fault("status", "blobs"),
    "503 with Retry-After": Fault("status", "blobs", times=2, status=503, headers={"Retry-After": "0"}),
    "429": Fault("status", "blobs", status=429),
    "403 of a limit": Fault("status", "blobs", status=403, headers={"Retry-After": "0"}),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes(store: OciStore, server: FaultServer, folder: Path, name: str) -> None:
    index = push(store, folder)
    fault = PASSING[name]
    server.faults = [Fault(fault.kind, fault.path, times=fault.times, status=fault.status, headers=fault.headers)]
    check_pull(store, index, folder)
    assert server.faults[0].times == 0


LASTING = {
    "500": (Fault("status", "blobs", times=ALWAYS), StoreError, "answers with status 500, 3 times"),
    "503 for an hour": (
        Fault("status", "blobs", times=ALWAYS, status=503, headers={"Retry-After": "3600"}),
        StoreError,
        "asks to wait 3600 seconds",
    ),
    "404": (Fault("status", "blobs", times=ALWAYS, status=404), SnapshotError, "is not in the store"),
    "dropped": (Fault("drop", "blobs", times=ALWAYS), StoreError, "the connection failed"),
    "stalled at once": (Fault("status", "blobs", times=ALWAYS, status=504), StoreError, "504"),
    "403": (Fault("status", "blobs", times=ALWAYS, status=403), StoreError, "access is refused"),
    "redirected for ever": (
        Fault("redirect", "blobs", times=ALWAYS, status=307, headers={"Location": "?again"}),
        StoreError,
        "redirects",
    ),
    "redirected in the clear": (
        Fault("redirect", "blobs", status=307, headers={"Location": "http://store.invalid/x?key=s3cret"}),
        StoreError,
        "not encrypted",
    ),
    "endless": (Fault("endless", "blobs", times=ALWAYS), StoreError, "more than"),
    "flipped manifest": (Fault("flip", "manifests", times=ALWAYS), StoreError, "altered"),
    "endless manifest": (Fault("endless", "manifests", times=ALWAYS), StoreError, "more than"),
}


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_lasts(store: OciStore, server: FaultServer, folder: Path, name: str) -> None:
    index = push(store, folder)
    fault, kind, message = LASTING[name]
    server.faults = [Fault(fault.kind, fault.path, times=fault.times, status=fault.status, headers=fault.headers)]
    with pytest.raises(kind, match=message) as error:
        check_pull(store, index, folder)
    assert "s3cret" not in str(error.value)


def test_a_server_that_is_too_slow_is_given_up(server: FaultServer, folder: Path) -> None:
    store = OciStore(
        f"oci://{server.host}/qa", Timing(deadline=0.5, stall=0.3, tries=3, first_delay=0.01, slowest=1 << 30)
    )
    index = push(store, folder)
    server.faults = [Fault("throttle", "blobs", times=ALWAYS)]
    with pytest.raises(StoreError, match="too slow"):
        check_pull(store, index, folder)


def test_an_upload_that_breaks_is_begun_again(store: OciStore, server: FaultServer, folder: Path) -> None:
    server.faults = [
        Fault("drop", "uploads", "PUT"),
        Fault("status", "uploads", "POST", status=502),
        Fault("drop", "manifests", "PUT"),
    ]
    check_pull(store, push(store, folder), folder)
    assert [fault.times for fault in server.faults] == [0, 0, 0]


def login(server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_text(docker_config(server.host))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(path))


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
        assert store.list_generations()
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
    assert [(found.name, found.tag) for found in store.list_generations()] == [("minimal", "nightly")]
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


def test_without_its_registry_a_tag_means_what_it_meant(registry: Registry, minimal: Snapshot) -> None:
    with serving(registry) as server:
        url = f"oci://{server.host}/qa"
        pushed = qaseed.push(minimal, url, tag="nightly")
        qaseed.pull(f"{url}/minimal:nightly")
    pulled = qaseed.pull(f"{url}/minimal:nightly", deadline=0.1)
    assert (pulled.reference, pulled.source) == (pushed.reference, "cache")
    assert "the connection failed" in str(pulled.problem)


@pytest.mark.parametrize("where", ["flip", "at rest"])
def test_a_flipped_bit_is_refused_and_leaves_nothing(
    registry: Registry, server: FaultServer, minimal: Snapshot, tmp_path: Path, where: str
) -> None:
    url = f"oci://{server.host}/qa"
    reference = str(qaseed.push(minimal, url).reference)
    if where == "flip":
        server.faults = [Fault("flip", "blobs", times=ALWAYS)]
    else:
        digest = f"sha256:{minimal.manifest.tables['client'].files[0].sha256}"
        registry.blobs[digest] = registry.blobs[digest][:-1] + bytes([registry.blobs[digest][-1] ^ 1])
    with pytest.raises(SnapshotError, match="is not what its digest says"):
        qaseed.pull(reference)
    assert not list((tmp_path / "cache").rglob("manifest.json"))
    server.faults.clear()
    if where == "flip":
        assert qaseed.pull(reference).snapshot.manifest == minimal.manifest
