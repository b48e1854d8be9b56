"""The command line as users and scripts meet it: exit codes, one JSON document, one line for an error."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from qaseed.cli import app, output
from qaseed.snapshot import Snapshot
from support.command_line import qaseed, qaseed_program
from support.databases import database_name
from support.snapshot_files import edit_manifest

COMMANDS = (
    "seed", "generate", "validate", "load", "scan", "profiles", "scenarios", "schema", "doctor", "list", "show", "rm", "purge", "audit",
    "server", "target", "assemble",
)  # fmt: skip


def test_help_names_every_command_and_exit_code() -> None:
    output = qaseed("--help").stdout
    assert all(command in output for command in COMMANDS)
    assert "7 not everything could be judged, 130 interrupted" in " ".join(output.split())


def test_help_fits_a_terminal_with_its_examples_whole() -> None:
    for words, text in _helps(get_command(app)):
        shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80"})
        assert shown.exit_code == 0
        assert not re.search("<bool>|range>", shown.stdout)
        examples = [line.strip() for line in text.splitlines() if re.match(" *(Example: )?qaseed ", line)]
        assert [example for example in examples if example not in shown.stdout] == []


def _helps(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is typed for each command, and its own text of help."""
    for name, command in group.commands.items():
        typed = (*words, *name.split())
        yield typed, command.help or ""
        if hasattr(command, "commands"):
            yield from _helps(command, typed)


def test_version() -> None:
    assert qaseed_program("--version").stdout.startswith("qaseed 0.")


@pytest.mark.usefixtures("unvalidated")
def test_generate_json(tmp_path: Path) -> None:
    done = qaseed("generate", "-e", "minimal", "--seed", "7", "--json", "--out", str(tmp_path))
    output = json.loads(done.stdout)
    assert "generate: 100% (145/145)" in done.stderr, "progress is for people, and not in the document"
    assert output.keys() >= {
        "snapshot",
        "id",
        "profile",
        "seed",
        "as_of",
        "tenants",
        "rows",
        "total_records",
        "digests",
        "bytes",
        "seconds",
        "reused",
    }
    assert (output["profile"], output["seed"], output["total_records"], output["reused"]) == ("minimal", 7, 145, False)
    assert output["rows"]["tenant"] == 3
    assert Path(output["snapshot"]) == tmp_path / f"minimal-{output['id'][:8]}"
    again = json.loads(
        qaseed("generate", "--profile", "minimal", "--seed", "7", "--json", "--out", str(tmp_path)).stdout
    )
    assert again["reused"]
    assert again["digests"] == output["digests"]
    other = json.loads(qaseed("generate", "-e", "minimal", "--seed", "8", "--json", "--out", str(tmp_path)).stdout)
    assert other["digests"]["client"] != output["digests"]["client"]


@pytest.mark.usefixtures("unvalidated")
def test_scale_tenants_and_as_of(tmp_path: Path) -> None:
    options = (
        "--scale",
        "2",
        "--tenants",
        "5",
        "--as-of",
        "2025-03-05",
        "--format",
        "both",
        "--json",
        "--out",
        str(tmp_path),
    )
    output = json.loads(qaseed("generate", "-e", "minimal", *options).stdout)
    assert output["total_records"] == 290
    assert len(output["tenants"]) == output["rows"]["tenant"] == 5
    assert output["as_of"] == "2025-03-05"


def test_validate_json(minimal: Snapshot) -> None:
    done = qaseed("validate", str(minimal.folder), "--json")
    output = json.loads(done.stdout)
    assert done.returncode == 0
    assert output.keys() >= {"snapshot", "ok", "rules", "findings", "seconds"}
    assert output["ok"] is True


