"""Fixtures of all tests: a real Postgres of their own, empty databases in it, and finished snapshots."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import duckdb
import psycopg
import pytest
import typer.testing
from hypothesis import HealthCheck, settings

from qaseed.postgres.server import Server, own_server
from qaseed.profiles import PROFILES
from qaseed.snapshot import Snapshot
from support.additions import EXTENDED
from support.databases import new_database
from support.installed_postgres import InstalledPostgres
from support.shared_snapshots import Shared
from support.stores import StoreUnderTest, folder_store

# no timing on shared machines; in CI the same examples each time, elsewhere new ones
settings.register_profile(
    "qaseed",
    deadline=None,
    max_examples=50,  # half of the default: the whole suite has to end in time
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("qaseed")

# typer makes all commands of the one application for each that tests run: as long as a short command takes
typer.testing._get_command = cache(typer.testing._get_command)

# nothing of the machine's own configuration may reach the tests
OUTSIDE = ("QA_", "PG", "DATABASE_URL", "AWS_", "AZURE_", "GOOGLE_", "GCE_METADATA_")
for name in [name for name in os.environ if name.startswith(OUTSIDE)]:
    del os.environ[name]
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup: programs that tests start would ignore it too
    signal.signal(signal.SIGHUP, lambda *_: None)  # they have no handler, but the default


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", metavar="BIN", type=Path, help="Run on the PostgreSQL of this folder of programs.")


EARLY = ("test_upgrade", "test_signals")
"""Modules with fixtures that take many seconds: late ones are divided between processes, and each makes the fixtures."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests a longer timeout than the default of pyproject.toml, and run some modules first."""
    items.sort(key=lambda item: item.path.stem not in EARLY)
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(600))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What it makes stays until the end: two fifths of its time were searches for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        atexit.register(gc.unfreeze)  # earlier, pytest would search it several times as a run ends


@pytest.fixture(scope="session", autouse=True)
def _states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the tests' state folders; fixtures of the session write their audit log to it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("states")
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Iterator[Server | InstalledPostgres]:
    """A PostgreSQL from the wheel, or of `--postgres`, for this test process alone."""
    home = Path(tempfile.mkdtemp(prefix="qaseed-test-"))
    home.chmod(0o755)
    programs = pytestconfig.getoption("--postgres")
    running = InstalledPostgres(programs, home) if programs else Server(home / "pg")
    running.start()
    with psycopg.connect(running.url, autocommit=True) as connection:
        connection.execute("alter system set fsync = off")  # nothing here outlives the tests
        connection.execute("select pg_reload_conf()")
    yield running
    running.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def database(server: Server | InstalledPostgres) -> Iterator[str]:
    """The URL of an empty database, dropped after the test."""
    with new_database(server.url) as url:
        yield url


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    return Shared(tmp_path_factory)


@pytest.fixture(scope="session")
def all_columns(shared: Shared) -> Snapshot:
    """The finished `minimal` snapshot, in both formats; tests that change it make a copy."""
    return shared.snapshot("minimal", "minimal", format="both")


@pytest.fixture(scope="session")
def minimal(all_columns: Snapshot) -> Snapshot:
    """The same; for tests of `integration`, which load it, it has few of its columns."""
    return all_columns


@pytest.fixture(scope="session")
def minimal_parquet(shared: Shared) -> Snapshot:
    """The same rows in Parquet alone, for tests that read all of a snapshot and that no format changes."""
    return shared.snapshot("minimal_parquet", "minimal", validated=False)


@pytest.fixture(scope="session")
def standard(shared: Shared) -> Snapshot:
    """The finished `standard` snapshot, which is large enough for every scenario."""
    return shared.snapshot("standard", "standard")


@pytest.fixture(scope="session")
def standard_rows(standard: Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    """The rows of `standard` as tables of a duckdb."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in standard.manifest.tables:
            connection.execute(f"create table {name} as from '{standard.folder}/data/{name}/*.parquet'")
        yield connection


@pytest.fixture
def tables(standard_rows: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, to be changed: whatever a test changes is undone."""
    standard_rows.execute("begin")
    yield standard_rows
    standard_rows.execute("rollback")


@pytest.fixture(scope="session")
def changed(shared: Shared) -> Snapshot:
    """A snapshot of the same tables with more and other rows than `minimal`."""
    profile = PROFILES["minimal"].vary(seed=4, record_counts=PROFILES["minimal"].record_counts | {"client": 40})
    return shared.snapshot("changed", profile)


@pytest.fixture(scope="session")
def extended(shared: Shared) -> Snapshot:
    """A small snapshot with scenarios and columns of its profile's own."""
    return shared.snapshot("extended", EXTENDED, workers=1)


@pytest.fixture
def unvalidated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands and seeds do not check the rules, which takes longer than to generate a small snapshot; no test is about them."""
    monkeypatch.setenv("QA_VALIDATION_ENABLED", "false")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of an application, two levels below that of the test, without snapshots."""
    folder = tmp_path / "project" / "tests"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def copied(minimal: Snapshot, tmp_path: Path) -> Path:
    """A copy of `minimal` to damage."""
    return Path(shutil.copytree(minimal.folder, tmp_path / "minimal"))


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key of a signer."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("needs ssh-keygen of openssh-client")
    path = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-C", "", "-f", path), check=True)
    return path


@pytest.fixture
def signers(key: Path, tmp_path: Path) -> Path:
    """A file of allowed signers with that key."""
    path = tmp_path / "signers"
    path.write_text(f"qa@example.com {key.with_suffix('.pub').read_text()}")
    return path


@pytest.fixture
def store(tmp_path: Path) -> StoreUnderTest:
    """An empty store in a folder."""
    return folder_store(tmp_path / "store")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, _states: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test runs in a folder of its own, without configuration files, the user's cache and the user's state.

    It fails if it leaves an embedded Postgres behind.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # pytest's own folders are numbered: it reads all names there are for each
    monkeypatch.setenv("XDG_STATE_HOME", tempfile.mkdtemp(dir=_states))
    embedded = own_server()
    yield
    assert not embedded.home.exists(), f"an embedded Postgres is left in {embedded.home}: {embedded.remove()}"
