"""Commands that make data and check it: seed, generate, validate."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qaseed.cli.next_steps import connect_command, is_embedded, of_snapshot, program, say_next
from qaseed.cli.options import (
    Adversarial,
    AsOf,
    Confirm,
    DryRun,
    Environment,
    Format,
    Json,
    Locale,
    Modes,
    NoInput,
    Out,
    Quiet,
    Replace,
    Rls,
    Scale,
    Scenarios,
    Schema,
    Seed,
    SnapshotName,
    Strict,
    Tenants,
    To,
    Verbose,
    Workers,
    Yes,
)
from qaseed.cli.output import (
    command,
    fail,
    progress,
    rounded,
    say,
    size,
    tell,
    tell_facts,
    tell_json,
    tell_table,
    tell_text,
    typed_name,
)
from qaseed.cli.root import app, find_snapshot, schema_name
from qaseed.cli.terminal import is_terminal
from qaseed.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from qaseed.config import QASeedConfig
    from qaseed.seeding import Seeding
    from qaseed.validation import Report


def _config(
    environment: str | None,
    *,
    seed: int | None = None,
    as_of: str | None = None,
    tenants: int | None = None,
    scale: float | None = None,
    locale: str | None = None,
    modes: list[str] | None = None,
    scenarios: str | None = None,
    adversarial: bool | None = None,
    **settings: Any,
) -> QASeedConfig:
    """The configuration in force, with the options that were given on top."""
    from qaseed.config import QASeedConfig, get_qa_seed_config
    from qaseed.snapshot import output_folder

    given = {name: value for name, value in settings.items() if value is not None}
    if "out" in given:
        output_folder(given["out"])
    if not 1 <= given.get("parallel_workers", 1) <= 1024:
        raise UsageError(f"--workers: {given['parallel_workers']}; give a number from 1 to 1024")
    config = get_qa_seed_config(environment, given)
    shape = {
        "seed": seed, "as_of": _day(as_of), "tenants": tenants, "locale": locale, "adversarial": adversarial,
        "scenarios": tuple(scenarios.split(",")) if scenarios else None,
        "modes": dict(config.profile.modes) | _pairs(modes) if modes else None,
    }  # fmt: skip
    profile = config.profile.vary(**{name: value for name, value in shape.items() if value is not None})
    return QASeedConfig(profile if scale is None else profile.scaled(scale), config.settings)


def _pairs(modes: list[str]) -> dict[str, str]:
    for told in modes:
        if told.count("=") != 1:
            raise UsageError(f"--mode: {told!r} names no mode; write KIND=MODE, such as phone=nanp_valid")
    return dict(told.split("=") for told in modes)


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.datetime.now(dt.UTC).date() if text == "today" else dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of: {text!r} is not a date; write YYYY-MM-DD or today") from None


@app.command()
@command
def seed(
    environment: Environment = None,
    seed: Seed = None,
    as_of: AsOf = None,
    tenants: Tenants = None,
    scale: Scale = None,
    locale: Locale = None,
    mode: Modes = None,
    scenarios: Scenarios = None,
    adversarial: Adversarial = None,
    format: Format = "parquet",
    out: Out = None,
    workers: Workers = None,
    to: To = None,
    schema: Schema = None,
    confirm: Confirm = None,
    rls: Rls = None,
    replace: Replace = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_input: NoInput = False,
) -> None:
    """The main job in one go: generate (or reuse) a snapshot, validate it, load it into Postgres, verify.

    \b
    Examples:
      qaseed seed -e minimal
      qaseed seed -e standard --to postgresql://me@localhost/pms_qa
      qaseed seed -e standard --scale 10 --tenants 5 --dry-run
    """
    from qaseed.generation import check
    from qaseed.seeding import check_target, given_url
    from qaseed.seeding import seed as run_seed

    config = _config(
        environment, seed=seed, as_of=as_of, tenants=tenants, scale=scale,
        locale=locale, modes=mode, scenarios=scenarios, adversarial=adversarial,
        out=out, parallel_workers=workers, schema=schema_name(schema),
    )  # fmt: skip
    profile = config.profile
    check(profile, config.settings.out, format, workers)
    given_url(to)
    if dry_run:
        _tell_plan(config, json=json)
        return
    if not quiet and not json:
        check_target(to)
        say(f"🚀 Starting QA seed generation for '{profile.slug}' environment")
        say(f"📊 Target: {profile.total} records in < {profile.target_seed_time_seconds:g} seconds")
    run = _confirmed_run(
        partial(run_seed, config, url=to, format=format, replace_other=replace, rls=rls),
        confirm, quiet=quiet, no_input=no_input or yes,
    )  # fmt: skip
    if json:
        tell_json(run.metrics)
    if run.error:
        fail(run.error)
    if not json:
        _tell_run(run, embedded=is_embedded(to), quiet=quiet, verbose=verbose)


def _confirmed_run(run_seed: Callable[..., Seeding], confirm: str | None, *, quiet: bool, no_input: bool) -> Seeding:
    """A run; again with the database's name, where somebody at a terminal types it."""
    while True:
        with progress(quiet=quiet) as shown:
            run = run_seed(confirm=confirm, progress=shown)
        name = typed_name(run.error, no_input=no_input)
        if name is None or name == confirm:
            return run
        confirm = name


