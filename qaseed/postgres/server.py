"""The embedded Postgres: the user's own server from a wheel, kept in the cache, started on demand, on a local socket.

The data survives everything but `remove`: it is initialized under another name and renamed, started under a lock, and
flushed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qaseed.disk import FULL
from qaseed.errors import PostgresError, UsageError
from qaseed.folders import cache_folder, is_writable, private_temporary_folder
from qaseed.postgres.connection import CONNECT_SECONDS, connected
from qaseed.postgres.machine import (
    HOST,
    await_exit,
    check_port,
    disk_usage,
    shares_blocks,
    without_libpq_variables,
    works_in,
)
from qaseed.postgres.wheel import account, programs_for, release

DATABASE = "qaseed"
PORT = 5432
"""The port in the socket's name. The URL repeats it, because PGPORT may name another."""
SETTINGS = {
    # the data can be generated again and the machine is shared: little WAL, rare checkpoints, modest memory
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "1GB", "checkpoint_timeout": "30min",
    "shared_buffers": "128MB", "maintenance_work_mem": "256MB", "listen_addresses": "", "timezone": "UTC",
    # a load flushes once: turning fsync off would gain milliseconds and risk the whole cluster in a crash
    "fsync": "on",
}  # fmt: skip
NO_PROCESS = (1 << 22) + 1
"""A process id that does not occur: Linux and macOS only give smaller ones."""
START_SECONDS = 60
LAUNCH_TRIES = 20
"""How often a start is tried, every half second, while processes of a crashed server are still exiting."""
_LONGEST_SOCKET = 90
"""Bytes of the socket's folder: `sun_path` has 104 on macOS and 108 on Linux, and Postgres adds its file name."""
_PORT_LINE = 3
"""The line of `postmaster.pid` with the port, counted from 0."""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL whose data, log and socket are in the folder `home`."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def password_file(self) -> Path:
        """The file with the password for connections over TCP; only its owner can read it."""
        return self.home / "password"

    @cached_property
    def socket(self) -> Path:
        """The folder of the socket: in `home`, or in the temporary folder where that path cannot be a socket's.

        A path may be too long for a socket; a comma separates hosts in a URL.
        """
        inside = self.home / "socket"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET and "," not in str(inside):
            return inside
        return Path(tempfile.gettempdir()) / f"qaseed-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]}"

    @property
    def url(self) -> str:
        """The URL of its database over the socket."""
        return f"postgresql://postgres@:{PORT}/{DATABASE}?host={quote(os.fsencode(self.socket), safe='/')}"

    @property
    def pid(self) -> int | None:
        """The id of its main process, or None if it does not run.

        A pid file alone proves nothing: the socket must accept a connection.
        """
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket / f".s.PGSQL.{PORT}"))
            return int(self._pid_file_lines()[0])
        except (OSError, ValueError, IndexError):
            return None

    @property
    def port(self) -> int | None:
        """The TCP port on which it listens; None if it listens on its socket only, or does not run."""
        if self.pid is None:
            return None
        lines = self._pid_file_lines()
        listens = len(lines) > _PORT_LINE + 2 and lines[_PORT_LINE + 2].strip()
        return int(lines[_PORT_LINE]) if listens else None

    @property
    def tcp_url(self) -> str | None:
        """The URL for tools that cannot use sockets; the password is in `password_file`."""
        return f"postgresql://postgres@{HOST}:{self.port}/{DATABASE}" if self.port else None

    def _pid_file_lines(self) -> list[str]:
        return (self.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")

    def state(self) -> dict[str, Any]:
        """Version, size, start time, paths and the settings of `SETTINGS`, as `qaseed server status` prints them.

        Never starts the server.
        """
        pid = self.pid
        state: dict[str, Any] = {"running": pid is not None, "pid": pid, "url": self.url, "home": str(self.home)}
        state |= {"data": str(self.data), "log": str(self.log), "bytes": disk_usage(self.data)}
        state |= {"port": self.port, "tcp_url": self.tcp_url}
        state |= {"password_file": str(self.password_file) if self.port else None}
        if pid is None:
            version_file = self.data / "PG_VERSION"
            return state | {
                "version": version_file.read_text(encoding="ascii").strip() if version_file.is_file() else None
            }
        with without_libpq_variables(), connected(self.url) as connection:
            version, since = connection.execute(
                "select current_setting('server_version'), pg_postmaster_start_time()"
            ).fetchone() or ("", None)
            settings = connection.execute(
                "select name, current_setting(name) from pg_settings where name = any(%s) order by 1", ([*SETTINGS],)
            ).fetchall()
        return state | {"version": version, "since": since and since.isoformat(), "settings": dict(settings)}

    def check(self) -> None:
        """Raise `PostgresError`, with its remedy, if it could not be started; changes nothing."""
        account()
        release()
        if not is_writable(self.home):
            raise PostgresError(
                f"embedded Postgres: {self.home} cannot be written; set XDG_CACHE_HOME to another folder"
            )

    def start(self, port: int | None = None) -> str:
        """Start it unless it runs, and return its URL; with `port` it also listens on that TCP port of `HOST`.

        Safe to call from several processes at once. `UsageError` if it already runs without that port, or if another
        program uses the port.
        """
        self.check()
        with self._locked(), without_libpq_variables():
            if self.pid is None or not self._answers():
                if port is not None:
                    check_port(port)
                self._prepare()
                self._clear_stale_pid_files()
                try:
                    self._launch(port)
                    self._ensure_database()
                    if port is not None:
                        self._set_password()
                except BaseException:
                    with suppress(PostgresError):  # it may not have started
                        self._pg_ctl("stop", "-w", "-m", "fast")
                    raise
            elif port not in (None, self.port):
                state = f"on port {self.port}" if self.port else "without a port"
                raise UsageError(f"the embedded Postgres runs {state}; run `qaseed server stop` first")
        return self.url

    @contextmanager
    def running(self, *, keep: bool = True) -> Iterator[str]:
        """The URL, for the duration of the block.

        A server that this call started is stopped if the block fails, and at the end unless `keep`.
        """
        was_running = self.pid is not None
        try:
            url = self.start()
            with without_libpq_variables():
                yield url
        except BaseException:
            keep = False
            raise
        finally:
            if not (keep or was_running):
                self.stop()

    def stop(self) -> bool:
        """Stop it and end its sessions; False if it did not run."""
        pid = self.pid
        if pid is None:
            return False
        with self._locked():
            self._pg_ctl("stop", "-w", "-m", "fast")
            await_exit(pid)
            if self.socket.parent != self.home:
                shutil.rmtree(self.socket)
        return True

    def remove(self) -> bool:
        """Stop it and remove its databases and the copies of its programs; False if there is nothing to remove."""
        if not self.home.is_dir():
            return False
        self.stop()
        for folder in (self.home, *self.home.parent.glob("wheel-*"), *self.home.parent.glob("programs-*")):
            shutil.rmtree(folder)
        if self.home.parent.name.startswith("qaseed"):  # one that qaseed created
            with suppress(OSError):  # not empty: other data is in it
                self.home.parent.rmdir()
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let no other process start or stop the server while the block runs; creates `home`.

        `flock`, because the kernel releases the lock of a killed process; `filelock` polls, and where `flock` is
        missing it falls back to a file that survives a kill. The lock file stays: if it were unlinked, two processes
        could lock two files of the same name.
        """
        top = self.home.parent
        for folder in reversed([path for path in (top, *top.parents) if not path.exists()]):
            folder.mkdir(exist_ok=True)
            if account():
                folder.chmod(0o755)  # the account that runs the server passes through, whatever the umask is
        self.home.mkdir(exist_ok=True)
        with (self.home / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        """Create the folders and, the first time, the data: under another name, then renamed when complete."""
        for folder in (self.home, self.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
            if user := account():
                os.chown(folder, user.pw_uid, user.pw_gid)
            elif folder.stat().st_uid != os.getuid():
                raise PostgresError(f"{folder}: belongs to another user; remove it")
        if self.data.is_dir():
            return
        initializing = self.home / "making"
        shutil.rmtree(initializing, ignore_errors=True)
        settings = SETTINGS | {"file_copy_method": "clone" if shares_blocks(self.home) else "copy"}
        options = [f"--set={name}={value}" for name, value in settings.items()]
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
        authentication = (
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
        )  # only the user can enter the socket's folder
        self._run("initdb", "-U", "postgres", *authentication, *locale, *options, data=initializing)
        initializing.rename(self.data)

    def _answers(self) -> bool:
        """Whether it answers: right after a crash the socket may still accept connections that no process serves."""
        import psycopg

        try:
            with suppress(psycopg.Error):  # such as for want of the database
                psycopg.connect(self.url, connect_timeout=CONNECT_SECONDS).close()
                return True
            self._ensure_database()
        except PostgresError:
            return False
        return True

    def _clear_stale_pid_files(self) -> None:
        """Handle the pid file of a server that cannot be reached.

        A server that runs (its socket was deleted) is stopped. If another process has the id now, after the machine was
        restarted, Postgres would refuse to start: the id is replaced. The other lines stay, since Postgres uses them to
        find processes of the old server.
        """
        for path in (self.data / "postmaster.pid", *self.socket.glob(".s.PGSQL.*.lock")):
            try:
                first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
                process = Path(f"/proc/{int(first)}")
            except (OSError, ValueError):
                continue
            if not process.exists():
                continue  # no such process; or not Linux, where Postgres decides by itself
            if not works_in(process, self.data):
                path.write_text("".join((f"{NO_PROCESS}\n", *rest)), encoding="utf-8")
            elif self.pid is None:
                self._pg_ctl("stop", "-w", "-m", "fast")

    def _launch(self, port: int | None) -> None:
        """Start the server; after a crash, wait until the processes of the old one have exited."""
        quoted = str(self.socket).replace('"', '""')
        options = ["-k", f'"{quoted}"']
        if port is not None:
            self._require_password()
            options += ["-c", f"listen_addresses={HOST}", "-p", str(port)]
        for tries_left in reversed(range(LAUNCH_TRIES)):
            try:
                self._pg_ctl("start", "-w", "-t", str(START_SECONDS), "-l", self.log.name, "-o", shlex.join(options))
            except PostgresError:
                last = self.log.read_text(encoding="utf-8", errors="replace")[-2000:] if self.log.is_file() else ""
                if not tries_left or not any(text in last for text in ("still in use", "another postmaster")):
                    raise
                time.sleep(0.5)
            else:
                break
        if port not in (None, PORT):  # the socket's name contains the port, and the URL must stay the same
            link = self.socket / f".s.PGSQL.{PORT}"
            link.unlink(missing_ok=True)
            link.symlink_to(f".s.PGSQL.{port}")

    def _require_password(self) -> None:
        """Require the password over TCP, also for data that an earlier version of qaseed initialized with `trust`."""
        rules = self.data / "pg_hba.conf"
        text = rules.read_text(encoding="utf-8")
        rules.write_text(re.sub(r"(?m)^(host\s.*)\btrust$", r"\1scram-sha-256", text), encoding="utf-8")

    def _set_password(self) -> None:
        from psycopg import sql

        if not self._has_password():
            unfinished = self.password_file.with_suffix(".new")
            unfinished.unlink(missing_ok=True)
            with os.fdopen(
                os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
            ) as file:
                file.write(secrets.token_urlsafe(18))
            unfinished.rename(self.password_file)
        self.password_file.chmod(0o600)
        password = self.password_file.read_bytes().strip()
        with connected(self.url) as connection:
            verifier = connection.pgconn.encrypt_password(password, b"postgres", b"scram-sha-256").decode()
            connection.execute(sql.SQL("alter role postgres password {}").format(sql.Literal(verifier)))
            connection.commit()

    def _has_password(self) -> bool:
        """Whether the file has a password of printable ASCII, which every tool can pass on."""
        return self.password_file.is_file() and bool(re.fullmatch(rb"[!-~]+\s*", self.password_file.read_bytes()))

    def _ensure_database(self) -> None:
        with connected(self.url.replace(f"/{DATABASE}?", "/postgres?")) as connection:
            connection.autocommit = True
            if not connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone():
                connection.execute(f"create database {DATABASE}")

    def _pg_ctl(self, *arguments: str) -> None:
        self._run("pg_ctl", *arguments, data=self.data)

    def _run(self, program: str, *arguments: str, data: Path) -> None:
        user = account()
        run_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        # PGDATA, and a relative log: pg_ctl passes -D and -l to a shell, in quotes that a path may contain
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "PGDATA": str(data)}
        # into a file, not a pipe: the server would keep a pipe open as long as it runs
        with tempfile.TemporaryFile() as output:
            try:
                finished = subprocess.run(  # noqa: S603  # the wheel's own programs, no shell
                    [self._bin / program, *arguments], cwd=self.home, stdout=output, stderr=output,
                    stdin=subprocess.DEVNULL,
                    check=False, env=environment, **run_as,  # type: ignore[call-overload]  # one of two shapes
                )  # fmt: skip
            except (OSError, subprocess.SubprocessError) as error:
                raise PostgresError(f"embedded Postgres: {program} cannot be run ({error}); give --to URL") from None
            if finished.returncode:
                output.seek(0)
                printed = output.read().decode(errors="replace").strip()
                raise PostgresError(f"embedded Postgres: {program} failed ({_cause(printed)}); {self._remedy(printed)}")

    def _remedy(self, printed: str) -> str:
        """What to do after a program of the server failed and printed this."""
        if any(os.strerror(number) in printed for number in FULL):
            return "free some space, or set XDG_CACHE_HOME to a folder on another disk"
        return f"see {self.log}" if self.log.is_file() else "give --to URL"

    @cached_property
    def _bin(self) -> Path:
        return programs_for(account(), self.home.parent)


def _cause(printed: str) -> str:
    """The line that says why a program failed, which cleans up and says so after it."""
    lines = printed.splitlines() or ["no output"]
    return next((line for line in lines if re.search(r"error:|FATAL:|PANIC:|could not", line)), lines[-1])


def own_server() -> Server:
    """The server of this user.

    Root's is outside root's home, because the account that runs it in place of root cannot enter that."""
    folder = cache_folder()
    if os.geteuid() == 0:
        shared = Path("/var/cache")
        top = shared if is_writable(shared) else private_temporary_folder()
        folder = top / f"qaseed-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"
    return Server(folder / f"postgres-{release().split('.')[0]}")
