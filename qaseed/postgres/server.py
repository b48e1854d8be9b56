"""A PostgreSQL of the user's own, from a wheel: kept in the cache, started on demand, on a local socket."""

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
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qaseed.errors import PostgresError, UsageError
from qaseed.folders import cache_folder, is_writable, private_temporary_folder
from qaseed.postgres.connection import connected
from qaseed.postgres.wheel import account, programs_for, release

DATABASE = "qaseed"
PORT = 5432
"""Of the socket's name, and in the URL too, because PGPORT may say otherwise."""
HOST = "127.0.0.1"
"""Where the server listens when it is started with a port."""
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
END_TRIES = 100
FIRST_FREE_PORT = 1024
"""Lower ones are root's."""
_LONGEST_SOCKET = 90
_PORT_LINE = 3
"""The line of `postmaster.pid` that holds the port, counted from 0."""


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

    @property
    def password_file(self) -> Path:
        """Holds the password of connections over TCP; only its user reads it."""
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
        """How to reach its database."""
        return f"postgresql://postgres@:{PORT}/{DATABASE}?host={quote(os.fsencode(self.socket), safe='/')}"

    @property
    def pid(self) -> int | None:
        """The process that runs it, or None: a pid file alone proves nothing, so the socket must accept a connection."""
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket / f".s.PGSQL.{PORT}"))
            return int(self._pid_file_lines()[0])
        except (OSError, ValueError, IndexError):
            return None

    @property
    def port(self) -> int | None:
        """The TCP port at which it listens; None where it listens on its socket alone, or does not run."""
        if self.pid is None:
            return None
        lines = self._pid_file_lines()
        listens = len(lines) > _PORT_LINE + 2 and lines[_PORT_LINE + 2].strip()
        return int(lines[_PORT_LINE]) if listens else None

    @property
    def tcp_url(self) -> str | None:
        """How tools without sockets reach it; its password is in `password_file`."""
        return f"postgresql://postgres@{HOST}:{self.port}/{DATABASE}" if self.port else None

    def _pid_file_lines(self) -> list[str]:
        return (self.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")

    def state(self) -> dict[str, Any]:
        """What it is and where: version, size, since when it runs, and the settings that matter; never starts it."""
        pid = self.pid
        state: dict[str, Any] = {"running": pid is not None, "pid": pid, "url": self.url, "home": str(self.home)}
        state |= {"data": str(self.data), "log": str(self.log), "bytes": _size(self.data)}
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
        """Raise `PostgresError`, with what to do, where it could not be started; changes nothing."""
        account()
        release()
        if not is_writable(self.home):
            raise PostgresError(
                f"embedded Postgres: {self.home} cannot be written; set XDG_CACHE_HOME to another folder"
            )

    def start(self, port: int | None = None) -> str:
        """Make sure that it runs, whoever else is starting it, and return its URL; with `port` it listens there too.

        `UsageError` where it runs without that port, or where another program has the port.
        """
        self.check()
        with self._locked(), without_libpq_variables():
            if self.pid is None or not self._answers():
                if port is not None:
                    _check_free(port)
                self._prepare()
                self._clear_stale_pid_files()
                try:
                    self._launch(port)
                    self._ensure_database()
                except BaseException:
                    with suppress(PostgresError):  # it may not have come up
                        self._pg_ctl("stop", "-w", "-m", "fast")
                    raise
            elif port not in (None, self.port):
                state = f"on port {self.port}" if self.port else "without a port"
                raise UsageError(f"the embedded Postgres runs {state}; run `qaseed server stop` first")
        return self.url

    @contextmanager
    def running(self, *, keep: bool = True) -> Iterator[str]:
        """Its URL for the duration of the block; if this started it, it is stopped where the block fails or without `keep`."""
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
        """Stop it, ending its sessions; False if it did not run."""
        pid = self.pid
        if pid is None:
            return False
        with self._locked():
            self._pg_ctl("stop", "-w", "-m", "fast")
            _await_end(pid)
            if self.socket.parent != self.home:
                shutil.rmtree(self.socket)
        return True

    def remove(self) -> bool:
        """Stop it and remove its databases, with copies of its programs; False if there is nothing to remove."""
        if not self.home.is_dir():
            return False
        self.stop()
        for folder in (self.home, *self.home.parent.glob("wheel-*"), *self.home.parent.glob("programs-*")):
            shutil.rmtree(folder)
        if self.home.parent.name.startswith("qaseed"):  # a folder of qaseed's own
            with suppress(OSError):  # other things are kept in it
                self.home.parent.rmdir()
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
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
        """Folders, and on the first time the data: made aside and renamed, so that a killed start leaves none half made."""
        for folder in (self.home, self.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
            if user := account():
                os.chown(folder, user.pw_uid, user.pw_gid)
            elif folder.stat().st_uid != os.getuid():
                raise PostgresError(f"{folder}: belongs to another user; remove it")
        if self.data.is_dir():
            return
        aside = self.home / "making"
        shutil.rmtree(aside, ignore_errors=True)
        settings = SETTINGS | {"file_copy_method": "clone" if _shares_blocks(self.home) else "copy"}
        options = [f"--set={name}={value}" for name, value in settings.items()]
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
        trusted = ("--auth-local=trust", "--auth-host=scram-sha-256")  # the socket's folder is the user's alone
        self._run("initdb", "-U", "postgres", *trusted, *locale, *options, data=aside)
        aside.rename(self.data)

    def _answers(self) -> bool:
        """Whether it serves: for a moment after a crash the socket still takes connections that nobody answers."""
        try:
            self._ensure_database()
        except PostgresError:
            return False
        return True

    def _clear_stale_pid_files(self) -> None:
        """Deal with the pid file of a server that nobody can reach.

        One that runs (its socket was swept away) is stopped. A number that another process bears since, after the machine
        was started anew, would make Postgres refuse: it is replaced. The rest of the file stays: by it Postgres knows
        whether processes of the old server are left.
        """
        for path in (self.data / "postmaster.pid", *self.socket.glob(".s.PGSQL.*.lock")):
            try:
                first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
                process = Path(f"/proc/{int(first)}")
            except (OSError, ValueError):
                continue
            if not process.exists():
                continue  # no such process; or no Linux, where Postgres judges alone
            if not _stands_in(process, self.data):
                path.write_text("".join((f"{NO_PROCESS}\n", *rest)), encoding="utf-8")
            elif self.pid is None:
                self._pg_ctl("stop", "-w", "-m", "fast")

    def _launch(self, port: int | None) -> None:
        """Start the server; after a crash wait for what is left of the old one to go."""
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
        if port not in (None, PORT):  # the socket's name holds the port: the URL stays the same all the same
            link = self.socket / f".s.PGSQL.{PORT}"
            link.unlink(missing_ok=True)
            link.symlink_to(f".s.PGSQL.{port}")
        if port is not None:
            self._set_password()

    def _require_password(self) -> None:
        """Let nobody in over TCP without the password, also where an earlier version made the data."""
        rules = self.data / "pg_hba.conf"
        text = rules.read_text(encoding="utf-8")
        rules.write_text(re.sub(r"(?m)^(host\s.*)\btrust$", r"\1scram-sha-256", text), encoding="utf-8")

    def _set_password(self) -> None:
        from psycopg import sql

        if not self._has_password():
            aside = self.password_file.with_suffix(".new")
            aside.unlink(missing_ok=True)
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(18))
            aside.rename(self.password_file)
        self.password_file.chmod(0o600)
        password = self.password_file.read_bytes().strip()
        with connected(self.url) as connection:
            verifier = connection.pgconn.encrypt_password(password, b"postgres", b"scram-sha-256").decode()
            connection.execute(sql.SQL("alter role postgres password {}").format(sql.Literal(verifier)))
            connection.commit()

    def _has_password(self) -> bool:
        """Whether the file holds a password that every tool can type."""
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
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        # PGDATA, and a log relative to `home`: pg_ctl hands -D and -l to a shell, between quotes that a path may hold too
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "PGDATA": str(data)}
        # into a file, not a pipe: the server would hold a pipe open for as long as it runs
        with tempfile.TemporaryFile() as output:
            try:
                done = subprocess.run(  # noqa: S603  # our own programs, no shell
                    [self._bin / program, *arguments], cwd=self.home, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                    check=False, env=environment, **who,  # type: ignore[call-overload]  # one of two shapes
                )  # fmt: skip
            except (OSError, subprocess.SubprocessError) as error:
                raise PostgresError(f"embedded Postgres: {program} cannot be run ({error}); give --to URL") from None
            if done.returncode:
                output.seek(0)
                lines = output.read().decode(errors="replace").strip().splitlines()
                raise PostgresError(
                    f"embedded Postgres: {program} failed ({lines[-1] if lines else 'no output'}); see {self.log}"
                )

    @cached_property
    def _bin(self) -> Path:
        return programs_for(account(), self.home.parent)


