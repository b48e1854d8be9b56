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
"""Of what was not read, told one by one."""


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
    """Look for PHI, changing nothing: names of columns, and values that may be somebody's; exit 1 if there are any.

    Example: qaseed scan postgresql://me@localhost/pms_staging --accept accepted.txt
    """
    from qaseed.scanning import scan as run_scan

    with progress(quiet=quiet or json) as shown:
        report = run_scan(source, sample=sample, accepted=accept, schemas=schema, progress=shown)
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
        (found.id, state, found.where, found.kind, found.count, found.reason)
        for state, some in (("", report.findings), ("accepted", report.accepted))
        for found in some
    ]
    if rows:
        print_table(("id", "", "where", "kind", "count", "reason"), rows)


def _print_summary(report: ScanReport) -> None:
    is_clean = not report.findings and not report.accepted
    if not report.values and len(report.skipped) == 1 and is_clean:
        return  # the line of what was not read says it all
    clean = "nothing found in what was read" if report.skipped else "nothing found that may identify a person"
    found = f"{len(report.findings)} findings" if report.findings else clean
    more = f", {len(report.accepted)} accepted" if report.accepted else ""
    left = f", {len(report.skipped):,} not read" if report.skipped else ""
    print_message(f"{report.source}: {found}{more}{left}; {report.columns:,} columns, {report.values:,} values read")
    if is_clean and not report.skipped:
        print_line(f"{report.source}: ok")


def _print_skipped(report: ScanReport) -> None:
    """A line for each thing that was not read; for many, a line for each reason."""
    if len(report.skipped) <= MOST_LINES:
        for skipped in report.skipped:
            print_message(f"qaseed: {skipped.told}")
        return
    reasons: dict[str, list[str]] = {}
    for skipped in report.skipped:
        reasons.setdefault(skipped.reason, []).append(skipped.where)
    for reason, places in reasons.items():
        others = f" and {len(places) - 1:,} others (--json names all)" if len(places) > 1 else ""
        print_message(f"qaseed: {places[0]}{others}: {reason}")
