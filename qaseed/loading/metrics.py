"""The metrics of the last load as an OpenMetrics text file, for a collector that reads files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qaseed.disk import replacing
from qaseed.errors import QaseedError, UsageError
from qaseed.loading.result import LoadResult

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_PREFIX = "qaseed_load"


@dataclass
class LastLoad:
    """What is known of a load when it ends: its result where it succeeded, and what identifies it."""

    labels: dict[str, str]
    result: LoadResult | None = None


@contextmanager
def written_metrics(path: Path | None, **labels: str) -> Iterator[LastLoad]:
    """Write the metrics of the load in the block, whether it succeeds or fails; nothing where `path` is None.

    The block sets `result`. `labels` identify the load: snapshot, schema. The file is replaced as a whole, so that no
    collector reads half of it. `UsageError`, before the block runs, if its folder cannot be written or the extra is
    not installed.
    """
    last = LastLoad(labels)
    if path is None:
        yield last
        return
    _check(path)
    begun, exit_code = time.time(), 1
    try:
        yield last
        exit_code = 0
    except QaseedError as error:
        exit_code = error.exit_code
        raise
    finally:
        _replace(path, _serialize(_registry(last, exit_code, time.time() - begun)))


def _check(path: Path) -> None:
    try:
        import prometheus_client  # noqa: F401  # whether it is installed
    except ImportError:
        raise UsageError("--metrics needs prometheus-client; pip install 'qaseed[metrics]'") from None
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(f"--metrics: {path} cannot be written; give a file in a folder that exists and is writable")


def _registry(last: LastLoad, exit_code: int, seconds: float) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry, Gauge, Info

    registry, result = CollectorRegistry(), last.result
    single = {
        "success": ("Whether the last load succeeded.", not exit_code),
        "exit_code": ("The exit code of the last load.", exit_code),
        "end_timestamp_seconds": ("When the last load ended.", time.time()),
        "duration_seconds": ("How long the last load took.", seconds),
        "verified": ("Whether every row was read back and agrees with the snapshot.", bool(result and result.verified)),
    }
    for name, (doc, value) in single.items():
        Gauge(f"{_PREFIX}_{name}", doc, registry=registry).set(value)
    identity = last.labels | ({"target": result.target, "strategy": result.strategy} if result else {})
    Info(_PREFIX, "What the last load was.", registry=registry).info(identity)
    if result:
        rows = Gauge(f"{_PREFIX}_rows", "Rows of the table as read back.", ["table"], registry=registry)
        for table, number in result.rows.items():
            rows.labels(table).set(number)
        phases = Gauge(f"{_PREFIX}_phase_seconds", "How long the phase took.", ["phase"], registry=registry)
        for phase, took in result.phases.items():
            phases.labels(phase).set(took)
        changes = Gauge(
            f"{_PREFIX}_replaced_changes",
            "Rows by what was done to them since the load before; the load replaced them.",
            ["table", "change"],
            registry=registry,
        )
        for table, change in result.changes.items():
            for kind, number in vars(change).items():
                changes.labels(table, kind).set(number)
    return registry


def _serialize(registry: CollectorRegistry) -> bytes:
    from prometheus_client.openmetrics.exposition import generate_latest

    return bytes(generate_latest(registry))  # type: ignore[no-untyped-call]  # the library declares no types here


def _replace(path: Path, content: bytes) -> None:
    try:
        with replacing(path, 0o644) as file:  # the collector is another account
            file.write(content)
    except OSError as error:
        raise UsageError(
            f"--metrics: {path} cannot be written ({error.strerror}); the load itself is complete"
        ) from None
