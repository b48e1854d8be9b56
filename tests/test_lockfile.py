"""The lock file: what is written is read back, byte for byte; what is not in order is refused by line and name."""

import tomllib
from dataclasses import replace

import pytest

from qaseed.errors import UsageError
from qaseed.lockfile import Lock, LockedSnapshot, find_lock_file, read_lock, write_lock
from qaseed.snapshot import open_snapshot
from qaseed.stores.reference import parse_reference

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def locked():
    """What is locked of the committed snapshot."""
    manifest = open_snapshot("artifacts/minimal", check=False).manifest
    reference = parse_reference(f"s3://qa-bucket/qa/minimal:nightly@{DIGEST}")
    return LockedSnapshot(reference, manifest.id, "parquet", manifest.digests, manifest.made_with, manifest.recipe)


@pytest.fixture
def written(locked, tmp_path):
    """A lock file with two snapshots."""
    other = replace(locked, reference=parse_reference(f"../store/standard@{DIGEST}"))
    write_lock(Lock(tmp_path / "qaseed.lock").with_snapshot(other).with_snapshot(locked))
    return tmp_path / "qaseed.lock"


def test_what_is_written_is_read_back_and_written_the_same(locked, written):
    lock = read_lock(written)
    assert lock.find("minimal") == locked
    assert [snapshot.name for snapshot in lock.snapshots] == ["minimal", "standard"]
    before = written.read_bytes()
    write_lock(lock)
    assert written.read_bytes() == before
    assert [path.name for path in written.parent.iterdir()] == ["qaseed.lock"]
    assert written.stat().st_mode & 0o777 == 0o644


def test_one_line_has_name_tag_and_digest(written):
    assert f'reference = "minimal:nightly@{DIGEST}"' in written.read_text().splitlines()
    tables = tomllib.loads(written.read_text())["snapshot"]
    assert tables[0]["store"] == "s3://qa-bucket/qa"
    assert tables[0]["digest_version"] == "q1"
    assert tables[0]["recipe"]["seed"] == 42


def test_a_relative_store_is_relative_to_the_file(written):
    lock = read_lock(written)
    assert lock.location(lock.find("standard")).store == str(written.parent.parent / "store")
    assert lock.location(lock.find("minimal")).store == "s3://qa-bucket/qa"


def test_the_nearest_file_above_the_working_folder_counts(written, monkeypatch):
    inside = written.parent / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert find_lock_file() == written
    (inside.parent / "qaseed.lock").write_text("version = 1\n")
    assert find_lock_file() == inside.parent / "qaseed.lock"
    assert read_lock(inside.parent / "qaseed.lock").snapshots == ()


def test_a_name_that_is_not_locked_is_refused_with_those_that_are(written):
    with pytest.raises(UsageError, match="locks no 'minimum'; did you mean 'minimal'"):
        read_lock(written).find("minimum")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("version = 1", "version = 2", "its version is 2, this qaseed reads 1; upgrade qaseed"),
        ("version = 1", "", "its version is None"),
        ("version = 1", "version = 1\nextra = 1", "'extra' does not belong there"),
        ("version = 1", "version = 1\nversion = 1", "line 3"),
        ("version = 1", "<<<<<<< HEAD\nversion = 1", "line 2"),
        ('name = "standard"', 'name = "minimal"', "reference is 'standard@"),
        ('name = "standard"', 'name = "standard"\nsigned = true', "has the key 'signed', which is not known"),
        ('store = "../store"', "store = 3", "store is 3, which is no text"),
        ('store = "../store"', 'store = "../store"\nstore = "../other"', "cannot be read as TOML"),
        ('store = "../store"\n', "", "'store' is missing"),
        (f"standard@{DIGEST}", "standard:nightly", "reference is 'standard:nightly'"),
        (f"standard@{DIGEST}", f"b/standard@{DIGEST}", "reference is 'b/standard@"),
        (f"standard@{DIGEST}", f"standard@{DIGEST}0", "the digest does not have 64 hexadecimal digits"),
        ('format = "parquet"', 'format = "orc"', "format is 'orc'"),
        ('digest_version = "q1"', 'digest_version = "q2"', "which is no digest of version q2"),
        ('id = "', 'id = "x', "which is no sha256 in hex"),
        ('qaseed = "', 'qaseed = 1 #"', "made_with.qaseed is 1, which is no version"),
    ],
)
def test_what_is_not_in_order_is_refused_by_name(old, new, what, written):
    text = written.read_text()
    first, second = text.split('[[snapshot]]\nname = "standard"')
    second = '[[snapshot]]\nname = "standard"' + second
    changed = (
        first.replace(old, new, 1) + second if old in first.split("[[")[0] else first + second.replace(old, new, 1)
    )
    assert changed != text
    written.write_text(changed)
    with pytest.raises(UsageError) as refused:
        read_lock(written)
    assert what in str(refused.value)
    assert str(refused.value).startswith(str(written))


def test_a_snapshot_that_is_locked_twice_is_refused_by_its_line(written):
    text = written.read_text()
    written.write_text(text.replace("standard", "minimal"))
    with pytest.raises(UsageError, match=r"qaseed\.lock, line \d+: 'minimal' is locked twice") as refused:
        read_lock(written)
    number = int(str(refused.value).split("line ")[1].split(":")[0])
    assert text.splitlines()[number - 1 : number + 1] == ["[[snapshot]]", 'name = "standard"']


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_lock(tmp_path / "qaseed.lock")
    (tmp_path / "qaseed.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is not UTF-8"):
        read_lock(tmp_path / "qaseed.lock")
