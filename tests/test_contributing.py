"""CONTRIBUTING.md, followed word by word on a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.pages import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def diffs(heading: str) -> list[str]:
    """The changes of a section."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^```diff\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that the exercises change or need, outside the repository, and what Python compiled of them."""
    for name in ("qaseed", "tests", "scripts", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("integration"))
    for name in ("pyproject.toml", "mkdocs.yml", *(page.name for page in ROOT.glob("*.md"))):
        shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def run(folder: Path, *command: str, **options: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr


def apply(folder: Path, heading: str) -> None:
    for diff in diffs(heading):
        run(folder, "git", "apply", "--unsafe-paths", "-", input=diff)


def run_tests(folder: Path, *chosen: str) -> None:
    run(folder, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen)


def test_a_column_with_rule_recipe_and_scenario(copy: Path) -> None:
    before = (copy / "tests/golden/columns.json").read_text().splitlines()
    apply(copy, "Your first change: a column with rule, recipe and scenario")
    run(copy, sys.executable, "tests/test_golden.py")
    after = (copy / "tests/golden/columns.json").read_text().splitlines()
    assert [line.split('"')[1] for line in after if line not in before] == ["client.preferred_contact"] * 2
    run(copy, sys.executable, "scripts/reference")
    assert "preferred_contact" in (copy / "docs/reference/data.md").read_text()
    tests = ("tests/test_golden.py", "tests/test_validation.py", "tests/test_rule_ways.py", "tests/test_docs.py")
    chosen = "C12 or prefers_email or preferred_contact or number_of_scenarios or generated_pages"
    run_tests(copy, *tests, "-k", chosen)


def test_a_kind_of_identifier(copy: Path) -> None:
    apply(copy, "A kind of identifier")
    run(copy, sys.executable, "tests/test_golden.py")
    run_tests(copy, "tests/test_safety.py", "-k", "test_safe or test_unsafe")


def test_a_strategy_of_loading(copy: Path) -> None:
    apply(copy, "A strategy of loading")
    check = "from qaseed.loading import LoadOptions as L; o = L(strategy='text'); assert (o.in_place, o.copy_method) == (True, 'text')"
    run(copy, sys.executable, "-c", check)
    chosen = ("-k", "option or strateg")
    run_tests(copy, "tests/test_completion.py", "tests/test_usage_errors.py", *chosen)


def test_a_diff_that_no_longer_applies_is_seen(copy: Path) -> None:
    (copy / "qaseed/loading/options.py").write_text("")
    with pytest.raises(AssertionError, match="patch failed"):
        apply(copy, "A strategy of loading")
