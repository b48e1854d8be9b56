"""Pinned snapshots: the cache, then the store, then generation from the recipe, always with the locked rows."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import qaseed
from qaseed.cli.root import find_snapshot
from qaseed.errors import FindingsError, SnapshotError, StoreError, UsageError
from qaseed.folders import cache_folder
from qaseed.lockfile import read_lock, write_lock
from qaseed.pinning import pull_frozen
from qaseed.pinning.regenerating import generated_before, profile_of
from qaseed.plan import GENERATOR
from qaseed.snapshot.attachments import digest_of, required_trust
from support.command_line import qaseed as run
from support.fault_server import Reply, serving
from support.snapshot_files import checksums, forge_record
from support.stores import moto_server, s3_store

COMMITTED = Path(__file__).parents[1] / "artifacts" / "minimal"


@pytest.fixture
def locked(store, project):
    """A lock file with the committed snapshot, which the store has and the cache has not."""
    qaseed.push(COMMITTED, store.url, tag="t")
    qaseed.lock("../../store/minimal:t")
    empty_cache()
    return read_lock(project / "qaseed.lock")


def empty_cache():
    shutil.rmtree(cache_folder(), ignore_errors=True)


def stop(store):
    """Make a folder's store unreachable."""
    Path(store.url).rename(f"{store.url}-stopped")


def rewrite(locked, **changes):
    """Change what the lock file says of its snapshot."""
    write_lock(replace(locked, snapshots=(replace(locked.snapshots[0], **changes),)))


def test_what_is_locked_comes_from_the_store_once_and_then_from_the_cache(store, locked):
    snapshot = locked.find("minimal")
    assert snapshot.reference.store == "../../store"
    assert snapshot.digests == qaseed.open_snapshot(COMMITTED).manifest.digests
    first = qaseed.pull(frozen=True)
    assert (first.source, first.cached, first.reference.digest) == ("store", False, snapshot.reference.digest)
    stop(store)
    second = qaseed.pull("minimal", frozen=True, fallback=False)
    assert (second.source, second.cached, second.bytes) == ("cache", True, 0)
    assert checksums(second.snapshot.folder) == checksums(COMMITTED)


def test_a_check_compares_every_byte_of_a_locked_snapshot_too(locked):
    for pull in (lambda: qaseed.pull(frozen=True, check=True).snapshot, lambda: find_snapshot("minimal", quiet=True)):
        folder = qaseed.pull(frozen=True).snapshot.folder
        file = next((folder / "data/client").iterdir())
        file.write_bytes(file.read_bytes()[:-1] + b"?")
        forge_record(folder)
        assert checksums(pull().folder) == checksums(COMMITTED)


def test_no_time_is_no_second_try(locked):
    with serving(lambda _: Reply(503)) as server:
        with pytest.raises(StoreError, match="try again later"):
            qaseed.pull(frozen=True, store=server.url, fallback=False, deadline=0)
        assert len(server.asked) == 1


def test_another_store_has_the_same_digest(store, locked, tmp_path):
    Path(store.url).rename(tmp_path / "mirror")
    pulled = qaseed.pull(frozen=True, store=str(tmp_path / "mirror"))
    assert pulled.source == "store"
    assert str(pulled.reference) == f"{tmp_path}/mirror/minimal:t@{locked.snapshots[0].reference.digest}"


def test_a_tag_that_moved_changes_nothing_until_the_lock_is_renewed(store, locked, minimal, project):
    qaseed.push(minimal, store.url, tag="t")  # the same rows, in other files
    assert qaseed.pull(frozen=True).reference.digest == locked.snapshots[0].reference.digest
    before = (project / "qaseed.lock").read_bytes()
    changes = qaseed.lock(update=True)
    assert [(change.changed, change.tables) for change in changes] == [(True, [])]
    assert read_lock(project / "qaseed.lock").find("minimal").reference.digest == digest_of(minimal)
    assert (project / "qaseed.lock").read_bytes() != before
    assert [change.changed for change in qaseed.lock("minimal", update=True)] == [False]


