"""One load as it runs: all that its steps share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qaseed.loading.options import LoadOptions
from qaseed.loading.result import LoadResult
from qaseed.model import Model
from qaseed.postgres.guard import guard
from qaseed.postgres.target import Target, refuse_unmanaged_rows
from qaseed.snapshot import Manifest, Snapshot

if TYPE_CHECKING:
    import psycopg

    from qaseed.loading.lock_gates import Connect
    from qaseed.snapshot.by_file import FileSource

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is loaded, over which connection, how, and what is known of the target.

    - `connection`: the one whose transaction changes the live tables.
    - `connect`: opens up to so many more connections.
    - `record`: writes the load into the target's audit trail, within that transaction.
    - `chosen`: whether the caller opened the connection, and so chose the database.
    - `files`: the files that other programs help to load; None for a load by this program alone.
    """

    connection: Connection
    connect: Connect
    snapshot: Snapshot
    options: LoadOptions
    result: LoadResult
    record: Callable[[], None]
    chosen: bool = False
    files: FileSource | None = None

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    @property
    def model(self) -> Model:
        return self.snapshot.manifest.model

    @property
    def schema(self) -> str:
        return self.options.schema

    def guard(self, target: Target, *, again: bool = False, locked: bool = False) -> None:
        """Ask whether the target may be loaded into, and note in the result what that overrides and replaces.

        `again`: all but the rows of the tables was asked before. `locked`: readers wait for the tables, whose rows were
        counted just before.
        """
        refuse_unmanaged_rows(self.connection, target, self.model)
        permission = guard(
            self.connection,
            target,
            self.model.by_name,
            confirmed=self.options.confirm,
            only_rows=again or locked or self.chosen,
            counted=self.result.changes if locked else None,
        )
        self.result.overridden = tuple(dict.fromkeys((*self.result.overridden, *permission.overridden)))
        self.result.changes = permission.changes
