"""What goes wrong between a client and a store that speaks S3: repeated, continued, or refused by its exit code.

moto's server answers behind a server that fails where a test wants it to. moto checks neither credentials nor
checksums.
"""

from __future__ import annotations

import shutil
import uuid
from datetime import timedelta

import pytest

import qaseed
from qaseed import Snapshot, SnapshotError, StoreError, UsageError
from qaseed.folders import cache_folder
from qaseed.snapshot.attachments import digest_of
from qaseed.stores.connecting import open_store
from qaseed.stores.documents import attachment_key
from support.command_line import qaseed as run
from support.fault_server import ALWAYS, Asked, Fault, FaultServer, Reply
from support.snapshot_files import checksums
from support.stores import StoreUnderTest, s3_store

BLOB, INDEX, POINTER = "/blobs/sha256/", "/snapshots/", "/tags/"


@pytest.fixture
def store(moto: str, faults: FaultServer) -> StoreUnderTest:
    return s3_store(moto, uuid.uuid4().hex[:8])


@pytest.fixture
def pushed(store: StoreUnderTest, minimal: Snapshot) -> str:
    """The reference of a snapshot in the store; the cache is empty."""
    qaseed.push(minimal, store.url, tag="t")
    shutil.rmtree(cache_folder())
    return f"{store.url}/minimal:t"


def partial_bytes() -> int:
    return sum(path.stat().st_size for path in cache_folder().rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "fault",
    [
        Fault("truncate", BLOB, times=3),
        Fault("drop", BLOB, times=3),
        Fault("flip", BLOB),
        Fault("status", BLOB, status=500, times=2),
        Fault("status", INDEX, status=503, headers={"Retry-After": "1"}, times=2),
        Fault("status", POINTER, status=429, headers={"Retry-After": "1"}, times=2),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.path}",
)
def test_what_passes_is_not_noticed(fault: Fault, pushed: str, faults: FaultServer, minimal: Snapshot) -> None:
    faults.faults = [fault]
    assert checksums(qaseed.pull(pushed).snapshot.folder) == checksums(minimal.folder)
    assert fault.times == 0


@pytest.mark.parametrize(
    "fault", [Fault("status", BLOB, status=503, method="PUT", times=2), Fault("drop", BLOB, "PUT")]
)
def test_a_push_goes_on_after_what_passes(
    fault: Fault, store: StoreUnderTest, faults: FaultServer, minimal: Snapshot
) -> None:
    faults.faults = [fault]
    qaseed.push(minimal, store.url, tag="t")
    assert fault.times == 0
    assert checksums(qaseed.pull(f"{store.url}/minimal:t").snapshot.folder) == checksums(minimal.folder)


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        (Fault("flip", BLOB, times=ALWAYS), SnapshotError, "is not what its digest says"),
        (Fault("flip", INDEX, times=ALWAYS), SnapshotError, "altered|missing"),
        (Fault("flip", POINTER + ".*json", times=ALWAYS), SnapshotError, "minimal"),
        (Fault("status", BLOB, status=500, times=ALWAYS), StoreError, "status 500"),
        (Fault("status", POINTER, status=404, times=ALWAYS), SnapshotError, "missing"),
        (Fault("status", BLOB, status=404, times=ALWAYS), SnapshotError, "missing"),
        (Fault("status", BLOB, status=403, times=ALWAYS), StoreError, "access denied"),
        (Fault("truncate", BLOB, times=ALWAYS), StoreError, "try again"),
    ],
    ids=lambda value: f"{value.kind}-{value.status}-{value.path}" if isinstance(value, Fault) else "",
)
def test_what_does_not_pass_has_its_exit_code_and_leaves_no_snapshot(
    fault: Fault, error: type[Exception], message: str, pushed: str, faults: FaultServer
) -> None:
    faults.faults = [fault]
    with pytest.raises(error, match=message):
        qaseed.pull(pushed, deadline=6 if message in ("status 500", "try again") else 30)
    assert not list((cache_folder() / "snapshots").glob("[!.]*"))