def test_without_the_store_equal_rows_are_generated_once(store, locked, tmp_path):
    stop(store)  # other versions of time zones and libraries are no drift
    rewrite(locked, recipe={**locked.snapshots[0].recipe, "tzdata": "2020.1"}, made_with={"duckdb": "0.1"})
    pulled = qaseed.pull(frozen=True, out=tmp_path / "out")
    assert (pulled.source, pulled.cached, pulled.bytes) == ("generated", False, 0)
    assert pulled.problem
    assert pulled.snapshot.folder == tmp_path / "out" / "minimal"
    assert pulled.snapshot.manifest.digests == locked.snapshots[0].digests
    again = qaseed.pull(frozen=True)
    assert (again.source, again.cached) == ("generated", True)
    with pytest.raises(StoreError):
        qaseed.pull(frozen=True, fallback=False)
    other = replace(locked.snapshots[0], recipe={**locked.snapshots[0].recipe, "generator": 1})
    assert generated_before(other) is None, "for another recipe it is no proof"
    file = next(path for path in (cache_folder() / "generated").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1])
    assert generated_before(locked.snapshots[0]) is None


def test_another_generator_is_refused_with_both_versions(store, locked):
    stop(store)
    recipe = {**locked.snapshots[0].recipe, "generator": 1}
    for made_with, remedy in (({"qaseed": "0.0.1"}, "install qaseed 0.0.1, or lock it anew"), ({}, "lock it anew")):
        rewrite(locked, recipe=recipe, made_with=made_with)
        with pytest.raises(StoreError) as refused:
            qaseed.pull(frozen=True)
        assert "its recipe is for version 1 of the generator" in str(refused.value)
        assert f"has version {GENERATOR}; {remedy}" in str(refused.value)
    assert str(Path(store.url)) in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"words": "0" * 64}, "its recipe has other words than this installation; lock it anew"),
        ({"seed": 43}, "generated rows of"),
        ({"seed": "43"}, "seed is '43'"),
        ({"tenants": 3}, "the recipe in the lock file is not in order"),
        ({"profile": "../up"}, "cannot name a folder"),
        ({"surprise": 1}, "its recipe has other surprise"),
    ],
)
def test_a_recipe_that_gives_other_rows_is_refused(changes, what, store, locked):
    stop(store)
    rewrite(locked, recipe={**locked.snapshots[0].recipe, **changes})
    with pytest.raises(StoreError) as refused:
        qaseed.pull(frozen=True)
    assert what in str(refused.value)
    assert not list((cache_folder() / "generated").rglob("manifest.json"))


def test_versions_that_differ_are_named(store, locked):
    stop(store)
    snapshot = locked.snapshots[0]
    rewrite(locked, recipe={**snapshot.recipe, "words": "0" * 64}, made_with={**snapshot.made_with, "Faker": "1.0"})
    with pytest.raises(StoreError, match=r"other words than this installation \(Faker 1\.0 wrote it, this is"):
        qaseed.pull(frozen=True)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (lambda snapshot: {"digests": {**snapshot.digests, "note": "q1-" + "0" * 32}}, "has other rows of note"),
        (lambda snapshot: {"id": "0" * 64}, "has another id"),
        (lambda snapshot: {"recipe": {**snapshot.recipe, "seed": 43}}, "has another recipe"),
    ],
)
def test_a_digest_that_has_other_rows_than_are_locked_is_drift(changes, what, locked):
    rewrite(locked, **changes(locked.snapshots[0]))
    for _ in ("from the store", "from the cache"):
        with pytest.raises(FindingsError, match=what) as refused:
            qaseed.pull(frozen=True)
        assert "qaseed lock --update minimal" in str(refused.value)


def test_what_was_altered_in_the_store_is_refused_and_not_generated(store, locked):
    key = next(key for key in store.list() if key.startswith("blobs/sha256/"))
    store.write(key, store.read(key)[:-1] + b"?")
    with pytest.raises(SnapshotError):
        qaseed.pull(frozen=True)


def test_what_cannot_be_locked_leaves_the_file(store, locked, project):
    before = (project / "qaseed.lock").read_bytes()
    with pytest.raises(SnapshotError):
        qaseed.lock("../../store/minimal:none")
    stop(store)
    with pytest.raises((StoreError, SnapshotError)):
        qaseed.lock(update=True)
    assert (project / "qaseed.lock").read_bytes() == before


def test_a_lock_file_that_is_missing_is_not_updated(project):
    with pytest.raises(UsageError, match=r"missing\.lock: cannot be read"):
        qaseed.lock(update=True, path=project / "missing.lock")
    assert not list(project.iterdir())


def test_what_is_not_locked_is_named(project):
    with pytest.raises(UsageError, match=r"no qaseed\.lock in this folder or above it"):
        qaseed.pull(frozen=True)
    (project / "qaseed.lock").write_text("version = 1\n")
    with pytest.raises(UsageError, match="locks no snapshot"):
        pull_frozen()
    with pytest.raises(UsageError, match="give STORE/name:tag"):
        qaseed.pull()


