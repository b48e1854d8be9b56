"""The command that restores snapshots: load."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qaseed.arguments import as_path
from qaseed.cli.next_steps import connect_command, print_next_steps, snapshot_steps, uses_embedded_server
from qaseed.cli.options import (
    COPIES,
    PUBLICATIONS,
    STRATEGIES,
    VERIFIES,
    After,
    Confirm,
    Connections,
    Coordinate,
    Copy,
    Database,
    DryRun,
    Join,
    Json,
    KeepOld,
    MaxLockWait,
    MaxSnapshotWait,
    Metrics,
    NoInput,
    Owner,
    Publications,
    Quiet,
    RequireSignature,
    RevokedSigners,
    Rls,
    Rollback,
    Schema,
    Signer,
    SnapshotOrNone,
    Strategy,
    TerminateBlockers,
    To,
    Verbose,
    Verify,
    Yes,
)
from qaseed.cli.output import (
    command,
    print_changes,
    print_json,
    print_line,
    progress,
    rounded_seconds,
    with_confirmation,
)
from qaseed.cli.root import app, find_files, find_snapshot, one_of, schema_name
from qaseed.cli.tables import print_table
from qaseed.errors import UsageError

if TYPE_CHECKING:
    from qaseed.loading import LoadResult
    from qaseed.loading.plan import Plan
    from qaseed.snapshot import Snapshot
    from qaseed.snapshot.by_file import FileSource


@app.command()
@command
def load(
    snapshot: SnapshotOrNone = None,
    to: To = None,
    schema: Schema = None,
    confirm: Confirm = None,
    rls: Rls = None,
    copy: Copy = None,
    strategy: Strategy = None,
    database: Database = None,
    owner: Owner = None,
    verify: Verify = "digest",
    keep_old: KeepOld = False,
    rollback: Rollback = False,
    max_lock_wait: MaxLockWait = 0.8,
    max_snapshot_wait: MaxSnapshotWait = 60.0,
    terminate_blockers: TerminateBlockers = False,
    publications: Publications = "refuse",
    after: After = None,
    metrics: Metrics = None,
    require_signature: RequireSignature = None,
    revoked: RevokedSigners = None,
    signer: Signer = None,
    workers: Connections = None,
    coordinate: Coordinate = False,
    join: Join = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_input: NoInput = False,
) -> None:
    """Restore a snapshot into Postgres: fill new tables by COPY beside the live ones, swap them in, and read them back.

    \b
    Examples:
      qaseed load artifacts/minimal --to postgresql://me@localhost/pms_qa
      qaseed load minimal --dry-run
      qaseed load minimal --strategy template --database test_1
      qaseed load s3://bucket/qa/load_test:nightly --coordinate
      qaseed load s3://bucket/qa/load_test:nightly --join    # on other machines
    """
    from qaseed import audit
    from qaseed.config import settings
    from qaseed.loading import LoadOptions, clone_with_options, join_with_options, load_with_options
    from qaseed.loading import rollback as swap_back
    from qaseed.loading.after import read_after
    from qaseed.loading.metrics import written_metrics
    from qaseed.loading.options import WORKERS
    from qaseed.seeding import open_target, requested_url

    in_force = settings()
    one_of("--strategy", strategy, STRATEGIES)
    one_of("--copy", copy, COPIES)
    one_of("--verify", verify, VERIFIES)
    one_of("--publications", publications, PUBLICATIONS)
    _check_combination(
        snapshot,
        database,
        strategy,
        {
            "--keep-old": keep_old,
            "--rls or --no-rls": rls is not None,
            "--schema": schema not in (None, "public") and not rollback,
            "--publications": publications != "refuse" and not rollback,
            "--terminate-blockers": terminate_blockers and not rollback,
            "--coordinate": coordinate,
            "--join": join,
        },
        {
            "--strategy": strategy,
            "--copy": copy,
            "--verify": verify != "digest",
            "--workers": workers is not None,
            "--max-snapshot-wait": max_snapshot_wait != 60.0,
            "--require-signature": require_signature,
            "--dry-run": dry_run,
            "--metrics": metrics,
            "--after": after,
        },
        owner=owner,
        rollback=rollback,
    )
    if join:
        _check_join(
            {
                "--coordinate": coordinate,
                "--schema": schema,
                "--confirm": confirm,
                "--rls or --no-rls": rls is not None,
                "--strategy": strategy,
                "--verify": verify != "digest",
                "--keep-old": keep_old,
                "--publications": publications != "refuse",
                "--terminate-blockers": terminate_blockers,
                "--after": after,
                "--metrics": metrics,
                "--dry-run": dry_run,
            }
        )
    how = copy or (None if in_force.use_bulk_insert else "insert")
    options = LoadOptions(
        schema=schema_name(schema),
        confirm=confirm,
        batch_rows=in_force.batch_size,
        how=how,  # type: ignore[arg-type]  # words checked above
        strategy=None if database else strategy,  # type: ignore[arg-type]
        verify=verify,  # type: ignore[arg-type]
        keep_old=keep_old,
        max_snapshot_wait=max_snapshot_wait,
        max_lock_wait=max_lock_wait,
        terminate_blockers=terminate_blockers,
        publications=publications,  # type: ignore[arg-type]  # a word checked above
        workers=in_force.parallel_workers or WORKERS if workers is None else workers,
        after=read_after(after),
        dry_run=dry_run,
        rls=rls,
        coordinate=coordinate,
    )
    metrics_file = as_path("--metrics", metrics) if metrics is not None else None
    requested_url(to)
    if snapshot is None:
        waits: dict[str, Any] = {"max_lock_wait": max_lock_wait, "terminate_blockers": terminate_blockers}
        with open_target(to) as url:
            restored = with_confirmation(
                lambda name: swap_back(
                    url, schema=options.schema, confirm=name, publications=options.publications, **waits
                ),
                confirm,
                no_input=no_input or yes,
            )
        _print_result(restored, "restored", None, json=json, quiet=quiet, verbose=verbose)
        return
    opening = ExitStack()
    with audit.record_failure(audit.Event("load", {})):
        opened, files = _open(
            opening, snapshot, (require_signature, revoked, signer), by_file=coordinate or join, quiet=quiet or json
        )

    def restore(name: str | None) -> LoadResult:
        confirmed = replace(options, confirm=name)
        with progress(quiet=quiet or dry_run) as report:
            if database is not None:
                return clone_with_options(opened, url, database, confirmed, owner=owner, progress=report)
            if files and join:
                return join_with_options(files, url, options, report)
            return load_with_options(opened, url, confirmed, report, files)

    with (
        opening,
        written_metrics(
            metrics_file if not dry_run else None, snapshot=opened.manifest.name, id=opened.manifest.id
        ) as last,
        open_target(to, keep=not dry_run) as url,
    ):
        last.result = loaded = with_confirmation(restore, confirm, no_input=no_input or yes)
    if dry_run and not json and not quiet and loaded.plan:
        _print_plan(loaded.plan)
    done = "cloned" if database else "loaded and verified" if loaded.verified and not dry_run else "loaded"
    done = f"would be {done}" if dry_run else "loaded here, for the load that was joined" if join else done
    place = snapshot if files and files.stored else str(opened.folder)
    _print_result(loaded, done, place, json=json, quiet=quiet, verbose=verbose)
    if not (dry_run or join or json or quiet):
        connect = connect_command(loaded.target, embedded=uses_embedded_server(to) and not database)
        has_folder = not (database or (files and files.stored))
        print_next_steps({"connect": connect} | (snapshot_steps(opened.folder, "show") if has_folder else {}))


def _check_combination(
    snapshot: str | None,
    database: str | None,
    strategy: str | None,
    of_tables: dict[str, Any],
    of_loads: dict[str, Any],
    *,
    owner: str | None,
    rollback: bool,
) -> None:
    """Reject options that contradict each other, and name them."""
    if rollback == (snapshot is not None):
        raise UsageError("give either a SNAPSHOT to load, or --rollback")
    if owner is not None and database is None:
        raise UsageError("--owner is the owner of a clone; give --strategy template and --database NAME too")
    if (strategy == "template") != (database is not None):
        raise UsageError("--strategy template creates a database; give both it and --database NAME, or neither")
    unused = [name for name, value in (of_tables | of_loads if rollback else of_tables).items() if value]
    if unused and (rollback or database is not None):
        what = "--rollback" if rollback else "--strategy template"
        raise UsageError(f"{what} has no {' and no '.join(unused)}; leave out one of them")


def _open(
    opening: ExitStack,
    snapshot: str,
    signers: tuple[str | None, str | None, str | None],
    *,
    by_file: bool,
    quiet: bool,
) -> tuple[Snapshot, FileSource | None]:
    """The snapshot, with the signature that is required, and its files where each is fetched when it is loaded."""
    trust = None
    if any(signers):
        from qaseed.snapshot.attachments import required_trust

        trust = required_trust(*signers)
    if not by_file:
        return find_snapshot(snapshot, trust=trust, quiet=quiet), None
    files = opening.enter_context(find_files(snapshot, trust=trust, quiet=quiet))
    return files.snapshot, files


def _check_join(decided: dict[str, Any]) -> None:
    """Reject options that are the coordinator's to decide."""
    given = [name for name, value in decided.items() if value]
    if given:
        raise UsageError(f"--join has no {' and no '.join(given)}; give it where the load is coordinated")


