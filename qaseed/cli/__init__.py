"""Words to calls: each command is one call of a public function, and says what came of it."""

from __future__ import annotations

from qaseed.cli import (  # importing them is what puts their commands in place, in this order
    audit,
    cleanup,
    generate,
    inspection,
    load,
    scanning,
    server,
    snapshots,
    target,
)
from qaseed.cli.root import app

__all__ = ["app", "audit", "cleanup", "generate", "inspection", "load", "scanning", "server", "snapshots", "target"]
