"""The main job: generate or reuse, validate, load, verify; and the seed document's `QASeedManager`."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed import audit
from qaseed.audit import Event
from qaseed.config import QAEnvironment, QASeedConfig, get_qa_seed_config
from qaseed.errors import FindingsError, QaseedError, SnapshotError, UsageError
from qaseed.profiles import Profile

if TYPE_CHECKING:
    from qaseed.loading import CopyMethod, LoadResult
    from qaseed.snapshot import Snapshot
    from qaseed.validation import Report

Progress = Callable[[str, int, int], None]
"""Called with the phase, the records done in it, and in all."""


@dataclass
class SeedRun:
    """One run of the main job; `metrics` are the seed document's, at any moment of the run."""

    config: QASeedConfig
    started: float = field(default_factory=time.perf_counter)
    validation_seconds: float = 0.0
    total_seconds: float = 0.0
    snapshot: Snapshot | None = None
    loaded: LoadResult | None = None
    error: QaseedError | None = None

    @property
    def metrics(self) -> dict[str, Any]:
        """What was seeded, how fast compared with the target time, and what failed."""
        profile, loaded = self.config.profile, self.loaded
        total, target = self.total_seconds, profile.target_seed_time_seconds
        records = loaded.total_records if loaded else 0
        return {
            "environment": profile.slug,
            "profile_name": profile.name,
            "total_time_seconds": round(total, 3),
            "target_time_seconds": target,
            "performance_ratio": round(total / target, 6) if target else None,
            "target_met": self.error is None and total <= target,
            "total_records_created": records,
            "records_per_second": round(records / total, 2) if total else 0.0,
            "validation_time_seconds": round(self.validation_seconds, 3),
            "errors": [str(self.error)] if self.error else [],
            "success": self.error is None and loaded is not None,
            "snapshot": str(self.snapshot.folder) if self.snapshot else None,
            "digests": dict(loaded.digests) if loaded else {},
            "tenants": self.config.get_tenant_ids(),
            "target": loaded.target if loaded else None,
        }


def seed(
    config: QASeedConfig | Profile | str,
    *,
    url: str | None = None,
    session: Any = None,
    format: str = "parquet",  # noqa: A002  # the word on the command line
    replace_other: bool = False,
    confirm: str | None = None,
    rls: bool | None = None,
    progress: Progress | None = None,
) -> SeedRun:
    """Put the data of a profile into Postgres: generate or reuse its snapshot, validate, load, verify.

    - `config`: the name of a profile, a `QADataProfile`, or what `get_qa_seed_config` returns, which has settings too.
    - The target is `session` (a psycopg connection, a SQLAlchemy session or connection; never committed by qaseed),
      else `url`, else `DATABASE_URL`, else the embedded Postgres.
    - `format`: `parquet`, `csv` or `both`; `replace_other`: replace another snapshot in the same place.
    - `confirm`: the database's name, where a load asks for it; `rls`: row-level security by tenant on (True), off
      (False) or as it is (None).
    - `progress`: called with the phase, the records done in it, and in all (0 where they cannot be counted).

    A failure of the run is in `error` of the result, and nothing is left half done; `metrics` are the seed
    document's. Raises `UsageError`, a `ValueError`, for a profile that does not exist.
    """
    run = SeedRun(_resolve_config(config))
    try:
        _seed(
            run,
            url=url,
            session=session,
            format_=format,
            replace_other=replace_other,
            confirm=confirm,
            rls=rls,
            progress=progress,
        )
    except QaseedError as error:
        run.error = error
    run.total_seconds = time.perf_counter() - run.started
    return run


def _resolve_config(config: Any) -> QASeedConfig:
    if isinstance(config, QASeedConfig):
        return config
    if isinstance(config, Profile):
        return get_qa_seed_config(None, config)
    if isinstance(config, str):
        return get_qa_seed_config(config)
    raise UsageError(f"config: {type(config).__name__} is no profile; give a name, a QADataProfile or a QASeedConfig")


def _seed(
    run: SeedRun,
    *,
    url: str | None,
    session: Any,
    format_: str,
    replace_other: bool,
    confirm: str | None,
    rls: bool | None,
    progress: Progress | None,
) -> None:
    from qaseed.generation import check, generate
    from qaseed.loading import LoadOptions, load_with_options, load_within
    from qaseed.loading.options import MAX_WORKERS, WORKERS
    from qaseed.postgres.target import check_schema

    settings = run.config.settings
    check(run.config.profile, settings.out, format_, settings.parallel_workers)
    check_schema(settings.schema)
    how: CopyMethod | None = None if settings.use_bulk_insert else "insert"
    options = LoadOptions(
        schema=settings.schema,
        confirm=confirm,
        batch_rows=settings.batch_size,
        how=how,
        rls=rls,
        workers=min(settings.parallel_workers or WORKERS, MAX_WORKERS),
    )
    with audit.record_failure(Event("load", {"profile": run.config.profile.slug})):
        connection = _psycopg_connection(session) if session is not None else None
        if connection is None:
            check_reachable(url)  # an unreachable target is reported before anything is generated
    generated = generate(
        run.config.profile,
        Path(settings.out),
        format=format_,
        workers=settings.parallel_workers,
        replace_other=replace_other,
        validated=settings.validation_enabled,
        sample_size=settings.validation_sample_size,
        strict=settings.strict_mode,
        progress=progress,
    )
    run.snapshot, run.validation_seconds = generated.snapshot, generated.phases.get("validate", 0.0)
    if settings.validation_enabled and generated.reused:
        started = time.perf_counter()
        report = validate_snapshot(generated.snapshot, settings.validation_sample_size)
        run.validation_seconds = time.perf_counter() - started
        if not report.ok(strict=settings.strict_mode):
            raise FindingsError(f"{generated.snapshot.folder}: {report.headline()}; see `qaseed validate`")
    if connection is not None:
        run.loaded = load_within(
            generated.snapshot,
            connection,
            schema=settings.schema,
            batch_rows=settings.batch_size,
            how=how,
            rls=rls,
            confirm=confirm,
        )
        return
    with open_target(url) as reached:
        run.loaded = load_with_options(generated.snapshot, reached, options, progress)


