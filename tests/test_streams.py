"""Standard streams that are closed, full or of another encoding."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from qaseed.snapshot import Snapshot
from support.command_line import qaseed_program


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", command.replace("qaseed", f"{shlex.quote(sys.executable)} -m qaseed")], capture_output=True, text=True, check=False,
        env=os.environ | environment,
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize(
    "command",
    [
        "profiles >&-", "profiles 2>&-", "profiles <&-", "schema --json >&-", "--help >&-", "validate {0} --json >&-",
        "generate -e minimal --out made <&- >&- 2>&-",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unvalidated")
def test_closed_streams_stop_no_work(command: str, minimal: Snapshot, tmp_path: Path) -> None:
    done = shell(f"qaseed {command.format(minimal.folder)}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made" / "minimal" / "manifest.json").is_file() == command.startswith("generate")


@pytest.mark.parametrize(
    "command", ["--help", "seed --help", "schema", "schema --json", "schema --rules", "scenarios --json", "--version"]
)
def test_a_reader_that_has_seen_enough_is_no_failure(command: str) -> None:
    done = shell(f"qaseed {command} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr if command != "schema" else "") == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "command", ["--help", "--version", "profiles", "schema --json", "generate -e minimal -q --out made"]
)
@pytest.mark.usefixtures("unvalidated")
def test_a_full_disk_is_one_line(command: str) -> None:
    done = shell(f"qaseed {command} >/dev/full")
    assert done.returncode == 2
    assert done.stderr == "qaseed: standard output: No space left on device; its content is lost\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_standard_error_is_no_failure() -> None:
    done = shell("qaseed scenarios -e minimal 2>/dev/full")
    assert done.returncode == 0
    assert done.stdout


@pytest.mark.integration
@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_what_cannot_be_encoded_is_replaced(environment: dict[str, str], tmp_path: Path, database: str) -> None:
    if "PYTHONUTF8" in environment and not sys.prefix.isascii():
        pytest.skip("Python itself cannot start in ASCII from a folder whose name is not")
    (tmp_path / "qaseed.toml").write_text(
        "[profiles.demo]\nrecord_counts = {Client = 1}\ndescription = 'Zoë'\n", encoding="utf-8"
    )
    assert "Zo?" in qaseed_program("profiles", **environment).stdout
    assert json.loads(qaseed_program("profiles", "--json", **environment).stdout)[-1]["description"] == "Zoë"
    done = qaseed_program("seed", "-e", "minimal", "--to", database, **environment)
    assert done.returncode == 0
    assert "? Starting QA seed generation for 'minimal' environment" in done.stderr
