"""Looking for what may identify a person in any Parquet, CSV, snapshot, duckdb file or Postgres database, changing nothing."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qaseed import audit
from qaseed.arguments import as_path
from qaseed.config import settings
from qaseed.errors import PostgresError, UsageError
from qaseed.safety.detection import heading
from qaseed.safety.names import class_label, judge
from qaseed.safety.values import LABELS, LETTERS
from qaseed.scanning.counting import UNPROVEN, Counts, Field
from qaseed.scanning.sources import Skipped, Table, open_source
from qaseed.snapshot import Snapshot, output_folder

Progress = Callable[[str, int, int], None]

_ID = re.compile("[0-9a-f]{10}")
_NAME = "name"
_NUMBERED = re.compile("[0-9]{5}")
"""What a column's name that may be a value has."""


@dataclass(frozen=True)
class Finding:
    """A column with a name or with values that may identify a person: how many, never which."""

    where: str
    kind: str
    letter: str
    reason: str
    count: int

    @property
    def id(self) -> str:
        """What stays the same wherever and whenever the same is found: the hash of place and kind."""
        return hashlib.sha256(f"{self.where}\n{self.kind}".encode()).hexdigest()[:10]

    def to_json(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        return {
            "where": self.where, "kind": self.kind, "class": class_label(self.letter), "reason": self.reason,
            "count": self.count, "id": self.id,
        }  # fmt: skip


@dataclass(frozen=True)
class ScanReport:
    """What a scan found, what of it was accepted before, what could not be read, and how much was."""

    source: str
    findings: tuple[Finding, ...]
    accepted: tuple[Finding, ...]
    stale: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    columns: int
    values: int

    @property
    def ok(self) -> bool:
        """Everything was read, and nothing was found that is not accepted."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """1 if anything was found, else that of the first thing that should have been read and could not be."""
        return 1 if self.findings else next((skipped.exit_code for skipped in self.skipped if skipped.exit_code), 0)

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON; it holds no value of the source."""
        return {
            "source": self.source, "ok": self.ok, "findings": [finding.to_json() for finding in self.findings],
            "accepted": [finding.to_json() for finding in self.accepted],
            "skipped": [{"where": skipped.where, "reason": skipped.reason} for skipped in self.skipped],
            "scanned": {"columns": self.columns, "values": self.values},
        }  # fmt: skip


def scan(
    source: Snapshot | str | os.PathLike[str],
    *,
    sample: int | None = None,
    accepted: str | os.PathLike[str] | Iterable[str] | None = None,
    schemas: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> ScanReport:
    """Judge every column of a source by its name and by its values.

    `source` is a snapshot, a folder of Parquet and CSV files or one of them, a duckdb file, or the URL of a Postgres
    database, of which all schemas are read unless `schemas` names some. `sample` is the number of rows of each table that
    are read, all by default. `accepted` are ids of findings that are no findings any more, or a file of them. What cannot
    be read is told in the report; `UsageError` or `PostgresError` if that is all of it.
    """
    known, source = _accepted(accepted), _source(source)
    with audit.recorded("scan", sample=sample) as event:
        report = _scanned(source, sample, known, schemas, progress)
        event.facts |= {"source": report.source, "findings": len(report.findings), "accepted": len(report.accepted)}
        event.facts |= {"columns": report.columns, "values": report.values, "skipped": len(report.skipped)}
    return report


def _scanned(
    source: str | Path,
    sample: int | None,
    known: Sequence[str],
    schemas: Sequence[str] | None,
    progress: Progress | None,
) -> ScanReport:
    found: list[Finding] = []
    skipped: list[Skipped] = []
    columns = values = 0
    opened: AbstractContextManager[tuple[str, int, Iterator[Table | Skipped]]] = open_source(source, sample, schemas)
    with opened as (shown, total, tables):
        for done, table in enumerate(tables):
            if progress:
                progress("scan", done, total)
            if isinstance(table, Skipped):
                skipped.append(table)
                continue
            counts, failed = table.count()
            skipped += [failed] if failed else []
            found += _findings(table, counts)
            columns += len(table.fields)
            values += counts.values.total()
        if progress:
            progress("scan", total, total)
    refused = next((one for one in skipped if one.exit_code), None)
    if refused and not columns:
        raise (PostgresError if refused.exit_code == PostgresError.exit_code else UsageError)(refused.told)
    met = {finding.id for finding in found}
    return ScanReport(
        shown,
        tuple(finding for finding in found if finding.id not in known),
        tuple(finding for finding in found if finding.id in known),
        tuple(id_ for id_ in known if id_ not in met),
        tuple(skipped),
        columns,
        values,
    )


def _findings(table: Table, counts: Counts) -> Iterator[Finding]:
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, kind), number in counts.kinds.items():
        values[name][kind] += number
    for place, column in enumerate(table.fields, 1):
        in_name = heading("").kinds_of(column.name)
        # a file without a header has a row for names
        at = f"{table.name}.{f'column {place}' if in_name or _NUMBERED.search(column.name) else column.name}"
        for where, name in ((at, column.name), *((f"{at}.{inner}", inner) for inner in column.inner)):
            verdict = judge(name)
            if verdict.outcome == "reject":
                yield Finding(where, _NAME, verdict.letter, f"named like a {verdict.label}", 1)
        for kind, number in (values[column.name] + Counter(in_name)).items():
            yield _of_values(at, column, kind, number)


def _of_values(where: str, column: Field, kind: str, number: int) -> Finding:
    if kind == UNPROVEN and column.declared:
        reason = f"values that the predicate {column.declared.safe!r} does not prove to be nobody's"
        return Finding(where, kind, "R", reason, number)
    return Finding(where, kind, LETTERS[kind], f"values that look like a real {LABELS[kind]}", number)


def _source(given: Any) -> str | Path:
    """What is to be scanned: a snapshot's folder, also by its name in the folder of snapshots, a path as it is, or a URL."""
    if isinstance(given, Snapshot):
        return given.folder
    if not isinstance(given, str):
        return as_path("source", given)
    kept = output_folder(settings().out) / given
    return kept if "/" not in given and not Path(given).exists() and kept.is_dir() else given


def _accepted(given: str | os.PathLike[str] | Iterable[str] | None) -> tuple[str, ...]:
    """The ids of a file of accepted findings: one a line, the rest of a line after `#` is for people."""
    if not isinstance(given, str | os.PathLike):
        return tuple(dict.fromkeys(given or ()))
    try:
        lines = Path(given).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{given}: cannot be read; give a text file of finding ids, one a line") from None
    ids = {number: line.partition("#")[0].strip() for number, line in enumerate(lines, 1)}
    for number, id_ in ids.items():
        if id_ and not _ID.fullmatch(id_):
            raise UsageError(f"{given}: line {number} is no finding id; copy the ids that `qaseed scan` prints")
    return tuple(dict.fromkeys(id_ for id_ in ids.values() if id_))


__all__ = ["Finding", "ScanReport", "Skipped", "scan"]
