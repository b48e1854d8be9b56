"""Commands that fill databases: load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qaseed.cli.options import (
    Confirm,
    Connections,
    Database,
    DryRun,
    Json,
    KeepOld,
    MaxLockWait,
    MaxSnapshotWait,
    NoInput,
    Quiet,
    Rls,
    Rollback,
    Schema,
    Strategy,
    TerminateBlockers,
    To,
    Verbose,
    Verify,
    Yes,
)
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.shown import command, confirmed, progress, rounded, tell, tell_json, tell_table
from qaseed.errors import UsageError

if TYPE_CHECKING:
    from qaseed.loading import Loaded
    from qaseed.loading.plan import Plan
    from qaseed.snapshot import Snapshot


@app.command()
@command
def load(
    snapshot: Annotated[
        str | None, typer.Argument(metavar="[SNAPSHOT]", help="A snapshot's folder, or its name in artifacts/.")
    ] = None,
    to: To = None,
    schema: Schema = None,
    confirm: Confirm = None,
    rls: Rls = None,
    copy: Annotated[
        str | None, typer.Option("--copy", help="binary, text or insert; chosen by type if not given.")
    ] = None,
    strategy: Strategy = None,
    database: Database = None,
    verify: Verify = "digest",
    keep_old: KeepOld = False,
    rollback: Rollback = False,
    max_lock_wait: MaxLockWait = 0.8,
    max_snapshot_wait: MaxSnapshotWait = 60.0,
    terminate_blockers: TerminateBlockers = False,
    workers: Connections = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_input: NoInput = False,
) -> None:
    """Restore a snapshot into Postgres through COPY ... FROM STDIN, beside the live tables, swap it in, and read it back.

    Example: qaseed load artifacts/minimal --to postgresql://me@localhost/pms_qa
    """
    from qaseed import audit
    from qaseed.config import settings
    from qaseed.loading import clone
    from qaseed.loading import load as run_load
    from qaseed.loading import rollback as bring_back
    from qaseed.loading.loaded import WORKERS
    from qaseed.seeding import target_url

    in_force, url = settings(), target_url(to)
    where: dict[str, Any] = {
        "schema": schema or in_force.schema, "max_lock_wait": max_lock_wait, "terminate_blockers": terminate_blockers,
    }  # fmt: skip
    if rollback == (snapshot is not None):
        raise UsageError("give either a SNAPSHOT to load, or --rollback")
    if (strategy == "template") != (database is not None):
        raise UsageError(
            "--strategy template makes a database of its own; give it with --database NAME, and both or none"
        )
    if snapshot is None:
        _tell_loaded(bring_back(url, **where), "was brought back", None, json=json, quiet=quiet, verbose=verbose)
        return
    if copy not in (None, "binary", "text", "insert"):
        raise UsageError(f"--copy: {copy!r} is none of binary, text, insert")
    with audit.watched(audit.Event("load", {})):
        found = find_snapshot(snapshot)
    given: dict[str, Any] = where | {
        "batch_rows": in_force.batch_size,
        "how": copy or (None if in_force.use_bulk_insert else "insert"),
        "verify": verify,
        "workers": workers or in_force.parallel_workers or WORKERS,
    }
    if database is not None:
        made = clone(found, url, database, verify=given["verify"], workers=given["workers"], dry_run=dry_run)
        _tell_loaded(made, "would be cloned" if dry_run else "cloned", found, json=json, quiet=quiet, verbose=verbose)
        return

    def restore(name: str | None) -> Loaded:
        with progress(quiet=quiet or json or dry_run) as shown:
            return run_load(
                found, url, confirm=name, strategy=strategy, keep_old=keep_old, max_snapshot_wait=max_snapshot_wait,  # type: ignore[arg-type]  # checked there
                rls=rls, dry_run=dry_run, progress=shown, **given,
            )  # fmt: skip

    loaded = confirmed(restore, confirm, no_input=no_input or yes)
    if dry_run and not json and not quiet and loaded.plan:
        _tell_how(loaded.plan)
    done = "would be loaded" if dry_run else "loaded and verified" if loaded.verified else "loaded"
    _tell_loaded(loaded, done, found, json=json, quiet=quiet, verbose=verbose)


def _tell_loaded(
    loaded: Loaded, done: str, snapshot: Snapshot | None, *, json: bool, quiet: bool, verbose: bool
) -> None:
    if json:
        tell_json({
            "snapshot": str(snapshot.folder) if snapshot else None, "target": loaded.target, "strategy": loaded.strategy,
            "rows": loaded.rows, "total_records": loaded.total_records, "verified": loaded.verified,
            "digests": loaded.digests, "seconds": round(loaded.seconds, 4), "phases": rounded(loaded.phases),
            "overridden": loaded.overridden, "rows_per_second": round(loaded.rows_per_second), "plan": loaded.plan.to_json() if loaded.plan else None,
        })  # fmt: skip
        return
    if not quiet:
        took = "" if done.startswith("would") else f" in {loaded.seconds:.2f} s"
        tell(f"{loaded.target}: {loaded.total_records:,} records {done}{took}")
    if verbose and not done.startswith("would"):
        tell_table(("phase", "seconds"), list(rounded(loaded.phases).items()))


def _tell_how(plan: Plan) -> None:
    """The plan of a load, a line for each thing."""
    tell(f"strategy: {plan.strategy}, because {plan.why}")
    tell(f"about {plan.bytes / 2**20:,.1f} MiB and {plan.seconds:g} s for {plan.rows:,} rows")
    for name, fate in plan.tables.items():
        tell(f"table {name}: {fate}")
    for what in plan.carried:
        tell(f"carried over: {what}")
    for what in plan.warnings:
        tell(f"warning: {what}")
