"""Commands that make data and check it: seed, generate, validate."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.shown import command, fail, progress, rounded, say, tell, tell_json, tell_table, typed_name
from qaseed.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from qaseed.config import QASeedConfig
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

    given = {name: value for name, value in settings.items() if value is not None}
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

    Example: qaseed seed -e standard --to postgresql://me@localhost/pms_qa
    """
    from qaseed.seeding import seed as run_seed

    config = _config(
        environment, seed=seed, as_of=as_of, tenants=tenants, scale=scale,
        locale=locale, modes=mode, scenarios=scenarios, adversarial=adversarial,
        out=str(out) if out else None, parallel_workers=workers, schema=schema,
    )  # fmt: skip
    profile = config.profile
    if dry_run:
        _tell_plan(config, json=json)
        return
    if not quiet and not json:
        say(f"🚀 Starting QA seed generation for '{profile.slug}' environment")
        say(f"📊 Target: {profile.total} records in < {profile.target_seed_time_seconds:g} seconds")
    while True:
        with progress(quiet=quiet or json) as shown:
            run = run_seed(
                config, url=to, format=format, replace_other=replace, confirm=confirm, rls=rls, progress=shown
            )
        name = typed_name(run.error, no_input=no_input or yes)
        if name is None or name == confirm:
            break
        confirm = name
    metrics = run.metrics
    if json:
        tell_json(metrics)
    if run.error:
        fail(run.error)
    if json:
        return
    if not quiet:
        _tell_metrics(metrics)
    if verbose and run.loaded:
        tell_table(("phase", "seconds"), list(rounded(run.loaded.phases).items()))


def _tell_metrics(metrics: dict[str, Any]) -> None:
    say(f"✅ Completed in {metrics['total_time_seconds']:.1f}s ({metrics['records_per_second']} records/sec)")
    met = "MET" if metrics["target_met"] else "MISSED"
    say(f"🎯 Performance target: {met} ({100 * (metrics['performance_ratio'] or 0):.1f}% of target time)")
    for name, value in metrics.items():
        if name not in ("digests", "tenants"):
            tell(f"{name}: {value}")


def _tell_plan(config: QASeedConfig, *, json: bool) -> None:
    from qaseed.generation import planned

    folder, id_, counts, reused = planned(config.profile, Path(config.settings.out))
    plan = {"snapshot": str(folder), "id": id_, "profile": config.profile.slug, "rows": counts, "reused": reused}
    if json:
        tell_json(plan)
        return
    for name, value in plan.items():
        tell(f"{name}: {value}")


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

    Example: qaseed generate -e load_test --seed 7 --out artifacts
    """
    from qaseed.generation import generate as run_generate

    config = _config(
        environment, seed=seed, as_of=as_of, tenants=tenants, scale=scale,
        locale=locale, modes=mode, scenarios=scenarios, adversarial=adversarial,
        out=str(out) if out else None, parallel_workers=workers,
    )  # fmt: skip
    if dry_run:
        _tell_plan(config, json=json)
        return
    settings = config.settings
    with progress(quiet=quiet or json) as shown:
        made = run_generate(
            config.profile, Path(settings.out), format=format, workers=settings.parallel_workers, replace_other=replace,
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
    tell(str(made.snapshot.folder))
    if not quiet:
        state = "was there already" if made.reused else f"made in {made.seconds:.2f} s"
        say(f"{manifest.total_records:,} records, {made.snapshot.bytes:,} bytes, id {manifest.id[:8]}, {state}")
    if verbose:
        rows = [(name, table.rows, table.digest) for name, table in manifest.tables.items()]
        tell_table(("entity", "rows", "digest"), rows)


@app.command()
@command
def validate(
    snapshot: SnapshotName,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, help="Rows of free text to scan; all by default.")
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
    with audit.watched(audit.Event("validate", {})):
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
            tell(f"{finding.severity}: {finding.rule}: {finding.count:,} rows of {finding.entity} ({finding.promise})")
            for sample_row in finding.samples:
                tell(f"    {', '.join(map(str, sample_row))}")
        _tell_realism(report, verbose=verbose)
        say(f"{found.folder}: {report.told()}")
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
                figure.figure,
                figure.label,
                actual,
                target,
                f"{figure.tolerance:g}",
                figure.unit,
                state,
                bar or figure.why,
            )
        )
    if rows:
        tell_table(("figure", "label", "actual", "target", "+-", "unit", "", ""), rows)
    inside = sum(figure.ok is True for figure in judged)
    say(
        f"realism: {inside} of {len(judged)} figures within tolerance, {len(report.realism) - len(judged)} not applicable to a sample of this size"
    )
