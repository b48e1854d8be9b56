"""Create and drop databases one after the other, as tests do, `bare`, by `qaseed` or by pytest-postgresql's `janitor`.

test_databases.py WAY URL TEMPLATE SNAPSHOT COUNT
"""

from __future__ import annotations

import os
import sys

import psycopg


def main() -> None:
    way, url, template, snapshot, count = sys.argv[1:]
    prefix = f"bench_{os.getpid()}"  # not that of a run that was killed
    if way == "bare":
        with psycopg.connect(url, autocommit=True) as connection:
            for number in range(int(count)):
                connection.execute(f"create database {prefix}_{number} template {template}".encode())
                connection.execute(f"drop database {prefix}_{number}".encode())
    elif way == "qaseed":
        from qaseed.snapshot import open_snapshot
        from qaseed.testing import TestServer

        opened = open_snapshot(snapshot, check=False)
        with TestServer(url) as server:
            for _ in range(int(count)):
                with server.database(opened):
                    pass
    else:
        from psycopg.conninfo import conninfo_to_dict
        from pytest_postgresql.janitor import DatabaseJanitor

        settings = conninfo_to_dict(url)
        where = {name: str(settings[name]) for name in ("user", "host", "port")}
        for number in range(int(count)):
            with DatabaseJanitor(**where, version=18, dbname=f"{prefix}_{number}", template_dbname=template):
                pass


if __name__ == "__main__":
    main()
