"""The commands that write snapshots: generate, assemble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from qaseed.cli.configuration import configuration_from_options, print_plan
from qaseed.cli.next_steps import print_next_steps, snapshot_steps
from qaseed.cli.options import (
    FILES,
    Adversarial,
    AsOf,
    DryRun,
    EngineName,
    Environment,
    Format,
    Invalid,
    Json,
    Locale,
    Modes,
    Out,
    PartOption,
    Quiet,
    Replace,
    Scale,
    Scenarios,
    Scheduler,
    Seed,
    Tables,
    Tenants,
    Verbose,
    Workers,
)
from qaseed.cli.output import command, format_bytes, print_json, print_message, print_text, progress, rounded_seconds
from qaseed.cli.root import app
from qaseed.cli.tables import print_table
from qaseed.errors import UsageError

if TYPE_CHECKING:
    from qaseed.config import QASeedConfig
    from qaseed.generation import Engine, Generated, Part
    from qaseed.stores.reference import Reference


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
    invalid: Invalid = False,
    part: PartOption = None,
    tag: Annotated[
        str | None,
        typer.Option(
            "--tag", metavar="TAG", rich_help_panel=FILES, help="With a store in --out: by which it is pulled."
        ),
    ] = None,
    engine: EngineName = "processes",
    scheduler: Scheduler = None,
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
      qaseed generate -e load_test --scale 400 --part 2/4 --out parts
      qaseed generate -e load_test --out s3://bucket/qa --tag nightly
    """
    from qaseed.generation import Engine, Part, check, is_store
    from qaseed.generation import generate as run_generate

    wanted = Part.parse(part) if part else None
    store = out if out and is_store(out) else None
    _check_combination(store, wanted, tag=tag, replace=replace, invalid=invalid)
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
        out=None if store else out,
        parallel_workers=workers,
    )
    where = Engine(workers, engine, scheduler)
    check(config.profile, config.settings.out, format)
    if dry_run:
        print_plan(config, store and store.rstrip("/"), json=json)
        return
    if wanted:
        _generate_part(config, wanted, where, store or config.settings.out, format, json=json, quiet=quiet)
        return
    if store:
        _generate_to_store(config, store, tag, where, format, json=json, quiet=quiet, verbose=verbose)
        return
    settings = config.settings
    with progress(quiet=quiet) as report:
        generated = run_generate(
            config.profile,
            settings.out,
            format=format,
            workers=settings.parallel_workers,
            engine=engine,
            scheduler=scheduler,
            replace_other=replace,
            validated=settings.validation_enabled,
            sample_size=settings.validation_sample_size,
            strict=settings.strict_mode,
            invalid=invalid,
            progress=report,
        )
    print_generated(generated, json=json, quiet=quiet, verbose=verbose)


def _check_combination(store: str | None, part: Part | None, *, tag: str | None, replace: bool, invalid: bool) -> None:
    """`UsageError` for options that a part or a store excludes, or that need one."""
    if part and invalid:
        raise UsageError(
            "--invalid: is of a whole snapshot; leave out --part, or generate again after `qaseed assemble`"
        )
    if part and replace:
        raise UsageError("--replace: is of a whole snapshot; leave out --part, or remove the folder of the part")
    if tag and (not store or part):
        raise UsageError("--tag: names a whole snapshot in a store; give its URL in --out, or use `qaseed push`")
    if store and replace:
        raise UsageError("--replace: is for folders; a store keeps what it has, and --tag says what is current")
    if store and invalid:
        raise UsageError("--invalid: is written beside a folder; give a folder in --out")


def _generate_to_store(
    config: QASeedConfig,
    store: str,
    tag: str | None,
    where: Engine,
    format_: str,
    *,
    json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    from qaseed.generation import generate_to_store

    settings = config.settings
    with progress(quiet=quiet) as report:
        stored = generate_to_store(
            config.profile,
            store,
            tag=tag,
            format=format_,
            workers=settings.parallel_workers,
            engine=where.name,
            scheduler=where.scheduler,
            validated=settings.validation_enabled,
            sample_size=settings.validation_sample_size,
            strict=settings.strict_mode,
            progress=report,
        )
    print_generated(stored.generated, stored.pushed.reference, json=json, quiet=quiet, verbose=verbose)


def _generate_part(
    config: QASeedConfig, part: Part, where: Engine, out: str, format_: str, *, json: bool, quiet: bool
) -> None:
    from qaseed.generation import generate_part

    settings = config.settings
    with progress(quiet=quiet) as report:
        result = generate_part(
            config.profile,
            part,
            out,
            format=format_,
            workers=settings.parallel_workers,
            engine=where.name,
            scheduler=where.scheduler,
            progress=report,
        )
    if json:
        print_json(result.to_json())
        return
    print_text(result.place)
    if not quiet:
        print_message(
            f"part {result.part} of {result.header.name}: {result.generated} units made in {result.seconds:.2f} s, "
            f"{result.existing} were there, {format_bytes(result.bytes)}"
        )


@app.command()
@command
def assemble(
    parts: Annotated[
        list[str],
        typer.Argument(metavar="PART...", help="What `generate --part` printed: folders, or URLs in a store."),
    ],
    out: Out = None,
    replace: Replace = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Join the parts of a snapshot, made on any machines, into the one that a single run would have made.

    \b
    Examples:
      qaseed generate -e load_test --scale 400 --part 2/4 --out parts
      qaseed assemble parts/load_test-*.part-* --out artifacts
    """
    from qaseed.config import settings
    from qaseed.generation import assemble

    in_force = settings()
    with progress(quiet=quiet) as report:
        assembled = assemble(
            parts,
            in_force.out if out is None else out,
            replace_other=replace,
            validated=in_force.validation_enabled,
            sample_size=in_force.validation_sample_size,
            strict=in_force.strict_mode,
            progress=report,
        )
    print_generated(assembled, json=json, quiet=quiet, verbose=verbose)


def print_generated(
    generated: Generated, reference: Reference | None = None, *, json: bool, quiet: bool, verbose: bool
) -> None:
    """Print what `generate` and `assemble` made: its folder, or its reference in a store, and a line for people, or the
    JSON document.
    """
    snapshot, manifest = generated.snapshot, generated.snapshot.manifest
    place = str(reference or snapshot.folder)
    if json:
        print_json(
            {
                "snapshot": place,
                "id": manifest.id,
                "profile": manifest.recipe["profile"],
                "seed": manifest.recipe["seed"],
                "as_of": manifest.recipe["as_of"],
                "tenants": list(manifest.recipe["tenants"]),
                "rows": manifest.rows,
                "total_records": manifest.total_records,
                "digests": manifest.digests,
                "bytes": snapshot.bytes,
                "seconds": round(generated.seconds, 4),
                "phases": rounded_seconds(generated.phases),
                "reused": generated.reused,
                "invalid": str(generated.invalid) if generated.invalid else None,
            }
        )
        return
    print_text(place)
    if not quiet:
        state = "existed already" if generated.reused else f"generated in {generated.seconds:.2f} s"
        print_message(
            f"{manifest.total_records:,} records, {format_bytes(snapshot.bytes)}, id {manifest.id[:8]}, {state}"
        )
        if generated.invalid:
            print_message(f"rows to refuse: {generated.invalid}")
    if verbose:
        rows = [(name, table.rows, table.digest) for name, table in manifest.tables.items()]
        print_table(("entity", "rows", "digest"), rows)
    if not quiet:
        print_next_steps(snapshot_steps(place, "show", "load"))
