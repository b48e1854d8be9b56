"""Words to calls: each command is one call of a public function, and says what came of it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qaseed.cli.options import (
    AsOf,
    Confirm,
    DryRun,
    Environment,
    Format,
    Json,
    NoInput,
    Out,
    Quiet,
    Replace,
    Scale,
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
from qaseed.cli.shown import command, fail, progress, rounded, say, tell, tell_json, tell_table
from qaseed.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from qaseed.config import QASeedConfig
    from qaseed.snapshot import Snapshot

app = typer.Typer(
    name="qaseed",
    help="Synthetic test data for teams that build on Postgres: generate, validate, restore by COPY.",
    epilog="Exit codes: 0 done, 1 findings, 2 usage, 3 snapshot missing or altered, 4 refused as unsafe, 5 Postgres refused, "
    "130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
server = typer.Typer(help="The embedded Postgres that serves where no DATABASE_URL is given.", no_args_is_help=True)
app.add_typer(server, name="server")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        tell(f"qaseed {version('qaseed')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that go before any command."""


def _config(
    environment: str | None,
    *,
    seed: int | None = None,
    as_of: str | None = None,
    tenants: int | None = None,
    scale: float | None = None,
    **settings: Any,
) -> QASeedConfig:
    """The configuration in force, with the options that were given on top."""
    from qaseed.config import QASeedConfig, get_qa_seed_config

    given = {name: value for name, value in settings.items() if value is not None}
    if not 1 <= given.get("parallel_workers", 1) <= 1024:
        raise UsageError(f"--workers: {given['parallel_workers']}; give a number from 1 to 1024")
    config = get_qa_seed_config(environment, given)
    shape = {"seed": seed, "as_of": _day(as_of), "tenants": tenants}
    profile = config.profile.vary(**{name: value for name, value in shape.items() if value is not None})
    return QASeedConfig(profile if scale is None else profile.scaled(scale), config.settings)


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.datetime.now(dt.UTC).date() if text == "today" else dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of: {text!r} is not a date; write YYYY-MM-DD or today") from None


def _snapshot(name: str, out: Path | None = None, *, check: bool = True) -> Snapshot:
    """The snapshot in a folder, or of that name in the folder of snapshots."""
    from qaseed.config import settings
    from qaseed.snapshot import open_snapshot

    folder = Path(name)
    if not folder.is_dir() and len(folder.parts) == 1:
        folder = (out or Path(settings().out)) / name
    return open_snapshot(folder if folder.exists() else Path(name), check=check)


@app.command()
@command
def seed(
    environment: Environment = None,
    seed: Seed = None,
    as_of: AsOf = None,
    tenants: Tenants = None,
    scale: Scale = None,
    format: Format = "parquet",
    out: Out = None,
    workers: Workers = None,
    to: To = None,
    schema: Schema = None,
    confirm: Confirm = None,
    replace: Replace = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    dry_run: DryRun = False,
) -> None:
    """The main job in one go: generate (or reuse) a snapshot, validate it, load it into Postgres, verify.

    Example: qaseed seed -e standard --to postgresql://me@localhost/pms_qa
    """
    from qaseed.seeding import seed as run_seed

    config = _config(
        environment, seed=seed, as_of=as_of, tenants=tenants, scale=scale,
        out=str(out) if out else None, parallel_workers=workers, schema=schema,
    )  # fmt: skip
    profile = config.profile
    if dry_run:
        _tell_plan(config, json=json)
        return
    if not quiet and not json:
        say(f"🚀 Starting QA seed generation for '{profile.slug}' environment")
        say(f"📊 Target: {profile.total} records in < {profile.target_seed_time_seconds:g} seconds")
    with progress(quiet=quiet or json) as shown:
        run = run_seed(config, url=to, format=format, replace_other=replace, confirm=confirm, progress=shown)
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
        environment,
        seed=seed,
        as_of=as_of,
        tenants=tenants,
        scale=scale,
        out=str(out) if out else None,
        parallel_workers=workers,
    )
    if dry_run:
        _tell_plan(config, json=json)
        return
    settings = config.settings
    with progress(quiet=quiet or json) as shown:
        made = run_generate(
            config.profile, Path(settings.out), format=format, workers=settings.parallel_workers, replace_other=replace,
            validated=settings.validation_enabled, sample_size=settings.validation_sample_size, strict=settings.strict_mode,
            progress=(lambda done, total: shown("generate", done, total)) if shown else None,
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
) -> None:
    """Check a snapshot: every byte against its sums, every rule of its model by duckdb.

    Example: qaseed validate artifacts/minimal
    """
    import time

    from qaseed.config import settings
    from qaseed.seeding import validate_snapshot

    begun = time.perf_counter()
    found, in_force = _snapshot(snapshot), settings()
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
        say(f"{found.folder}: {report.told()}")
    if not ok:
        raise typer.Exit(FindingsError.exit_code)


