"""`--after FILE`: SQL of the user's own is a part of the load, whatever the strategy, and its rows are no one else's."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from qaseed.cli import app
from qaseed.errors import ConfirmationError, PostgresError, UsageError
from qaseed.loading import clone, load, purge
from qaseed.loading.lock_holders import BusyError
from qaseed.model import Model
from qaseed.postgres.changes import Changes, count_changes
from qaseed.postgres.loaded_keys import LoadedKeys
from qaseed.postgres.target import inspect_target
from qaseed.snapshot import Snapshot
from support.applications import CLIENT, TENANT
from support.clones import named
from support.databases import ask, state

pytestmark = pytest.mark.integration
LOGINS = f"""
create table if not exists login (email text primary key, client bigint);
insert into login select 'qa@example.com', min(id) from client on conflict (email) do nothing;
update provider set email = 'qa@example.com' where id = (select min(id) from provider);
insert into location (tenant_id, id, name) values ('{TENANT}', 7, 'Ours') on conflict do nothing;
insert into tenant (tenant_id, name) values ('ours', 'Ours');
do $$ begin
    begin delete from scenario where name = (select min(name) from scenario);
        {CLIENT.replace("Ada", "Grace").replace("returning id", "")};
    exception when division_by_zero then null; end;
    begin perform 1 / 0; exception when division_by_zero then null; end;
