"""Everything that depends on the tables that are swapped, and can be carried over to the new ones.

Objects that depend on a table are found through pg_depend. Kinds that cannot be carried over are refused by name before
anything is loaded (`unsupported`). Definitions are read with an empty search path, so that every name in them is
qualified, and leads to the new table once that has the old one's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qaseed.loading import dependents_elsewhere as elsewhere
from qaseed.loading import dependents_of_tables as of_tables
from qaseed.loading.dependent import Dependent
from qaseed.postgres.session import search_path

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_OF_TABLES = (of_tables.owners_and_grants, of_tables.sequences, elsewhere.foreign_keys)
_OF_TABLES_AND_SEQUENCES = (elsewhere.defaults, elsewhere.views, elsewhere.functions, of_tables.policies)
_LAST = (
    of_tables.triggers,
    of_tables.publications,
    of_tables.moved_statistics,
    of_tables.table_flags,
    elsewhere.extensions,
)
"""All in the order in which they are reattached. The sequences are those of identities, which are new ones too."""


def find_dependents(connection: Connection, schema: str, oids: Sequence[int]) -> list[Dependent]:
    """Everything that can be carried over from these tables of a schema, in the order in which it is reattached."""
    with search_path(connection):
        replaced = [*oids, *elsewhere.identity_sequences(connection, list(oids))]
        kinds = (
            *((kind, list(oids)) for kind in _OF_TABLES),
            *((kind, replaced) for kind in _OF_TABLES_AND_SEQUENCES),
            *((kind, list(oids)) for kind in _LAST),
        )
        return [dependent for kind, numbers in kinds for dependent in kind(connection, schema, numbers)]
