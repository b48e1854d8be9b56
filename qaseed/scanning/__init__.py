"""Looking for what may identify a person in any Parquet, CSV, snapshot, duckdb file or Postgres database, changing
nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qaseed import audit
from qaseed.arguments import as_path
from qaseed.config import settings
from qaseed.errors import UsageError
from qaseed.interrupts import raise_if_asked
from qaseed.safety.redaction import shown_source
from qaseed.scanning.baseline import Baseline, read_baseline
from qaseed.scanning.counting import Counts
from qaseed.scanning.findings import Finding, Part, Skipped, Table, Unproven, in_table, merged, not_read, unproven_in
from qaseed.scanning.people import Names
from qaseed.scanning.sources import exists, open_source
from qaseed.scanning.texts import encoding_of
from qaseed.snapshot import Snapshot, open_snapshot, output_folder
from qaseed.stores.reference import SCHEMES

Progress = Callable[[str, int, int], None]

NOT_JUDGED = 7
"""The exit code where proof is required, and something could not be judged."""
_ID = re.compile("[0-9a-f]{10}")


@dataclass(frozen=True)
class ScanReport:
    """What a scan found, what of it was accepted or known before, what it could not prove or read, and how much it
    read.

    `unproven` are columns named like personal data, or with free text, whose values look the same for real and for
    made-up persons; `known` and `known_unproven` are those of the baseline.
    """

    source: str
    findings: tuple[Finding, ...]
    accepted: tuple[Finding, ...]
    known: tuple[Finding, ...]
    unproven: tuple[Unproven, ...]
    known_unproven: tuple[Unproven, ...]
    stale: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    columns: int
    values: int
    sampled: bool

    @property
    def ok(self) -> bool:
        """Everything was read, and nothing was found that is not accepted."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """1 if anything was found, else that of the first thing that should have been read and could not be."""
        return 1 if self.findings else next((skipped.exit_code for skipped in self.skipped if skipped.exit_code), 0)

    @property
    def judged(self) -> bool:
        """Whether all that is named like personal data, and all text, was read and proven to belong to no person."""
        return not (self.unproven or self.known_unproven or self.skipped or self.sampled)

    @property
    def proof_exit_code(self) -> int:
        """The exit code where proof is required: 7 if nothing was found, but not everything could be judged, unless
        the baseline has it.
        """
        is_open = self.unproven or self.skipped or self.sampled
        return self.exit_code or (NOT_JUDGED if is_open else 0)

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON; it holds no value of the source."""
        return {
            "source": self.source, "ok": self.ok, "findings": [finding.to_json() for finding in self.findings],
            "accepted": [finding.to_json() for finding in self.accepted],
            "skipped": [{"where": skipped.where, "reason": skipped.reason} for skipped in self.skipped],
            "known": [finding.to_json() for finding in self.known],
            "judged": self.judged, "unproven": [column.to_json() for column in self.unproven],
            "known_unproven": [column.to_json() for column in self.known_unproven],
            "scanned": {"columns": self.columns, "values": self.values, "unread": len(self.skipped)},
        }  # fmt: skip


