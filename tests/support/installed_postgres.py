"""A PostgreSQL of given programs, other than the wheel's, as far as the tests need to know it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from qaseed.postgres import wheel


def as_account() -> dict[str, Any]:
    """Under which account programs run that refuse to run as root."""
    account = wheel.account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


@dataclass(frozen=True)
class InstalledPostgres:
    """A server whose data and socket stand in `home`."""

    programs: Path
    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket(self) -> Path:
        return self.home

    @property
    def url(self) -> str:
        return f"postgresql://postgres@:5432/qaseed?host={self.home}"

    def start(self, *options: str) -> None:
        """Make and start it, with a database as the embedded one has it."""
        account = wheel.account()
        if account:
            os.chown(self.home, account.pw_uid, account.pw_gid)
        if not self.data.is_dir():
            self.run("initdb", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = " ".join(("-h ''", f"-k '{self.home}'", "-c fsync=off", *options))
        self.run("pg_ctl", "start", "-w", "-l", str(self.home / "log"), "-o", settings)
        with psycopg.connect(self.url.replace("/qaseed?", "/postgres?"), autocommit=True) as connection:
            if not connection.execute(
                "select pg_is_in_recovery() or 'qaseed' in (select datname from pg_database)"
            ).fetchone()[0]:  # type: ignore[index]  # one row
                connection.execute("create database qaseed")

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "fast")

    def run(self, program: str, *arguments: str) -> None:
        command = [self.programs / program, "-D", str(self.data), *arguments]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.home, **as_account()
        )
