"""Signatures and provenance: they travel with a snapshot, are no part of it, and count only as they were signed."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import qaseed
from qaseed.errors import SnapshotError, StoreError
from qaseed.folders import cache_folder
from qaseed.snapshot import remove
from qaseed.snapshot.attachments import (
    PROVENANCE,
    PROVENANCE_SIGNATURE,
    SIGNATURE,
    attachment_path,
    digest_of,
    read_attachments,
    require_signature,
    required_trust,
    write_attachments,
)
from qaseed.stores.connecting import open_store
from qaseed.stores.documents import attachment_key
from qaseed.stores.store import Digest
from support.command_line import qaseed as run
from support.fault_server import ALWAYS, Fault, Reply, files, serving
from support.snapshot_files import checksums

COMMITTED = Path(__file__).parents[1] / "artifacts" / "minimal"


def test_a_signature_travels_with_the_snapshot_and_is_not_part_of_it(store, key, signers, tmp_path):
    pushed = qaseed.push(COMMITTED, store.url, tag="t", sign=key)
    trust = required_trust(str(signers))
    pulled = qaseed.pull(f"{store.url}/minimal:t", trust=trust)
    assert pulled.signed_by.principals == "qa@example.com"
    assert checksums(pulled.snapshot.folder) == checksums(COMMITTED)
    digest = pushed.reference.digest
    signature = open_store(store.url).read_attachment("minimal", digest, SIGNATURE)
    (tmp_path / "manifest.sig").write_bytes(signature)
    verify = ("ssh-keygen", "-Y", "verify", "-f", signers, "-I", "qa@example.com", "-n", "qaseed-snapshot", "-s")
    manifest = (COMMITTED / "manifest.json").read_bytes()
    subprocess.run((*verify, tmp_path / "manifest.sig"), input=manifest, check=True, capture_output=True)
    Path(store.url).rename(f"{store.url}-stopped")
    assert qaseed.pull(f"{store.url}/minimal@{digest}", trust=trust).signed_by == pulled.signed_by


def test_a_push_says_what_it_wrote_of_signatures(store, key):
    kinds = (SIGNATURE, PROVENANCE, PROVENANCE_SIGNATURE)
    assert [qaseed.push(COMMITTED, store.url, sign=key).attachments for _ in range(2)] == [kinds, ()]
    again = run("push", str(COMMITTED), store.url, "--sign", str(key))
    assert (again.returncode, "signature written" in again.stderr) == (0, False)
    store.remove(attachment_key("minimal", digest_of(qaseed.open_snapshot(COMMITTED)), SIGNATURE))
    assert "signature written" in run("push", str(COMMITTED), store.url, "--sign", str(key)).stderr


def test_a_web_server_that_denies_what_is_missing_needs_no_provenance(store, key, signers):
    digest = qaseed.push(COMMITTED, store.url, tag="t", sign=key).reference.digest
    for kind in (PROVENANCE, PROVENANCE_SIGNATURE):
        store.remove(attachment_key("minimal", digest, kind))
    answer = files(Path(store.url))
    with serving(lambda asked: Reply(403) if (reply := answer(asked)).status == 404 else reply) as server:
        pulled = qaseed.pull(f"{server.url}/minimal:t", trust=required_trust(str(signers)))
        assert (pulled.generation, pulled.signed_by.principals) == (1, "qa@example.com")
        with pytest.raises(StoreError, match="access is refused"):
            qaseed.pull(f"{server.url}/minimal:other")


def test_provenance_that_cannot_be_read_refuses_no_signature(store, key, signers):
    qaseed.push(COMMITTED, store.url, tag="t", sign=key)
    with serving(files(Path(store.url))) as server:
        server.faults = [Fault("status", "provenance", times=ALWAYS)]
        assert qaseed.pull(f"{server.url}/minimal:t", trust=required_trust(str(signers)), deadline=4).signed_by


def test_what_is_not_signed_by_an_allowed_signer_is_refused(store, key, signers, tmp_path, monkeypatch):
    qaseed.push(COMMITTED, store.url, tag="t")
    with pytest.raises(SnapshotError, match="it is not signed"):
        qaseed.pull(f"{store.url}/minimal:t", trust=required_trust(str(signers)))
    (tmp_path / "qaseed.toml").write_text('require_signature = "signers"\nrevoked_signers = "revoked"\n')
    (tmp_path / "revoked").write_text("")
    folder = tmp_path / "a"
    folder.mkdir()
    monkeypatch.chdir(folder)
    refused = run("pull", f"{store.url}/minimal:t")
    assert (refused.returncode, "it is not signed" in refused.stderr) == (3, True)
    qaseed.push(COMMITTED, store.url, sign=key)
    assert run("pull", f"{store.url}/minimal:t").returncode == 0
    (tmp_path / "revoked").write_text(key.with_suffix(".pub").read_text())
    refused = run("pull", f"{store.url}/minimal:t")
    assert (refused.returncode, "which is revoked" in refused.stderr) == (3, True)


def test_several_keys_sign_one_snapshot(store, key, signers, tmp_path):
    other = tmp_path / "other"
    subprocess.run(("ssh-keygen", "-q", "-N", "", "-t", "ecdsa", "-f", other), check=True)
    digest = qaseed.push(COMMITTED, store.url, sign=key).reference.digest
    qaseed.push(COMMITTED, store.url, sign=other)
    qaseed.push(COMMITTED, store.url, sign=key)
    document = open_store(store.url).read_attachment("minimal", digest, SIGNATURE)
    assert document.count(b"BEGIN SSH SIGNATURE") == 2
    assert qaseed.pull(f"{store.url}/minimal@{digest}", trust=required_trust(str(signers))).signed_by


def test_provenance_says_what_a_snapshot_was_made_of_and_is_signed_too(store, key, signers, monkeypatch):
    monkeypatch.setenv("GITHUB_SHA", "0123456789" * 4)
    digest = qaseed.push(COMMITTED, store.url, sign=key).reference.digest
    read = {
        kind: open_store(store.url).read_attachment("minimal", digest, kind)
        for kind in (PROVENANCE, PROVENANCE_SIGNATURE)
    }
    statement = json.loads(read[PROVENANCE])
    assert statement["subject"] == [{"name": "minimal", "digest": {"sha256": digest.removeprefix("sha256:")}}]
    build = statement["predicate"]["buildDefinition"]
    assert build["externalParameters"]["recipe"]["seed"] == 42
    assert build["resolvedDependencies"][0] == {"name": "source", "digest": {"gitCommit": "0123456789" * 4}}
    assert any(part.get("uri", "").startswith("pkg:pypi/duckdb@") for part in build["resolvedDependencies"])
    trust = required_trust(str(signers))
    assert trust.require("provenance", read[PROVENANCE], read[PROVENANCE_SIGNATURE], "qaseed-provenance")
    with pytest.raises(SnapshotError, match="is for the namespace 'qaseed-provenance'"):
        trust.require("minimal", read[PROVENANCE], read[PROVENANCE_SIGNATURE])
    qaseed.push(COMMITTED, store.url, sign=key)
    assert open_store(store.url).read_attachment("minimal", digest, PROVENANCE) == read[PROVENANCE]


def test_a_local_snapshot_is_signed_by_ssh_keygen_alone(key, signers, copied):
    trust = required_trust(str(signers))
    with pytest.raises(SnapshotError, match="it is not signed"):
        require_signature(qaseed.open_snapshot(copied), trust)
    sign = ("ssh-keygen", "-Y", "sign", "-q", "-f", key, "-n", "qaseed-snapshot", copied / "manifest.json")
    subprocess.run(sign, check=True, capture_output=True)
    assert require_signature(qaseed.open_snapshot(copied), trust).principals == "qa@example.com"


@pytest.fixture
def other_key(tmp_path):
    """The key of somebody whom nobody allowed to sign."""
    path = tmp_path / "other"
    subprocess.run(("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", path), check=True)
    return path


def test_verify_says_who_signed_a_snapshot_and_where_it_comes_from(store, key, signers, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_SHA", "0123456789" * 4)
    pushed = str(qaseed.push(COMMITTED, store.url, tag="t", sign=key).reference)
    trust = required_trust(str(signers))
    verified = qaseed.verify(pushed, trust=trust).to_json()
    provenance, recipe = verified["provenance"], qaseed.open_snapshot(COMMITTED).manifest.recipe
    assert verified["signed_by"] == provenance["signed_by"] == vars(qaseed.pull(pushed, trust=trust).signed_by)
    assert (provenance["commit"], provenance["recipe"]) == ("0123456789" * 4, recipe)
    assert provenance["dependencies"]["duckdb"] == qaseed.open_snapshot(COMMITTED).manifest.made_with["duckdb"]
    unchecked = qaseed.verify(pushed)
    assert unchecked.provenance.to_json() == provenance | {"signed_by": None}
    copy = qaseed.pull(pushed, out=tmp_path / "out").snapshot.folder
    assert qaseed.verify(copy, trust=trust).to_json()["provenance"] == provenance
    shown = run("verify", str(copy), "--require-signature", str(signers), "--verbose")
    assert shown.returncode == 0, shown.stderr
    assert all(text in shown.stdout for text in ("signed by", "qa@example.com", "0123456789" * 4, "seed 42"))
    with pytest.raises(SnapshotError, match="it is not signed"):
        qaseed.verify(COMMITTED, trust=trust)


@pytest.mark.parametrize("kind", [PROVENANCE, PROVENANCE_SIGNATURE])
def test_provenance_that_was_changed_is_refused(store, key, signers, kind):
    digest = qaseed.push(COMMITTED, store.url, tag="t", sign=key).reference.digest
    object_key = attachment_key("minimal", digest, kind)
    content = bytearray(store.read(object_key))
    content[len(content) // 2] ^= 1
    store.write(object_key, bytes(content))
    with pytest.raises(SnapshotError, match="its provenance is not what was signed"):
        qaseed.pull(f"{store.url}/minimal:t", trust=required_trust(str(signers)))


def test_provenance_of_another_snapshot_is_refused(store, key, signers, changed):
    digests = [qaseed.push(each, store.url, sign=key).reference.digest for each in (COMMITTED, changed)]
    for kind in (PROVENANCE, PROVENANCE_SIGNATURE):
        name = changed.manifest.name
        store.write(attachment_key("minimal", digests[0], kind), store.read(attachment_key(name, digests[1], kind)))
    with pytest.raises(SnapshotError, match="its provenance is that of another snapshot"):
        qaseed.pull(f"{store.url}/minimal@{digests[0]}", trust=required_trust(str(signers)))


def test_what_only_others_say_of_a_snapshot_is_not_shown(store, key, signers, other_key, monkeypatch):
    digest = qaseed.push(COMMITTED, store.url, sign=key).reference.digest
    monkeypatch.setenv("GITHUB_SHA", "0123456789" * 4)
    qaseed.push(COMMITTED, store.url, sign=other_key)
    verified = qaseed.verify(f"{store.url}/minimal@{digest}", trust=required_trust(str(signers)))
    assert verified.signed_by.principals == "qa@example.com"
    assert verified.provenance is None
    assert "which is not an allowed signer's" in verified.problem


def test_signatures_go_with_a_snapshot_from_store_to_store(store, key, signers, tmp_path):
    pushed = str(qaseed.push(COMMITTED, store.url, tag="t", sign=key).reference)
    mirrored = qaseed.push(pushed, tmp_path / "mirror")
    assert mirrored.attachments == (SIGNATURE, PROVENANCE, PROVENANCE_SIGNATURE)
    packed = qaseed.pack(pushed, tmp_path / "minimal.tar")
    assert packed.attachments == mirrored.attachments
    assert qaseed.pack(COMMITTED, tmp_path / "again.tar", sign=key).sha256 == packed.sha256
    shutil.rmtree(cache_folder())
    trust = required_trust(str(signers))
    for reference in (str(mirrored.reference), str(packed.path), f"{packed.path}@{packed.digest}"):
        assert qaseed.pull(reference, trust=trust).signed_by.principals == "qa@example.com"
    subprocess.run(("tar", "xf", packed.path), cwd=tmp_path, check=True)
    assert qaseed.verify(tmp_path / "minimal", trust=trust).provenance.signed_by.principals == "qa@example.com"
    remove(tmp_path / "minimal")
    assert [path.name for path in tmp_path.glob("minimal*")] == ["minimal.tar"]


def test_a_cached_snapshot_gets_what_was_signed_later(store, key, signers, tmp_path):
    digest = qaseed.push(COMMITTED, store.url, tag="t").reference.digest
    kinds = {SIGNATURE, PROVENANCE, PROVENANCE_SIGNATURE}
    with serving(files(Path(store.url))) as server:
        pulled = qaseed.pull(f"{server.url}/minimal:t", out=tmp_path)
        assert not read_attachments(pulled.snapshot.folder, digest)
        server.asked.clear()
        qaseed.pull(f"{server.url}/minimal:t")
        unsigned = len(server.asked)
        qaseed.push(COMMITTED, store.url, sign=key)
        again = qaseed.pull(f"{server.url}/minimal:t", out=tmp_path)
        assert (again.cached, again.bytes) == (True, 0)
        server.asked.clear()
        qaseed.pull(f"{server.url}/minimal:t")
        assert unsigned - len(server.asked) == 1
    for folder in (again.snapshot.folder, qaseed.pull(f"{store.url}/minimal@{digest}").snapshot.folder):
        assert read_attachments(folder, digest).keys() == kinds
        assert qaseed.verify(folder, trust=required_trust(str(signers))).signed_by.principals == "qa@example.com"


def test_a_cached_snapshot_that_cannot_get_its_signatures_is_used(store, key):
    digest = qaseed.push(COMMITTED, store.url, tag="t").reference.digest
    with serving(files(Path(store.url))) as server:
        pulled = qaseed.pull(f"{server.url}/minimal:t")
        qaseed.push(COMMITTED, store.url, sign=key)
        server.faults = [Fault("status", "attachments", status=403, times=ALWAYS)]
        again = qaseed.pull(f"{server.url}/minimal:t")
        assert (again.cached, again.problem) == (True, None)
        assert not read_attachments(pulled.snapshot.folder, digest)


def test_a_packed_file_brings_what_was_signed_later(key, signers, tmp_path):
    unsigned, signed = (
        qaseed.pack(COMMITTED, tmp_path / name, sign=by) for name, by in (("a.tar", None), ("b.tar", key))
    )
    qaseed.pull(str(unsigned.path))
    pulled = qaseed.pull(str(signed.path))
    assert (pulled.cached, len(read_attachments(pulled.snapshot.folder, signed.digest))) == (True, 3)


@pytest.mark.parametrize(("format_", "stays"), [("parquet", True), ("csv", False)])
def test_a_replaced_snapshot_takes_its_signatures_along(format_, stays, tmp_path):
    first = qaseed.generate("minimal", tmp_path, validated=False).snapshot
    digest, others = digest_of(first), Digest("sha256:" + 64 * "0")
    for each in (digest, others):
        write_attachments(first.folder, each, {SIGNATURE: b"x"})
    (first.folder / "DATASHEET.md").write_text("altered")
    second = qaseed.generate("minimal", tmp_path, format=format_, validated=False, replace_other=True).snapshot
    assert (digest_of(second) == digest) is stays
    assert [bool(read_attachments(first.folder, each)) for each in (digest, others)] == [stays, True]


def test_a_packed_file_is_signed_for_those_who_have_its_snapshot_too(key, signers, tmp_path):
    unsigned, signed = (
        qaseed.pack(COMMITTED, tmp_path / name, sign=by) for name, by in (("a.tar", None), ("b.tar", key))
    )
    assert unsigned.sha256 != signed.sha256
    qaseed.pull(str(unsigned.path))
    trust = required_trust(str(signers))
    with pytest.raises(SnapshotError, match="it is not signed"):
        qaseed.pull(str(unsigned.path), trust=trust)
    pulled = qaseed.pull(f"{signed.path}@{signed.digest}", trust=trust)
    assert (pulled.cached, pulled.signed_by.principals) == (True, "qa@example.com")


def test_a_flip_in_what_vouches_for_a_packed_file_is_refused(key, signers, tmp_path):
    packed = qaseed.pack(COMMITTED, tmp_path / "minimal.tar", sign=key)
    content, path, trust = packed.path.read_bytes(), tmp_path / "x.tar", required_trust(str(signers))
    for kind in packed.attachments:
        header = content.index(attachment_path(Path("minimal"), packed.digest, kind).name.encode() + b"\0")
        for position in (header + 40, header + 130, header + 602):  # its name, its size, its content
            path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
            shutil.rmtree(cache_folder(), ignore_errors=True)
            with pytest.raises(SnapshotError):
                qaseed.pull(str(path), trust=trust)
