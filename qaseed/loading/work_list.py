"""The files of a snapshot as a table in the stage, from which several programs take what they load.

A program claims a file by locking its row, and notes it as loaded in the transaction that copies its rows: whatever is
killed, each file is loaded once or not at all, and what was claimed is free again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError
from qaseed.loading.copying import copy_format, send
from qaseed.loading.keys import joined_keys, loaded_keys
from qaseed.loading.options import LoadOptions
from qaseed.loading.settings import stage_transaction
from qaseed.postgres.loaded_keys import LoadedKeys
from qaseed.postgres.registry import LoadedTable
from qaseed.postgres.target import NEXT, WORK_LIST
from qaseed.snapshot import Manifest

if TYPE_CHECKING:
    import psycopg

    from qaseed.snapshot.by_file import FileSource

    Connection = psycopg.Connection[Any]

WORK = f"{NEXT}.{WORK_LIST}"
_LIST = Identifier(NEXT, WORK_LIST)
_CREATE = SQL("""create table {list} (path text primary key, table_name text not null, sha256 text not null,
    bytes bigint not null, rows bigint not null, transaction bigint, keys json);
    create index on {list} (bytes desc, path) where transaction is null""").format(list=_LIST)
_CLAIM = SQL("""select path, table_name, sha256 from {} where transaction is null
    order by bytes desc, path limit 1 for update skip locked""").format(_LIST)
_DONE = SQL(
    """update {} set transaction = pg_current_xact_id()::xid::text::bigint, keys = %s where path = %s"""
).format(_LIST)


def publish(connection: Connection, files: FileSource) -> None:
    """Create the list of all files, none of which is loaded, in the open transaction."""
    connection.execute(_CREATE)
    columns = SQL("copy {} (path, table_name, sha256, bytes, rows) from stdin").format(_LIST)
    with connection.cursor() as cursor, cursor.copy(columns) as copy:
        for path, (entity, file) in files.files.items():
            copy.write_row((path, entity, file.sha256, file.bytes, file.rows))


def is_listed(connection: Connection) -> bool:
    """Whether the stage has a list."""
    return connection.execute("select to_regclass(%s)", (WORK,)).fetchone() != (None,)


def lists(connection: Connection, files: FileSource) -> bool:
    """Whether the list has exactly these files."""
    if not is_listed(connection):
        return False
    listed = connection.execute(SQL("select path, sha256 from {}").format(_LIST)).fetchall()
    return dict(listed) == {path: file.sha256 for path, (_, file) in files.files.items()}


def load_next(connection: Connection, files: FileSource, schema: str, options: LoadOptions) -> tuple[str, int] | None:
    """Load the largest file that nobody has claimed: its entity and its rows; None if none is left."""
    with stage_transaction(connection, schema):
        claimed = connection.execute(_CLAIM).fetchone()
        if claimed is None:
            return None
        path, entity_name, sha256 = claimed
        if path not in files.files or files.files[path][1].sha256 != sha256:
            raise PostgresError(f"{connection.info.dbname}: the load under way has other files; join with its snapshot")
        options.step(f"claimed {path}")
        entity = files.manifest.model.entity(entity_name)
        how = options.how or copy_format(entity)
        with files.only(path) as part, part.catalog(threads=1) as source:
            rows = sum(send(connection, NEXT, entity, source, how, options.batch_rows))
            keys = loaded_keys(source, entity)
        connection.execute(_DONE, (json.dumps(keys.to_json()) if keys else None, path))
        options.step(f"copied {path}")
    return entity_name, rows


def rows_loaded(connection: Connection) -> tuple[int, int]:
    """The rows of the files that are loaded, and how many files are not."""
    query = SQL("""select coalesce(sum(rows) filter (where transaction is not null), 0)::bigint,
        count(*) filter (where transaction is null) from {}""").format(_LIST)
    rows, left = connection.execute(query).fetchone() or (0, 0)
    return int(rows), int(left)


def listed_tables(connection: Connection, manifest: Manifest) -> dict[str, LoadedTable]:
    """What the load registry says of the tables, all of whose files are loaded."""
    query = SQL("select table_name, transaction, keys from {}").format(_LIST)
    parts: dict[str, list[tuple[int, LoadedKeys | None]]] = {name: [] for name in manifest.tables}
    for name, transaction, keys in connection.execute(query).fetchall():
        parts[name].append((transaction, LoadedKeys.from_json(keys)))
    return {name: _loaded_table(manifest, name, of_table) for name, of_table in parts.items()}


def _loaded_table(manifest: Manifest, name: str, parts: list[tuple[int, LoadedKeys | None]]) -> LoadedTable:
    table, key = manifest.tables[name], manifest.model.entity(name).key
    keys = joined_keys(key, (keys for _, keys in parts))
    return LoadedTable(table.rows, table.digest, keys, tuple(sorted(transaction for transaction, _ in parts)))


def drop_list(connection: Connection) -> None:
    """Drop the list, if there is one, before the stage."""
    connection.execute(SQL("drop table if exists {} restrict").format(_LIST))
