"""Synthetic test data for teams that build on Postgres: generate, validate, restore by COPY."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qaseed.config import QADataProfile, QAEnvironment, QASeedConfig, get_qa_seed_config
    from qaseed.errors import (
        ConfirmationError,
        FindingsError,
        NotInStoreError,
        PHIError,
        PostgresError,
        QaseedError,
        ResourceError,
        SnapshotError,
        StoreError,
        UnsafeError,
        UsageError,
    )
    from qaseed.generation import assemble, generate, generate_part, generate_to_store
    from qaseed.loading import clone, join, load, purge, rollback
    from qaseed.pinning import lock, pull
    from qaseed.safety.detection import check_for_phi
    from qaseed.scanning import scan
    from qaseed.seeding import QASeedManager, seed, validate_snapshot
    from qaseed.snapshot import Snapshot, open_snapshot
    from qaseed.snapshot.comparing import diff
    from qaseed.snapshot.packing import pack
    from qaseed.snapshot.pushing import push
    from qaseed.snapshot.stored import ls, prune, tag
    from qaseed.snapshot.verifying import verify

__version__ = "0.1.0"

_HOMES = {
    "ConfirmationError": "errors",
    "FindingsError": "errors",
    "NotInStoreError": "errors",
    "PHIError": "errors",
    "PostgresError": "errors",
    "QADataProfile": "config",
    "QAEnvironment": "config",
    "QASeedConfig": "config",
    "QASeedManager": "seeding",
    "QaseedError": "errors",
    "ResourceError": "errors",
    "Snapshot": "snapshot",
    "SnapshotError": "errors",
    "StoreError": "errors",
    "UnsafeError": "errors",
    "UsageError": "errors",
    "assemble": "generation",
    "check_for_phi": "safety.detection",
    "generate": "generation",
    "generate_part": "generation",
    "generate_to_store": "generation",
    "get_qa_seed_config": "config",
    "clone": "loading",
    "join": "loading",
    "load": "loading",
    "diff": "snapshot.comparing",
    "lock": "pinning",
    "ls": "snapshot.stored",
    "open_snapshot": "snapshot",
    "prune": "snapshot.stored",
    "pack": "snapshot.packing",
    "pull": "pinning",
    "purge": "loading",
    "push": "snapshot.pushing",
    "rollback": "loading",
    "scan": "scanning",
    "seed": "seeding",
    "tag": "snapshot.stored",
    "validate_snapshot": "seeding",
    "verify": "snapshot.verifying",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when they are used: `qaseed --help` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'qaseed' has no attribute {name!r}")
    try:
        return getattr(import_module(f"qaseed.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        from qaseed.installation import explain

        raise explain(error) from None


def __dir__() -> list[str]:
    """Names that are not imported yet are listed, too, as `help` and completion need it."""
    return sorted({*globals(), *__all__})


__all__ = [
    "ConfirmationError",
    "FindingsError",
    "NotInStoreError",
    "PHIError",
    "PostgresError",
    "QADataProfile",
    "QAEnvironment",
    "QASeedConfig",
    "QASeedManager",
    "QaseedError",
    "ResourceError",
    "Snapshot",
    "SnapshotError",
    "StoreError",
    "UnsafeError",
    "UsageError",
    "assemble",
    "check_for_phi",
    "clone",
    "diff",
    "generate",
    "generate_part",
    "generate_to_store",
    "get_qa_seed_config",
    "join",
    "load",
    "lock",
    "ls",
    "open_snapshot",
    "pack",
    "prune",
    "pull",
    "purge",
    "push",
    "rollback",
    "scan",
    "seed",
    "tag",
    "validate_snapshot",
    "verify",
]
