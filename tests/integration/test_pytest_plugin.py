"""The pytest plugin in projects of its users: real runs of pytest, on real servers."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import psycopg
import pytest

from qaseed.postgres.server import Server
from support.clones import named
from support.databases import ask
from support.projects import run_pytest, without_databases_of_tests

pytestmark = pytest.mark.integration

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of a user's project."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


@pytest.fixture
def run(project: Path, server: Server, cache_of_projects: str) -> Iterator[Run]:
    """Run pytest in the project, on a server without databases of tests and templates."""

    def run_in_project(
        *arguments: str, url: str | None = None, plugins: Collection[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        return run_pytest(project, url or server.url, *arguments, plugins=plugins, XDG_CACHE_HOME=cache_of_projects)

    with without_databases_of_tests(server.url):
        yield run_in_project


def test_databases(url: str) -> list[str]:
    return [name for (name,) in ask(url, "select datname from pg_database where datname like 'qaseed_test_%'")]


test_databases.__test__ = False  # type: ignore[attr-defined]  # a helper, whatever its name begins with


def test_tests_of_two_workers_have_a_database_each_and_only_that_of_the_failed_one_stays(
    project: Path, run: Run, server: Server
) -> None:
    (project / "test_clients.py").write_text("""
import pytest

@pytest.mark.parametrize("number", range(8))
def test_own_database(qaseed_db, qaseed_scenario, number):
    guarded = qaseed_scenario("minor_with_guardian").row
    with qaseed_db.connect() as connection:
        assert connection.execute("select count(*) from client").fetchone() == (25,)
        query = "select first_name from client where (tenant_id, id) = (%s, %s)"
        assert connection.execute(query, (guarded.tenant_id, guarded.id)).fetchone() == (guarded.first_name,)
        connection.execute("truncate client cascade")
    assert number != 7
""")
    failed = run("-n", "2", plugins={"randomly"})
    assert "--randomly-seed" in failed.stdout
    kept = test_databases(server.url)
    assert (failed.returncode, len(kept)) == (1, 1), failed.stdout
    assert "1 failed, 7 passed" in failed.stdout
    (url,) = re.findall("stays until the next run: (.*)", failed.stdout)
    assert kept[0] in url
    passed = run("-q", "-k", "3")
    assert (passed.returncode, test_databases(server.url)) == (0, []), passed.stdout


@pytest.fixture
def plain_role(database: str) -> Iterator[str]:
    """The URL of a database for a role that may create schemas in it, and no databases."""
    name = str(psycopg.conninfo.conninfo_to_dict(database)["dbname"])
    ask(database, "drop role if exists plain_tester")
    ask(database, "create role plain_tester login")
    ask(database, f'grant create on database "{name}" to plain_tester')
    yield named(database, name, "plain_tester")
    assert ask(database, "select nspname from pg_namespace where nspname like 'qaseed_test%'") == []
    ask(database, "drop owned by plain_tester cascade; drop role plain_tester")


def test_a_role_that_may_not_create_databases_gets_a_schema_that_each_test_finds_whole(
    project: Path, run: Run, plain_role: str
) -> None:
    (project / "conftest.py").write_text("""
import pathlib, psycopg

def qaseed_prepare(url):
    if pathlib.Path("broken").exists():
        pathlib.Path("broken").unlink()
        raise ValueError("no such migration")
    with psycopg.connect(url) as connection:
        connection.execute("create table reminder as select id from client")
        connection.execute("update note set plan = 'prepared'")
""")
    (project / "test_notes.py").write_text("""
import pytest

@pytest.mark.parametrize("number", range(3))
def test_whole(qaseed_db, number):
    with qaseed_db.connect() as connection:
        assert connection.execute("select count(*) from note where plan = 'prepared'").fetchone() == (25,)
        assert connection.execute("select count(*) from reminder").fetchone() == (25,)
        connection.execute("alter table note add mine text")
        connection.execute("drop table reminder")
        connection.execute("update note set plan = 'mine'")
        amended = "select amends_id from note where amends_id is not null"
        connection.execute(f"delete from note where id % 2 = 0 and id not in ({amended})")
    assert qaseed_db.schema.startswith("qaseed_test_")
""")
    ran = run("-q", url=plain_role, plugins={"randomly"})
    assert ran.returncode == 0, ran.stdout
    (project / "broken").touch()
    failed = run("-q", url=plain_role)
    assert "1 error" in failed.stdout, failed.stdout
    assert "2 passed" in failed.stdout, "one failure is not that of the next test"
    assert "no such migration" in failed.stdout
    (project / "test_notes.py").write_text("def test_fails(qaseed_db):\n    assert False\n")
    assert "Nothing of the test's schema stays" in run("-q", url=plain_role).stdout


def test_the_hook_of_a_project_prepares_the_template_once_for_each_version_of_its_files(
    project: Path, run: Run, server: Server
) -> None:
    (project / "pytest.ini").write_text("[pytest]\nqaseed_prepare_files = migrations/*.sql\n")
    (project / "migrations").mkdir()
    migration = project / "migrations" / "1.sql"
    migration.write_text("create table reminder (client_id bigint, tenant_id text, text text)")
    (project / "conftest.py").write_text("""