def test_findings_end_with_1(copied: Path) -> None:

    manifest = json.loads((copied / "manifest.json").read_bytes())
    manifest["model"]["entities"][3]["rules"] = [{"id": "Z1", "promise": "nobody is called", "fails": "true"}]
    edit_manifest(copied, model=manifest["model"])
    done = qaseed("validate", str(copied), "--json")
    found = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert found[0].keys() >= {"rule", "entity", "severity", "count", "samples"}
    assert (found[0]["rule"], found[0]["count"], len(found[0]["samples"])) == ("Z1", 25, 5)


def test_an_altered_snapshot_ends_with_3(copied: Path) -> None:
    path = copied / "csv" / "note" / "part-00000.csv"
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    for command in ("validate", "load"):
        done = qaseed(command, str(copied))
        assert done.returncode == 3
        assert done.stderr.count("\n") == 1
        assert "part-00000.csv is not what SHA256SUMS says" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("generate", "-e", "standart"), 2, "did you mean 'standard'?"),
        (("seed", "-e", "standart"), 2, "did you mean 'standard'?"),
        (("generate", "--scale", "-1"), 2, "scale is -1"),
        (("generate", "--scale", "nan"), 2, "scale is nan"),
        (("generate", "--scale", "1e300"), 2, "scale is 1e+300"),
        (("generate", "--scale", "900000"), 2, "whole number from 0 to 150,000,000, which is 50,000,000 a tenant"),
        (("generate", "--tenants", "0"), 2, "give 1 to 8,191"),
        (("generate", "-e", "minimal", "--tenants", "100"), 2, "ask for at least one"),
        (("generate", "--seed", "-1"), 2, "seed is -1"),
        (("generate", "--as-of", "tomorrow"), 2, "write YYYY-MM-DD or today"),
        (("generate", "--as-of", "0001-01-01"), 2, "1990 to 2200"),
        (("generate", "--format", "xml"), 2, "known: parquet, csv, both"),
        (("generate", "--workers", "0"), 2, "from 1 to 1024"),
        (("generate", "--out", "/proc/nothing"), 2, "choose another --out"),
        (("generate", "--nonsense"), 2, "No such option"),
        (("-e", "minimal", "seed"), 2, "options follow the command"),
        (("seed", "minimal"), 2, "give a profile as `-e NAME`"),
        (("load", "--rollback", "--verify", "counts", "--workers", "2"), 2, "no --verify and no --workers"),
        (
            ("load", "x", "--strategy", "template", "--database", "d", "--terminate-blockers"),
            2,
            "no --terminate-blockers",
        ),
        (("validate", "nowhere"), 3, "Snapshot not found: nowhere. No snapshots in artifacts/"),
        (("load", "nowhere"), 3, "Snapshot not found: nowhere. No snapshots in artifacts/"),
        (("rm", "nowhere", "-y"), 3, "Snapshot not found: nowhere. No snapshots in artifacts/"),
        (("purge", "--to", "postgresql://u:hidden@127.0.0.1:1/d", "-y"), 5, "127.0.0.1:1/d"),
        (("purge", "--to", "postgresql://u:hidden@127.0.0.1:1/d"), 2, "Add --yes"),
        (("doctor", "--to", "postgresql://u:hidden@127.0.0.1:1/d"), 1, ""),
    ],
)
def test_bad_input_is_one_clear_line(arguments: tuple[str, ...], code: int, expected: str, tmp_path: Path) -> None:
    before = list(tmp_path.iterdir())
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == code, done.output
    assert expected in done.stderr
    assert "hidden" not in done.output
    assert done.stderr.count("\n") == (1 if expected else 0)
    assert list(tmp_path.iterdir()) == before


def test_a_failed_seed_reports_its_metrics_too() -> None:
    done = qaseed("seed", "-e", "minimal", "--json", "--to", "postgresql://u:hidden@127.0.0.1:1/d")
    assert done.returncode == 5
    output = json.loads(done.stdout)
    assert output["success"] is False
    assert output["errors"]
    assert "hidden" not in done.stdout + done.stderr


