"""The command that writes snapshots: generate."""

from __future__ import annotations

from qaseed.cli.configuration import configuration_from_options, print_plan
from qaseed.cli.next_steps import print_next_steps, snapshot_steps
from qaseed.cli.options import (
    Adversarial,
    AsOf,
    DryRun,
    Environment,
    Format,
    Json,
    Locale,
    Modes,
    Out,
    Quiet,
    Replace,
    Scale,
    Scenarios,
    Seed,
    Tables,
    Tenants,
    Verbose,
    Workers,
)
from qaseed.cli.output import command, format_bytes, print_json, print_message, print_text, progress, rounded_seconds
from qaseed.cli.root import app
from qaseed.cli.tables import print_table


@app.command()
@command
def generate(
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
    replace: Replace = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    dry_run: DryRun = False,
) -> None:
    """Write a snapshot folder, checked and complete, or reuse it if it exists.

    \b
    Examples:
      qaseed generate -e load_test --seed 7 --out artifacts
      qaseed generate -e minimal --format both --as-of 2026-05-04
    """
    from qaseed.generation import check
    from qaseed.generation import generate as run_generate

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
    )
    check(config.profile, config.settings.out, format, workers)
    if dry_run:
        print_plan(config, json=json)
        return
    settings = config.settings
    with progress(quiet=quiet) as report:
        generated = run_generate(
            config.profile,
            settings.out,
            format=format,
            workers=settings.parallel_workers,
            replace_other=replace,
            validated=settings.validation_enabled,
            sample_size=settings.validation_sample_size,
            strict=settings.strict_mode,
            progress=report,
        )
    snapshot, manifest = generated.snapshot, generated.snapshot.manifest
    if json:
        print_json(
            {
                "snapshot": str(snapshot.folder),
                "id": manifest.id,
                "profile": config.profile.slug,
                "seed": config.profile.seed,
                "as_of": config.profile.as_of.isoformat(),
                "tenants": config.get_tenant_ids(),
                "rows": manifest.rows,
                "total_records": manifest.total_records,
                "digests": manifest.digests,
                "bytes": snapshot.bytes,
                "seconds": round(generated.seconds, 4),
                "phases": rounded_seconds(generated.phases),
                "reused": generated.reused,
            }
        )
        return
    print_text(str(snapshot.folder))
    if not quiet:
        state = "existed already" if generated.reused else f"generated in {generated.seconds:.2f} s"
        print_message(
            f"{manifest.total_records:,} records, {format_bytes(snapshot.bytes)}, id {manifest.id[:8]}, {state}"
        )
    if verbose:
        rows = [(name, table.rows, table.digest) for name, table in manifest.tables.items()]
        print_table(("entity", "rows", "digest"), rows)
    if not quiet:
        print_next_steps(snapshot_steps(snapshot.folder, "show", "load"))
