"""What `qaseed doctor` prints about a target, and how many more connections its server allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qaseed.postgres import trail
from qaseed.postgres.connection import connections_left
from qaseed.postgres.databases import template_summary

if TYPE_CHECKING:
    import psycopg


def diagnostics(connection: psycopg.Connection[Any], *, single_connection: bool) -> dict[str, str]:
    """What `qaseed doctor` prints about a target, by label: server, privileges, connections, pooler, templates, trail.

    A value that begins with "no " is a problem with its remedy. `single_connection` says that no second connection
    could be opened.
    """
    row = connection.execute(
        """select current_setting('server_version'), current_setting('server_encoding'), pg_is_in_recovery(),
        has_database_privilege(current_database(), 'CREATE') or has_schema_privilege('public', 'CREATE'),
        pg_backend_pid(), current_setting('transaction_read_only')::boolean"""
    ).fetchone() or ("", "", False, False, 0, False)
    release, encoding, standby, may_create, pid, read_only = row
    left = connections_left(connection)
    pooled = pid != connection.info.backend_pid
    return {
        "server": f"PostgreSQL {release}",
        "encoding": encoding
        if encoding == "UTF8"
        else f"no UTF8 ({encoding}); load into a database with encoding UTF8",
        "primary": "no primary but a standby; load into its primary" if standby else "yes",
        "writable": "no writes (default_transaction_read_only)" if read_only and not standby else "yes",
        "connections": "1, so that loads fill the tables in place, and readers wait; "
        "raise the role's, database's or pool's limit"
        if single_connection
        else f"{max(left, 0) + 2} can be open at once",
        "may create tables": "yes" if may_create else "no right to create tables; connect as the owner of the schema",
        "pooler": "connected through one (QA_USE_BULK_INSERT=false if it refuses COPY)" if pooled else "none",
        "templates": template_summary(connection),
        "audit trail": trail.summary(connection),
        "tls": "yes" if connection.pgconn.ssl_in_use else "",
    }