def test_dry_run_makes_nothing(tmp_path: Path) -> None:
    plan = json.loads(_stdout("generate", "-e", "minimal", "--dry-run", "--json"))
    assert (plan["snapshot"], plan["rows"]["client"]) == ("artifacts/minimal", 25)
    plan = json.loads(_stdout("generate", "-e", "minimal", "--out", "s3://bucket/qa/", "--dry-run", "--json"))
    assert plan["snapshot"] == "s3://bucket/qa/minimal"
    assert list(tmp_path.iterdir()) == []


def test_names_in_the_folder_of_snapshots(minimal: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(minimal.folder, tmp_path / "artifacts" / "minimal")
    run = partial(CliRunner().invoke, app)
    assert run(["validate", "minimal"]).exit_code == 0
    assert run(["rm", "minimal"]).exit_code == 2
    monkeypatch.setattr(output, "is_terminal", lambda _: True)
    unanswered = run(["rm", "minimal"], input="")
    assert unanswered.exit_code == 130
    assert unanswered.stderr.endswith("[y/N]:\nqaseed: interrupted; nothing was left half done\n")
    assert run(["rm", "minimal", "--yes"]).exit_code == 0
    assert list((tmp_path / "artifacts").iterdir()) == []


def test_profiles_and_schema() -> None:
    known = json.loads(_stdout("profiles", "--json"))
    assert {profile["profile"]: profile["total_records"] for profile in known} == {
        "minimal": 145,
        "standard": 1435,
        "load_test": 25125,
        "integration": 5065,
    }
    assert "1,435" in _stdout("profiles")
    model = json.loads(_stdout("schema", "--json"))
    assert [entity["name"] for entity in model["entities"]] == [
        "tenant",
        "location",
        "provider",
        "client",
        "appointment",
        "note",
        "ledger_entry",
        "scenario",
    ]
    email = next(column for column in model["entities"][3]["columns"] if column["name"] == "email")
    assert (email["phi"], email["safe"]) == ("email", "email")
    also_in = {scenario["name"]: scenario.get("also_in") for scenario in model["scenarios"]}
    assert (also_in["dst_gap_day"], also_in["rtl_name"]) == ([3, 4, 5], None)
    ddl = _stdout("schema", "--sql")
    assert 'create table "public"."client"' in ddl
    assert "foreign key" in ddl
    assert "Date of birth." in _stdout("schema")


def _stdout(*arguments: str) -> str:
    return CliRunner().invoke(app, arguments).stdout


@pytest.mark.usefixtures("unvalidated")
def test_quiet_and_plain() -> None:
    done = qaseed("generate", "-e", "minimal", "-q")
    assert (done.stdout, done.stderr) == ("artifacts/minimal\n", "")
    assert "\x1b" not in qaseed_program("seed", "--help", NO_COLOR="1").stdout


def test_doctor_reports_the_machine() -> None:
    checks = {check["name"]: check for check in json.loads(qaseed("doctor", "--json").stdout)["checks"]}
    assert checks["python"]["ok"]
    assert checks["duckdb"]["ok"]
    assert "embedded Postgres" in checks


@pytest.mark.parametrize(
    ("name", "version", "ok"),
    [
        ("duckdb", "1.3.9", False),
        ("duckdb", "1.4", True),
        ("duckdb", "1.4.0rc1", True),
        ("polars", "1.4.0", False),
        ("numpy", "2.0.dev0", True),
        ("tzdata", "2024.2", False),
        ("tzdata", "2025.10.post1", True),
        ("mimesis", "17.0.0", False),
    ],
)
def test_doctor_names_a_library_below_the_declared_versions(tmp_path: Path, name: str, version: str, ok: bool) -> None:
    installed = tmp_path / "libraries" / f"{name}-{version}.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    done = qaseed_program("doctor", "--json", PYTHONPATH=str(installed.parent))
    check = next(check for check in json.loads(done.stdout)["checks"] if check["name"] == name)
    assert (check["ok"], done.returncode) == (ok, 0 if ok else 1)
    assert ok or check["found"].startswith(f"{version} is older than ")


def test_doctor_understands_every_declared_library() -> None:
    declared = [re.split(r"[\[>]", requirement)[0] for requirement in requires("qaseed") or ()]
    checks = {check["name"] for check in json.loads(qaseed("doctor", "--json").stdout)["checks"]}
    assert checks >= set(declared)


def test_a_closed_pipe_is_no_failure() -> None:
    done = subprocess.run(
        f"{sys.executable} -m qaseed schema | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr


@pytest.mark.integration
def test_load_json_twice(minimal: Snapshot, database: str) -> None:
    for _ in range(2):
        output = json.loads(qaseed("load", str(minimal.folder), "--to", database, "--json").stdout)
        assert output.keys() >= {
            "snapshot",
            "target",
            "strategy",
            "rows",
            "total_records",
            "verified",
            "digests",
            "seconds",
            "phases",
            "rows_per_second",
        }
        assert output["verified"] is True
        assert output["digests"] == minimal.manifest.digests
    removed = json.loads(qaseed("purge", "--to", database, "-y", "--json").stdout)
    assert removed["removed"]["client"] == 25


@pytest.mark.integration
def test_somebodys_rows_end_with_4(minimal: Snapshot, database: str) -> None:
    import psycopg

    with psycopg.connect(database) as connection:
        connection.execute("create table note (t text)")
        connection.execute("insert into note values ('mine')")
    done = qaseed("load", str(minimal.folder), "--to", database)
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1


@pytest.mark.integration
@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize("command", ["load", "seed"])
def test_at_a_terminal_the_name_is_asked_for(command: str, minimal: Snapshot, database: str) -> None:
    import pty

    import psycopg

    with psycopg.connect(database) as connection:
        connection.execute("create table mine as select 1 as a")
    name = database_name(database)
    arguments = ["load", str(minimal.folder)] if command == "load" else ["seed", "-e", "minimal"]
    assert qaseed(*arguments, "--to", database).returncode == 4
    ours, theirs = pty.openpty()
    os.write(ours, f"wrong\n{name}\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "qaseed", *arguments, "--to", database], stdin=theirs, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert "Type the database's name" in done.stderr
    assert qaseed(*arguments, "--to", database).returncode == 0, "marked by the first, so that nobody is asked"


def test_the_script_finds_its_own_environment(tmp_path: Path) -> None:
    bare = shutil.which("python3", path="/usr/bin:/usr/local/bin") or shutil.which("python3")
    script = Path(__file__).parent.parent / "scripts" / "qa_seed_manager.py"
    done = subprocess.run(
        [str(bare), str(script), "--environment", "nonsense"], capture_output=True, text=True, check=False
    )
    assert "no profile 'nonsense'" in done.stderr or "run scripts/seed once" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_ends_as_any_python_program() -> None:
    code = """
import atexit, sys, threading, time
from qaseed.__main__ import main
atexit.register(lambda: print("handler"))
threading.Thread(target=lambda: (time.sleep(2), print("thread")), daemon=sys.argv[1] == "daemon").start()
sys.argv[1:] = ["no-such-command"]
main()
"""
    for kind, printed in (("daemon", ["handler"]), ("awaited", ["thread", "handler"])):
        ended = subprocess.run([sys.executable, "-c", code, kind], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout.split()) == (2, printed), ended.stderr


def test_a_log_of_both_streams_has_messages_below_the_data_before_them(minimal: Snapshot) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qaseed", "validate", str(minimal.folder), "--verbose"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[0].startswith("figure "), "stdout is a pipe, which keeps what is printed for a while"
    said = next(place for place, line in enumerate(lines) if line.startswith("realism: "))
    assert lines[said - 1].startswith(minimal.manifest.model.figures[-1].id)
