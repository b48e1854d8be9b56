"""Commands and the values of their options: what completes, is declared once, and is imported for each."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_args

from typer.main import get_command

from qaseed.cli import app, completion
from qaseed.cli.options import COPIES, ENGINES, FORMATS, STRATEGIES, TABLES, VERIFIES
from qaseed.cli.root import MODULES
from qaseed.snapshot import Snapshot


def complete(words: str) -> list[str]:
    """What bash offers for the last word."""
    done = subprocess.run(
        [sys.executable, "-m", "qaseed"], capture_output=True, text=True, check=False,
        env=os.environ | {"_QASEED_COMPLETE": "complete_bash", "COMP_WORDS": f"qaseed {words}", "COMP_CWORD": str(len(words.split(" ")))},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


def test_values_complete(minimal: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "artifacts").symlink_to(minimal.folder.parent)
    (tmp_path / "qaseed.toml").write_text(
        "[profiles.demo]\nrecord_counts = {Client = 1}\n[profiles.bad]\nrecord_counts = 1\n"
    )
    assert complete("seed -e ") == ["minimal", "standard", "load_test", "integration", "demo"]
    assert complete("load mi") == ["minimal"]
    assert complete("load minimal --strategy ") == list(STRATEGIES)
    assert complete("generate --format p") == ["parquet"]
    assert "phone=nanp_valid" in complete("generate --mode ph")
    assert complete("generate --scenarios apostrophe_name,leap_day_b") == ["apostrophe_name,leap_day_birth"]
    assert "list" in complete("l")
    (tmp_path / "qaseed.toml").write_text("= broken")
    assert complete("seed -e ") == []
    assert not (tmp_path / "cache").exists()


def test_completion_knows_what_is_declared() -> None:
    from qaseed.generation import engines
    from qaseed.loading import options
    from qaseed.practice import MODEL
    from qaseed.practice.modes import MODES
    from qaseed.profiles import TABLES as KNOWN_TABLES
    from qaseed.snapshot import FORMATS as KNOWN

    assert completion.declared_scenarios() == {scenario.name: scenario.doc for scenario in MODEL.scenarios}
    assert completion.declared_modes() == MODES
    assert (*options.STRATEGIES, "template") == STRATEGIES
    assert (tuple(KNOWN), options.VERIFIES) == (FORMATS, VERIFIES)
    assert get_args(options.CopyMethod) == COPIES
    assert KNOWN_TABLES == TABLES
    assert engines.ENGINES == ENGINES


def test_each_command_is_declared_in_the_module_that_is_imported_for_it() -> None:
    commands = get_command(app).commands
    assert commands.keys() == MODULES.keys()
    for name, module in MODULES.items():
        for command in getattr(commands[name], "commands", {name: commands[name]}).values():
            assert command.callback.__module__ == f"qaseed.cli.{module}", (name, command.name)


def test_load_has_the_defaults_of_its_options() -> None:
    from qaseed.loading import load
    from qaseed.loading.options import LoadOptions

    chosen_later = ("schema", "workers")  # by the settings, where the option is not given
    on_the_command_line = {p.name: p.default for p in get_command(app).commands["load"].params}
    in_python = {name: p.default for name, p in inspect.signature(load).parameters.items()}
    for item in fields(LoadOptions):
        if item.name in on_the_command_line and item.name not in chosen_later:
            assert on_the_command_line[item.name] == item.default, item.name
        if item.name in in_python:
            assert in_python[item.name] == item.default, item.name


def test_completion_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom qaseed.cli import completion as c\n"
        "[f('') for f in (c.profiles, c.snapshots, c.modes, c.scenarios)]\n"
        "print(sorted({'polars', 'duckdb', 'pyarrow', 'psycopg', 'numpy', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_command_imports_neither_others_nor_a_library_that_converts_values(minimal: Snapshot) -> None:
    script = (
        "import sys\nfrom qaseed.cli.root import app, import_commands\nimport_commands(sys.argv[1])\n"
        "app(sys.argv[1:], prog_name='qaseed', standalone_mode=False)\n"
        "sys.exit(', '.join({'pydantic', 'qaseed.cli.server'} & sys.modules.keys()) or 0)"
    )
    for command in (
        ("seed", "--environment", "minimal", "--format", "csv", "--dry-run"),
        ("load", "missing"),
        ("verify", str(minimal.folder)),
        ("audit", "verify"),
    ):
        done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
