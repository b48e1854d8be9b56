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
    from qaseed.scanning import ScanReport, Unproven

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
        int | None, typer.Option("--sample", metavar="N", min=1, help="Rows of each table to read; all by default.")
    ] = None,
    schema: Annotated[
        list[str] | None,
        typer.Option("--schema", metavar="NAME", help="Only this schema of a database; may be repeated."),
    ] = None,
    accept: Annotated[
        Path | None, typer.Option("--accept", metavar="FILE", help="Ids of findings that do not fail, one a line.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="What an earlier scan --json wrote: only what is new counts."),
    ] = None,
    require_proof: Annotated[
        bool,
        typer.Option("--require-proof", help="Exit 7 if nothing is found, but not everything can be proven."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look for PHI, without changes: names of columns, and values that may identify a person; exit 1 if there are any.

    Columns such as names, dates and free text, in which made-up values look like real ones, are listed as not proven.

    Example: qaseed scan postgresql://me@localhost/pms_qa --accept accepted.txt
    """
    from qaseed.scanning import scan as run_scan

    with progress(quiet=quiet or json) as report_progress:
        report = run_scan(
            source, sample=sample, accepted=accept, schemas=schema, baseline=baseline, progress=report_progress
        )
    _print_skipped(report)
    for id_ in report.stale:
        print_message(f"qaseed: {accept}: {id_} is accepted and was not found; remove the line")
    if json:
        print_json(report.to_json())
    else:
        _print_findings(report)
        _print_unproven(report)
        if not quiet:
            _print_summary(report)
        if report.unproven:
            print_line(f"{report.source}: not proven: {_columns(len(report.unproven))}")
    exit_code = report.proof_exit_code if require_proof else report.exit_code
    if exit_code:
        raise typer.Exit(exit_code)


def _print_findings(report: ScanReport) -> None:
    rows = [
        (finding.id, state, finding.where, finding.kind, finding.count, finding.reason)
        for state, findings in (("", report.findings), ("accepted", report.accepted))
        for finding in findings
    ]
    if rows:
        print_table(("id", "", "where", "kind", "count", "reason"), rows)


def _print_unproven(report: ScanReport) -> None:
    """Print a line for each column that is not proven; for many, a line for each class."""
    if not report.unproven:
        return
    if len(report.unproven) <= MOST_LINES:
        rows = [(one.where, one.kind, one.count, " or ".join(one.shapes)) for one in report.unproven]
        print_table(("not proven", "class", "count", "shape"), rows)
        return
    by_class: dict[str, list[Unproven]] = {}
    for one in report.unproven:
        by_class.setdefault(one.kind, []).append(one)
    print_table(
        ("not proven", "columns", "count", "such as (--json names all)"),
        [(kind, len(some), sum(one.count for one in some), some[0].where) for kind, some in sorted(by_class.items())],
    )


def _print_summary(report: ScanReport) -> None:
    is_clean = not (report.findings or report.accepted or report.known)
    if not report.values and len(report.skipped) == 1 and is_clean:
        return  # the line about what was not read is enough
    number = len(report.findings)
    parts = [f"{number} finding{'s' * (number > 1)}" if number else _nothing_found(report)]
    parts += [f"{len(report.accepted)} accepted"] if report.accepted else []
    known = len(report.known) + len(report.known_unproven)
    parts += [f"{known} known from the baseline"] if known else []
    parts += [f"{len(report.skipped):,} not read"] if report.skipped else []
    print_message(f"{report.source}: {', '.join(parts)}; {report.columns:,} columns, {report.values:,} values read")
    if report.unproven:
        print_message(
            "columns are not proven that are named like personal data, or hold free text: nothing separates "
            "made-up values from a person's; check where they come from, then keep the --json report as a --baseline"
        )
    elif is_clean and not report.skipped and not known and not report.sampled:
        print_line(f"{report.source}: ok")


def _nothing_found(report: ScanReport) -> str:
    if report.known or report.known_unproven:
        return "nothing new found" if not report.unproven else "no new findings"
    if report.unproven:
        return "no findings, but not proven clean"
    if report.sampled:
        return "nothing found in the sample; it proves nothing of the other rows"
    return "nothing found in what was read" if report.skipped else "nothing found that may identify a person"


def _columns(number: int) -> str:
    return f"{number:,} column{'s' if number != 1 else ''}"


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
