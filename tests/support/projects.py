"""Projects of users, in which a test runs pytest as they do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

_PLUGINS = ("django", "faker", "hypothesispytest", "pytest_postgresql", "randomly")
"""What this environment has, and a user's project does not ask for; some take longer to import than pytest."""


def run_pytest(
    folder: Path, url: str, *arguments: str, plugins: Collection[str] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project's folder, with these plugins, and with nothing of the pytest that runs this."""
    without = [word for name in _PLUGINS if name not in plugins for word in ("-p", f"no:{name}")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *without, *arguments],
        cwd=folder,
        env=environment | {"DATABASE_URL": url} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@contextmanager
def without_databases_of_tests(url: str) -> Iterator[None]:
    """The server has no database of a test and no template, whatever tests before left, and none afterwards."""
    remove_databases_of_tests(url)
    yield
    remove_databases_of_tests(url)


def remove_databases_of_tests(url: str) -> None:
    """Drop the databases of tests, and the templates of projects, that runs left."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        query = "select datname from pg_database where datname ~ '^qaseed_(test|template)_'"
        for (name,) in connection.execute(query).fetchall():
            connection.execute(f'alter database "{name}" is_template false'.encode())
            connection.execute(f'drop database "{name}" with (force)'.encode())