def scan(
    source: Snapshot | str | os.PathLike[str],
    *,
    sample: int | None = None,
    accepted: str | os.PathLike[str] | Iterable[str] | None = None,
    schemas: Sequence[str] | None = None,
    baseline: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> ScanReport:
    """Judge every column of a source by its name and by its values.

    `source` is a snapshot, a folder or a file (Parquet, CSV, text, a plain dump of a database, Arrow, duckdb,
    SQLite), or the URL of a Postgres database, of which all schemas are read unless `schemas` names some. `sample` is
    the number of rows of each table that are read, all by default. `accepted` are ids of findings that are no
    findings any more, or a file of them. `baseline` is a file that `scan --json` wrote: what it has is known, unless
    it has more values now. What cannot be proven is in the report, and is no finding. What cannot be read is named in
    the report and in its exit code; `UsageError` or `PostgresError` if there is no such source.
    """
    known, before, source = _accepted(accepted), read_baseline(baseline), _source(source)
    with audit.recorded("scan", sample=sample) as event:
        report = _scanned(source, sample, known, before, schemas, progress)
        event.facts |= {"source": report.source, "findings": len(report.findings), "accepted": len(report.accepted)}
        event.facts |= {"unproven": len(report.unproven) + len(report.known_unproven)}
        event.facts |= {"columns": report.columns, "values": report.values, "skipped": len(report.skipped)}
    return report


def _scanned(
    source: str | Path,
    sample: int | None,
    accepted: Sequence[str],
    baseline: Baseline,
    schemas: Sequence[str] | None,
    progress: Progress | None,
) -> ScanReport:
    done = 0
    with open_source(source, sample, schemas) as (shown, total, parts):
        collected = _Collected(_names(parts()))
        for part in parts():
            if progress and not isinstance(part, Finding):
                progress("scan", min(done, total), total)
            done += not isinstance(part, Finding)
            collected.add(part)
            raise_if_asked()
        if progress:
            progress("scan", total, total)
    findings = merged(collected.findings)
    met = {finding.id for finding in findings}
    new, known = baseline.split(finding for finding in findings if finding.id not in accepted)
    unproven, known_unproven = baseline.split(merged(collected.unproven))
    return ScanReport(
        source=shown,
        findings=new,
        accepted=tuple(finding for finding in findings if finding.id in accepted),
        known=known,
        unproven=unproven,
        known_unproven=known_unproven,
        stale=tuple(id_ for id_ in accepted if id_ not in met),
        skipped=tuple(collected.skipped),
        columns=collected.columns,
        values=collected.values,
        sampled=sample is not None,
    )


def _names(parts: Iterable[Part]) -> Names:
    """The names of people that stand in the columns of a source."""
    names = Names()
    for part in parts:
        if isinstance(part, Table) and names.wanted(part.fields):
            part.read(lambda: names)
            raise_if_asked()
    names.sort()
    return names


@dataclass
class _Collected:
    """What the parts of a source gave so far."""

    names: Names
    findings: list[Finding] = field(default_factory=list)
    unproven: list[Unproven] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    columns: int = 0
    values: int = 0

    def add(self, part: Part) -> None:
        """Count a table, or keep what is none."""
        if isinstance(part, Finding):
            self.findings.append(part)
        elif isinstance(part, Skipped):
            self.skipped.append(part)
        else:
            self._count(part)

    def _count(self, table: Table) -> None:
        counts, failed = table.read(lambda: Counts(names=self.names))
        self.skipped += [*([failed] if failed else []), *not_read(table, counts)]
        self.findings += in_table(table, counts)
        self.unproven += unproven_in(table, counts)
        self.columns += len(table.fields)
        self.values += counts.values.total()


def _source(given: Any) -> str | Path:
    """What is to be scanned: a snapshot's folder, also by its name in the folder of snapshots or its reference by URL,
    a path as it is, or the URL of a database.
    """
    if isinstance(given, Snapshot):
        return given.folder
    if not isinstance(given, str):
        return as_path("source", given)
    if "://" in given and given.partition("://")[0] in SCHEMES:
        return open_snapshot(given).folder
    snapshot_folder = output_folder(settings().out) / given
    return snapshot_folder if "/" not in given and not exists(given) and exists(snapshot_folder) else given


def _accepted(given: str | os.PathLike[str] | Iterable[str] | None) -> tuple[str, ...]:
    """The ids of a file of accepted findings: one a line, the rest of a line after `#` is for people."""
    if not isinstance(given, str | os.PathLike):
        return tuple(dict.fromkeys(id_.lower() for id_ in given or ()))
    shown = shown_source(str(given))
    try:
        data = Path(given).read_bytes()
        lines = data.decode(encoding_of(data)).replace("\ufeff", "").splitlines()
    except (OSError, ValueError):
        raise UsageError(f"{shown}: cannot be read; give a text file of finding ids, one a line") from None
    ids = {number: line.partition("#")[0].strip().lower() for number, line in enumerate(lines, 1)}
    for number, id_ in ids.items():
        if id_ and not _ID.fullmatch(id_):
            raise UsageError(f"{shown}: line {number} is no finding id; copy the ids that `qaseed scan` prints")
    return tuple(dict.fromkeys(id_ for id_ in ids.values() if id_))


__all__ = ["Finding", "ScanReport", "Skipped", "Unproven", "scan"]