import pathlib, psycopg

def qaseed_prepare(url):
    with psycopg.connect(url) as connection:
        connection.execute("create table owned_by_the_project (id bigint)")
    yield
    with psycopg.connect(url) as connection:
        connection.execute(pathlib.Path("migrations/1.sql").read_text())
        connection.execute("insert into reminder select id, tenant_id, 'call' from client")
    with open("prepared", "a") as log:
        log.write("once\\n")
""")
    (project / "test_reminders.py").write_text("""
import pytest

@pytest.mark.parametrize("number", range(4))
def test_reminders(qaseed_db, number):
    with qaseed_db.connect() as connection:
        assert connection.execute("select count(*) from reminder").fetchone() == (25,)
        assert connection.execute("select count(*) from owned_by_the_project").fetchone() == (0,)
""")
    assert run("-q", "-n", "2").returncode == 0
    assert run("-q").returncode == 0
    assert (project / "prepared").read_text() == "once\n"
    migration.write_text(migration.read_text() + ";")
    assert run("-q").returncode == 0
    assert (project / "prepared").read_text() == "once\n" * 2
    templates = ask(server.url, "select count(*) from pg_database where datname like 'qaseed_template_%'")
    assert templates == [(2,)]


PREPARES = """
import psycopg

def qaseed_prepare(url):
    with psycopg.connect(url) as connection:
        connection.execute("create table reminder (id bigint)")
"""
REGISTERED = """
import shared

class Migrations:
    qaseed_prepare = staticmethod(shared.qaseed_prepare)

def pytest_configure(config):
    config.pluginmanager.register(Migrations())
"""


@pytest.mark.parametrize(
    ("conftest", "problem"),
    [
        ("from shared import qaseed_prepare\npytest_plugins = ['shared']", ""),
        (REGISTERED, ""),
        (
            "pytest_plugins = ['shared']\ndef qaseed_prepare(url): pass",
            "\nqaseed: qaseed_prepare: defined by conftest and shared; keep one, which prepares the template\n",
        ),
        ("async def qaseed_prepare(url): pass", "\nqaseed: qaseed_prepare: is no plain function; write"),
    ],
    ids=["a module, imported by another", "an object", "two modules", "a coroutine"],
)
def test_the_hook_is_found_in_each_kind_of_plugin_once(
    conftest: str, problem: str, project: Path, run: Run, server: Server
) -> None:
    (project / "shared.py").write_text(PREPARES)
    (project / "conftest.py").write_text(conftest)
    (project / "test_prepared.py").write_text("""
def test_prepared(qaseed_db):
    with qaseed_db.connect() as connection:
        assert connection.execute("select count(*) from reminder").fetchone() == (0,)
""")
    ran = run("-q")
    assert problem in ran.stdout
    assert (ran.returncode == 0) == (not problem), ran.stdout


def test_a_hook_that_fails_leaves_no_template_and_an_interrupted_one_is_made_anew(
    project: Path, run: Run, server: Server
) -> None:
    (project / "conftest.py").write_text("""
import os, pathlib, psycopg, signal

def qaseed_prepare(url):
    with psycopg.connect(url) as connection:
        connection.execute("create table half (id bigint)")
    what = pathlib.Path("what").read_text()
    if what == "fail":
        raise ValueError("no such migration")
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
""")
    (project / "test_half.py").write_text("""
def test_half(qaseed_db):
    with qaseed_db.connect() as connection:
        assert connection.execute("select count(*) from half").fetchone() == (0,)
""")
    auxiliary = "select count(*) from pg_database where datname ~ '^qaseed_(test|template)_'"
    (project / "what").write_text("fail")
    failed = run("-q")
    assert failed.returncode == 1
    assert "no such migration" in failed.stdout
    assert ask(server.url, auxiliary) == [(0,)]
    (project / "what").write_text("die")
    assert run("-q").returncode == -signal.SIGKILL
    assert ask(server.url, auxiliary) == [(1,)]
    (project / "what").write_text("go on")
    ran = run("-q")
    assert (ran.returncode, ask(server.url, auxiliary)) == (0, [(1,)]), ran.stdout


def test_databases_of_killed_runs_are_dropped_by_the_next_and_those_of_others_stay(
    project: Path, run: Run, server: Server
) -> None:
    (project / "test_dies.py").write_text("""
import os, signal

def test_dies(qaseed_db, qaseed_readonly_db):
    os.kill(os.getpid(), signal.SIGKILL)

def test_lives(qaseed_db):
    pass
