"""From files of rows to a finished snapshot: digests, rules, evidence, and then the manifest."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed import digest, evidence, validation
from qaseed.errors import FindingsError
from qaseed.model import Model
from qaseed.snapshot import FOLDERS, File, Manifest, Snapshot, Table, finish, open_catalog, resources_to_check

if TYPE_CHECKING:
    import duckdb

    from qaseed.audit import Event

Progress = Callable[[str, int, int], None]
"""Called with a phase, and with records done and in all: 0 in all if they cannot be counted, 1 and 1 at the end."""


@dataclass(frozen=True)
class Generated:
    """The result of `generate` and of `assemble`."""

    snapshot: Snapshot
    """The finished snapshot."""
    reused: bool
    """Whether it existed before."""
    report: validation.Report | None
    """The result of validation; None if the snapshot was reused or not validated."""
    seconds: float
    """Wall time in all."""
    phases: Mapping[str, float]
    """Seconds of wall time by phase (generate, digest, validate, finish); empty if the snapshot was reused."""
    invalid: Path | None = None
    """The folder of rows that an importer must refuse, if they were asked for."""


@dataclass(frozen=True)
class Draft:
    """Files of rows that are to become a snapshot, and what determined them; nothing of it is checked yet."""

    id: str
    name: str
    recipe: Mapping[str, Any]
    model: Model
    made_with: Mapping[str, str]
    formats: tuple[str, ...]
    files: Mapping[str, Sequence[File]]
    """By entity, once for each format."""

    @property
    def rows(self) -> dict[str, int]:
        """The rows that each entity is to have; not of those whose rows derive from others."""
        counts = self.recipe["tenants"].values()
        counted = (entity.name for entity in self.model.entities if not entity.derived)
        return {name: sum(tenant[name] for tenant in counts) for name in counted}

    def paths(self) -> dict[str, list[str]]:
        """The files of the first format, by entity: the others have the same rows."""
        read = f"{FOLDERS[self.formats[0]]}/"
        return {name: [file.path for file in group if file.path.startswith(read)] for name, group in self.files.items()}


@dataclass(frozen=True)
class Checks:
    """What is checked of the rows before a snapshot is finished, as the options of `generate` say."""

    validated: bool = True
    sample_size: int | None = None
    strict: bool = False


@dataclass
class Phases:
    """Seconds of wall time by phase."""

    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def end(self, phase: str) -> None:
        """Let the phase end now, which began with the end of the one before."""
        self.seconds[phase] = self.total - sum(self.seconds.values())

    @property
    def total(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started


def complete(
    draft: Draft,
    building: Path,
    folder: Path,
    checks: Checks,
    phases: Phases,
    event: Event,
    progress: Progress | None,
) -> tuple[Manifest, validation.Report | None]:
    """Check the rows in `building` and write evidence and manifest; `FindingsError` if they break a rule.

    `folder` is where the snapshot is going to be, which errors name.
    """
    if progress:
        progress("check", 0, 0)
    resources = resources_to_check(sum(draft.rows.values()))
    with open_catalog(building, draft.model, draft.paths(), where=folder, **resources) as connection:
        tables = _tables(connection, draft)
        phases.end("digest")
        report = None
        if checks.validated:
            as_of = dt.date.fromisoformat(draft.recipe["as_of"])
            expected = {name: table.rows for name, table in tables.items()} | draft.rows
            report = validation.validate(
                connection, draft.model, as_of, expected, checks.sample_size, draft.recipe["shares"]
            )
            event.facts |= report.summary
            phases.end("validate")
    if progress:
        progress("check", 1, 1)
    if report and not report.ok(strict=checks.strict):
        raise FindingsError(f"{folder}: {report.headline()}; nothing was written")
    whole = report if report and report.whole else None
    summary = whole.to_json() if whole else None
    manifest = Manifest(draft.id, draft.name, draft.recipe, draft.model, tables, draft.made_with, summary)
    if whole:
        evidence.write(building, manifest, whole)
    finish(building, manifest)
    return manifest, report


def _tables(connection: duckdb.DuckDBPyConnection, draft: Draft) -> dict[str, Table]:
    """Read the files back for the logical digest of each entity."""
    tables = {}
    for entity in draft.model.entities:
        rows, left, right = connection.execute(digest.duckdb_sql(entity, f'"{entity.name}"')).fetchall()[0]
        tables[entity.name] = Table(rows, digest.digest(left, right), tuple(draft.files[entity.name]))
    return tables
