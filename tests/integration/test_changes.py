"""What an application does to loaded rows is counted by the rows themselves: no flag and no range of keys hides it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from qaseed.loading import load, load_within
from qaseed.model import Model
from qaseed.postgres.changes import Changes, count_changes
from qaseed.postgres.server import Server
from qaseed.postgres.target import LOAD_REGISTRY, inspect_target
from qaseed.snapshot import Snapshot
from support.applications import TENANT, insert_client
from support.databases import ask, copy_of_loaded, migrate, new_database

pytestmark = pytest.mark.integration
FIRST_CLIENT = f"(select min(id) from client where tenant_id = '{TENANT}')"


def changes(url: str) -> dict[str, Changes]:
    with psycopg.connect(url) as connection:
        return count_changes(connection, inspect_target(connection, "public", Model("none", "None.", ())))


@pytest.fixture(scope="module", params=["direct", "staged", "in-place", "insert", "within", "migrated"])
def loaded_once(request: pytest.FixtureRequest, minimal: Snapshot, server: Server) -> Iterator[str]:
    """A database that was loaded in one of the ways."""
    with new_database(server.url) as url:
        if request.param == "within":
            with psycopg.connect(url) as connection:
                load_within(minimal, connection)
        elif request.param == "migrated":
            migrate(url, minimal.manifest.model)
            load(minimal, url)
        else:
            load(minimal, url, strategy="direct")
            if request.param != "direct":
                load(minimal, url, strategy=request.param)
        assert changes(url) == {}
        yield url


@pytest.fixture
def loaded(loaded_once: str, server: Server) -> Iterator[str]:
    """A copy of it."""
    with copy_of_loaded(server.url, loaded_once) as url:
        yield url


def test_rows_are_counted_whatever_they_say(loaded: str) -> None:
    insert_client(loaded)
    ask(loaded, f"update client set is_synthetic = true, id = {1 << 40 | 900} where id >= {1 << 52}")
    assert changes(loaded) == {"client": Changes(1, 0, 0)}, "it looks like ours in flag and range"
    ask(loaded, f"update client set first_name = 'Ada' where id = {FIRST_CLIENT} and tenant_id = '{TENANT}'")
    deleted = len(ask(loaded, f"delete from note where tenant_id = '{TENANT}' returning id"))
    assert changes(loaded) == {"client": Changes(1, 1, 0), "note": Changes(0, 0, deleted)}
    ask(loaded, "update tenant set name = 'mine' where tenant_id = 'tenant-qa-001'")
    ask(loaded, "insert into tenant (tenant_id, name) values ('mine', 'Mine')")
    assert changes(loaded)["tenant"] == Changes(1, 1, 0)


def test_what_the_server_does_is_no_change(loaded: str) -> None:
    for statement in (
        "vacuum (full, freeze)",
        "cluster client using client_pkey",
        "vacuum freeze analyze",
        "reindex table client",
    ):
        ask(loaded, statement)
    assert changes(loaded) == {}
    insert_client(loaded)
    ask(loaded, "vacuum full client")
    ask(loaded, "vacuum freeze client")
    assert changes(loaded) == {"client": Changes(1, 0, 0)}


def test_a_table_that_is_emptied_and_filled_anew(loaded: str) -> None:
    ask(loaded, "truncate ledger_entry")
    assert list(changes(loaded).values()) == [Changes(0, 0, 30)]
    ask(
        loaded,
        """insert into ledger_entry (tenant_id, client_id, entry_type, amount_cents)
        select tenant_id, id, 'charge', 12000 from client limit 7""",
    )
    assert list(changes(loaded).values()) == [Changes(7, 0, 30)]


def test_a_row_of_another_tenant_with_a_loaded_id_is_inserted(loaded: str) -> None:
    ask(
        loaded,
        "insert into location (tenant_id, id, name) select 'tenant-qa-002', id, 'x' from location where tenant_id = 'tenant-qa-001' limit 1",
    )
    assert changes(loaded) == {"location": Changes(1, 0, 0)}


def forget_keys(url: str) -> None:
    """Make the load registry as earlier versions made it."""
    ask(url, f"alter table {LOAD_REGISTRY} drop column row_xmin, drop column keys")


def test_loads_of_earlier_versions_are_counted_by_number_and_addresses(loaded: str) -> None:
    forget_keys(loaded)
    assert changes(loaded) == {}
    insert_client(loaded)
    ask(loaded, "insert into tenant (tenant_id, name) values ('mine', 'Mine')")
    ask(loaded, "update note set plan = 'x' where id = (select min(id) from note)")
    assert changes(loaded) == {
        "client": Changes(1, 0, 0),
        "note": Changes(0, 1, 0),
        "tenant": Changes(1, 0, 0),
    }
    ask(loaded, "delete from ledger_entry; delete from scenario where name = (select min(name) from scenario)")
    assert (changes(loaded)["ledger_entry"], changes(loaded)["scenario"].deleted) == (Changes(0, 0, 30), 1)


def test_a_load_over_one_of_an_earlier_version_knows_its_rows_again(loaded: str, minimal: Snapshot) -> None:
    forget_keys(loaded)
    load(minimal, loaded)
    registered = ask(loaded, f"select count(*), count(keys), count(row_xmin) from {LOAD_REGISTRY}")
    assert registered == [(len(minimal.manifest.tables),) * 3]
