"""Tables that an earlier version made get the columns that are new in the model, and none that somebody dropped."""

from __future__ import annotations

import psycopg
import pytest

from qaseed.errors import PostgresError
from qaseed.loading import load, load_within, rollback
from qaseed.snapshot import Snapshot
from support.databases import ask, loaded_snapshot

pytestmark = pytest.mark.integration
COMMENT = """select col_description(attrelid, attnum) from pg_attribute
    where attrelid = 'client'::regclass and attname = 'further_dx'"""


def load_as_an_earlier_version(snapshot: Snapshot, url: str) -> None:
    """Load into a table that lacks a column of which its load registry knows nothing."""
    load(snapshot, url)
    ask(url, "alter table client drop column further_dx")
    ask(url, "update qaseed_target set definitions = (definitions::jsonb - 'column further_dx')::json")


@pytest.mark.parametrize("strategy", ["staged", "in-place"])
def test_a_new_column_is_added(strategy: str, minimal: Snapshot, changed: Snapshot, database: str) -> None:
    load_as_an_earlier_version(minimal, database)
    result = load(changed, database, strategy=strategy)
    assert (result.strategy, result.verified) == (strategy, True)
    assert loaded_snapshot(database, changed)
    column = changed.manifest.model.entity("client").column("further_dx")
    assert ask(database, COMMENT) == [(column.doc,)]
    assert load(minimal, database, strategy=strategy).verified, "and the next load has nothing to add"


def test_kept_tables_come_back_without_it_and_get_it_again(minimal: Snapshot, changed: Snapshot, database: str) -> None:
    load_as_an_earlier_version(minimal, database)
    load(changed, database, keep_old=True)
    rollback(database)
    assert ask(database, COMMENT) == []
    assert load(changed, database).verified
    assert loaded_snapshot(database, changed)


@pytest.mark.parametrize("strategy", ["staged", "in-place"])
def test_a_column_that_somebody_dropped_is_named(strategy: str, minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "alter table client drop column further_dx")
    with pytest.raises(PostgresError, match="client: its column further_dx was dropped since the last load; purge"):
        load(minimal, loaded, strategy=strategy)
    assert ask(loaded, "select count(*) from client") == [(25,)]
    assert ask(loaded, COMMENT) == []


def test_a_table_that_inherits_gets_no_column(minimal: Snapshot, changed: Snapshot, database: str) -> None:
    load_as_an_earlier_version(minimal, database)
    ask(database, "create table kid () inherits (client); insert into kid select * from only client limit 2")
    columns = "select array_agg(attname order by attnum) from pg_attribute where attrelid = 'kid'::regclass"
    before = (ask(database, columns), ask(database, "select to_jsonb(k) from kid k order by id"))
    for dry_run in (True, False):
        with pytest.raises(PostgresError, match=r"^kid: inherits from public\.client, .* alter table kid no inherit"):
            load(changed, database, strategy="in-place", dry_run=dry_run)
    with psycopg.connect(database) as connection, pytest.raises(PostgresError, match="kid: inherits from"):
        load_within(changed, connection)
    assert ask(database, "select count(*) from only client") == [(25,)]
    assert before == (ask(database, columns), ask(database, "select to_jsonb(k) from kid k order by id"))
    ask(database, "alter table kid no inherit public.client")
    assert load(changed, database, strategy="in-place").verified
    ask(database, "create table heir () inherits (client)")
    assert load(minimal, database, strategy="in-place").verified, "nothing is new"
