"""Names of databases, and what qaseed left of its own, on a server where tests clone."""

from __future__ import annotations

import psycopg

from qaseed.postgres.diagnostics import diagnostics
from support.databases import ask


def named(url: str, name: str, role: str = "postgres") -> str:
    """The URL of another database of the server, as another role."""
    return url.replace("/qaseed?", f"/{name}?").replace("postgres@", f"{role}@")


def auxiliary(url: str) -> list[str]:
    """The databases that qaseed created for itself, except for complete templates."""
    query = """select datname from pg_database where datname ~ '^qaseed_' and not (datistemplate and not datallowconn
        and datname !~ '_making$') order by 1"""
    return [name for (name,) in ask(url, query)]


def doctor(url: str) -> str:
    with psycopg.connect(url) as connection:
        return diagnostics(connection, single_connection=False)["templates"]
