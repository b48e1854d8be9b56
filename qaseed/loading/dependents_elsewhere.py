"""What depends on the swapped tables from outside: foreign keys and defaults of other tables, views, functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.loading.dependent import Dependent, Lock, query_rows
from qaseed.loading.existing_definition import server_sql, settings
from qaseed.postgres.structures import unvalidated_keys
from qaseed.postgres.target import NEXT

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]
    Rows = list[tuple[Any, ...]]


def foreign_keys(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Foreign keys of other tables, checked again: those of large tables after the swap, so that it stays short."""
    rows = query_rows(
        connection,
        """select n.nspname, o.relname, k.conname, pg_get_constraintdef(k.oid),
        k.convalidated or k.oid = any(%(pending)s), o.reltuples between 0 and %(few)s, pg_has_role(o.relowner, 'USAGE'),
            obj_description(k.oid, 'pg_constraint'), t.relname, o.oid,
        (select array_agg(a.attname order by p.place) from unnest(k.conkey) with ordinality p(number, place)
            join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number),
        (select array_agg(a.attname order by p.place) from unnest(k.confkey) with ordinality p(number, place)
            join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.number)
        from pg_catalog.pg_constraint k join pg_catalog.pg_class o on o.oid = k.conrelid
        join pg_catalog.pg_class t on t.oid = k.confrelid
        join pg_catalog.pg_namespace n on n.oid = o.relnamespace
        where k.contype = 'f' and k.confrelid = any(%(oids)s) and k.conrelid <> all(%(oids)s) and k.conparentid = 0
        order by 1, 2, 3""",
        oids,
        pending=unvalidated_keys(connection, schema),
    )
    for (
        schema_name,
        table,
        name,
        definition,
        validated,
        few,
        allowed,
        comment,
        referenced_table,
        oid,
        referencing_columns,
        referenced_columns,
    ) in rows:
        relation, key = Identifier(schema_name, table), Identifier(name)
        sql = server_sql(definition + (" NOT VALID" if validated and not definition.endswith(" NOT VALID") else ""))
        reattach = [SQL("alter table {} add constraint {} {}").format(relation, key, sql)]
        if comment is not None:
            reattach.append(SQL("comment on constraint {} on {} is {}").format(key, relation, Literal(comment)))
        yield Dependent(
            f"foreign key {name} of {schema_name}.{table}",
            (SQL("alter table {} drop constraint {}").format(relation, key),),
            tuple(reattach),
            SQL("alter table {} validate constraint {}").format(relation, key) if validated else None,
            few,
            (schema_name, table, name),
            Lock(oid, SQL("lock table only {} in access exclusive mode").format(relation)),
            _orphans_query(relation, Identifier(NEXT, referenced_table), referencing_columns, referenced_columns)
            if validated
            else None,
            allowed,
            (_referencing_keys(relation, referencing_columns), referenced_table, tuple(referenced_columns))
            if validated
            else None,
        )


def unvalidated(connection: Connection, dependents: Sequence[Dependent]) -> dict[str, list[int]]:
    """The foreign keys that are to be validated when the swap is committed: their oids, by referenced table."""
    later = [dependent.foreign_key for dependent in dependents if dependent.validate_later is not None]
    rows = connection.execute(
        """select t.relname, array_agg(k.oid order by k.oid) from pg_catalog.pg_constraint k
        join pg_catalog.pg_class t on t.oid = k.confrelid join pg_catalog.pg_class o on o.oid = k.conrelid
        join pg_catalog.pg_namespace n on n.oid = o.relnamespace
        join unnest(%s::text[], %s::text[], %s::text[]) later(schema_name, table_name, name)
            on n.nspname = later.schema_name and o.relname = later.table_name and k.conname = later.name
        where k.contype = 'f' group by 1""",
        tuple(map(list, zip(*later, strict=True))) if later else ([], [], []),
    ).fetchall()
    return dict(rows)


def _referencing_keys(relation: Identifier, referencing_columns: list[str]) -> Composed:
    columns = [Identifier(name) for name in referencing_columns]
    sql = SQL(" and ").join(SQL("{} is not null").format(column) for column in columns)
    return SQL("select distinct {} from {} where {}").format(SQL(", ").join(columns), relation, sql)


def _orphans_query(
    relation: Identifier,
    referenced_table: Identifier,
    referencing_columns: list[str],
    referenced_columns: list[str],
) -> Composed:
    pairs = [
        (Identifier("o", mine), Identifier("t", theirs))
        for mine, theirs in zip(referencing_columns, referenced_columns, strict=True)
    ]
    return SQL("select exists (select from {} o where {} and not exists (select from {} t where {}))").format(
        relation,
        SQL(" and ").join(SQL("{} is not null").format(mine) for mine, _ in pairs),
        referenced_table,
        SQL(" and ").join(SQL("{} = {}").format(mine, theirs) for mine, theirs in pairs),
    )