def validate_snapshot(snapshot: Snapshot | str | os.PathLike[str], sample_size: int | None = None) -> Report:
    """Check every rule of a finished snapshot, by the model in its own manifest.

    `snapshot` is its folder, its name in the folder of snapshots, or what `open_snapshot` returns. `sample_size`
    limits the rows of free text that are read, 1 or more, all by default. A broken rule is a finding of the report,
    not an error.

    Raises `SnapshotError` (exit code 3) if it is missing, damaged or removed meanwhile; `ResourceError` (2) for want of
    memory, or of disk in the temporary folder.
    """
    from qaseed.snapshot import as_snapshot, resources_to_check
    from qaseed.validation import validate

    if sample_size is not None and (not isinstance(sample_size, int) or sample_size < 1):
        raise UsageError(f"sample_size: {sample_size!r}; give a number of rows, 1 or more")
    snapshot = as_snapshot(snapshot)
    manifest = snapshot.manifest
    try:
        as_of = dt.date.fromisoformat(manifest.recipe["as_of"])
    except (KeyError, TypeError, ValueError):
        raise SnapshotError(f"{snapshot.folder}: its manifest has no date as_of; get a fresh copy") from None
    resources = resources_to_check(sum(manifest.rows.values()))
    with audit.recorded("validate", **manifest.summary) as event, snapshot.catalog(**resources) as connection:
        report = validate(connection, manifest.model, as_of, manifest.rows, sample_size, manifest.recipe.get("shares"))
        event.facts |= report.summary
    return report


def requested_url(url: str | None) -> str | None:
    """The URL given, else DATABASE_URL, checked for its form; None for the embedded Postgres."""
    from qaseed.postgres.urls import settings_of

    if url is not None and not url.strip():
        raise UsageError("--to is empty; give a URL, or leave it out for DATABASE_URL or the embedded Postgres")
    given = url or os.environ.get("DATABASE_URL") or None
    if given:
        settings_of(given)
    return given


def check_reachable(url: str | None) -> None:
    """Raise an error if the database that `open_target` would yield cannot be reached; start nothing."""
    from qaseed.postgres.connection import connected
    from qaseed.postgres.server import own_server

    named = requested_url(url)
    if named is None:
        own_server().check()
        return
    with connected(named):
        pass


@contextmanager
def open_target(url: str | None, *, keep: bool = True) -> Iterator[str]:
    """The URL of the target: the one given, else DATABASE_URL, else that of the embedded Postgres, started on demand.

    A server that was started for the block is stopped if the block fails, or without `keep`.
    """
    named = requested_url(url)
    if named:
        yield named
        return
    from qaseed.postgres.server import own_server

    with own_server().running(keep=keep) as embedded:
        yield embedded


def _psycopg_connection(session: Any) -> Any:
    """The psycopg connection of a caller's session."""
    import psycopg

    try:
        connection = _driver_connection(session)
    except Exception as error:  # noqa: BLE001  # any error of the session's library means that it gives no connection
        raise UsageError(
            f"session: gives no connection ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
        ) from None
    if not isinstance(connection, psycopg.Connection) or connection.closed:
        name = f"{type(connection).__module__}.{type(connection).__qualname__}"
        raise UsageError(f"session: {name} is no open psycopg 3 connection; with SQLAlchemy use postgresql+psycopg://")
    return connection


def _driver_connection(session: Any) -> Any:
    connection = session
    if hasattr(session, "connection") and callable(session.connection):  # a SQLAlchemy session
        connection = session.connection()
    connection = getattr(connection, "connection", connection)  # a SQLAlchemy connection: the pool's
    return getattr(connection, "driver_connection", connection)


class QASeedManager:
    """The seed document's entry point: one environment, seeded on demand.

    `session` is a psycopg connection or a SQLAlchemy session or connection, used within its own transaction and never
    committed. `config_override` is a `QADataProfile`, or settings by name. An unknown environment raises `ValueError`.
    """

    def __init__(
        self,
        environment: str | QAEnvironment | None = None,
        session: Any = None,
        config_override: Profile | Mapping[str, Any] | None = None,
    ) -> None:
        self.config = get_qa_seed_config(environment, config_override)
        self.session = session
        self.performance_metrics: dict[str, Any] = {}

    def generate_seed_data(self, confirm: str | None = None) -> dict[str, Any]:
        """Generate, validate, load and verify; failures are in `errors` and `success`, not raised.

        `confirm` is the database's name, where an error asks for it.
        """
        self.performance_metrics = seed(self.config, session=self.session, confirm=confirm).metrics
        return self.performance_metrics
