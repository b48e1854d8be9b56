"""One load as it runs: all that its steps share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qaseed.loading.options import LoadOptions
from qaseed.loading.result import LoadResult
from qaseed.model import Model
from qaseed.postgres.target import Target, guard
from qaseed.snapshot import Manifest, Snapshot

if TYPE_CHECKING:
    import psycopg

    from qaseed.loading.lock_gates import Connect

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is loaded, over which connection, how, and what is known of the target.

    - `connection`: the one whose transaction changes the live tables.
    - `connect`: opens up to so many more connections.
    - `record`: writes the load into the target's audit trail, within that transaction.
    - `confirmed`: the name that the user typed; `local` and `production`: what the server's address and the database's
      name say. `guard` decides by these.
    """

    connection: Connection
    connect: Connect
    snapshot: Snapshot
    options: LoadOptions
    result: LoadResult
    record: Callable[[], None]
    confirmed: str | None
    local: bool
    production: bool

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    @property
    def model(self) -> Model:
        return self.snapshot.manifest.model

    @property
    def schema(self) -> str:
        return self.options.schema

    def guard(self, target: Target, *, confirmed: str | None) -> tuple[str, ...]:
        """The reasons for confirmation that `confirmed` overrides; an error if it does not."""
        return guard(
            self.connection, target, self.model, confirmed=confirmed, local=self.local, production=self.production
        )