def _print_result(
    loaded: LoadResult, done: str, snapshot: str | None, *, json: bool, quiet: bool, verbose: bool
) -> None:
    if json:
        print_json(
            {
                "snapshot": snapshot,
                "target": loaded.target,
                "strategy": loaded.strategy,
                "rows": loaded.rows,
                "total_records": loaded.total_records,
                "verified": loaded.verified,
                "digests": loaded.digests,
                "seconds": round(loaded.seconds, 4),
                "phases": rounded_seconds(loaded.phases),
                "overridden": loaded.overridden,
                "changed_since_load": {name: vars(change) for name, change in loaded.changes.items()},
                "rows_per_second": round(loaded.rows_per_second),
                "plan": loaded.plan.to_json() if loaded.plan else None,
            }
        )
        return
    if not quiet:
        took = "" if done.startswith("would") else f" in {loaded.seconds:.2f} s"
        print_line(f"{loaded.target}: {loaded.total_records:,} records {done}{took}")
        print_changes(loaded.changes)
    if verbose and not done.startswith("would"):
        print_table(("phase", "seconds"), list(rounded_seconds(loaded.phases).items()))


def _print_plan(plan: Plan) -> None:
    """Print the plan of a load, a line for each thing."""
    print_line(f"strategy: {plan.strategy}, because {plan.why}")
    print_line(f"about {plan.bytes / 2**20:,.1f} MiB and {plan.seconds:g} s for {plan.rows:,} rows")
    for name, action in plan.tables.items():
        print_line(f"table {name}: {action}")
    for what in plan.carried:
        print_line(f"carried over: {what}")
    for what in plan.changed_structure:
        print_line(f"changed: {what}")
    if plan.after:
        print_line(f"after: {plan.after} runs in the transaction of the load")
    for what in plan.warnings:
        print_line(f"warning: {what}")
