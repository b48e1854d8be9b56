"""The command that looks for PHI: scan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qaseed.cli.options import Json, Quiet
from qaseed.cli.root import app
from qaseed.cli.shown import command, progress, say, tell, tell_json, tell_table

if TYPE_CHECKING:
    from qaseed.scanning import ScanReport


@app.command()
@command
def scan(
    source: Annotated[
        str, typer.Argument(metavar="PATH|URL", help="Snapshot, Parquet, CSV or duckdb file, folder, or Postgres URL.")
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
    for skipped in report.skipped:
        say(f"qaseed: {skipped.told}")
    for id_ in report.stale:
        say(f"qaseed: {accept}: {id_} is accepted and was not found; remove the line")
    if json:
        tell_json(report.to_json())
    elif not quiet:
        _tell(report)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _tell(report: ScanReport) -> None:
    rows = [
        (found.id, state, found.where, found.kind, found.count, found.reason)
        for state, some in (("", report.findings), ("accepted", report.accepted))
        for found in some
    ]
    if rows:
        tell_table(("id", "", "where", "kind", "count", "reason"), rows)
    found = f"{len(report.findings)} findings" if report.findings else "nothing found that may identify a person"
    more = f", {len(report.accepted)} accepted" if report.accepted else ""
    left = f", {len(report.skipped)} not read" if report.skipped else ""
    say(f"{report.source}: {found}{more}{left}; {report.columns:,} columns, {report.values:,} values read")
    if not rows and not report.skipped:
        tell(f"{report.source}: ok")