def _tell_run(run: Seeding, *, embedded: bool, quiet: bool, verbose: bool) -> None:
    if not quiet:
        _tell_metrics(run.metrics)
    if verbose and run.loaded:
        tell_table(("phase", "seconds"), list(rounded(run.loaded.phases).items()))
    if not quiet and run.loaded and run.snapshot:
        say_next(
            {"connect": connect_command(run.loaded.target, embedded=embedded)}
            | of_snapshot(run.snapshot.folder, "show")
            | {"find named cases": f"{program()} scenarios -e {run.config.profile.slug}"}
        )


def _tell_metrics(metrics: dict[str, Any]) -> None:
    say(f"✅ Completed in {metrics['total_time_seconds']:.1f}s ({metrics['records_per_second']} records/sec)")
    met = "MET" if metrics["target_met"] else "MISSED"
    say(f"🎯 Performance target: {met} ({100 * (metrics['performance_ratio'] or 0):.1f}% of target time)")
    if is_terminal(sys.stdout):
        tell_facts({
            "records": f"{metrics['total_records_created']:,}, of {len(metrics['tenants'])} tenants",
            "validated": f"in {metrics['validation_time_seconds']:.2f} s",
            "snapshot": metrics["snapshot"],
            "target": metrics["target"],
        })  # fmt: skip
    else:
        tell_facts({name: value for name, value in metrics.items() if name not in ("digests", "tenants")})


def _tell_plan(config: QASeedConfig, *, json: bool) -> None:
    from qaseed.generation import planned

    folder, id_, counts, reused = planned(config.profile, config.settings.out)
    plan = {"snapshot": str(folder), "id": id_, "profile": config.profile.slug, "rows": counts, "reused": reused}
    if json:
        tell_json(plan)
        return
    tell_facts(plan)