def views(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Views onto the tables; what depends on a view is not affected, as it remains the same object."""
    rows = query_rows(
        connection,
        """select distinct n.nspname, v.relname, v.oid, pg_get_viewdef(v.oid), v.reloptions,
        pg_get_userbyid(v.relowner), pg_has_role(v.relowner, 'USAGE') and has_schema_privilege(n.oid, 'CREATE')
        from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid
        join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind = 'v'
        join pg_catalog.pg_namespace n on n.oid = v.relnamespace
        where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = any(%(oids)s) and r.rulename = '_RETURN' order by 1, 2""",
        oids,
    )
    for schema_name, name, oid, definition, options, owner, allowed in rows:
        relation = Identifier(schema_name, name)
        reattach = SQL("create or replace view {}{} as {}").format(
            relation, settings(options), server_sql(definition.rstrip(";"))
        )
        # LOCK TABLE would lock all tables under the view, also those of others; this locks the view alone
        lock = Lock(oid, SQL("alter view {} owner to {}").format(relation, Identifier(owner)))
        yield Dependent(f"view {schema_name}.{name}", reattach=(reattach,), lock=lock, allowed=allowed)


def functions(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """SQL functions with a parsed body; other functions find their tables by name when they run."""
    if connection.info.server_version < 140_000:
        return
    rows = query_rows(
        connection,
        """select distinct p.oid::regprocedure::text, pg_get_functiondef(p.oid),
        pg_has_role(p.proowner, 'USAGE') and has_schema_privilege(p.pronamespace, 'CREATE')
        from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid and p.prosqlbody is not null
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = any(%(oids)s) order by 1""",
        oids,
    )
    for name, definition, allowed in rows:
        yield Dependent(f"function {name}", reattach=(server_sql(definition),), allowed=allowed)


def defaults(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Defaults of other tables that name one of the tables, or take a number from the sequence of its identity."""
    rows = query_rows(
        connection,
        """select distinct n.nspname, c.relname, c.oid, c.relkind, pg_get_userbyid(c.relowner), a.attname,
        pg_get_expr(f.adbin, f.adrelid), pg_has_role(c.relowner, 'USAGE')
        from pg_catalog.pg_depend d join pg_catalog.pg_attrdef f on f.oid = d.objid
        join pg_catalog.pg_class c on c.oid = f.adrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
        where d.classid = 'pg_catalog.pg_attrdef'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = any(%(oids)s) and f.adrelid <> all(%(oids)s) order by 1, 2, a.attname""",
        oids,
    )
    for schema_name, table, oid, kind, owner, column, expression, allowed in rows:
        relation = Identifier(schema_name, table)
        lock = SQL("lock table only {} in access exclusive mode").format(relation)
        if kind == "f":  # LOCK TABLE takes no foreign tables
            lock = SQL("alter foreign table {} owner to {}").format(relation, Identifier(owner))
        alter = SQL("alter table {} alter column {} ").format(relation, Identifier(column))
        yield Dependent(
            f"default of {column} of {schema_name}.{table}",
            (alter + SQL("drop default"),),
            (alter + SQL("set default ") + server_sql(expression),),
            lock=Lock(oid, lock),
            allowed=allowed,
        )


def identity_sequences(connection: Connection, oids: list[int]) -> list[int]:
    """The sequences of the tables' identities, which are replaced with the tables."""
    rows = query_rows(
        connection,
        """select s.oid from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
        where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = any(%(oids)s) and d.deptype = 'i' order by 1""",
        oids,
    )
    return [oid for (oid,) in rows]


def extensions(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Triggers, indexes and functions that are to be dropped with an extension (DEPENDS ON EXTENSION)."""
    rows = query_rows(
        connection,
        """select kind, e.extname, n.nspname, name, relation, routine from pg_catalog.pg_depend d
        join pg_catalog.pg_extension e on e.oid = d.refobjid join (
            select 'trigger' as kind, 'pg_catalog.pg_trigger'::regclass as class, t.oid, c.relnamespace as namespace,
                t.tgname as name, c.relname as relation, null as routine
            from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid where c.oid = any(%(oids)s)
            union all
            select 'index', 'pg_catalog.pg_class'::regclass, x.oid, x.relnamespace, x.relname, c.relname, null
            from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
            join pg_catalog.pg_class c on c.oid = i.indrelid where c.oid = any(%(oids)s)
            union all
            select 'routine', 'pg_catalog.pg_proc'::regclass, p.oid, p.pronamespace, p.proname, null,
                p.oid::regprocedure::text
            from pg_catalog.pg_proc p where exists (select from pg_catalog.pg_depend f where f.objid = p.oid
                and f.classid = 'pg_catalog.pg_proc'::regclass and f.refclassid = 'pg_catalog.pg_class'::regclass
                and f.refobjid = any(%(oids)s))) o on o.oid = d.objid and o.class = d.classid
        join pg_catalog.pg_namespace n on n.oid = o.namespace
        where d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'x' order by 1, 2, 3, 4, 5""",
        oids,
    )
    for kind, extension, schema_name, name, table, routine in rows:
        altered = {
            "trigger": SQL("{} on {}").format(Identifier(name), Identifier(schema_name, table or "")),
            "index": Identifier(schema_name, name),
            "routine": server_sql(routine or ""),
        }[kind]
        statement = SQL("alter {} {} depends on extension {}").format(SQL(kind), altered, Identifier(extension))
        yield Dependent(f"extension {extension} of {kind} {schema_name}.{name}", reattach=(statement,))
