"""What goes wrong between a client and a registry."""

from __future__ import annotations

from pathlib import Path

import pytest

import qaseed
from qaseed.errors import SnapshotError, StoreError
from qaseed.snapshot import Snapshot
from qaseed.stores.http import Client, Request
from qaseed.stores.oci import OciStore
from qaseed.stores.retrying import Timing
from support.fault_server import ALWAYS, Fault, FaultServer, Reply, serving
from support.oci import check_pull, push
from support.registry import Registry

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


def test_without_its_registry_a_tag_means_what_it_meant(registry: Registry, minimal: Snapshot) -> None:
    with serving(registry) as server:
        url = f"oci://{server.host}/qa"
        pushed = qaseed.push(minimal, url, tag="nightly")
        qaseed.pull(f"{url}/minimal:nightly")
    pulled = qaseed.pull(f"{url}/minimal:nightly", deadline=0.1)
    assert (pulled.reference, pulled.source) == (pushed.reference, "cache")
    assert "the connection is refused" in str(pulled.problem)


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


def test_a_store_that_keeps_nothing_is_given_up(server: FaultServer, minimal: Snapshot) -> None:
    server.faults = [
        Fault("status", kind, method, times=ALWAYS, status=404)
        for kind, method in (("blobs", "HEAD"), ("manifests", "GET"))
    ]
    with pytest.raises(StoreError, match="does not have it afterwards"):
        qaseed.push(minimal, f"oci://{server.host}/qa")


def test_the_query_of_a_slow_answer_is_not_printed(server: FaultServer) -> None:
    server.backend, server.faults = lambda _: Reply(200, {}, bytes(1000)), [Fault("throttle", times=ALWAYS)]
    client = Client(server.url, Timing(deadline=0.1))
    with pytest.raises(StoreError, match="/up: is too slow") as error:
        client.ask_once(Request("GET", f"{server.url}/up?_state=s3cret"))
    assert "s3cret" not in str(error.value)
