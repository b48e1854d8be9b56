"""What would make a load fail later, checked before anything is changed, so that a dry run fails as the load would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import Identifier

from qaseed.errors import PostgresError
from qaseed.loading.after import check_syntax
from qaseed.loading.dependent import Dependent, orphaned_rows_error
from qaseed.loading.lock_holders import DENIED, unendable_holder
from qaseed.loading.options import LoadOptions
from qaseed.loading.swap import drop_schema, read_schema_comment, tables_in
from qaseed.loading.table_definition import in_place_definitions
from qaseed.model import Model
from qaseed.postgres import tables
from qaseed.postgres.isolation import refuse_unmanaged_tables
from qaseed.postgres.permit import PERMIT
from qaseed.postgres.target import LOAD_REGISTRY, OLD, OWN_SCHEMAS, Target, refuse_outside_references
from qaseed.postgres.trail import TRAIL
from qaseed.snapshot import Snapshot
from qaseed.sql import identifier

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

_KINDS = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "view",
    "S": "sequence",
    "i": "index",
    "I": "index",
    "c": "type",
}


def refuse_conflicts(connection: Connection, target: Target, model: Model, *, rls: bool | None) -> None:
    """`PostgresError` for tables that the model lacks and other objects under names that it needs, by any strategy."""
    _refuse_other_tables(target, model)
    existing = _existing_tables(connection, target, model)
    new = [name for name in (*model.by_name, LOAD_REGISTRY, PERMIT, TRAIL) if name not in existing]
    created = [entity for entity in model.entities if entity.name in new or target.is_created(entity.name)]
    keys = [name for entity in created for name, _ in tables.constraints(entity) if not name.endswith("_check")]
    indexes = [name for entity in created for name, _ in tables.indexes(target.schema, entity)]
    conflict = connection.execute(
        """select c.relname, c.relkind::text from pg_catalog.pg_class c
        left join pg_catalog.pg_index i on i.indexrelid = c.oid
        where c.relnamespace = to_regnamespace(%(schema)s::text) and c.relname = any(%(relations)s)
        and (i.indrelid is null or i.indrelid <> all(%(existing)s))
        union all select t.typname, 'c' from pg_catalog.pg_type t
        where t.typnamespace = to_regnamespace(%(schema)s::text) and t.typname = any(%(types)s) and t.typrelid = 0
        and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid) order by 1""",
        {
            "schema": Identifier(target.schema).as_string(connection),
            "relations": keys + indexes,
            "existing": [table.oid for table in target.existing.values()],
            "types": new,
        },
    ).fetchone()
    if conflict:
        kind = _KINDS.get(conflict[1], "relation")
        raise PostgresError(
            f"{target.schema}.{conflict[0]}: the load needs this name, which another {kind} has; "
            "rename that, or load into another --schema"
        )
    if rls:
        refuse_unmanaged_tables(target.schema, model, {entity.name for entity in created})


def _refuse_other_tables(target: Target, model: Model) -> None:
    """Refuse to replace tables while those that derive from them keep the rows of an earlier load."""
    others = sorted(name for name in target.registry if name not in model.by_name and target.is_created(name))
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise PostgresError(
            f"{target.schema}.{others[0]}{more}: loaded from a snapshot with more tables, and would not agree with "
            "this one; run `qaseed purge` first, or load a snapshot of the same tables"
        )


def refuse_in_place(connection: Connection, target: Target, model: Model) -> None:
    """`PostgresError` for tables that cannot be emptied and filled where they are.

    Others reference them or would be altered with them, or a column is generated.
    """
    refuse_outside_references(connection, target, model)
    refuse_altered_heirs(connection, target, model)
    oids = [target.existing[name].oid for name in model.by_name if name in target.existing]
    generated = connection.execute(
        """select attrelid::regclass::text, attname from pg_catalog.pg_attribute
        where attrelid = any(%s) and attgenerated <> '' and not attisdropped order by 1, 2""",
        (oids,),
    ).fetchone()
    if generated:
        raise PostgresError(f"{generated[0]}: column {generated[1]} is generated; alter it by DROP EXPRESSION")


def refuse_altered_heirs(connection: Connection, target: Target, model: Model) -> None:
    """`PostgresError` for tables that inherit from one that is to get columns, defaults or checks: they would too."""
    oids = {target.existing[name].oid: name for name in model.by_name if target.is_created(name)}
    heirs = connection.execute(
        """select inhparent, inhrelid::regclass::text from pg_catalog.pg_inherits where inhparent = any(%s)
        order by 2, 1""",
        (list(oids),),
    ).fetchall()
    if not heirs:
        return
    altered = {
        table.definition.entity.name
        for table in in_place_definitions(connection, target, model)
        if table.definition.create
    }
    for oid, heir in heirs:
        if oids[oid] in altered:
            parent = f"{target.schema}.{oids[oid]}"
            raise PostgresError(
                f"{heir}: inherits from {parent}, which gets columns, defaults or checks of a newer model, and "
                f"so would {heir}; alter table {heir} no inherit {parent}, or purge first"
            )


def _existing_tables(connection: Connection, target: Target, model: Model) -> dict[str, tables.ExistingTable]:
    return tables.existing_tables(connection, target.schema, [*model.by_name, LOAD_REGISTRY, PERMIT, TRAIL])


def missing_privileges(connection: Connection, target: Target, model: Model, *, in_place: bool) -> Iterator[str]:
    """What every load must do, or a load in place, and the role has no privilege for."""
    existing = _existing_tables(connection, target, model)
    usage, create, tablespace = connection.execute(
        """select has_schema_privilege(%(schema)s, 'USAGE'), has_schema_privilege(%(schema)s, 'CREATE'),
        (select spcname from pg_catalog.pg_tablespace where spcname = current_setting('default_tablespace')
            and not has_tablespace_privilege(oid, 'CREATE'))""",
        {"schema": target.schema},
    ).fetchone() or (False, False, None)
    new = [name for name in (*model.by_name, LOAD_REGISTRY, PERMIT, TRAIL) if name not in existing]
    if not usage:
        yield f"use the schema {target.schema}"
    if new and not create:
        yield f"create tables in {target.schema}"
    created = [table.oid for name, table in target.existing.items() if target.is_created(name)]
    if in_place and created and not create:
        yield f"create indexes in {target.schema}"  # they are removed until the rows are in
    if new and tablespace:
        yield f"create tables in its default tablespace {tablespace}"
    needs = {LOAD_REGISTRY: "SELECT INSERT DELETE", TRAIL: "SELECT INSERT UPDATE"}
    if target.permit is None or target.permit.identity != target.identity:
        needs[PERMIT] = "SELECT INSERT TRUNCATE"
    if in_place:
        needs |= {name: "SELECT INSERT TRUNCATE" for name in model.by_name if not target.is_created(name)}
        needs |= {name: "owner" for name in model.by_name if target.is_created(name)}
    needed = [(name, each) for name, privileges in needs.items() if name in existing for each in privileges.split()]
    lacking = connection.execute(
        """select place from unnest(%s::oid[], %s::text[]) with ordinality needed(oid, privilege, place)
        join pg_catalog.pg_class c using (oid) where not case privilege when 'owner' then pg_has_role(relowner, 'USAGE')
            else has_table_privilege(oid, privilege) end order by place""",
        ([existing[name].oid for name, _ in needed], [privilege for _, privilege in needed]),
    )
    for (place,) in lacking:
        name, privilege = needed[place - 1]
        what = f"act as the owner of {name}" if privilege == "owner" else f"{privilege.lower()} in {name}"
        yield f"{what} of {target.schema}"
    oids = [target.existing[name].oid for name in model.by_name if name in target.existing]
    parameters = {"oids": oids, "indexed_again": created if in_place else oids, "checked_again": not in_place}
    for function, user in connection.execute(_UNUSABLE, parameters):
        yield f"execute {function}, which {user} uses"


_UNUSABLE = """select distinct p.oid::regprocedure::text, case when i.indexrelid is null
        then 'the check ' || k.conname else 'the index ' || i.indexrelid::regclass end
    from pg_catalog.pg_depend d
    join pg_catalog.pg_proc p on d.refclassid = 'pg_catalog.pg_proc'::regclass and p.oid = d.refobjid
    left join pg_catalog.pg_index i on d.classid = 'pg_catalog.pg_class'::regclass and i.indexrelid = d.objid
        and i.indrelid = any(%(oids)s)
    left join pg_catalog.pg_constraint k on d.classid = 'pg_catalog.pg_constraint'::regclass
        and k.oid = d.objid and k.conrelid = any(%(oids)s)
    where (i.indexrelid is not null or k.oid is not null)
    and not (has_function_privilege(p.oid, 'EXECUTE') and (has_schema_privilege(p.pronamespace, 'USAGE')
        or not coalesce(i.indrelid = any(%(indexed_again)s), %(checked_again)s)))
    order by 1, 2"""
"""Functions without the right to use them, in indexes and checks: their names are looked up where these are created
again."""


def refuse_foreign_schemas(connection: Connection) -> None:
    """Refuse schemas of staged and kept tables that another role owns, or that cannot be dropped."""
    for schema in OWN_SCHEMAS:
        if read_schema_comment(connection, schema) is None:
            continue
        tables_in(connection, schema)  # refuses tables that somebody else put there
        owner, may_drop = connection.execute(
            "select pg_get_userbyid(nspowner), pg_has_role(nspowner, 'USAGE') from pg_catalog.pg_namespace "
            "where nspname = %s",
            (schema,),
        ).fetchone() or ("", True)
        if not may_drop:
            raise PostgresError(f"schema {schema!r}: belongs to {owner}; connect as a member of that role, or drop it")
    if read_schema_comment(connection, OLD) is not None:
        try:
            with connection.transaction(force_rollback=True):
                for statement in drop_schema(OLD, tables_in(connection, OLD)):
                    connection.execute(statement)
        except psycopg.errors.DependentObjectsStillExist as error:
            detail = " ".join((error.diag.message_detail or "").split())
            raise PostgresError(f"schema {OLD!r}: cannot be replaced ({detail}); drop what depends on it") from None


def refuse_without_language(connection: Connection, otherwise: Callable[[], str]) -> None:
    """`PostgresError` without plpgsql, which every database has unless it was dropped; `otherwise` is a remedy."""
    usable = connection.execute(
        "select has_language_privilege(oid, 'USAGE') from pg_catalog.pg_language where lanname = 'plpgsql'"
    ).fetchone()
    if usable != (True,):
        raise PostgresError(
            f"{connection.info.dbname}: has no language plpgsql for this role; create extension plpgsql{otherwise()}"
        )


def refuse_bad_after(connection: Connection, options: LoadOptions) -> None:
    """`PostgresError` for SQL to run after the load that has an error of syntax; nothing of it is executed."""
    if options.after:
        refuse_without_language(connection, lambda: ", or leave --after out")
        check_syntax(connection, options.after)


def refuse_orphaned_rows(connection: Connection, snapshot: Snapshot, dependents: Sequence[Dependent]) -> None:
    """Refuse rows of other tables that reference none of the snapshot's; a load checks the same against the stage."""
    for dependent in dependents:
        if dependent.referencing_keys is None:
            continue
        query, name, columns = dependent.referencing_keys
        with snapshot.catalog(threads=1) as source:
            listed = ", ".join(map(identifier, columns))
            known = set(source.sql(f"select {listed} from {identifier(name)}").fetchall())
        if not known.issuperset(connection.execute(query)):
            raise orphaned_rows_error(dependent)


def refuse_unendable_holder(connection: Connection, target: Target, oids: Sequence[int]) -> None:
    """`PostgresError` names a session that uses the tables now, and that `--terminate-blockers` could not end."""
    if holder := unendable_holder(connection, oids):
        remedy = holder.remedy if holder.prepared else DENIED
        raise PostgresError(f"{target.database}: {holder} uses the tables, and the role may not end it; {remedy}")