@app.command()
@command
def load(
    snapshot: SnapshotName,
    to: To = None,
    schema: Schema = None,
    confirm: Confirm = None,
    copy: Annotated[
        str | None, typer.Option("--copy", help="binary, text or insert; chosen by type if not given.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    dry_run: DryRun = False,
) -> None:
    """Restore a snapshot into Postgres through COPY ... FROM STDIN, in one transaction, and read it back.

    Example: qaseed load artifacts/minimal --to postgresql://me@localhost/pms_qa
    """
    from qaseed.config import settings
    from qaseed.loading import load as run_load
    from qaseed.seeding import target_url

    if copy not in (None, "binary", "text", "insert"):
        raise UsageError(f"--copy: {copy!r} is none of binary, text, insert")
    in_force, found = settings(), _snapshot(snapshot)
    url = target_url(to)
    with progress(quiet=quiet or json or dry_run) as shown:
        loaded = run_load(
            found, url, schema=schema or in_force.schema, confirm=confirm, batch_rows=in_force.batch_size, dry_run=dry_run,
            how=copy or (None if in_force.use_bulk_insert else "insert"),  # type: ignore[arg-type]  # checked above
            progress=(lambda done, total: shown("load", done, total)) if shown else None,
        )  # fmt: skip
    if json:
        tell_json({
            "snapshot": str(found.folder), "target": loaded.target, "strategy": loaded.strategy, "rows": loaded.rows,
            "total_records": loaded.total_records, "verified": loaded.verified, "digests": loaded.digests,
            "seconds": round(loaded.seconds, 4), "phases": rounded(loaded.phases), "rows_per_second": round(loaded.rows_per_second),
        })  # fmt: skip
        return
    if not quiet:
        would = "would be loaded" if dry_run else f"loaded and verified in {loaded.seconds:.2f} s"
        tell(f"{loaded.target}: {loaded.total_records:,} records {would}")
    if verbose and not dry_run:
        tell_table(("phase", "seconds"), list(rounded(loaded.phases).items()))


@app.command()
@command
def profiles(json: Json = False) -> None:
    """The data sets that can be made: counts, tenants, target times; your own from qaseed.toml too."""
    from qaseed.config import profiles as known

    if json:
        tell_json([
            {
                "profile": slug, "name": profile.name, "description": profile.description, "record_counts": profile.record_counts,
                "total_records": profile.total, "target_seed_time_seconds": profile.target_seed_time_seconds,
                "seed": profile.seed, "as_of": profile.as_of.isoformat(), "tenants": profile.tenants,
            }
            for slug, profile in known().items()
        ])  # fmt: skip
        return
    rows = [
        (slug, *p.record_counts.values(), p.total, f"< {p.target_seed_time_seconds:g} s", p.description)
        for slug, p in known().items()
    ]
    entities = list(next(iter(known().values())).record_counts)
    tell_table(("profile", *entities, "total", "target", "use"), rows)


@app.command()
@command
def schema(
    snapshot: Annotated[str | None, typer.Argument(help="A snapshot; the declared model if not given.")] = None,
    json: Json = False,
    sql: Annotated[bool, typer.Option("--sql", help="The DDL for Postgres.")] = False,
    schema: Schema = None,
) -> None:
    """What each table and column is: type, reference, accepted values, PHI class and the predicate that proves it safe."""
    from qaseed.model import to_json
    from qaseed.practice import MODEL

    model = _snapshot(snapshot, check=False).manifest.model if snapshot else MODEL
    if json:
        tell_json(to_json(model))
    elif sql:
        from qaseed.postgres.tables import ddl

        for statement in ddl(schema or "public", model):
            tell(f"{statement};")
    else:
        for entity in model.entities:
            tell(f"\n{entity.name}: {entity.doc}")
            rows = [
                (
                    c.name,
                    c.type + ("?" if c.nullable else ""),
                    f"-> {c.refers}" if c.refers else "",
                    c.phi,
                    c.safe,
                    c.doc,
                )
                for c in entity.columns
            ]
            tell_table(
                ("  column", "type", "refers", "phi", "safe by", "what it is"),
                [(f"  {row[0]}", *row[1:]) for row in rows],
            )


@app.command()
@command
def doctor(to: To = None, json: Json = False) -> None:
    """What is wrong with this machine or target, and what to do; exit 1 if anything is."""
    from qaseed.inspection import examine

    checks = examine(to)
    if json:
        tell_json({"ok": all(check.ok for check in checks), "checks": [vars(check) for check in checks]})
    else:
        tell_table(
            ("", "check", "found"), [("ok" if check.ok else "WRONG", check.name, check.found) for check in checks]
        )
    if not all(check.ok for check in checks):
        raise typer.Exit(FindingsError.exit_code)


def _agree(question: str, *, yes: bool, no_input: bool) -> None:
    if yes:
        return
    if no_input or not sys.stdin.isatty():
        raise UsageError(f"{question} Add --yes")
    if not typer.confirm(question, err=True):
        raise UsageError("not agreed; nothing was removed")


@app.command()
@command
def rm(snapshot: SnapshotName, yes: Yes = False, no_input: NoInput = False, quiet: Quiet = False) -> None:
    """Remove a snapshot folder."""
    from qaseed.snapshot import remove

    found = _snapshot(snapshot, check=False)
    _agree(f"Remove {found.folder} with {found.manifest.total_records:,} records?", yes=yes, no_input=no_input)
    remove(found.folder)
    if not quiet:
        say(f"{found.folder}: removed")


@app.command()
@command
def purge(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The database.")],
    schema: Schema = None,
    yes: Yes = False,
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """Remove exactly what qaseed loaded into a database, and its mark."""
    from qaseed.config import settings
    from qaseed.loading import purge as run_purge
    from qaseed.postgres.connection import shown

    _agree(f"Remove what qaseed loaded into {shown(to)}?", yes=yes, no_input=no_input)
    removed = run_purge(to, schema=schema or settings().schema)
    if json:
        tell_json({"target": shown(to), "removed": removed})
    else:
        tell_table(("table", "rows removed"), list(removed.items()))


@server.command("status")
@command
def server_status(json: Json = False) -> None:
    """Whether it runs, where, and how to reach it; exit 1 if it does not."""
    from qaseed.postgres.server import own_server

    found = own_server()
    state = {"running": found.pid is not None, "pid": found.pid, "home": str(found.home), "url": found.url}
    if json:
        tell_json(state)
    else:
        for name, value in state.items():
            tell(f"{name}: {value}")
    if found.pid is None:
        raise typer.Exit(FindingsError.exit_code)


@server.command("start")
@command
def server_start() -> None:
    """Make sure that it runs, and print its URL."""
    from qaseed.postgres.server import own_server

    tell(own_server().start())


@server.command("stop")
@command
def server_stop() -> None:
    """Stop it; its data stays."""
    from qaseed.postgres.server import own_server

    say("stopped" if own_server().stop() else "it did not run")