end $$;
set role none; set datestyle = 'German'; set search_path = pg_catalog
"""


@pytest.fixture
def logins(tmp_path: Path) -> Path:
    return written(tmp_path, LOGINS)


def written(folder: Path, text: str) -> Path:
    file = folder / "after.sql"
    file.write_text(text)
    return file


def changes(url: str) -> dict[str, Changes]:
    with psycopg.connect(url) as connection:
        return count_changes(connection, inspect_target(connection, "public", Model("none", "None.", ())))


@pytest.mark.parametrize("strategy", ["direct", "staged", "in-place", "insert"])
def test_its_rows_are_a_part_of_the_load(
    strategy: str, minimal: Snapshot, database: str, loaded: str, logins: Path
) -> None:
    url = database if strategy == "direct" else loaded
    load(minimal, url, strategy=strategy, after=logins)  # type: ignore[arg-type]
    assert ask(url, "select login.email from login join client on id = client") == [("qa@example.com",)]
    assert ask(url, "select count(*) from provider where email = 'qa@example.com'") == [(1,)]
    assert changes(url) == {}
    # by now they are known by their keys too, whoever changes them
    ask(url, "update client set last_name = 'C' where first_name = 'Grace'; update tenant set name = 'X'")
    ask(url, f"insert into location (tenant_id, id, name) values ('{TENANT}', 8, 'Theirs')")
    tenants = minimal.manifest.rows["tenant"] + 1
    assert changes(url) == {
        "client": Changes(0, 1, 0),
        "location": Changes(1, 0, 0),
        "tenant": Changes(0, tenants, 0),
    }
    with pytest.raises(ConfirmationError, match=r"1 row that was inserted since the load .*\(location 1\)"):
        load(minimal, url, after=logins)
    ask(url, f"delete from location where (tenant_id, id) = ('{TENANT}', 8)")
    load(minimal, url)
    assert ask(url, "select count(*) from location where id = 7") == [(0,)]


def test_a_clone_has_it_and_the_template_has_not(minimal: Snapshot, creator: str, logins: Path) -> None:
    clone(minimal, creator, "clone_after", after=logins, owner="clone_app")
    assert ask(named(creator, "clone_after"), "select tableowner from pg_tables where tablename = 'login'") == [
        ("clone_app",)
    ]
    assert changes(named(creator, "clone_after")) == {}
    assert clone(minimal, creator, "clone_after", after=logins).changes == {"login": Changes(1, 0, 0)}
    clone(minimal, creator, "clone_plain")
    assert ask(named(creator, "clone_plain"), "select to_regclass('login')") == [(None,)]


def test_purge_removes_its_rows_too(minimal: Snapshot, loaded: str, logins: Path) -> None:
    ask(
        loaded,
        "delete from qaseed_target; truncate tenant, location, provider, client, appointment, note, ledger_entry, scenario",
    )
    load(minimal, loaded, after=logins)
    purge(loaded)
    assert ask(loaded, "select (select count(*) from tenant), (select count(*) from client)") == [(0, 0)]
    assert ask(loaded, "select count(*) from login") == [(1,)]


FAILING = {
    "commit": ("select 1;\ncommit", "after.sql: EXECUTE of transaction commands .* COMMIT"),
    "savepoint": ("savepoint a", "EXECUTE of transaction commands"),
    "committing function": ("do $$ begin commit; end $$", "invalid transaction termination"),
    "copy": ("copy client from stdin", "after.sql: cannot COPY"),
    "syntax": ("select 1;\n\nselct 2; commit;", r"after.sql, line 3: syntax error at or near \"selct\"; nothing was"),
    "psql": ("\\set a b", r"after.sql, line 1: syntax error at or near \"\\\""),
    "name": ("select 1;\r\nupdate clients set a = 1", r'after.sql, line 2: relation "clients" does not exist'),
    "key": ("insert into tenant select * from tenant", "after.sql: duplicate key value violates .*tenant_pkey"),
    "deferred": (
        """create table t (id int unique deferrable initially deferred); insert into t values (1); insert into t values (1)""",
        "after.sql: duplicate key value violates",
    ),
}  # fmt: skip
FORESEEN = ("syntax", "psql")


@pytest.mark.parametrize(
    ("name", "strategy"), [*((name, "staged") for name in FAILING), ("commit", "direct"), ("deferred", "in-place")]
)
def test_an_error_leaves_everything_as_it_was(
    name: str, strategy: str, changed: Snapshot, database: str, loaded: str, tmp_path: Path
) -> None:
    text, told = FAILING[name]
    url = database if strategy == "direct" else loaded
    before = state(url)
    file = written(tmp_path, text)
    if name in FORESEEN:
        with pytest.raises(PostgresError, match=told):
            load(changed, url, after=file, dry_run=True)
    with pytest.raises(PostgresError, match=told) as caught:
        load(changed, url, strategy=strategy, after=file)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert state(url) == before
    assert ask(url, "select count(*) from pg_namespace where nspname ~ '^qaseed_'") == [(0,)]


def test_readers_wait_no_longer_than_for_a_lock(changed: Snapshot, loaded: str, tmp_path: Path) -> None:
    before = state(loaded)
    with pytest.raises(BusyError, match=r"did not end within 0.1 s, for which readers may wait .*max-lock-wait"):
        load(changed, loaded, after=written(tmp_path, "select pg_sleep(60)"), max_lock_wait=0.1)
    assert state(loaded) == before
    steps: list[str] = []
    load(changed, loaded, after=written(tmp_path, "select 1"), progress=lambda phase, *_: steps.append(phase))
    assert "copy" not in steps, "the new rows were kept"


def test_a_file_that_cannot_be_read_is_refused_first(minimal: Snapshot, database: str, tmp_path: Path) -> None:
    binary, nul = tmp_path / "binary", tmp_path / "nul"
    binary.write_bytes(b"\xff\xfe")
    nul.write_bytes(b"select '\0'")
    for file, told in (
        (tmp_path / "none.sql", "No such file"),
        (tmp_path, "Is a directory"),
        (binary, "not in UTF-8"),
        (nul, "NUL character"),
    ):
        with pytest.raises(UsageError, match=told):
            load(minimal, database, after=file)
    assert ask(database, "select count(*) from pg_class where relname ~ '^qaseed'") == [(0,)]


def test_the_plan_and_the_trail_name_it(minimal: Snapshot, database: str, logins: Path) -> None:
    command = ["load", str(minimal.folder), "--to", database, "--after", str(logins)]
    text = CliRunner().invoke(app, [*command, "--dry-run"])
    assert f"after: {logins} runs in the transaction of the load" in " ".join(text.output.split())
    ran = CliRunner().invoke(app, [*command, "--json", "-q"])
    assert (ran.exit_code, json.loads(ran.output)["plan"]["after"]) == (0, str(logins))
    ((event,),) = ask(database, "select event from qaseed_audit")
    assert len(event["after"]) == 64
    load(minimal, database)
    assert "after" not in ask(database, "select event from qaseed_audit order by number desc limit 1")[0][0]
    back = CliRunner().invoke(app, ["load", "--rollback", "--after", str(logins), "--to", database])
    assert (back.exit_code, "--rollback has no --after" in back.output) == (2, True)


def test_keys_are_added_in_order_up_to_a_limit() -> None:
    runs = LoadedKeys(("t", "id"), ((("a",), (5, 20), (9, 29)),))
    more = runs.adding([("a", 12), ("b", 1), ("a", 1)])
    assert more
    assert more.groups == ((("a",), (1, 5, 12, 20), (1, 9, 12, 29)), (("b",), (1,), (1,)))
    assert runs.adding([("a", 2 * number) for number in range(20_000)]) is None
    texts = LoadedKeys(("name",), ((("x",), None, None),)).adding([("y",)])
    assert texts
    assert texts.groups[-1] == (("y",), None, None)
    assert texts.adding([(str(number),) for number in range(20_000)]) is None
