"""The command that looks for PHI: scan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qaseed.cli.options import Json, Quiet
from qaseed.cli.output import command, print_json, print_line, print_message, progress
from qaseed.cli.root import app
from qaseed.cli.tables import print_table

if TYPE_CHECKING:
    from qaseed.scanning import ScanReport

MOST_LINES = 20
"""Of what was not read, named one by one."""


@app.command()
@command
def scan(
    source: Annotated[
        str,
        typer.Argument(metavar="PATH|URL", help="Snapshot, folder, file (Parquet, CSV, text, ...), or Postgres URL."),
    ],
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, help="Rows of each table to read; all by default.")
    ] = None,
    schema: Annotated[
        list[str] | None,
        typer.Option("--schema", metavar="NAME", help="Only this schema of a database; may be repeated."),
    ] = None,
    accept: Annotated[
        Path | None, typer.Option("--accept", metavar="FILE", help="Ids of findings that do not fail, one a line.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look for PHI, without changes: names of columns, and values that may identify a person; exit 1 if there are any.

    Example: qaseed scan postgresql://me@localhost/pms_staging --accept accepted.txt
    """
    from qaseed.scanning import scan as run_scan

    with progress(quiet=quiet or json) as report_progress:
        report = run_scan(source, sample=sample, accepted=accept, schemas=schema, progress=report_progress)
    _print_skipped(report)
    for id_ in report.stale:
        print_message(f"qaseed: {accept}: {id_} is accepted and was not found; remove the line")
    if json:
        print_json(report.to_json())
    else:
        _print_findings(report)
        if not quiet:
            _print_summary(report)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _print_findings(report: ScanReport) -> None:
    rows = [
        (finding.id, state, finding.where, finding.kind, finding.count, finding.reason)
        for state, findings in (("", report.findings), ("accepted", report.accepted))
        for finding in findings
    ]
    if rows:
        print_table(("id", "", "where", "kind", "count", "reason"), rows)


def _print_summary(report: ScanReport) -> None:
    is_clean = not report.findings and not report.accepted
    if not report.values and len(report.skipped) == 1 and is_clean:
        return  # the line about what was not read is enough
    clean = "nothing found in what was read" if report.skipped else "nothing found that may identify a person"
    findings = f"{len(report.findings)} findings" if report.findings else clean
    accepted = f", {len(report.accepted)} accepted" if report.accepted else ""
    unread = f", {len(report.skipped):,} not read" if report.skipped else ""
    print_message(
        f"{report.source}: {findings}{accepted}{unread}; {report.columns:,} columns, {report.values:,} values read"
    )
    if is_clean and not report.skipped:
        print_line(f"{report.source}: ok")


def _print_skipped(report: ScanReport) -> None:
    """Print a line for each thing that was not read; for many, a line for each reason."""
    if len(report.skipped) <= MOST_LINES:
        for skipped in report.skipped:
            print_message(f"qaseed: {skipped.message}")
        return
    reasons: dict[str, list[str]] = {}
    for skipped in report.skipped:
        reasons.setdefault(skipped.reason, []).append(skipped.where)
    for reason, locations in reasons.items():
        others = f" and {len(locations) - 1:,} others (--json names all)" if len(locations) > 1 else ""
        print_message(f"qaseed: {locations[0]}{others}: {reason}")
