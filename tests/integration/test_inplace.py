"""Loading in place, where new tables cannot be made or are not wanted: one transaction, under watch."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import psycopg
import pytest

from qaseed.errors import PostgresError
from qaseed.loading import load, purge
from qaseed.snapshot import Snapshot
from support.databases import TABLES, ask, database_name, migrate, row_counts

pytestmark = pytest.mark.integration


def test_what_hangs_on_tables_stays_in_place(minimal: Snapshot, changed: Snapshot, database: str) -> None:
    load(minimal, database)
    ask(database, "create materialized view stale as select count(*) from client; comment on table client is 'people'")
    ask(
        database,
        "comment on constraint client_pkey on client is 'who'; comment on index note_client_id_idx is 'finds them'",
    )
    oid = ask(database, "select 'client'::regclass::oid")
    with pytest.raises(PostgresError, match=r"materialized view public\.stale"):
        load(changed, database)
    loaded = load(changed, database, strategy="in-place")
    assert (loaded.strategy, loaded.verified) == ("in-place", True)
    assert ask(database, "select 'client'::regclass::oid") == oid
    ask(database, "refresh materialized view stale")
    assert ask(database, "select * from stale") == [(40,)]
    assert ask(database, "select obj_description('client'::regclass)") == [("people",)]
    words = "select description from pg_description where description in ('who', 'finds them') order by 1"
    assert ask(database, words) == [("finds them",), ("who",)]


def test_a_role_that_may_not_make_schemas_loads_in_place(minimal: Snapshot, database: str) -> None:
    name = database_name(database)
    ask(
        database,
        f"drop role if exists humble; create role humble login; grant create on schema public to humble; revoke create on database {name} from public",
    )
    url = database.replace("postgres@", "humble@")
    for _ in range(2):
        loaded = load(minimal, url)
        assert (loaded.strategy, loaded.verified) == ("in-place", True)
        assert loaded.plan is not None
        assert f"may not create schemas in {name}" in loaded.plan.why
    with pytest.raises(PostgresError, match="may not create schemas"):
        load(minimal, url, strategy="staged")
    with pytest.raises(PostgresError, match="leave --keep-old out"):
        load(minimal, url, keep_old=True)
    ask(database, "drop owned by humble; drop role humble")


def test_insert_sends_no_copy(minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("COPY was used")

    monkeypatch.setattr(psycopg.Cursor, "copy", refuse)
    assert load(minimal, database, strategy="insert").strategy == "insert"
    ask(database, "drop table qaseed_target, qaseed_permit; drop table " + ", ".join(TABLES))
    migrate(database, minimal.manifest.model)
    assert load(minimal, database, strategy="insert", batch_rows=1).verified, "keys of a table to itself stay in force"


CLIENT = """
import sys, time
from pathlib import Path
from qaseed.loading import LoadOptions, load_with_options, watchdog
from qaseed.snapshot import open_snapshot
watchdog.MAX_SILENCE_SECONDS = 5.0
def step(name):
    if name == "copied provider":
        print(name, flush=True)
        time.sleep(60)
load_with_options(open_snapshot(Path(sys.argv[1])), sys.argv[2], LoadOptions(strategy="in-place", batch_rows=3, step=step))
"""


def test_a_client_stopped_while_it_copies_is_ended_by_the_server(
    minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    command = [sys.executable, "-c", CLIENT, str(changed.folder), loaded]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "copied provider\n"
        client.send_signal(signal.SIGSTOP)
        try:
            active = "select state, wait_event from pg_stat_activity where query like 'copy%'"
            assert ask(loaded, active) == [("active", "ClientRead")]
            begun = time.monotonic()
            with psycopg.connect(loaded) as reader:
                reader.execute("set lock_timeout = '30s'")  # so that without a watchdog this fails, and does not hang
                assert row_counts(reader) == minimal.manifest.rows
            assert time.monotonic() - begun < 30
        finally:
            client.kill()
    assert load(changed, loaded, strategy="in-place").verified


@pytest.mark.parametrize("made_by", ["qaseed", "the application"])
def test_rows_of_tables_that_inherit_stay(made_by: str, minimal: Snapshot, changed: Snapshot, database: str) -> None:
    if made_by == "the application":
        migrate(database, minimal.manifest.model)
    load(minimal, database, strategy="in-place")
    ask(database, "create table kid (note_of_mine text) inherits (client)")
    ask(database, "insert into kid select c.*, 'mine' from only client c limit 3")
    before = ask(database, "select to_jsonb(k) from kid k order by id")
    for snapshot in (changed, minimal):
        loaded = load(snapshot, database, strategy="in-place")
        assert loaded.verified
        assert not loaded.changes, "rows of another table are none that were inserted"
    assert ask(database, "select to_jsonb(k) from kid k order by id") == before
    if made_by == "qaseed":
        with pytest.raises(PostgresError, match="kid depends on table"):
            purge(database)
    else:
        assert purge(database)["client"] == minimal.manifest.rows["client"]
        assert ask(database, "select count(*) from only client") == [(0,)]
    assert ask(database, "select to_jsonb(k) from kid k order by id") == before
