"""What earlier versions made goes on: snapshots, loaded targets, kept tables, permits, templates, logs, a server's data.

Each version is built as a wheel from its commit and run by the libraries of today. Where the clone does not reach back to
the commit the tests are skipped, by name.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from qaseed import validate_snapshot
from qaseed.errors import UsageError
from qaseed.generation import generate
from qaseed.loading import clone, load, purge, rollback
from qaseed.loading.clone_leftovers import drop_templates
from qaseed.loading.template_names import template_name
from qaseed.postgres import wheel
from qaseed.postgres.diagnostics import diagnostics
from qaseed.postgres.server import Server
from qaseed.postgres.tables import FIRST_ID
from qaseed.scanning import scan
from qaseed.snapshot import Snapshot, open_snapshot, with_defaults
from qaseed.targets import forget, init, status
from support.applications import insert_client
from support.command_line import qaseed
from support.databases import ask, column_defaults, database_name, loaded_snapshot
from support.installed_postgres import InstalledPostgres

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
VERSIONS = {"c5f83021f5e5f5af47e1cd27dacb3c7f9ea1ad73": "before tables had defaults"}
"""Commits whose results must go on, and what they were the last of."""
DATABASES = ("plain", "kept", "staged", "secured", "permitted", "purged", "back")

MAKE = """
import sys
import psycopg
from pathlib import Path
from psycopg.conninfo import conninfo_to_dict
from qaseed.errors import PostgresError
from qaseed.generation import generate
from qaseed.loading import clone, load, politics
from qaseed.marking import init
from qaseed.postgres.server import Server
from qaseed.profiles import PROFILES

to, home, only = sys.argv[1].format, Path(sys.argv[2]), sys.argv[3:]
minimal = generate("minimal", home / "artifacts", format="both").snapshot
other = generate(PROFILES["minimal"].vary(seed=4), home / "artifacts").snapshot
for name in ("plain", "kept", "staged", "purged", "back"):
    load(minimal, to(name))
load(other, to("kept"), keep_old=True)
load(minimal, to("secured"), rls=True)
with psycopg.connect(to("permitted")) as connection:
    connection.execute("create table users (name text); insert into users values ('somebody')")
init(to("permitted"), environment="staging", confirm=conninfo_to_dict(to("permitted"))["dbname"])
load(minimal, to("permitted"))
politics.TRIES = 1
with psycopg.connect(to("staged")) as reader:
    reader.execute("lock table client in access share mode")
    try:
        load(other, to("staged"))
    except PostgresError:
        assert reader.execute("select count(*) from qaseed_next.client").fetchone() == (25,)
clone(minimal, to("plain"), conninfo_to_dict(to("cloned"))["dbname"])
server = Server(home / "server")
if "server" in only:
    server.start()
    load(minimal, server.url)
    server.stop()
"""
AGAIN = """
import sys
from pathlib import Path
from qaseed import validate_snapshot
from qaseed.loading import load, purge, rollback
from qaseed.snapshot import open_snapshot

snapshot = open_snapshot(Path(sys.argv[1]))
assert validate_snapshot(snapshot).ok(strict=True)
for keep_old in (False, True):
    assert load(snapshot, sys.argv[2], keep_old=keep_old).verified
assert load(snapshot, sys.argv[2], strategy="in-place").verified
rollback(sys.argv[2])
purge(sys.argv[2])
"""


@dataclass(frozen=True)
class Old:
    """What a version made, and how to run it once more.

    `home` has its snapshots, its state and its server's data; the names of its databases begin with `prefix`.
    """

    prefix: str
    code: Path
    home: Path
    server: Server | InstalledPostgres

    def run(self, script: str, *arguments: str | Path) -> None:
        """Run a script of that version's; its libraries are those of today."""
        folders = {"XDG_STATE_HOME": str(self.state), "XDG_CACHE_HOME": str(self.home / "cache")}
        environment = os.environ | folders | {"PYTHONPATH": str(self.code)}
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            env=environment, cwd=self.home, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    @property
    def has_server(self) -> bool:
        """Whether it can run a server of its own: that version's copies of the wheel's programs lack their libraries."""
        return isinstance(self.server, Server) and wheel.programs_for(wheel.account(), self.home) == wheel.programs()

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def minimal(self) -> Snapshot:
        return open_snapshot(self.home / "artifacts" / "minimal")

    def url(self, name: str) -> str:
        """The URL of one of its databases."""
        return self.server.url.replace("/qaseed?", f"/{self.prefix}_{name}?")


