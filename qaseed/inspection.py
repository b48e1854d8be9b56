"""Descriptions that change nothing: scenarios, rules and snapshots."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qaseed.errors import SnapshotError, UsageError
from qaseed.profiles import Profile
from qaseed.snapshot import FOLDERS, MANIFEST, SUMS, Snapshot, open_snapshot, output_folder


@dataclass(frozen=True)
class PlacedScenario:
    """A scenario of a profile: table and id of its row, what it is, and the condition that the row, `s`, satisfies."""

    name: str
    entity: str
    tenant: str
    id: int
    description: str
    holds: str


def placed_scenarios(profile: Profile) -> list[PlacedScenario]:
    """The scenarios that fit into a profile, by tenant in the order of their declaration."""
    from qaseed.addresses import SLOT_BITS
    from qaseed.plan import plan
    from qaseed.practice.tables import model_for

    model = model_for(profile)
    known = {scenario.name: scenario for scenario in model.scenarios}
    return [
        PlacedScenario(
            name,
            known[name].entity,
            tenant.slug,
            tenant.number << SLOT_BITS | known[name].slot,
            known[name].doc,
            known[name].holds,
        )
        for tenant in plan(model, profile).tenants
        for name in tenant.scenario_names
    ]


def count_scenarios() -> tuple[int, int]:
    """How many scenarios are declared, and how many of them only a profile's switch includes."""
    from qaseed.practice import MODEL

    return len(MODEL.scenarios), sum(scenario.switch is not None for scenario in MODEL.scenarios)


@dataclass(frozen=True)
class FreeSlots:
    """The reserved slots of a table and tenant that no scenario uses: how many, and which, such as `16-63, 70`."""

    entity: str
    tenant: int
    count: int
    ranges: str


def free_slots() -> list[FreeSlots]:
    """The reserved slots that a new scenario may take, by table and by each tenant that has scenarios."""
    from qaseed.addresses import FIRST_ORDINARY_SLOT
    from qaseed.practice import MODEL

    used: dict[str, set[int]] = {}
    for scenario in MODEL.scenarios:
        for row in scenario.needs:
            used.setdefault(row.entity, set()).add(row.slot)
    tenants = sorted({tenant for scenario in MODEL.scenarios for tenant in scenario.tenants})
    result = []
    for entity in MODEL.entities:
        for tenant in tenants if entity.counted else ():
            slots = sorted(set(range(FIRST_ORDINARY_SLOT)) - used.get(entity.name, set()))
            result.append(FreeSlots(entity.name, tenant, len(slots), _as_ranges(slots)))
    return result


