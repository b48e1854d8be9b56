"""The command that checks snapshots: validate."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from qaseed.cli.next_steps import print_next_steps, snapshot_steps
from qaseed.cli.options import Json, Quiet, SnapshotName, Strict, Verbose
from qaseed.cli.output import command, print_json, print_line, print_message
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.tables import print_table
from qaseed.errors import FindingsError

if TYPE_CHECKING:
    from qaseed.validation import Report


@app.command()
@command
def validate(
    snapshot: SnapshotName,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", min=1, help="Rows of free text to scan; all by default.")
    ] = None,
    strict: Strict = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check a snapshot: every byte against its checksums, every rule of its model by duckdb; and measure its realism.

    Example: qaseed validate artifacts/minimal --verbose
    """
    from qaseed import audit
    from qaseed.config import settings
    from qaseed.seeding import validate_snapshot

    started, in_force = time.perf_counter(), settings()
    with audit.record_failure(audit.Event("validate", {})):
        opened = find_snapshot(snapshot, quiet=quiet or json)
    report = validate_snapshot(opened, sample or in_force.validation_sample_size)
    ok = report.ok(strict=in_force.strict_mode if strict is None else strict)
    if json:
        seconds = round(time.perf_counter() - started, 4)
        print_json(
            {"snapshot": str(opened.folder), "ok": ok, "whole": report.whole} | report.to_json() | {"seconds": seconds}
        )
    elif not quiet:
        for finding in report.findings:
            print_line(
                f"{finding.severity}: {finding.rule}: {finding.count:,} rows of {finding.entity} "
                f"({finding.description})"
            )
            for sample_row in finding.samples:
                print_line(f"    {', '.join(map(str, sample_row))}")
        _print_realism(report, verbose=verbose)
        print_message(f"{opened.folder}: {report.headline()}")
        if ok:
            print_next_steps(snapshot_steps(opened.folder, "show", "load"))
    if not ok:
        raise typer.Exit(FindingsError.exit_code)


BAR = 24
"""Characters of a bar of 100 percent."""


def _print_realism(report: Report, *, verbose: bool) -> None:
    """Print figures with their targets: those that are off, or with `verbose` all, each with a bar."""
    applicable = [figure for figure in report.realism if figure.ok is not None]
    figures = report.realism if verbose else [figure for figure in applicable if not figure.ok]
    rows = []
    for figure in figures:
        actual = "" if figure.actual is None else f"{figure.actual:g}"
        target = f"{figure.least:g}" if figure.least == figure.most else f"{figure.least:g} to {figure.most:g}"
        bar = "#" * round(BAR * min(figure.actual or 0, 100) / 100) if figure.unit == "percent" else ""
        state = {True: "ok", False: "OFF", None: "n/a"}[figure.ok]
        rows.append(
            (
                f"{figure.figure} {figure.label}",
                actual,
                target,
                f"{figure.tolerance:g}",
                figure.unit,
                state,
                bar or figure.why,
            )
        )
    if rows:
        print_table(("figure", "actual", "target", "+-", "unit", "", ""), rows)
    within = sum(figure.ok is True for figure in applicable)
    not_applicable = len(report.realism) - len(applicable)
    if not applicable:
        print_message(f"realism: this data is too small a sample for any of {not_applicable} figures")
        return
    print_message(
        f"realism: {within} of {len(applicable)} figures within tolerance, "
        f"{not_applicable} not applicable to a sample of this size"
    )
