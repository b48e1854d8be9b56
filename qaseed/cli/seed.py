"""The command that generates, validates, loads and verifies: seed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qaseed.cli.configuration import configuration_from_options, print_plan
from qaseed.cli.next_steps import connect_command, print_next_steps, program_name, snapshot_steps, uses_embedded_server
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
    Tables,
    Tenants,
    To,
    Verbose,
    Workers,
    Yes,
)
from qaseed.cli.output import command, fail, print_json, print_message, progress, prompt_for_name, rounded_seconds
from qaseed.cli.root import app, schema_name
from qaseed.cli.tables import print_fields, print_table
from qaseed.cli.terminal import is_terminal

if TYPE_CHECKING:
    from qaseed.seeding import SeedRun


@app.command()
@command
def seed(
    environment: Environment = None,
    seed: Seed = None,
    as_of: AsOf = None,
    tenants: Tenants = None,
    scale: Scale = None,
    tables: Tables = None,
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
    """Do the main job: generate (or reuse) a snapshot, validate it, load it into Postgres, and read it back.

    \b
    Examples:
      qaseed seed -e minimal
      qaseed seed -e standard --to postgresql://me@localhost/pms_qa
      qaseed seed -e standard --scale 10 --tenants 5 --dry-run
    """
    from qaseed.generation import check
    from qaseed.seeding import check_reachable, requested_url
    from qaseed.seeding import seed as run_seed

    config = configuration_from_options(
        environment,
        seed=seed,
        as_of=as_of,
        tenants=tenants,
        scale=scale,
        tables=tables,
        locale=locale,
        modes=mode,
        scenarios=scenarios,
        adversarial=adversarial,
        out=out,
        parallel_workers=workers,
        schema=schema_name(schema),
    )
    profile = config.profile
    check(profile, config.settings.out, format, workers)
    requested_url(to)
    if dry_run:
        print_plan(config, json=json)
        return
    if not quiet and not json:
        check_reachable(to)
        print_message(f"🚀 Starting QA seed generation for '{profile.slug}' environment")
        print_message(f"📊 Target: {profile.total} records in < {profile.target_seed_time_seconds:g} seconds")
    run = _run_with_confirmation(
        partial(run_seed, config, url=to, format=format, replace_other=replace, rls=rls),
        confirm,
        quiet=quiet,
        no_input=no_input or yes,
    )
    if json:
        print_json(run.metrics)
    if run.error:
        fail(run.error)
    if not json:
        _print_run(run, embedded=uses_embedded_server(to), quiet=quiet, verbose=verbose)


def _run_with_confirmation(
    run_seed: Callable[..., SeedRun], confirm: str | None, *, quiet: bool, no_input: bool
) -> SeedRun:
    """Run, and run again with the database's name, if a person at a terminal types it."""
    while True:
        with progress(quiet=quiet) as report:
            run = run_seed(confirm=confirm, progress=report)
        name = prompt_for_name(run.error, no_input=no_input)
        if name is None or name == confirm:
            return run
        confirm = name


def _print_run(run: SeedRun, *, embedded: bool, quiet: bool, verbose: bool) -> None:
    if not quiet:
        _print_metrics(run.metrics)
    if verbose and run.loaded:
        print_table(("phase", "seconds"), list(rounded_seconds(run.loaded.phases).items()))
    if not quiet and run.loaded and run.snapshot:
        print_next_steps(
            {"connect": connect_command(run.loaded.target, embedded=embedded)}
            | snapshot_steps(run.snapshot.folder, "show")
            | {"find named cases": f"{program_name()} scenarios -e {run.config.profile.slug}"}
        )


def _print_metrics(metrics: dict[str, Any]) -> None:
    print_message(f"✅ Completed in {metrics['total_time_seconds']:.1f}s ({metrics['records_per_second']} records/sec)")
    met = "MET" if metrics["target_met"] else "MISSED"
    print_message(f"🎯 Performance target: {met} ({100 * (metrics['performance_ratio'] or 0):.1f}% of target time)")
    if is_terminal(sys.stdout):
        print_fields(
            {
                "records": f"{metrics['total_records_created']:,}, of {len(metrics['tenants'])} tenants",
                "validated": f"in {metrics['validation_time_seconds']:.2f} s",
                "snapshot": metrics["snapshot"],
                "target": metrics["target"],
            }
        )
    else:
        print_fields({name: value for name, value in metrics.items() if name not in ("digests", "tenants")})