@pytest.fixture(scope="module", params=VERSIONS, ids=VERSIONS.values())
def old(
    request: pytest.FixtureRequest, server: Server | InstalledPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Old]:
    """The results of a version, made by its wheel."""
    source = tmp_path_factory.mktemp("source")
    archive = subprocess.run(
        ["git", "-c", "safe.directory=*", "archive", "--format=zip", request.param],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        pytest.skip(f"commit {request.param[:7]} is not in this clone, so nothing of that version can be made")
    with zipfile.ZipFile(io.BytesIO(archive.stdout)) as sources:
        sources.extractall(source)
    build = [sys.executable, "-m", "uv", "build", "--wheel", "--no-build-isolation", "--offline", "--no-cache", "-q"]
    subprocess.run([*build, "--python", sys.executable, "--out-dir", source / "dist"], cwd=source, check=True)
    (wheel,) = (source / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(source / "installed")
    drop_templates(server.url)  # of other tests: those of this version are counted
    with tempfile.TemporaryDirectory(prefix="qaseed-old-") as home:
        Path(home).chmod(0o755)  # so that another account may run the server in it
        prefix = f"v{request.param[:7]}_{secrets.token_hex(4)}"  # each process of a parallel run has its own
        made = Old(prefix, source / "installed", Path(home), server)
        for name in DATABASES:
            ask(server.url, f"create database {made.prefix}_{name}")
        made.run(MAKE, made.url("{}"), made.home, *(["server"] if made.has_server else []))
        yield made
    drop_templates(server.url)  # which other tests count; the rest goes with the server


def test_a_snapshot_is_read_and_checked(old: Old, all_columns: Snapshot) -> None:
    assert old.minimal.manifest.id != all_columns.manifest.id, "generator 3 has other values"
    assert validate_snapshot(old.minimal).ok(strict=True)
    with pytest.raises(UsageError, match="contains another snapshot"):
        generate("minimal", old.home / "artifacts", format="both")


def test_a_snapshot_is_loaded(old: Old, all_columns: Snapshot, database: str) -> None:
    assert load(old.minimal, database).verified
    expected = column_defaults(database)
    assert load(all_columns, database).verified
    assert column_defaults(database) == expected


def test_a_loaded_target_is_loaded_again(old: Old, all_columns: Snapshot) -> None:
    url = old.url("plain")
    assert len(column_defaults(url)) < len(all_columns.manifest.tables) * 3
    assert load(all_columns, url).strategy == "staged"
    assert loaded_snapshot(url, all_columns)
    assert insert_client(url) == FIRST_ID


def test_policies_stay(old: Old, all_columns: Snapshot) -> None:
    url = old.url("secured")
    before = ask(url, "select tablename, policyname, qual from pg_policies order by 1")
    assert len(before) == len(all_columns.manifest.tables)
    assert load(all_columns, url).verified
    assert ask(url, "select tablename, policyname, qual from pg_policies order by 1") == before


def test_kept_tables_come_back_and_go_again(old: Old) -> None:
    url = old.url("kept")
    assert rollback(url).rows == old.minimal.manifest.rows
    assert loaded_snapshot(url, old.minimal)
    rollback(url)
    assert load(old.minimal, url, keep_old=True).verified
    rollback(url)
    (other,) = (old.home / "artifacts").glob("minimal-*")
    assert loaded_snapshot(url, open_snapshot(other))


def test_a_stage_that_waits_is_replaced(old: Old, all_columns: Snapshot) -> None:
    url = old.url("staged")
    assert ask(url, "select count(*) from qaseed_next.client") == [(25,)]
    assert load(all_columns, url).verified
    assert loaded_snapshot(url, all_columns)
    assert ask(url, "select to_regnamespace('qaseed_next')") == [(None,)]


def test_a_permit_is_trusted_and_can_be_taken_back(old: Old, all_columns: Snapshot) -> None:
    url = old.url("permitted")
    said = status(url)
    assert (said.trusted, said.permit and said.permit.environment) == (True, "staging")
    assert {table.trusted for table in said.loaded} == {True}
    assert load(all_columns, url).overridden == ()
    assert status(url).trusted
    assert init(url, environment="staging", confirm=database_name(url)) == said.permit
    assert ask(url, "select * from users") == [("somebody",)]
    assert forget(url, confirm=database_name(url))


def test_what_was_loaded_is_removed(old: Old) -> None:
    url = old.url("purged")
    assert purge(url) == old.minimal.manifest.rows
    assert ask(url, "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'") == [
        ("qaseed_audit",)
    ]


def test_templates_and_clones(old: Old, all_columns: Snapshot) -> None:
    url = old.server.url
    with psycopg.connect(url) as connection:
        assert diagnostics(connection, single_connection=False)["templates"].startswith("1, ")
    assert clone(old.minimal, url, database_name(old.url("cloned"))).verified, "a clone of that version is replaced"
    assert insert_client(old.url("cloned")) == FIRST_ID
    assert load(all_columns, old.url("cloned"), confirm=database_name(old.url("cloned"))).verified
    dropped = drop_templates(url)
    assert (len(dropped), template_name(with_defaults(old.minimal)) in dropped) == (2, True)
    with psycopg.connect(url) as connection:
        assert diagnostics(connection, single_connection=False)["templates"] == "none"


def test_the_audit_log_and_trails_go_on(old: Old, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(old.state, tmp_path / "copied")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "copied"))
    url = old.url("back")
    for _ in range(2):
        done = qaseed("audit", "verify", "--to", url, "--json")
        chains = json.loads(done.stdout)["chains"]
        assert (done.returncode, [chain["flaw"] for chain in chains]) == (0, [None, None])
        assert load(old.minimal, url).verified
    assert chains[0]["events"] > 10


def test_ids_of_findings_stay(old: Old, tmp_path: Path) -> None:
    odd = old.home / "odd.csv"
    odd.write_text("ssn,note\n219-09-9998,call 212-867-5309\n")
    listed = old.home / "accepted.txt"
    old.run(
        "import sys; from pathlib import Path; from qaseed.scanning import scan; "
        "Path(sys.argv[2]).write_text(''.join(found.id + chr(10) for found in scan(sys.argv[1]).findings))",
        odd, listed,
    )  # fmt: skip
    assert len(listed.read_text().splitlines()) >= 2
    report = scan(str(odd), accepted=listed)
    assert (report.findings, report.stale) == ((), ())


def test_the_data_of_an_embedded_server_stays(old: Old) -> None:
    if not old.has_server:
        pytest.skip("that version runs no server here: on another PostgreSQL, or with the wheel in a closed folder")
    embedded = Server(old.home / "server")
    embedded.start()
    try:
        assert loaded_snapshot(embedded.url, old.minimal)
        assert load(old.minimal, embedded.url).verified
    finally:
        embedded.stop()


def test_the_old_version_goes_on_with_what_today_makes(old: Old, all_columns: Snapshot, database: str) -> None:
    """Nobody promises it, and it must do no damage: a team does not upgrade in one moment."""
    load(all_columns, database, keep_old=True)
    load(all_columns, database, keep_old=True)
    old.run(AGAIN, all_columns.folder, database)
    assert load(all_columns, database).verified