def test_profiles_follow_from_their_recipes(changed, standard):
    for snapshot in (changed, standard):
        recipe = json.loads(json.dumps(snapshot.manifest.recipe))
        profile = profile_of(recipe, snapshot.manifest.name)
        from qaseed.generation import recipe_of
        from qaseed.plan import plan
        from qaseed.practice import MODEL

        assert recipe_of(plan(MODEL, profile)) == recipe


def test_where_a_signature_is_required_nothing_is_generated(store, locked, signers, project):
    stop(store)
    for _ in ("not generated before", "generated before"):
        with pytest.raises(StoreError, match="is not generated instead, as a signature is required"):
            qaseed.pull(frozen=True, trust=required_trust(str(signers)))
        (project / "qaseed.toml").write_text('require_signature = "../../signers"\n')
        refused = run("pull", "--frozen")
        assert (refused.returncode, "a signature is required" in refused.stderr) == (6, True)
        (project / "qaseed.toml").unlink()
        assert qaseed.pull(frozen=True).source == "generated"


def test_commands_say_where_a_snapshot_comes_from(key, signers, project, monkeypatch):
    """The server is S3's; once it is stopped, the recipe replaces it."""
    trust = ("--require-signature", str(signers))
    with moto_server() as endpoint:
        store = s3_store(endpoint, "pinned")
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        assert run("push", str(COMMITTED), store.url, "--tag", "t", "--sign", str(key)).returncode == 0
        locked = run("lock", f"{store.url}/minimal:t", "--json")
        assert locked.returncode == 0, locked.stderr
        assert json.loads(locked.stdout)["snapshots"][0]["changed"] is True
        empty_cache()
        pulled = run("pull", "--frozen", *trust)
        assert pulled.returncode == 0, pulled.stderr
        assert "from the store" in pulled.stderr
        assert "signed by qa@example.com" in pulled.stderr
        store.remove(next(name for name in store.list() if name.startswith("snapshots/")))
        empty_cache()
        missing = run("pull", "--frozen", "--no-fallback", "--json")
        assert (missing.returncode, missing.stdout) == (3, "")
    stopped = run("pull", "--frozen", "--no-fallback", "--deadline", "2")
    assert stopped.returncode == 6, stopped.stderr
    shown = run("show", "minimal", "--json")
    assert shown.returncode == 0, shown.stderr
    assert "generated with equal rows" in shown.stderr
    pulled = json.loads(run("pull", "--frozen", "--json").stdout)
    assert (pulled["source"], pulled["cached"], pulled["path"]) == (
        "generated",
        True,
        json.loads(shown.stdout)["snapshot"],
    )
    assert pulled["snapshots"] == [{name: value for name, value in pulled.items() if name != "snapshots"}]
    rewrite(read_lock(project / "qaseed.lock"), digests={"client": "q1-" + "0" * 32})
    refused = run("pull", "--frozen", "--deadline", "2")
    assert (refused.returncode, "cannot be generated instead: generated rows of" in refused.stderr) == (6, True)


def test_a_snapshot_that_is_locked_by_another_reference_is_not_locked_already(project):
    for store, tag in (("store", "t"), ("elsewhere", "t"), ("elsewhere", "u")):
        assert run("push", str(COMMITTED), store, "--tag", tag).returncode == 0
    summaries = []
    for reference in ("store/minimal:t", "elsewhere/minimal:t", "elsewhere/minimal:u", "elsewhere/minimal:u"):
        summaries.append(run("lock", reference).stdout.strip())
        assert read_lock(project / "qaseed.lock").find("minimal").reference.tag == reference.rpartition(":")[2]
    told = [re.sub(r"@sha256:\w+", "", summary.partition(": ")[2]) for summary in summaries]
    before = [f"locked, the same snapshot; before {tag}" for tag in ("store/minimal:t", "elsewhere/minimal:t")]
    assert told == ["locked", *before, "is locked already"]


@pytest.mark.parametrize(
    "words",
    [
        ("pull",),
        ("pull", "--lock", "qaseed.lock", "store/minimal:t"),
        ("pull", "--no-fallback", "store/minimal:t"),
        ("pull", "store/minimal:t", "--signer", "qa@example.com"),
        ("pull", "--frozen", "--require-signature", "none"),
        ("lock",),
        ("lock", "minimal.tar"),
    ],
)
def test_options_that_need_another_one_are_refused(words, project):
    refused = run(*words)
    assert refused.returncode == 2, refused.stderr
    assert len(refused.stderr.splitlines()) == 1