def test_tries_are_bounded_whatever_a_store_asks_to_wait(pushed: str, faults: FaultServer) -> None:
    faults.faults = [Fault("status", INDEX, status=503, headers={"Retry-After": "86400"}, times=ALWAYS)]
    faults.asked.clear()
    with pytest.raises(StoreError, match="status 503 and asks to wait 86400 seconds"):
        qaseed.pull(pushed, deadline=60)
    assert faults.count("GET", INDEX) == 1


def test_an_interrupted_pull_is_continued(pushed: str, faults: FaultServer, minimal: Snapshot) -> None:
    faults.faults = [Fault("status", BLOB, status=403, skip=8, times=ALWAYS)]
    with pytest.raises(StoreError):
        qaseed.pull(pushed)
    before = partial_bytes()
    assert before > 0
    faults.faults = []
    reported: list[int] = []
    pulled = qaseed.pull(pushed, progress=lambda _, done, __: reported.append(done))
    total = sum(path.stat().st_size for path in minimal.folder.rglob("*") if path.is_file())
    assert pulled.bytes == total - before
    assert (reported, reported[0], reported[-1]) == (sorted(reported), before, total)
    assert checksums(pulled.snapshot.folder) == checksums(minimal.folder)


def test_an_interrupted_push_is_continued(store: StoreUnderTest, faults: FaultServer, minimal: Snapshot) -> None:
    faults.faults = [Fault("status", BLOB, method="PUT", status=403, skip=5, times=ALWAYS)]
    with pytest.raises(StoreError, match="access denied"):
        qaseed.push(minimal, store.url, tag="t")
    assert not [key for key in store.list() if key.startswith(("snapshots/", "tags/"))]
    there = len([key for key in store.list() if key.startswith("blobs/sha256/")])
    faults.faults = []
    assert qaseed.push(minimal, store.url, tag="t").uploaded == len(checksums(minimal.folder)) - there


def test_a_push_of_an_unchanged_snapshot_takes_five_requests(
    store: StoreUnderTest, faults: FaultServer, minimal: Snapshot
) -> None:
    qaseed.push(minimal, store.url, tag="t")
    faults.asked.clear()
    assert qaseed.push(minimal, store.url, tag="t").uploaded == 0
    assert len(faults.asked) <= 5
    faults.asked.clear()
    qaseed.pull(f"{store.url}/minimal:t")
    qaseed.pull(f"{store.url}/minimal:t")
    assert faults.count("GET", BLOB) == len(checksums(minimal.folder))


def test_a_store_that_ignores_conditions_is_refused_for_tags(
    store: StoreUnderTest, faults: FaultServer, minimal: Snapshot
) -> None:
    answer = faults.backend

    def unconditional(asked: object) -> object:
        asked.headers.pop("If-None-Match", None)  # type: ignore[attr-defined]
        return answer(asked)  # type: ignore[arg-type]

    faults.backend = unconditional  # type: ignore[assignment]
    with pytest.raises(StoreError, match="ignores If-None-Match"):
        qaseed.push(minimal, store.url, tag="t")
    assert not [key for key in store.list() if key.startswith("tags/")]
    assert qaseed.pull(str(qaseed.push(minimal, store.url).reference)).source == "store"


def test_offline_a_cached_snapshot_is_used(pushed: str, faults: FaultServer, minimal: Snapshot) -> None:
    digest = qaseed.pull(pushed).reference.digest
    faults.faults = [Fault("status", "", method=method, status=403, times=ALWAYS) for method in ("GET", "HEAD")]
    faults.asked.clear()
    by_digest = qaseed.pull(f"{pushed.removesuffix(':t')}@{digest}")
    assert (by_digest.cached, by_digest.problem, faults.asked) == (True, None, [])
    by_tag = qaseed.pull(pushed)
    assert (by_tag.cached, by_tag.reference.digest) == (True, digest)
    assert by_tag.problem
    assert "access denied" in by_tag.problem
    done = run("show", pushed)
    assert (done.returncode, "using what the tag meant before" in done.stderr) == (0, True)
    shutil.rmtree(cache_folder())
    done = run("pull", pushed)
    assert done.returncode == 6


