"""Packed snapshots: one deterministic tar, unpacked by qaseed and by coreutils, and refused where it is anything else."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import qaseed
from qaseed.errors import SnapshotError, StoreError, UsageError
from qaseed.snapshot import Snapshot
from support.command_line import qaseed as run
from support.fault_server import ALWAYS, Asked, Fault, FaultServer, Reply, files, serving


@pytest.fixture(scope="session")
def packed(minimal: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The snapshot `minimal`, packed; tests that change it make a copy."""
    return qaseed.pack(minimal, tmp_path_factory.mktemp("packed") / "minimal.tar").path


@pytest.fixture
def server(packed: Path) -> Iterator[FaultServer]:
    with serving(files(packed.parent)) as running:
        yield running


def leftovers(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_equal_snapshots_are_equal_files(minimal: Snapshot, packed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other-name"
    for path in sorted(minimal.folder.rglob("*"), reverse=True):
        if path.is_file():
            (copy / path.relative_to(minimal.folder)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy / path.relative_to(minimal.folder))
            (copy / path.relative_to(minimal.folder)).chmod(0o600)
    again = qaseed.pack(copy, tmp_path / "again.tar")
    assert again.path.read_bytes() == packed.read_bytes()
    assert again.bytes == packed.stat().st_size
    with tarfile.open(packed) as tar:
        members = tar.getmembers()
    assert {(member.mode, member.uid, member.gid, member.mtime, member.type) for member in members} == {
        (0o644, 0, 0, 0, tarfile.REGTYPE)
    }
    assert [member.name for member in members][:2] == ["minimal/SHA256SUMS", "minimal/manifest.json"]


def test_tar_and_sha256sum_unpack_and_check_it(packed: Path, minimal: Snapshot, tmp_path: Path) -> None:
    subprocess.run(["tar", "xf", packed], cwd=tmp_path, check=True)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path / "minimal", check=True)
    assert qaseed.open_snapshot(tmp_path / "minimal").manifest == minimal.manifest


def test_pull_unpacks_it_into_the_cache(packed: Path, minimal: Snapshot, tmp_path: Path) -> None:
    pulled = qaseed.pull(str(packed))
    assert pulled.snapshot.manifest == minimal.manifest
    assert (pulled.cached, pulled.source, pulled.bytes) == (False, "store", packed.stat().st_size)
    assert qaseed.pull(str(packed)).cached
    packed_again = qaseed.pack(str(packed), tmp_path / "again.tar")
    assert packed_again.path.read_bytes() == packed.read_bytes()
    assert qaseed.open_snapshot(packed_again.to_json()["ref"]).manifest == minimal.manifest


def test_the_commands(packed: Path, minimal: Snapshot, tmp_path: Path) -> None:
    result = run("pack", str(minimal.folder), "x.tar", "--json")
    document = json.loads(result.stdout)
    assert (document["path"], document["bytes"]) == ("x.tar", packed.stat().st_size)
    assert (tmp_path / "x.tar").read_bytes() == packed.read_bytes()
    pulled = json.loads(run("pull", "x.tar", "--json", "--out", "here").stdout)
    assert (pulled["digest"], pulled["ref"]) == (document["digest"], f"./{document['ref']}")
    assert json.loads(run("show", "x.tar", "--json").stdout)["rows"] == minimal.manifest.rows


def test_pull_over_http(server: FaultServer, packed: Path, minimal: Snapshot) -> None:
    url = f"{server.url}/minimal.tar"
    server.faults = [Fault("truncate"), Fault("status", status=503, headers={"Retry-After": "0"}), Fault("drop")]
    pulled = qaseed.pull(url)
    assert pulled.snapshot.manifest == minimal.manifest
    assert server.asked[-1].headers["Range"] == f"bytes={packed.stat().st_size // 2}-"
    sent = server.sent
    assert qaseed.pull(f"{url}@{pulled.reference.digest}").cached
    assert server.sent == sent
    assert qaseed.pull(url).cached


def test_the_query_of_a_url_is_sent_and_never_printed_or_kept(
    server: FaultServer, packed: Path, minimal: Snapshot, tmp_path: Path
) -> None:
    url = f"{server.url}/minimal.tar?private_token=s3cret&path=a/b:c"
    done = run("pull", url, "--json")
    assert (done.returncode, server.asked[-1].target) == (0, "/minimal.tar?private_token=s3cret&path=a/b:c")
    document = json.loads(done.stdout)
    assert document["ref"] == f"{server.url}/minimal.tar@{document['digest']}"
    outputs = [
        done.stdout + done.stderr,
        *(run("show", f"{url}{more}").stdout for more in ("", f"@{document['digest']}")),
    ]
    outputs.append(run("pull", url.replace(".tar", ":t")).stderr)
    assert "only the URL of a packed file" in outputs[-1]
    server.faults = [Fault("status", times=ALWAYS, status=404)]
    done = run("pull", url)
    assert (done.returncode, "is not in the store" in done.stderr) == (3, True)
    outputs += [done.stderr, *map(str, tmp_path.rglob("*"))]
    assert "s3cret" not in "".join(outputs)


def test_a_web_server_that_says_no_size(packed: Path, minimal: Snapshot) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, {"Content-Length": "", "Connection": "close"}, packed.read_bytes())

    with serving(answer) as server:
        assert qaseed.pull(f"{server.url}/x.tar").snapshot.manifest == minimal.manifest


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (Fault("status", times=ALWAYS, status=404), SnapshotError, "is not in the store"),
        (Fault("status", times=ALWAYS, status=401), StoreError, "access is refused"),
        (
            Fault("redirect", times=ALWAYS, status=302, headers={"Location": "http://elsewhere.invalid/?key=s3cret"}),
            StoreError,
            "not encrypted",
        ),
        (Fault("flip", times=ALWAYS), SnapshotError, "get a fresh copy"),
        (Fault("endless", times=ALWAYS), SnapshotError, "get a fresh copy"),
        (Fault("drop", times=ALWAYS), StoreError, "connection"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_faults_over_http(
    server: FaultServer, tmp_path: Path, fault: Fault, kind: type[Exception], message: str
) -> None:
    server.faults = [Fault(fault.kind, times=fault.times, status=fault.status, headers=fault.headers)]
    with pytest.raises(kind, match=message) as error:
        qaseed.pull(f"{server.url}/minimal.tar", deadline=1 if kind is StoreError else 30)
    assert "s3cret" not in str(error.value)
    assert not leftovers(tmp_path)


def test_credentials_of_netrc_stay_with_their_host(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(files(packed.parent)) as elsewhere:

        def answer(asked: Asked) -> Reply:
            return Reply(302, {"Location": f"{elsewhere.url}/minimal.tar"})

        with serving(answer) as first:
            qaseed.pull(f"{first.url}/x.tar")
            assert first.asked[0].headers["Authorization"].startswith("Basic ")
        assert "Authorization" not in elsewhere.asked[0].headers


def test_the_digest_is_that_of_the_snapshot(packed: Path) -> None:
    with pytest.raises(SnapshotError, match="is another snapshot"):
        qaseed.pull(f"{packed}@sha256:{'0' * 64}")


def member(name: str, content: bytes = b"", **settings: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    for key, value in settings.items():
        setattr(info, key, value)
    return info, content


def members_of(packed: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(packed) as tar:
        return [(info, tar.extractfile(info).read()) for info in tar.getmembers()]  # type: ignore[union-attr]


Members = list[tuple[tarfile.TarInfo, bytes]]
TRICKS: dict[str, Callable[[Members], Members]] = {
    "a link": lambda all_: [
        *all_[:2],
        member("minimal/data/x", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        *all_[2:],
    ],
    "a link in place of a file": lambda all_: [
        *all_[:2],
        member(all_[2][0].name, type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        *all_[3:],
    ],
    "a hard link": lambda all_: [
        *all_[:2],
        member(all_[2][0].name, type=tarfile.LNKTYPE, linkname="minimal/manifest.json"),
        *all_[3:],
    ],
    "a device": lambda all_: [*all_, member("minimal/data/x", type=tarfile.CHRTYPE)],
    "a FIFO": lambda all_: [member("minimal/SHA256SUMS", type=tarfile.FIFOTYPE), *all_],
    "an absolute path": lambda all_: [*all_, member("/tmp/x", b"x")],
    "a path that leaves": lambda all_: [*all_, member("minimal/../../x", b"x")],
    "a name that leaves": lambda all_: [member("../SHA256SUMS", all_[0][1]), *all_[1:]],
    "another name": lambda all_: [member(f"other/{info.name.partition('/')[2]}", content) for info, content in all_],
    "a file twice": lambda all_: [*all_, all_[-1]],
    "a file too many": lambda all_: [*all_, member("minimal/x", b"x")],
    "a file too few": lambda all_: all_[:-1],
    "another order": lambda all_: [*all_[:2], *reversed(all_[2:])],
    "another content": lambda all_: [*all_[:2], (all_[2][0], bytes(all_[2][0].size)), *all_[3:]],
    "another path by pax": lambda all_: [
        *all_[:2],
        member(all_[2][0].name, all_[2][1], pax_headers={"path": "../x"}),
        *all_[3:],
    ],
    "a sparse file": lambda all_: [
        *all_[:2],
        member(all_[2][0].name, all_[2][1], pax_headers={"GNU.sparse.size": str(1 << 40)}),
        *all_[3:],
    ],
    "an owner": lambda all_: [member("minimal/SHA256SUMS", all_[0][1], uid=1000), *all_[1:]],
    "a program": lambda all_: [*all_[:-1], member(all_[-1][0].name, all_[-1][1], mode=0o4755)],
    "a folder": lambda all_: [*all_, member("minimal/data", type=tarfile.DIRTYPE)],
    "a path too long": lambda all_: [
        member("minimal/SHA256SUMS", all_[0][1] + f"{'0' * 64}  {'x' * 120}\n".encode()),
        *all_[1:],
    ],
    "nothing": lambda all_: [],
}


@pytest.mark.parametrize("name", TRICKS)
def test_tricks_of_tar_are_refused(packed: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in TRICKS[name](members_of(packed)):
            tar.addfile(info, io.BytesIO(content))
    with pytest.raises(SnapshotError, match="get a fresh copy"):
        qaseed.pull(str(path))
    assert not leftovers(tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} <= {"x.tar", "cache"}


def test_what_the_tricks_begin_with_is_accepted(packed: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for info, content in members_of(packed):
            tar.addfile(info, io.BytesIO(content))
    assert path.read_bytes() == packed.read_bytes()


def size_at(content: bytes, path: str) -> int:
    """Where the header of a file has its size."""
    return content.index(f"minimal/{path}".encode().ljust(100, b"\0")) + 124


@pytest.mark.parametrize("path", ["SHA256SUMS", "manifest.json", "data/client/part-00000.parquet", "DATASHEET.md"])
@pytest.mark.parametrize("size", [0, 1, 8**11 - 1])
def test_sizes_that_lie_are_refused(packed: Path, tmp_path: Path, path: str, size: int) -> None:
    content = bytearray(packed.read_bytes())
    start = size_at(content, path) - 124
    info = tarfile.TarInfo(f"minimal/{path}")
    info.size, info.mode = size, 0o644
    content[start : start + 512] = info.tobuf(tarfile.USTAR_FORMAT)
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(SnapshotError, match="get a fresh copy"):
        qaseed.pull(str(tmp_path / "x.tar"))
    assert not leftovers(tmp_path)


def test_every_truncation_and_flip_is_refused(packed: Path, tmp_path: Path) -> None:
    content, path = packed.read_bytes(), tmp_path / "x.tar"
    step, refused = len(content) // 12, f"^{re.escape(str(path))}: .*get a fresh copy"
    in_manifest = content.index(b'"values"')
    for position in [*range(0, len(content), step), in_manifest, len(content) - 1]:
        for wrong in (
            content[:position],
            content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :],
        ):
            path.write_bytes(wrong)
            with pytest.raises(SnapshotError, match=refused):
                qaseed.pull(str(path))
    for wrong in (content + b"\0", content + bytes(10240), content[:-512]):
        path.write_bytes(wrong)
        with pytest.raises(SnapshotError, match=refused):
            qaseed.pull(str(path))
    assert not leftovers(tmp_path)


def test_what_cannot_be_read_or_written_is_named(minimal: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"no\.tar: cannot be read"):
        qaseed.pull("no.tar")
    with pytest.raises(UsageError, match=r"ends in \.tar"):
        qaseed.pack(minimal, "x.zip")
    with pytest.raises(UsageError, match="cannot be written"):
        qaseed.pack(minimal, "missing/x.tar")
    assert not list(tmp_path.iterdir())


def test_a_snapshot_that_changes_meanwhile_is_not_packed(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = qaseed.open_snapshot(copied)
    path = next(copied.glob("data/client/*.parquet"))
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(SnapshotError, match="was changed"):
        qaseed.pack(snapshot, "x.tar")
    assert not list(tmp_path.glob("*.tar*"))
    assert not list(tmp_path.glob(".x*"))
