"""Tables that are divided by tenant: the server accepts the DDL, and they have the rows and keys of the plain ones."""

from __future__ import annotations

import psycopg
import pytest

from qaseed.digest import digest, postgres_sql
from qaseed.errors import PostgresError
from qaseed.loading import load
from qaseed.snapshot import Snapshot
from support.command_line import qaseed

pytestmark = pytest.mark.integration


def ddl(*options: str) -> list[str]:
    done = qaseed("schema", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.split(";\n")


@pytest.mark.parametrize(("partitions", "number"), [("4", 4), ("tenants", 4)])
def test_partitioned_tables_have_all_rows_and_keys(
    partitions: str, number: int, minimal: Snapshot, loaded: str
) -> None:
    with psycopg.connect(loaded, autocommit=True) as connection:
        connection.execute("create schema divided")
        connection.execute(
            ";".join(ddl(str(minimal.folder), "--sql", "--partitions", partitions, "--schema", "divided")).encode()
        )
        with connection.transaction():
            for entity in minimal.manifest.model.entities:
                connection.execute(f"insert into divided.{entity.name} select * from public.{entity.name}".encode())
        version = connection.info.server_version
        for entity in minimal.manifest.model.entities:
            table = minimal.manifest.tables[entity.name]
            rows, left, right = connection.execute(
                postgres_sql(entity, f"divided.{entity.name}", version).encode()
            ).fetchone()
            assert (rows, digest(left, right)) == (table.rows, table.digest)
        of_client = "select count(*) from pg_inherits where inhparent = 'divided.client'::regclass"
        assert connection.execute(of_client.encode()).fetchall() == [(number,)]
        constraints = """select conname, contype::text from pg_constraint
            where conrelid::regclass::text = any(%s) and contype in ('p', 'u', 'f', 'c') and conparentid = 0 order by 1"""
        names = minimal.manifest.model.by_name
        plain, divided = (
            connection.execute(constraints, ([f"{prefix}{name}" for name in names],)).fetchall()
            for prefix in ("", "divided.")
        )
        assert plain == divided
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute("delete from divided.tenant")
    with pytest.raises(PostgresError, match="not an ordinary table"):
        load(minimal, loaded, schema="divided")


def test_tables_are_distributed_before_others_refer_to_them() -> None:
    statements = ddl("--sql", "--citus", "--schema", "qa", "--tables", "full")
    distributed = [n for n, text in enumerate(statements) if text.startswith("select create_distributed_table")]
    created = [text for text in statements if text.startswith("create table")]
    foreign = [n for n, text in enumerate(statements) if "foreign key" in text]
    assert len(distributed) == len(created) > 10
    assert max(distributed) < min(foreign)
    assert statements[distributed[0]].endswith("""('"qa"."tenant"', 'tenant_id', colocate_with => 'none')""")
    assert all(statements[n].endswith("""colocate_with => '"qa"."tenant"')""") for n in distributed[1:])


@pytest.mark.parametrize(
    "options",
    [("--partitions", "4"), ("--sql", "--partitions", "0"), ("--sql", "--partitions", "tenants"), ("--sql", "--citus", "--partitions", "2")],
    ids=" ".join,
)  # fmt: skip
def test_ddl_that_cannot_be_is_refused(options: tuple[str, ...]) -> None:
    assert qaseed("schema", *options).returncode == 2