@app.command()
@command
def generate(
    environment: Environment = None,
    seed: Seed = None,
    as_of: AsOf = None,
    tenants: Tenants = None,
    scale: Scale = None,
    locale: Locale = None,
    mode: Modes = None,
    scenarios: Scenarios = None,
    adversarial: Adversarial = None,
    format: Format = "parquet",
    out: Out = None,
    workers: Workers = None,
    replace: Replace = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    dry_run: DryRun = False,
) -> None:
    """Write a snapshot folder, checked and complete, or find it there already.

    \b
    Examples:
      qaseed generate -e load_test --seed 7 --out artifacts
      qaseed generate -e minimal --format both --as-of 2026-05-04
    """
    from qaseed.generation import check
    from qaseed.generation import generate as run_generate

    config = _config(
        environment, seed=seed, as_of=as_of, tenants=tenants, scale=scale,
        locale=locale, modes=mode, scenarios=scenarios, adversarial=adversarial,
        out=out, parallel_workers=workers,
    )  # fmt: skip
    check(config.profile, config.settings.out, format, workers)
    if dry_run:
        _tell_plan(config, json=json)
        return
    settings = config.settings
    with progress(quiet=quiet) as shown:
        made = run_generate(
            config.profile, settings.out, format=format, workers=settings.parallel_workers, replace_other=replace,
            validated=settings.validation_enabled, sample_size=settings.validation_sample_size, strict=settings.strict_mode,
            progress=shown,
        )  # fmt: skip
    manifest = made.snapshot.manifest
    if json:
        tell_json({
            "snapshot": str(made.snapshot.folder), "id": manifest.id, "profile": config.profile.slug, "seed": config.profile.seed,
            "as_of": config.profile.as_of.isoformat(), "tenants": config.get_tenant_ids(), "rows": manifest.rows,
            "total_records": manifest.total_records, "digests": manifest.digests, "bytes": made.snapshot.bytes,
            "seconds": round(made.seconds, 4), "phases": rounded(made.phases), "reused": made.reused,
        })  # fmt: skip
        return
    tell_text(str(made.snapshot.folder))
    if not quiet:
        state = "existed already" if made.reused else f"generated in {made.seconds:.2f} s"
        say(f"{manifest.total_records:,} records, {size(made.snapshot.bytes)}, id {manifest.id[:8]}, {state}")
    if verbose:
        rows = [(name, table.rows, table.digest) for name, table in manifest.tables.items()]
        tell_table(("entity", "rows", "digest"), rows)
    if not quiet:
        say_next(of_snapshot(made.snapshot.folder, "show", "load"))


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
    """Check a snapshot: every byte against its sums, every rule of its model by duckdb; and measure how real it looks.

    Example: qaseed validate artifacts/minimal --verbose
    """
    from qaseed import audit
    from qaseed.config import settings
    from qaseed.seeding import validate_snapshot

    begun, in_force = time.perf_counter(), settings()
    with audit.record_failure(audit.Event("validate", {})):
        found = find_snapshot(snapshot)
    report = validate_snapshot(found, sample or in_force.validation_sample_size)
    ok = report.ok(strict=in_force.strict_mode if strict is None else strict)
    if json:
        seconds = round(time.perf_counter() - begun, 4)
        tell_json(
            {"snapshot": str(found.folder), "ok": ok, "whole": report.whole} | report.to_json() | {"seconds": seconds}
        )
    elif not quiet:
        for finding in report.findings:
            tell(
                f"{finding.severity}: {finding.rule}: {finding.count:,} rows of {finding.entity} ({finding.description})"
            )
            for sample_row in finding.samples:
                tell(f"    {', '.join(map(str, sample_row))}")
        _tell_realism(report, verbose=verbose)
        say(f"{found.folder}: {report.headline()}")
        if ok:
            say_next(of_snapshot(found.folder, "show", "load"))
    if not ok:
        raise typer.Exit(FindingsError.exit_code)


BAR = 24


def _tell_realism(report: Report, *, verbose: bool) -> None:
    """Figures against their targets: those that are off, or with `verbose` all, each with a bar."""
    judged = [figure for figure in report.realism if figure.ok is not None]
    shown = report.realism if verbose else [figure for figure in judged if not figure.ok]
    rows = []
    for figure in shown:
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
        tell_table(("figure", "actual", "target", "+-", "unit", "", ""), rows)
    inside = sum(figure.ok is True for figure in judged)
    without = len(report.realism) - len(judged)
    if not judged:
        say(f"realism: this data is too small a sample for any of {without} figures")
        return
    say(
        f"realism: {inside} of {len(judged)} figures within tolerance, {without} not applicable to a sample of this size"
    )