""")
    strangers = ["qaseed_test_of_mine", f"qaseed_test_{'0' * 16}_1", f"qaseed_test_{'1' * 16}_1"]
    assert run("-q", "-k", "dies").returncode == -signal.SIGKILL
    left = test_databases(server.url)
    assert len(left) == 2
    (comment,) = ask(
        server.url, f"select shobj_description(oid, 'pg_database') from pg_database where datname = '{left[0]}'"
    )[0]
    for name in strangers:
        ask(server.url, f'create database "{name}"')
    ask(server.url, f"comment on database \"{strangers[2]}\" is '{comment}'")  # as of a copy: the oid is another's
    unmarked = f"qaseed_test_{'2' * 16}_1"
    ask(server.url, f'create database "{unmarked}" template "{left[0]}"')  # killed before it had a comment
    ran = run("-q", "-k", "lives")
    assert (ran.returncode, sorted(test_databases(server.url))) == (0, sorted(strangers)), ran.stdout


def test_a_database_is_kept_as_the_setting_says(project: Path, run: Run, server: Server) -> None:
    (project / "test_one.py").write_text(
        "def test_passes(qaseed_db): ...\ndef test_fails(qaseed_db): assert not qaseed_db"
    )
    kept = {}
    for keep in ("all", "none"):
        run("-q", f"--qaseed-keep={keep}")
        kept[keep] = len(test_databases(server.url))
    assert kept == {"all": 2, "none": 0}


def test_a_marker_chooses_snapshot_and_tenant_and_values_are_typed(project: Path, run: Run) -> None:
    (project / "test_typed.py").write_text("""
import datetime, pytest

@pytest.mark.qaseed(tenant="tenant-qa-002")
def test_tenant(qaseed_tenant, qaseed_scenario):
    assert qaseed_tenant.tenant_id == "tenant-qa-002"
    assert isinstance(qaseed_tenant.created_at, datetime.datetime) and qaseed_tenant.created_at.tzinfo

def test_scenario(qaseed_scenario, qaseed_snapshot):
    scenario = qaseed_scenario("minor_with_guardian")
    assert isinstance(scenario.row.dob, datetime.date) and scenario.ids[0] == scenario.id == scenario.row.id
    with pytest.raises(AttributeError, match="did you mean 'first_name'"):
        scenario.row.frist_name

def test_unknown(qaseed_scenario):
    with pytest.raises(Exception, match="minor_with_guardian") as error:
        qaseed_scenario("minor_with_gardian")
    assert len(error.traceback.filter(error)) == 1, "only the line of the test is shown"

@pytest.mark.qaseed(snapshoot="minimal")
def test_wrong_marker(qaseed_snapshot): ...

def test_read_only(qaseed_readonly_db):
    import psycopg
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), qaseed_readonly_db.connect() as connection:
        connection.execute("delete from note")
""")
    ran = run("-q")
    assert "4 passed, 1 error" in ran.stdout, ran.stdout
    assert "\nqaseed: the marker takes snapshot= and tenant=, not 'snapshoot'\n" in ran.stdout


def test_a_setting_that_cannot_be_is_an_error_before_any_test(project: Path, run: Run) -> None:
    (project / "pytest.ini").write_text("[pytest]\nqaseed_keep = sometimes\n")
    (project / "test_plain.py").write_text("def test_plain(): assert False")
    ran = run("-q")
    assert ran.returncode == 4
    assert "qaseed_keep: 'sometimes' is not one of failed, all, none" in ran.stderr
    (project / "pytest.ini").write_text("[pytest]\n")


def test_no_test_database_is_created_on_a_server_that_is_named_like_production(
    project: Path, run: Run, server: Server
) -> None:
    name = "clinic_production"
    (project / "test_one.py").write_text("def test_one(qaseed_db): ...")
    ask(server.url, f'create database "{name}"')
    try:
        ran = run("-q", url=named(server.url, name))
        assert ran.returncode == 1
        assert "is named like a production system" in ran.stdout
        assert "Traceback" not in ran.stdout
        assert "plugin.py" not in ran.stdout
        assert test_databases(server.url) == []
    finally:
        ask(server.url, f'drop database "{name}"')


def test_a_run_that_does_not_use_the_plugin_imports_no_more_than_pytest(project: Path, run: Run) -> None:
    (project / "test_plain.py").write_text("""
import json, sys

def test_plain():
    heavy = {"duckdb", "polars", "pyarrow", "psycopg", "numpy", "typer", "rich"} & set(sys.modules)
    ours = sorted(name for name in sys.modules if name.startswith("qaseed"))
    open("modules", "w").write(json.dumps([sorted(heavy), ours]))
""")
    assert run("-q").returncode == 0
    heavy, ours = json.loads((project / "modules").read_text())
    assert heavy == []
    assert set(ours) <= {"qaseed", "qaseed.testing", "qaseed.testing.plugin"}
