"""Loaders for other tools: functions that put a snapshot into the database that they are given."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from qaseed.postgres.urls import whole_url
from qaseed.testing.snapshots import snapshot_for_tests


def loader(snapshot: str) -> Callable[..., None]:
    """A function for the `load` of pytest-postgresql, which calls it with the settings of a database of its own.

    The database is taken to be a test's: rows in it are replaced, unless it is named like production.
    """

    def load_snapshot(**settings: Any) -> None:
        from psycopg.pq import Conninfo

        from qaseed.loading import load
        from qaseed.postgres.connection import connected
        from qaseed.postgres.guard import guard_server

        of_libpq = {option.keyword.decode() for option in Conninfo.get_defaults()}
        # pytest-postgresql also passes `autocommit`, which is not a setting of libpq
        url = whole_url({name: value for name, value in settings.items() if name in of_libpq})
        with connected(url) as connection:
            guard_server(connection, confirmed=None)
        load(snapshot_for_tests(snapshot), url, confirm=str(settings.get("dbname") or ""))

    return load_snapshot


def load(**settings: Any) -> None:
    """Load the snapshot of the profile that `QA_ENVIRONMENT` names, `minimal` by default, into a database."""
    loader(os.environ.get("QA_ENVIRONMENT") or "minimal")(**settings)
