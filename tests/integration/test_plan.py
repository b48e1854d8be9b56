"""What a load says beforehand: how, why, how much, what is carried over, and what had better be known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace

import psycopg
import pytest

from qaseed.errors import PostgresError, UsageError
from qaseed.loading import load, plan
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from support.command_line import qaseed
from support.databases import ask, database_name, state
from support.pgbouncer import PGBOUNCER, pgbouncer

pytestmark = pytest.mark.integration


def test_a_dry_run_tells_the_plan_and_changes_nothing(minimal: Snapshot, database: str) -> None:
    first = qaseed("load", str(minimal.folder), "--to", database, "--dry-run")
    assert first.returncode == 0, first.stderr
    assert "strategy: direct, because none of the tables exists yet" in first.stdout
    assert "table client: created" in first.stdout
    assert state(database) == []
    load(minimal, database)
    ask(database, "create view busy as select count(*) from appointment")
    before = state(database)
    told = json.loads(qaseed("load", str(minimal.folder), "--to", database, "--dry-run", "--json").stdout)
    assert told["plan"]["strategy"] == told["strategy"] == "staged"
    assert told["plan"]["tables"]["client"] == "replaced"
    assert "view public.busy" in told["plan"]["carried"]
    assert told["plan"].keys() >= {"why", "rows", "bytes", "seconds", "warnings"}
    assert state(database) == before


def test_old_tables_come_back_by_the_command_line(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    done = qaseed("load", str(changed.folder), "--to", loaded, "--keep-old", "--verify", "counts", "--json")
    told = json.loads(done.stdout)
    assert (told["verified"], told["digests"], told["rows"]) == (False, {}, changed.manifest.rows)
    back = json.loads(qaseed("load", "--rollback", "--to", loaded, "--json").stdout)
    assert (back["strategy"], back["rows"]) == ("rollback", minimal.manifest.rows)
    assert ask(loaded, "select count(*) from client") == [(25,)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give either a SNAPSHOT to load, or --rollback"),
        (("x", "--rollback"), "give either a SNAPSHOT to load, or --rollback"),
        (("artifacts", "--strategy", "template"), "give both it and --database NAME, or neither"),
        (("artifacts", "--database", "d"), "give both it and --database NAME, or neither"),
    ],
)
def test_what_does_not_go_together(arguments: tuple[str, ...], told: str, database: str) -> None:
    done = qaseed("load", *arguments, "--to", database)
    assert done.returncode == 2
    assert told in done.stderr


@pytest.mark.parametrize("given", [{"strategy": "fast"}, {"verify": "maybe"}, {"workers": 0}, {"max_lock_wait": 0}])
def test_options_that_cannot_be(given: dict[str, object], minimal: Snapshot, database: str) -> None:
    with pytest.raises(UsageError):
        load(minimal, database, **given)  # type: ignore[arg-type]


def test_what_lacks_a_privilege_is_told(minimal: Snapshot, loaded: str) -> None:
    ask(
        loaded,
        "create schema app; create view app.theirs as select 1 from note; create table app.own (t text references tenant)",
    )
    ask(loaded, "drop role if exists reader; create role reader login; grant all on schema public, app to reader")
    name = database_name(loaded)
    ask(loaded, f"grant create on database {name} to reader")
    for table in minimal.manifest.model.by_name:
        ask(loaded, f"alter table {table} owner to reader")
    for table in ("qaseed_target", "qaseed_permit", "qaseed_audit"):
        ask(loaded, f"alter table {table} owner to reader")
    url = loaded.replace("postgres@", "reader@")
    with pytest.raises(
        PostgresError, match=r"the (view app\.theirs|foreign key .* of app\.own) belongs to another role"
    ):
        load(minimal, url, dry_run=True)
    ask(loaded, "alter view app.theirs owner to reader; alter table app.own owner to reader")
    assert load(minimal, url).strategy == "staged"
    ask(loaded, "reassign owned by reader to postgres; drop owned by reader; drop role reader")


def test_little_room_is_told(minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan.shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 10))
    monkeypatch.setattr(plan.Path, "is_dir", lambda _: True)
    found = load(minimal, database, dry_run=True).plan
    assert found is not None
    assert any("are free on the server's disk" in warning for warning in found.warnings)


@pytest.fixture
def pooled(database: str, server: Server) -> Iterator[str]:
    """The same database through pgbouncer in transaction mode."""
    with pgbouncer(server.socket, database_name(database)) as url:
        yield url


@pytest.mark.debian
@pytest.mark.skipif(not PGBOUNCER, reason="needs pgbouncer")
def test_a_pooler_is_told_and_loaded_through(minimal: Snapshot, changed: Snapshot, pooled: str, database: str) -> None:
    for snapshot, strategy in ((minimal, "direct"), (changed, "staged"), (minimal, "in-place")):
        loaded = load(snapshot, pooled, strategy="in-place" if strategy == "in-place" else None)
        assert (loaded.strategy, loaded.verified) == (strategy, True)
        assert loaded.plan is not None
        assert any("the URL leads to a pooler" in warning for warning in loaded.plan.warnings)
    with psycopg.connect(pooled, autocommit=True) as connection:
        assert connection.execute("show search_path").fetchone() == ('"$user", public',), "nothing leaks to others"
        assert connection.execute("show lock_timeout").fetchone() == ("0",)
        assert connection.execute("show statement_timeout").fetchone() == ("0",)
    assert load(minimal, database, dry_run=True).plan.warnings == ()  # type: ignore[union-attr]


def test_direct_is_for_targets_without_our_tables(minimal: Snapshot, database: str) -> None:
    assert load(minimal, database, strategy="direct").strategy == "direct"
    with pytest.raises(PostgresError, match=r"public\.tenant: exists already, and direct is for targets without"):
        load(minimal, database, strategy="direct")
