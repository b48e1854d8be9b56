"""`scripts/release` on a copy of the repository: what it makes, and what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from qaseed.generation import generate
from qaseed.snapshot import open_snapshot
from support.cases import for_each

ROOT = Path(__file__).resolve().parent.parent
IDENTITY = {f"GIT_{who}_{what}": "qaseed" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository of one commit on main with the files of this one."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs the repository")
    folder = tmp_path / "copy"
    for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all")
    return folder


def git(folder: Path, *command: str) -> str:
    return subprocess.check_output(["git", *command], cwd=folder, text=True, env=os.environ | IDENTITY).strip()


def release(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/release", *arguments],
        cwd=folder,
        env=os.environ | IDENTITY | {"PYTHONPATH": str(folder)},
        text=True,
        capture_output=True,
        check=False,
    )


def test_a_release_has_version_changelog_snapshot_wheel_and_tag(copy: Path, tmp_path: Path) -> None:
    result = release(copy, "9.8.7", "--date", "2031-02-03", "--skip-tests")
    assert result.returncode == 0, result.stderr
    assert git(copy, "describe", "--exact-match") == "v9.8.7"
    assert git(copy, "status", "--porcelain") == ""
    assert "## Unreleased\n\n## 9.8.7 (2031-02-03)\n\n- " in (copy / "CHANGELOG.md").read_text()
    renewed = open_snapshot(copy / "artifacts" / "minimal").manifest
    generated = generate("minimal", tmp_path / "again", validated=False).snapshot.manifest
    assert (renewed.id, renewed.digests) == (generated.id, generated.digests)
    with zipfile.ZipFile(copy / "dist" / "qaseed-9.8.7-py3-none-any.whl") as wheel:
        assert b'__version__ = "9.8.7"' in wheel.read("qaseed/__init__.py")
    assert (copy / "dist" / "qaseed-9.8.7.tar.gz").is_file()
    again = release(copy, "9.8.8", "--skip-tests")
    assert (again.returncode, "nothing under Unreleased" in again.stderr) == (1, True)


@for_each(("version", "problem"), [("1", "three numbers"), ("0.0.1", "does not follow"), ("9.8.7", "has changes")])
def test_a_release_that_cannot_be_made_changes_nothing(copy: Path, version: str, problem: str) -> None:
    (copy / "README.md").write_text("other\n")
    result = release(copy, version, "--skip-tests")
    assert result.returncode == 1
    assert problem in result.stderr
    assert git(copy, "tag") == ""
    assert git(copy, "status", "--porcelain") == "M README.md"
