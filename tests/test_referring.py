"""References without a store: of the lock file, else of the store that the snapshot was pulled from or pushed to."""

import json
import shutil
from pathlib import Path

import pytest

import qaseed
from qaseed.errors import UsageError, redact_passwords
from qaseed.folders import cache_folder
from qaseed.snapshot.referring import as_reference, locked_name
from support.command_line import qaseed as run

COMMITTED = Path(__file__).parents[1] / "artifacts" / "minimal"


@pytest.fixture
def digest(store, project):
    """The digest of the snapshot that the store has as `minimal:t`, which nobody pushed from here."""
    digest = qaseed.push(COMMITTED, store.url, tag="t").reference.digest
    shutil.rmtree(cache_folder())
    return digest


def test_what_was_pulled_is_found_without_its_store(store, digest, monkeypatch, tmp_path):
    wanted = ("minimal:t", f"minimal@{digest}", f"minimal:t@{digest}")
    for text in wanted:
        refused = run("verify", text)
        assert (refused.returncode, "A tag needs its store: STORE/minimal" in refused.stderr) == (3, True)
        assert run("pull", text).returncode == 2
    qaseed.pull("../../store/minimal:t")
    monkeypatch.chdir(tmp_path)
    for text in wanted:
        assert json.loads(run("verify", text, "--json").stdout)["digest"] == digest
        assert json.loads(run("pull", text, "--json").stdout)["cached"] is True
        assert qaseed.open_snapshot(text).manifest.name == "minimal"
    assert as_reference("minimal:other") is None
    assert as_reference("other:t") is None
    Path(store.url).rename(f"{store.url}-stopped")
    assert qaseed.open_snapshot(f"minimal@{digest}").manifest.name == "minimal"


def test_several_stores_are_named(store, digest, tmp_path):
    for place in (store.url, str(tmp_path / "other")):
        qaseed.push(COMMITTED, place, tag="t")
    with pytest.raises(UsageError, match=r"minimal:t: .*/other and .*/store have it; give its store"):
        as_reference("minimal:t")


def test_a_name_is_a_folder_of_snapshots_or_the_one_in_the_cache(store, digest, minimal, monkeypatch, tmp_path):
    assert as_reference("minimal") is None
    assert run("verify", "minimal").returncode == 3
    qaseed.pull(f"{store.url}/minimal:t")
    assert as_reference("minimal") == f"{store.url}/minimal:t@{digest}"
    assert json.loads(run("verify", "minimal", "--json").stdout)["digest"] == digest
    assert qaseed.open_snapshot("minimal").manifest.name == "minimal"
    shutil.copytree(COMMITTED, "artifacts/minimal")
    assert as_reference("minimal") is None
    monkeypatch.chdir(tmp_path)
    qaseed.pull(f"{qaseed.push(minimal, store.url, tag='u').reference}")
    with pytest.raises(UsageError, match=r"minimal: the cache has .*/minimal:[tu]@.* and .*/minimal:[tu]@.*; give one"):
        as_reference("minimal")


def test_the_locked_tag_is_the_locked_snapshot(store, digest, minimal, project):
    qaseed.lock(f"{store.url}/minimal:t")
    shutil.rmtree(cache_folder())
    moved = qaseed.push(minimal, store.url, tag="t").reference.digest
    assert moved != digest
    assert [as_reference(text) for text in ("minimal:t", f"minimal@{digest}", "minimal:new", f"minimal@{moved}")] == [
        f"{store.url}/minimal:t@{digest}",
        f"{store.url}/minimal:t@{digest}",
        f"{store.url}/minimal:new",
        f"{store.url}/minimal@{moved}",
    ]
    assert [locked_name(text) for text in ("minimal", "minimal:t", "minimal:new", "other", "other:t")] == [
        "minimal",
        "minimal",
        None,
        None,
        None,
    ]
    assert json.loads(run("pull", "minimal:t", "--json").stdout)["digest"] == digest
    assert json.loads(run("tag", "minimal:t", "stable", "--json").stdout)["digest"] == digest
    for text in ("minimal:t", f"minimal@{digest}", f"minimal:t@{digest}"):
        assert json.loads(run("pull", "--frozen", text, "--json").stdout)["digest"] == digest
    assert run("pull", "--frozen", "minimal:new").returncode == 2
    assert not qaseed.lock(f"minimal@{digest}")[0].changed
    shutil.rmtree(cache_folder())
    Path(store.url).rename(f"{store.url}-stopped")
    done = run("verify", "minimal:t")
    assert (done.returncode, "generated with equal rows" in done.stderr) == (0, True)


