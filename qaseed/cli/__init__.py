"""The command line: each command calls one public function and prints its result."""

from __future__ import annotations

from qaseed.cli import (  # importing a module adds its commands
    artifacts,
    audit,
    cleanup,
    comparing,
    finding,
    generate,
    inspection,
    load,
    locking,
    packing,
    scanning,
    seed,
    server,
    snapshots,
    target,
    validate,
)
from qaseed.cli.root import app

__all__ = [
    "app",
    "artifacts",
    "audit",
    "cleanup",
    "comparing",
    "finding",
    "generate",
    "inspection",
    "load",
    "locking",
    "packing",
    "scanning",
    "seed",
    "server",
    "snapshots",
    "target",
    "validate",
]
