"""Subscribers of the tables: new tables are not sent to them, so that they would keep the old rows without a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from qaseed.errors import PostgresError
from qaseed.loading.options import LoadOptions
from qaseed.postgres.target import Target

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_PUBLISHED = """select p.pubname, c.relname from pg_catalog.pg_publication p, pg_catalog.pg_class c
    where c.oid = any(%(oids)s) and (p.puballtables
    or exists (select from pg_catalog.pg_publication_rel r where r.prpubid = p.oid and r.prrelid = c.oid){by_schema})
    and exists (select from pg_catalog.pg_replication_slots s
        where s.slot_type = 'logical' and s.database = current_database())
    order by 1, 2"""
"""A publication without a logical replication slot in the database has no subscriber."""
_BY_SCHEMA = """ or exists (select from pg_catalog.pg_publication_namespace n
        where n.pnpubid = p.oid and n.pnnspid = c.relnamespace)"""


def subscribed(connection: Connection, oids: Sequence[int]) -> dict[str, list[str]]:
    """The tables among `oids` that subscribers have, by publication."""
    newer = connection.info.server_version >= 150_000
    query = _PUBLISHED.format(by_schema=_BY_SCHEMA if newer else "")
    tables: dict[str, list[str]] = {}
    for publication, table in connection.execute(query.encode(), {"oids": list(oids)}):
        tables.setdefault(publication, []).append(table)
    return tables


def check_subscribers(
    target: Target, publications: dict[str, list[str]], options: LoadOptions, *, can_refresh: bool
) -> None:
    """`PostgresError` if new tables would leave subscribers with the old rows, and the user did not ask for that."""
    if publications and options.publications != "keep":
        name, tables = next(iter(publications.items()))
        refresh = "add --publications refresh to send them all rows, or " if can_refresh else ""
        raise PostgresError(
            f"{target.database}: subscribers of the publication {name} would keep the old rows of {', '.join(tables)}; "
            f"{refresh}{'' if refresh else 'add '}--publications keep to leave them as they are"
        )


def what_subscribers_must_do(publications: dict[str, list[str]]) -> Iterator[str]:
    """For each publication that keeps its new tables unsent, how subscribers get the rows."""
    for name, tables in publications.items():
        yield (
            f"subscribers of the publication {name} keep the old rows of {', '.join(tables)}: take these tables out of "
            "it (alter publication ... drop table), on each subscriber run alter subscription ... refresh publication "
            "and empty them, add them again, and refresh once more"
        )