@pytest.mark.parametrize("name", ["minimal:t", "minimal"])
def test_a_folder_of_that_name_goes_first(name, digest, store, project):
    qaseed.lock(f"{store.url}/minimal:t")
    for parent in (project, project / "artifacts"):
        (parent / name).mkdir(parents=True)
        assert (as_reference(name), locked_name(name)) == (None, None)
        (parent / name).rmdir()
    assert locked_name(name) == "minimal"


@pytest.mark.parametrize("text", ["", "other", "a b:t", "minimal:", ":t", "minimal@sha256:0", "a/minimal", Path("x:t")])
def test_other_texts_are_names(text, digest, store, project):
    qaseed.lock(f"{store.url}/minimal:t")
    assert as_reference(text) is None


def test_a_lock_asks_what_a_locked_tag_means_now(store, digest, minimal, project):
    qaseed.lock(f"{store.url}/minimal:t")
    moved = qaseed.push(minimal, store.url, tag="t").reference.digest
    (change,) = qaseed.lock("minimal:t")
    assert (change.changed, change.after.reference.digest) == (True, moved)


def test_rm_removes_a_reference_from_the_cache_alone_and_asks_no_store(store, digest):
    absent = run("rm", f"{store.url}/minimal:t", "--yes")
    assert (absent.returncode, "is not in the cache" in absent.stderr) == (3, True)
    assert not list(cache_folder().glob("snapshots/*"))
    qaseed.lock(f"{store.url}/minimal:t")
    Path(store.url).rename(f"{store.url}-stopped")
    for text in ("minimal", "minimal:t", f"{store.url}/minimal:t", f"{store.url}/minimal@{digest}"):
        qaseed.pull(f"{store.url}-stopped/minimal:t")
        done = run("rm", text, "--yes")
        assert (done.returncode, list(cache_folder().glob("snapshots/*"))) == (0, []), done.stderr
    assert run("rm", text, "--yes").returncode == 3
    assert qaseed.ls(f"{store.url}-stopped")
    qaseed.pack(COMMITTED, "minimal.tar")
    refused = run("rm", "minimal.tar", "--yes")
    assert (refused.returncode, "remove it as any other file" in refused.stderr) == (2, True)


@pytest.mark.parametrize("place", ["{}", "s3://bucket/qa", "oci://127.0.0.1:1/qa"])
def test_a_store_to_push_to_is_no_reference(tmp_path, place):
    store = place.format(tmp_path / "store")
    refused = run("push", str(COMMITTED), f"{store}/minimal:nightly")
    expected = f"qaseed: {store}/minimal:nightly: names a snapshot in a store; give {store} --tag nightly\n"
    assert (refused.returncode, refused.stderr) == (2, expected)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_a_colon_stays_a_store(tmp_path):
    store = tmp_path / "qa:1"
    store.mkdir()
    assert qaseed.push(COMMITTED, store, tag="t").uploaded
    assert qaseed.pull(f"{store}/minimal:t").snapshot.manifest.name == "minimal"


@pytest.mark.parametrize("secret", ["user:secret", "secret", "user:se/cret", "user:sec@ret"])
def test_no_message_repeats_who_a_url_says_to_be(secret):
    pinned = f"s3://{secret}@bucket/qa/minimal@sha256:12"
    for arguments in (
        ("push", str(COMMITTED), f"s3://{secret}@bucket/qa/minimal:t"),
        ("pull", f"s3://{secret}@bucket/qa/minimal"),
        ("load", pinned),
    ):
        refused = run(*arguments)
        assert (refused.returncode, "://***@bucket" in refused.stderr) == (2, True)
        assert not any(part in refused.stderr for part in ("secret", "cret", "ret@"))
    for kept in ("oci://127.0.0.1:5000/qa/minimal@sha256:12", "https://host/qa/minimal@sha256:12"):
        assert redact_passwords(kept) == kept
