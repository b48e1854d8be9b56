"""The command that finds rows of a snapshot by a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from qaseed.cli.options import Environment, Json, SnapshotOrNone
from qaseed.cli.output import command, print_json, print_message
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.tables import print_table
from qaseed.errors import SnapshotError, UsageError

if TYPE_CHECKING:
    from qaseed.snapshot import Snapshot


@app.command("scenarios find")
@command
def find(
    condition: Annotated[
        str,
        typer.Argument(metavar="CONDITION", help="SQL condition on the columns of the table, as duckdb reads it."),
    ],
    snapshot: SnapshotOrNone = None,
    environment: Environment = None,
    table: Annotated[str, typer.Option("--table", metavar="TABLE", help="Table of the rows.")] = "client",
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="List at most so many rows.")] = 20,
    json: Json = False,
) -> None:
    """Name the rows of a snapshot that fit a condition, such as clients with credit: their tenants and ids.

    Of a snapshot, or of the one that a profile was generated as. The condition is on columns of one table.

    \b
    Examples:
      qaseed scenarios find "balance_cents < 0 and is_active" -e standard
      qaseed scenarios find "status = 'no_show'" minimal --table appointment
    """
    from qaseed.finding import find_rows

    if snapshot is not None and environment is not None:
        raise UsageError("SNAPSHOT has its own rows; leave out --environment")
    opened = find_snapshot(snapshot) if snapshot is not None else _generated(environment)
    result = find_rows(opened, condition, table, limit)
    if json:
        rows = [vars(row) for row in result.rows]
        opened_as = {"snapshot": str(opened.folder), "id": opened.manifest.id}
        print_json({**opened_as, "entity": table, "count": result.count, "rows": rows})
        return
    if result.rows:
        print_table(
            ("tenant", "id", "external_ref"),
            [(row.tenant_id, str(row.id), row.external_ref) for row in result.rows],
        )
    more = f"; --limit {result.count} lists them" if result.count > len(result.rows) else ""
    print_message(
        f"{opened.manifest.name}: {result.count:,} of {opened.manifest.rows[table]:,} rows of {table} fit{more}"
    )


def _generated(environment: str | None) -> Snapshot:
    """The snapshot of a profile in the folder of snapshots."""
    from qaseed.config import get_qa_seed_config, settings
    from qaseed.generation import planned

    profile = get_qa_seed_config(environment).profile
    folder, _, _, exists = planned(profile, settings().out)
    if not exists:
        raise SnapshotError(f"{folder}: has no snapshot of {profile.slug}; run `qaseed generate -e {profile.slug}`")
    return find_snapshot(str(folder))
