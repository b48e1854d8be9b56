"""What is written is true: README blocks run, every command, variable, profile and module is told, artifacts are current."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qaseed.config import VARIABLES
from qaseed.generation import generate
from qaseed.inspection import rules_page
from qaseed.profiles import PROFILES
from qaseed.seeding import validate_snapshot
from qaseed.snapshot import open_snapshot

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a clone to the README's commands, with a database of its own."""
    shutil.copytree(ROOT / "artifacts", tmp_path / "artifacts")
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return tmp_path


@pytest.mark.integration
@pytest.mark.parametrize("block", blocks("bash"))
def test_shell_blocks_run(block: str, clone: Path) -> None:
    done = subprocess.run(["bash", "-euc", block], cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.integration
@pytest.mark.parametrize("block", blocks("python"))
def test_python_blocks_run(block: str, clone: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], cwd=clone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "123-45-6789" not in done.stdout


def test_the_readmes_configuration_is_valid(tmp_path: Path) -> None:
    (tmp_path / "qaseed.toml").write_text(blocks("toml")[0])
    from qaseed.config import find_profile, settings

    assert find_profile("clinic").total == 773
    assert settings().batch_size == 5000


def test_every_variable_profile_and_exit_code_is_told() -> None:
    for name in [*VARIABLES, "DATABASE_URL", *PROFILES]:
        assert f"`{name}`" in README, name
    for profile in PROFILES.values():
        row = " | ".join(f"{count:,}" for count in [*profile.record_counts.values()])
        assert f"| `{profile.slug}` | {row} | {profile.total:,} |" in README
    for code in ("0 done", "1 findings", "2 usage", "4 refused as unsafe", "130 interrupted"):
        assert code in README


def test_every_command_is_told() -> None:
    from typer.main import get_command

    from qaseed.cli import app

    commands = get_command(app).commands  # type: ignore[attr-defined]  # it is a group
    for name in commands:
        assert f"qaseed {name}" in README, name


def test_every_module_has_its_layer() -> None:
    modules = {path.stem for path in (ROOT / "qaseed").glob("*.py")} | {
        path.parent.name for path in (ROOT / "qaseed").glob("*/__init__.py")
    }
    table = ARCHITECTURE.split("## Modules")[1].split("## Where")[0]
    named = set(
        re.findall(r"`(\w+)`", "".join(line.split("|")[2] for line in table.splitlines() if line.startswith("| ")))
    )
    assert modules - {"__init__"} == named


def test_the_digests_example_is_true() -> None:
    from test_digest import pure

    assert "encodes as\n`1;1:a;;1;`" in ARCHITECTURE
    whole = hashlib.md5(b"1;1:a;;1;;;").hexdigest()
    assert pure([(1, "a", None, True, None, None)]) == f"q1-{whole}"


def test_the_committed_snapshot_is_made_again_exactly(tmp_path: Path) -> None:
    committed = open_snapshot(ROOT / "artifacts" / "minimal")
    made = generate("minimal", tmp_path).snapshot
    assert made.manifest.digests == committed.manifest.digests
    assert validate_snapshot(committed).ok(strict=True)
    assert sum(path.stat().st_size for path in committed.folder.rglob("*") if path.is_file()) < 1_000_000


def test_the_rules_are_told() -> None:
    assert (ROOT / "RULES.md").read_text(encoding="utf-8") == rules_page() + "\n", "qaseed schema --rules >RULES.md"


def test_nothing_names_this_machine() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    odd = re.compile(rb"/work/|/root/|\.pyenv")
    found = [
        name
        for name in tracked
        if (ROOT / name).is_file() and name != "tests/test_docs.py" and odd.search((ROOT / name).read_bytes())
    ]
    assert found == []
