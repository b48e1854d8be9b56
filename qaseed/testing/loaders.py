"""Loaders for other tools: functions that put a snapshot into the database that they are given."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from qaseed.testing.snapshots import snapshot_for_tests


def loader(snapshot: str) -> Callable[..., None]:
    """A function for the `load` of pytest-postgresql, which calls it with the settings of a database."""

    def load_snapshot(**settings: Any) -> None:
        from psycopg.conninfo import make_conninfo

        from qaseed.loading import load

        given = {name: value for name, value in settings.items() if value not in (None, "")}
        load(snapshot_for_tests(snapshot), make_conninfo(**given), confirm=str(given.get("dbname", "")))

    return load_snapshot


def load(**settings: Any) -> None:
    """Load the snapshot of the profile that `QA_ENVIRONMENT` names, `minimal` by default, into a database."""

    loader(os.environ.get("QA_ENVIRONMENT") or "minimal")(**settings)
