"""The pytest plugin: fixtures `qaseed_db`, `qaseed_readonly_db`, `qaseed_snapshot`, `qaseed_scenario`, `qaseed_tenant`.

pytest imports this module in every run of an environment that has qaseed, so that it imports nothing else.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from qaseed.snapshot import Snapshot
    from qaseed.testing.databases import TestDatabase, TestServer
    from qaseed.testing.preparation import Preparation
    from qaseed.testing.scenarios import Row, Scenario

_FAILED = pytest.StashKey[bool]()
_KEEP = ("failed", "all", "none")
_SETTINGS = {
    "url": "the server of test databases; DATABASE_URL, else the embedded Postgres, by default",
    "snapshot": "a profile, a folder, a name or a reference; minimal by default",
    "keep": "whose databases stay until the next run: failed (default), all or none",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options `--qaseed-...`, each also a setting of pytest's configuration."""
    group = parser.getgroup("qaseed", "databases with synthetic data")
    for name, text in _SETTINGS.items():
        choices = _KEEP if name == "keep" else None
        group.addoption(f"--qaseed-{name}", metavar=name.upper(), choices=choices, help=text)
        parser.addini(f"qaseed_{name}", text)
    parser.addini(
        "qaseed_prepare_files", "patterns of files, such as migrations, that qaseed_prepare depends on", type="linelist"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker `qaseed`."""
    config.addinivalue_line(
        "markers", "qaseed(snapshot=None, tenant=None): the snapshot and the tenant of qaseed's fixtures"
    )
    if _setting(config, "keep") not in (None, *_KEEP):
        raise pytest.UsageError(f"qaseed_keep: {_setting(config, 'keep')!r} is not one of {', '.join(_KEEP)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes that a test failed, and says in its report which database stays, or that none does."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
        database = getattr(item, "funcargs", {}).get("qaseed_db")
        stays = _setting(item.config, "keep") != "none" and report.when != "teardown"
        if database is not None and stays:
            own = f"The test's database stays until the next run: {database.shown_url}"
            gone = "Nothing of the test's schema stays: it is loaded anew, since the role may not create databases"
            report.sections.append(("qaseed", own if database.is_own else gone))
    return report


def _setting(config: pytest.Config, name: str) -> str | None:
    return config.getoption(f"--qaseed-{name}") or config.getini(f"qaseed_{name}") or None


@contextmanager
def _reported_in_one_line() -> Iterator[None]:
    """A `QaseedError` in the block is the error of the fixture, without the frames of this plugin."""
    from qaseed.errors import QaseedError

    try:
        yield
    except QaseedError as error:
        raise pytest.fail.Exception(f"qaseed: {error}", pytrace=False) from None


@pytest.fixture(scope="session")
def qaseed_server(pytestconfig: pytest.Config) -> Iterator[TestServer]:
    """The server of the run's databases, which all fixtures share."""
    from qaseed.seeding import open_target
    from qaseed.testing.databases import TestServer

    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with ExitStack() as opened:
        with _reported_in_one_line():
            url = opened.enter_context(open_target(_setting(pytestconfig, "url")))
            started = opened.enter_context(TestServer(url, run, worker, workers))
        yield started


@pytest.fixture(scope="session")
def _qaseed_open(pytestconfig: pytest.Config) -> Callable[[str | None], Snapshot]:
    """Opens snapshots, each once a run."""
    from functools import cache

    from qaseed.testing.snapshots import snapshot_for_tests

    default = _setting(pytestconfig, "snapshot") or "minimal"
    opened = cache(snapshot_for_tests)
    return lambda name: opened(name or default)


@pytest.fixture(scope="session")
def _qaseed_preparation(pytestconfig: pytest.Config) -> Preparation | None:
    """The function `qaseed_prepare(url)` of a conftest.py or another plugin, if the project has one."""
    plugins = pytestconfig.pluginmanager.get_plugins()
    defined = (getattr(plugin, "qaseed_prepare", None) for plugin in plugins)
    hooks = list(dict.fromkeys(hook for hook in defined if callable(hook)))
    if not hooks:
        return None
    from qaseed.errors import UsageError
    from qaseed.testing.preparation import Preparation, files_matching

    patterns = pytestconfig.getini("qaseed_prepare_files")
    with _reported_in_one_line():
        if len(hooks) > 1:
            modules = " and ".join(sorted(hook.__module__ for hook in hooks))
            raise UsageError(f"qaseed_prepare: defined by {modules}; keep one, which prepares the template")
        return Preparation(hooks[0], files_matching(patterns, pytestconfig.rootpath))


@pytest.fixture
def qaseed_snapshot(request: pytest.FixtureRequest, _qaseed_open: Callable[[str | None], Snapshot]) -> Snapshot:
    """The snapshot of the test: of its marker, else of `--qaseed-snapshot`, else the profile `minimal`."""
    with _reported_in_one_line():
        return _qaseed_open(_marked(request, "snapshot"))


@pytest.fixture
def qaseed_db(
    request: pytest.FixtureRequest,
    qaseed_server: TestServer,
    qaseed_snapshot: Snapshot,
    _qaseed_preparation: Preparation | None,
) -> Iterator[TestDatabase]:
    """A database of the test's own with the snapshot; dropped after it, or by the next run if the test failed."""
    with _reported_in_one_line():
        database = qaseed_server.create(qaseed_snapshot, _qaseed_preparation)
    yield database
    keep = _setting(request.config, "keep") or "failed"
    if keep == "none" or (keep == "failed" and not request.node.stash.get(_FAILED, False)):
        qaseed_server.drop(database)


@pytest.fixture(scope="session")
def _qaseed_readonly_databases(
    qaseed_server: TestServer, _qaseed_preparation: Preparation | None
) -> Iterator[Callable[[Snapshot], TestDatabase]]:
    """Databases that are only read, one a snapshot."""
    from qaseed.errors import QaseedError

    created: dict[str, TestDatabase] = {}

    def find(snapshot: Snapshot) -> TestDatabase:
        if not qaseed_server.may_create:
            raise QaseedError("qaseed_readonly_db: the role may not create databases; use qaseed_db, or grant CREATEDB")
        if snapshot.manifest.id not in created:
            created[snapshot.manifest.id] = qaseed_server.create(snapshot, _qaseed_preparation, read_only=True)
        return created[snapshot.manifest.id]

    yield find
    for database in created.values():
        qaseed_server.drop(database)


@pytest.fixture
def qaseed_readonly_db(
    qaseed_snapshot: Snapshot, _qaseed_readonly_databases: Callable[[Snapshot], TestDatabase]
) -> TestDatabase:
    """A database with the snapshot that the tests of a worker share; its transactions are read-only by default."""
    with _reported_in_one_line():
        return _qaseed_readonly_databases(qaseed_snapshot)


@pytest.fixture(scope="session")
def _qaseed_find_scenario() -> Callable[[Snapshot, str, str | None], Scenario]:
    """Finds scenarios, each once a run."""
    from qaseed.testing.scenarios import find_scenario

    scenarios: dict[tuple[str, str, str | None], Scenario] = {}

    def find(snapshot: Snapshot, name: str, tenant: str | None) -> Scenario:
        __tracebackhide__ = True  # a wrong name is shown where the test has it
        key = (snapshot.manifest.id, name, tenant)
        if key not in scenarios:
            scenarios[key] = find_scenario(snapshot, name, tenant)
        return scenarios[key]

    return find


@pytest.fixture
def qaseed_scenario(
    request: pytest.FixtureRequest,
    qaseed_snapshot: Snapshot,
    _qaseed_find_scenario: Callable[[Snapshot, str, str | None], Scenario],
) -> Callable[[str], Scenario]:
    """Finds a scenario of the snapshot by its name: `qaseed_scenario("rtl_name").row.first_name`."""

    def find(name: str) -> Scenario:
        __tracebackhide__ = True
        return _qaseed_find_scenario(qaseed_snapshot, name, _marked(request, "tenant"))

    return find


@pytest.fixture
def qaseed_tenant(request: pytest.FixtureRequest, qaseed_snapshot: Snapshot) -> Row:
    """The row of the tenant that the test's marker names, else of the first one."""
    from qaseed.testing.scenarios import read_tenant

    with _reported_in_one_line():
        return read_tenant(qaseed_snapshot, _marked(request, "tenant"))


def _marked(request: pytest.FixtureRequest, name: str) -> Any:
    marker = request.node.get_closest_marker("qaseed")
    unknown = [*marker.args, *sorted(set(marker.kwargs) - {"snapshot", "tenant"})] if marker else []
    if unknown:
        from qaseed.errors import UsageError

        raise UsageError(f"the marker takes snapshot= and tenant=, not {', '.join(map(repr, unknown))}")
    return marker.kwargs.get(name) if marker else None
