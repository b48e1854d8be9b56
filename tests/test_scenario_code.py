"""Scenarios as constants: the same ids as in the data, in text that each language reads."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from qaseed.errors import SnapshotError
from qaseed.generation import generate
from qaseed.inspection import placed_scenarios
from qaseed.profiles import PROFILES
from qaseed.scenario_code import FORMATS, constants, scenario_code, scenarios_of
from qaseed.snapshot import Snapshot
from support.command_line import qaseed


def test_constants_of_a_snapshot_are_those_of_its_profile(standard: Snapshot) -> None:
    assert constants(scenarios_of(standard)) == constants(placed_scenarios(PROFILES["standard"]))


def test_python_constants_are_the_rows(standard: Snapshot) -> None:
    scenarios = scenarios_of(standard)
    namespace: dict[str, object] = {}
    exec(compile(scenario_code("python", {"snapshot": "x"}, scenarios), "scenarios.py", "exec"), namespace)
    for name, facts in constants(scenarios).items():
        rows = namespace[name.upper()]
        assert [tuple(row) for row in rows] == [tuple(row.values()) for row in facts["rows"]]  # type: ignore[attr-defined]


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
def test_typescript_constants_are_the_rows(standard: Snapshot, tmp_path: Path) -> None:
    scenarios = scenarios_of(standard)
    code = scenario_code("typescript", {"snapshot": "x"}, scenarios)
    # without its two types it is JavaScript
    script = "\n".join(line for line in code.splitlines() if not line.startswith("export interface"))
    script = script.replace(" as const satisfies Record<string, readonly Row[]>", "").replace("export const", "const")
    (tmp_path / "scenarios.js").write_text(script + "\nconsole.log(JSON.stringify(scenarios))")
    ran = subprocess.run(["node", "scenarios.js"], cwd=tmp_path, capture_output=True, text=True, check=True)
    expected = {
        name: [{"tenantId": row["tenant_id"], "entity": row["entity"], "id": row["id"]} for row in facts["rows"]]
        for name, facts in constants(scenarios).items()
    }
    assert json.loads(ran.stdout) == expected


def test_json_constants_have_the_digest_on_top_and_what_holds(minimal: Snapshot) -> None:
    written = json.loads(scenario_code("json", {"snapshot": "minimal@sha256:0", "id": "1"}, scenarios_of(minimal)))
    assert list(written) == ["snapshot", "id", "scenarios"]
    assert all(facts["description"] and facts["holds"] and facts["rows"] for facts in written["scenarios"].values())


def test_the_command_writes_constants(minimal: Snapshot) -> None:
    for format_ in FORMATS:
        done = qaseed("scenarios", str(minimal.folder), "--format", format_)
        assert "minimal@sha256:" in done.stdout.partition("minor_with_guardian")[0]
    assert qaseed("scenarios", "--format", "pyton").returncode == 2
    assert qaseed("scenarios", "--format", "json", "--json").returncode == 2
    assert qaseed("scenarios", str(minimal.folder), "-e", "minimal").returncode == 2


def test_a_snapshot_without_scenarios_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="has no scenarios"):
        scenarios_of(generate(PROFILES["minimal"].vary(scenarios="none"), tmp_path, validated=False).snapshot)