def test_secrets_are_never_printed(pushed: str, faults: FaultServer) -> None:
    faults.faults = [Fault("status", "", method=method, status=403, times=ALWAYS) for method in ("GET", "HEAD", "PUT")]
    done = run("pull", pushed, AWS_SECRET_ACCESS_KEY="s3cret/PW+x", AWS_SESSION_TOKEN="tok3n")
    assert done.returncode == 6
    assert not {"s3cret/PW+x", "tok3n"} & set((done.stdout + done.stderr).split("'"))
    assert "s3cret" not in done.stderr
    assert "tok3n" not in done.stderr
    assert all("s3cret" not in str(asked.headers) for asked in faults.asked)
    for url in ("s3://id:s3cret@bucket/qa", "s3://bucket/qa?X-Amz-Signature=s3cret"):
        done = run("ls", url)
        assert (done.returncode, "s3cret" in done.stderr) == (2, False), done.stderr


def test_a_wrong_clock_is_named(pushed: str, faults: FaultServer) -> None:
    answer = faults.backend

    def refuse(asked: Asked) -> Reply:
        return Reply(403, {}, b"<Error><Code>RequestTimeTooSkewed</Code></Error>")

    faults.backend = lambda asked: refuse(asked) if "/blobs/sha256/" in asked.path else answer(asked)
    with pytest.raises(StoreError, match="set this machine's clock"):
        qaseed.pull(pushed)


def test_plain_http_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.example.com")
    with pytest.raises((StoreError, UsageError), match="not encrypted"):
        qaseed.ls("s3://qa-bucket/qa")


def test_who_may_read_and_not_list_pulls_too(pushed: str, store: StoreUnderTest, faults: FaultServer) -> None:
    pointer = store.read("tags/minimal/t/00000001.json")
    for number in range(2, 8):
        store.write(
            f"tags/minimal/t/{number:08d}.json", pointer.replace(b'"generation":1', b'"generation":%d' % number)
        )
    bucket = store.url.removeprefix("s3://").removesuffix("/qa")
    faults.faults = [Fault("status", f"^/{bucket}/?$", status=403, times=ALWAYS)]
    assert qaseed.pull(pushed).generation == 7
    assert faults.faults[0].times < ALWAYS


def test_what_is_denied_is_absent_where_nothing_is_listed(
    pushed: str, store: StoreUnderTest, faults: FaultServer, minimal: Snapshot
) -> None:
    """But where the store lists it, it is not taken for absent: a push would replace the signatures of others."""
    opened, digest = open_store(store.url), digest_of(minimal)
    bucket = store.url.removeprefix("s3://").removesuffix("/qa")
    denied = Fault("status", "/attachments/.*sig$", status=403, times=ALWAYS)
    faults.faults = [denied, Fault("status", f"^/{bucket}/?$", status=403, times=ALWAYS)]
    assert opened.read_attachment("minimal", digest, "sig") is None
    store.write(attachment_key("minimal", digest, "sig"), b"of another key")
    faults.faults = [denied]
    with pytest.raises(StoreError, match="access denied"):
        opened.read_attachment("minimal", digest, "sig")


def test_a_store_that_has_every_object_is_none(pushed: str, faults: FaultServer) -> None:
    faults.backend = lambda asked: Reply(403 if "list-type" in asked.target else 200)
    with pytest.raises(StoreError, match="is no store"):
        qaseed.pull(pushed, deadline=30)


def test_prune_reads_each_index_once(
    store: StoreUnderTest, faults: FaultServer, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    qaseed.push(minimal, store.url, tag="t")
    for number in range(3):
        store.write(f"blobs/sha256/{number:064x}", b"unused")
    store.age(timedelta(days=3))
    monkeypatch.setattr("qaseed.stores.transfer.BATCH", 1)
    faults.asked.clear()
    assert qaseed.prune(store.url, 1).blobs == 3
    assert faults.count("GET", INDEX) == 1
