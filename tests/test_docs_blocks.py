"""Every block of the README and of docs/ runs: in order, a page in one shell, in a clone, with an empty environment."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from qaseed.snapshot import Snapshot
from support.cases import for_each
from support.forking import forking, write_programs
from support.pages import KINDS, NAMES, ROOT, Block, blocks, text_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]  # a page is many commands
RUN = {"bash", "python", "sql", "toml"}
RUNNING = [name for name in NAMES if any(block.kind in RUN for block in blocks(name))]
SETS_UP_ITSELF = "README.md"
"""The page whose commands are each a program of its own; those of others, which are many, run in forks of a process that
imported qaseed."""
ACTIVATES = "docs/tutorial.md"
"""The page that begins with scripts/seed, too, and then activates the environment, in which the others begin."""
PORT = "15432"
"""The port that pages name; tests take a free one."""
NOT_RUN = 7
"""How many blocks may need what a test does not have."""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The home folder of a stranger, with an embedded Postgres that all pages use one after the other."""
    folder = Path(tempfile.mkdtemp(prefix="qaseed-docs-"))
    folder.chmod(0o755)
    yield folder
    qaseed = [sys.executable, "-m", "qaseed"]
    subprocess.run([*qaseed, "server", "remove", "--yes"], env=environment(folder), capture_output=True, check=True)
    shutil.rmtree(folder)


def environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture(scope="module")
def forks(home: Path) -> Iterator[Path]:
    """An environment whose programs `qaseed` and `python-block` run in forks of one process."""
    write_programs(home / "venv", home / "forking")
    with forking(home / "forking", environment(home)):
        yield home / "venv"


@pytest.fixture
def clone(tmp_path: Path, standard: Snapshot) -> Path:
    """A clone after scripts/seed; its scripts/setup finds this environment, where it would make one."""
    for name in ("artifacts/minimal", "scripts", ".github"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copytree(standard.folder, tmp_path / "artifacts/standard")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "scripts/setup").write_text('root=$(pwd)\nPATH="$root/.venv/bin:$PATH"\n')
    return tmp_path


def as_shell(block: Block, python: str) -> str:
    """A block as what a reader does with it; `python` runs the source in its input."""
    text = block.text
    return {
        "bash": text,
        "python": f"{python} <<'BLOCK'\n{text}BLOCK\n",
        "sql": f"qaseed server psql -- -X -q -v ON_ERROR_STOP=1 -f - <<'BLOCK'\n{text}BLOCK\n",
        "toml": f"cat >qaseed.toml <<'BLOCK'\n{text}BLOCK\nqaseed profiles >/dev/null\n",
    }[block.kind]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize("name", RUNNING)
def test_blocks_run(name: str, home: Path, clone: Path, forks: Path) -> None:
    activate, in_forks = "source .venv/bin/activate\n", f"PATH={forks}/bin:$PATH\n"
    begin, python = ("", "python -W error -") if name == SETS_UP_ITSELF else (activate + in_forks, "python-block")
    steps = [
        f"echo '== {name}, line {block.line}' >&2\n{as_shell(block, python)}"
        for block in blocks(name)
        if block.kind in RUN
    ]
    if name == ACTIVATES:
        begin = ""
        assert [step.count(activate) for step in steps[:3]] == [0, 1, 0]
        steps[1] += in_forks
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", (begin + "\n".join(steps)).replace(PORT, free_port())], cwd=clone, env=environment(home),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "123-45-6789" not in done.stdout


@for_each("name", NAMES)
def test_blocks_say_what_they_are(name: str) -> None:
    found = blocks(name)
    assert {block.kind for block in found} <= KINDS
    assert [block.line for block in found if (block.kind == "console") != block.is_excused] == []
    for block in found:
        if block.kind == "yaml":
            assert {"jobs", "test"} & set(yaml.safe_load(block.text))  # test_ci.py compares them with their schemas
    if name in RUNNING and name not in ("README.md", "docs/reference/python.md"):
        assert "**Assumes**" in text_of(name)


def test_few_blocks_do_not_run() -> None:
    assert sum(block.kind == "console" for name in NAMES for block in blocks(name)) <= NOT_RUN
