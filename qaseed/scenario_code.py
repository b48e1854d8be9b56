"""Scenarios as constants for test suites in Python, TypeScript, or any language that reads JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qaseed.errors import SnapshotError
from qaseed.inspection import PlacedScenario
from qaseed.snapshot import Snapshot

Constants = Mapping[str, Any]
"""Of each scenario: `description`, `holds`, and `rows`, each with `tenant_id`, `entity` and `id`."""


def scenarios_of(snapshot: Snapshot) -> list[PlacedScenario]:
    """The scenarios of a snapshot with their rows, by name, tenant and id; `SnapshotError` if it has none."""
    declared = {scenario.name: scenario for scenario in snapshot.manifest.model.scenarios}
    with snapshot.catalog() as catalog:
        rows = catalog.execute(
            "select name, entity, tenant_id, id, description from scenario order by name, tenant_id, id"
        ).fetchall()
    if not rows:
        raise SnapshotError(f"{snapshot.folder}: has no scenarios; generate it with --scenarios fit")
    return [
        PlacedScenario(name, entity, tenant, id_, description, declared[name].holds if name in declared else "")
        for name, entity, tenant, id_, description in rows
    ]


def constants(scenarios: Sequence[PlacedScenario]) -> Constants:
    """The scenarios by name, each with all of its rows."""
    by_name: dict[str, Any] = {}
    for placed in sorted(scenarios, key=lambda scenario: (scenario.name, scenario.tenant, scenario.id)):
        facts = {"description": placed.description, "holds": placed.holds, "rows": []}
        rows = by_name.setdefault(placed.name, facts)["rows"]
        rows.append({"tenant_id": placed.tenant, "entity": placed.entity, "id": placed.id})
    return by_name


def _python(header: Mapping[str, str], scenarios: Constants) -> str:
    lines = [f"# {name}: {value}" for name, value in header.items()]
    lines += [
        "# Written by `qaseed scenarios --format python`; do not edit.",
        "from typing import NamedTuple",
        "",
        "",
        "class Row(NamedTuple):",
        "    tenant_id: str",
        "    entity: str",
        "    id: int",
        "",
    ]
    for name, facts in scenarios.items():
        rows = [
            f"    Row({_quoted(row['tenant_id'])}, {_quoted(row['entity'])}, {row['id']})," for row in facts["rows"]
        ]
        lines += ["", f"# {facts['description']}", f"{name.upper()} = (", *rows, ")"]
    return "\n".join(lines) + "\n"


def _typescript(header: Mapping[str, str], scenarios: Constants) -> str:
    lines = [f"// {name}: {value}" for name, value in header.items()]
    lines += [
        "// Written by `qaseed scenarios --format typescript`; do not edit.",
        "export interface Row { readonly tenantId: string; readonly entity: string; readonly id: number }",
        "",
        "export const scenarios = {",
    ]
    for name, facts in scenarios.items():
        lines += [f"  /** {facts['description'].replace('*/', '* /')} */", f"  {name}: ["]
        lines += [
            f"    {{ tenantId: {_quoted(row['tenant_id'])}, entity: {_quoted(row['entity'])}, id: {row['id']} }},"
            for row in facts["rows"]
        ]
        lines.append("  ],")
    lines += ["} as const satisfies Record<string, readonly Row[]>;"]
    return "\n".join(lines) + "\n"


def _json(header: Mapping[str, str], scenarios: Constants) -> str:
    return json.dumps({**header, "scenarios": scenarios}, indent=2, ensure_ascii=False) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Mapping[str, str], Constants], str]] = {
    "python": _python,
    "typescript": _typescript,
    "json": _json,
}


def scenario_code(format_: str, header: Mapping[str, str], scenarios: Sequence[PlacedScenario]) -> str:
    """The constants as text in one of `FORMATS`; ids are below 2^53, so that JavaScript reads them exactly."""
    return FORMATS[format_](header, constants(scenarios))