def _await_end(pid: int) -> None:
    """Wait for a process that has let go of its data already; not for long: its parent may never collect it."""
    for _ in range(END_TRIES):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass
        time.sleep(0.01)


@contextmanager
def without_libpq_variables() -> Iterator[None]:
    """While the block runs, PG* variables count for nothing: they are about other servers than this one."""
    kept = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("PG")}
    try:
        yield
    finally:
        os.environ.update(kept)


def _check_free(port: int) -> None:
    if port < FIRST_FREE_PORT and account():
        raise UsageError(
            f"--port: {port} is for root, and the server does not run as root; choose {FIRST_FREE_PORT} or above"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            raise UsageError(
                f"--port: {port} cannot be used at {HOST}; another program has it: choose another"
            ) from None


def _stands_in(process: Path, data: Path) -> bool:
    """Whether a process works in the folder of that data, as its server does."""
    try:
        return (process / "cwd").samefile(data)
    except OSError:
        return False


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


def own_server() -> Server:
    """The server of this user; root's stands outside root's home, which no other account can enter."""
    folder = cache_folder()
    if os.geteuid() == 0:
        shared = Path("/var/cache")
        top = shared if is_writable(shared) else private_temporary_folder()
        folder = top / f"qaseed-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"
    return Server(folder / f"postgres-{release().split('.')[0]}")