def _as_ranges(numbers: list[int]) -> str:
    """Ascending numbers as text: `0-2, 5`."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1] = [ranges[-1][0], number]
        else:
            ranges.append([number])
    return ", ".join("-".join(map(str, ends)) for ends in ranges)


DERIVED_RULES = (
    ("R1", "every reference points to a row of its own tenant"),
    ("R2", "no reference points into another tenant"),
    ("R4", "no id belongs to two tenants"),
    ("R5", "every tenant has rows of every entity, and each entity has as many as the manifest says"),
    ("R7", "column values have the declared type, range and list, and are null only where allowed"),
    ("K1", "keys are unique"),
    ("U1", "unique columns are unique in their tenant"),
    ("U3", "every identifier satisfies the predicate of its kind"),
    ("X1", "free text contains nothing of an identifier's shape"),
    ("E1", "each scenario is at its slot, and its condition holds"),
)
TESTED_RULES = (
    ("R8", "row-level security shows each tenant exactly its own rows", "tests/integration/test_rls.py"),
    ("D1", "the same recipe gives the same rows, byte for byte", "tests/test_golden.py, tests/test_laws.py"),
    ("D2", "another tenant added or grown changes no row", "tests/test_laws.py"),
    ("D3", "the number of workers changes no row", "tests/test_laws.py"),
)


def rules_page() -> str:
    """Every rule as a page of Markdown, with the condition that duckdb runs: the text of `docs/reference/rules.md`."""
    from qaseed.practice.tables import model_of

    model = model_of("full")
    derived = [
        f"| {id_} | {description} | derived from the declaration, for every column that it concerns |"
        for id_, description in DERIVED_RULES
    ]
    declared = [
        f"| {rule.id} | {entity.name} | {rule.description} | {_code(rule.fails or str(rule.select))} |"
        for entity in model.entities
        for rule in entity.rules
    ]
    scenarios = [
        f"| {case.name} | {case.entity} | {', '.join(map(str, case.tenants))} | {case.slot} "
        f"| {case.doc} | {_code(case.holds)} |"
        for case in model.scenarios
    ]
    known, switched = count_scenarios()
    tests = [f"| {id_} | {description} | {where} |" for id_, description, where in TESTED_RULES]
    return "\n".join(
        [
            "# Rules",
            "",
            "Every snapshot satisfies these rules: duckdb checks them before a snapshot is finished, and",
            "`qaseed validate` checks them again. R5 and R6 only warn, as small counts may break them. The column",
            "`fails` has what breaks a rule: a condition on a row",
            "(`client.dob` is the `dob` of the row that `client_id` references), or a query for failing rows.",
            "`qaseed schema --rules` prints this page. A test keeps it current, another breaks each rule on purpose.",
            "",
            "## Derived",
            "",
            "| id | promise | rule |",
            "|---|---|---|",
            *derived,
            "",
            "## Declared",
            "",
            "| id | entity | promise | fails |",
            "|---|---|---|---|",
            *declared,
            "",
            "## About the generator and the database",
            "",
            "| id | promise | test |",
            "|---|---|---|",
            *tests,
            "",
            "## Scenarios",
            "",
            f"{known} scenarios, {switched} of which need `--adversarial`.",
            "",
            "| name | entity | tenants | slot | what it is | condition on its row `s` |",
            "|---|---|---|---|---|---|",
            *scenarios,
        ]
    )


def _code(sql: str) -> str:
    return f"`{' '.join(sql.split()).replace('|', chr(92) + '|')}`"


@dataclass(frozen=True)
class SnapshotListing:
    """A snapshot as `list` shows it; its facts are None if it is not finished or cannot be read."""

    name: str
    path: str
    state: str
    profile: str | None = None
    id: str | None = None
    total_records: int | None = None
    bytes: int | None = None
    seed: int | None = None
    as_of: str | None = None
    problem: str | None = None


def list_snapshots(out: str | os.PathLike[str] = "artifacts") -> list[SnapshotListing]:
    """The snapshots in a folder by name; `state` is complete, damaged, unfinished or in progress."""
    folder = output_folder(out)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder; give the parent folder of snapshots")
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read ({error.strerror}); check its permissions") from None
    return [listing for listing in map(_read_listing, paths) if listing]


def _read_listing(path: Path) -> SnapshotListing | None:
    building = re.fullmatch(r"\.(.+)\.[^.]+\.partial", path.name)
    if building:
        return SnapshotListing(building[1], str(path), "in progress" if _is_locked(path) else "unfinished")
    if not (path / MANIFEST).is_file():
        begun = any((path / name).exists() for name in (*FOLDERS.values(), SUMS))
        return SnapshotListing(path.name, str(path), "unfinished") if begun and not path.name.startswith(".") else None
    try:
        snapshot = open_snapshot(path, check=False)
    except SnapshotError as error:
        return SnapshotListing(path.name, str(path), "damaged", problem=str(error))
    manifest, recipe = snapshot.manifest, snapshot.manifest.summary
    return SnapshotListing(
        path.name,
        str(path),
        "complete",
        recipe.get("profile"),
        manifest.id,
        manifest.total_records,
        snapshot.bytes,
        recipe.get("seed"),
        recipe.get("as_of"),
    )


def _is_locked(folder: Path) -> bool:
    """Whether a run is building in the folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """The contents of a snapshot, from its manifest: recipe, rows, bytes, tenants, scenarios, validation."""
    manifest = snapshot.manifest
    recipe = manifest.recipe if isinstance(manifest.recipe, Mapping) else {}
    tenants = recipe.get("tenants") or {}
    checked = manifest.validation
    return {
        "snapshot": str(snapshot.folder),
        "name": manifest.name,
        "id": manifest.id,
        **{name: recipe.get(name) for name in ("profile", "seed", "as_of")},
        "total_records": manifest.total_records,
        "bytes": snapshot.bytes,
        "formats": [kind for kind, folder in FOLDERS.items() if (snapshot.folder / folder).is_dir()],
        "rows": manifest.rows,
        "table_bytes": {name: sum(file.bytes for file in table.files) for name, table in manifest.tables.items()},
        "digests": manifest.digests,
        "tenants": {name: sum(counts.values()) for name, counts in tenants.items()},
        "scenarios": len({name for names in (recipe.get("scenarios") or {}).values() for name in names}),
        "validation": checked and {"rules": checked.get("rules"), "findings": len(checked.get("findings") or ())},
        "evidence": [name for name in EVIDENCE if (snapshot.folder / name).is_file()],
        "made_with": dict(manifest.made_with),
    }


EVIDENCE = ("DATASHEET.md", "ATTESTATION.md", "reports/validation.md", "reports/validation.json", "reports/safety.json")
