"""What the server says of existing tables: constraints, indexes, columns and storage, as statements to repeat them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.postgres.target import NEXT

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Part:
    """A constraint or an index: as the server describes it, or as the model has it.

    - `definition` is what follows the name of a constraint, and the whole statement of an index.
    - `comment` is the constraint's, `index_comment` that of its index.
    - `options` are the index's storage settings, `targets` its columns' statistics targets, by position.
    """

    name: str
    kind: str
    definition: Composed
    validated: bool = True
    enforced: bool = True
    comment: str | None = None
    index_comment: str | None = None
    tablespace: str | None = None
    options: tuple[str, ...] = ()
    targets: tuple[tuple[int, int], ...] = ()


def server_sql(definition: str) -> Composed:
    """A definition as the server itself wrote it."""
    return Composed([SQL(definition)])  # the server has quoted every name in it


_TABLESPACE = """coalesce({0}.spcname, case when current_setting('default_tablespace') <> '' then (
    select o.spcname from pg_catalog.pg_database d join pg_catalog.pg_tablespace o on o.oid = d.dattablespace
    where d.datname = current_database()) end)"""
"""The tablespace of a relation; null where new relations are created in the same one anyway."""
_STORAGE = """x.reloptions, (select array_agg(array[a.attnum, a.attstattarget]::int[] order by a.attnum)
    from pg_catalog.pg_attribute a where a.attrelid = x.oid and a.attstattarget >= 0)"""
_PARTS = f"""
    select k.conrelid, k.conname, k.contype::text, pg_get_constraintdef(k.oid), k.convalidated,
        {{enforced}}, obj_description(k.oid, 'pg_constraint'),
        obj_description(x.oid, 'pg_class'), case when x.oid is not null then {_TABLESPACE.format("s")} end, {_STORAGE}
    from pg_catalog.pg_constraint k
    left join pg_catalog.pg_class x on x.oid = k.conindid and k.contype in ('p', 'u', 'x')
    left join pg_catalog.pg_tablespace s on s.oid = x.reltablespace
    where k.conrelid = any(%(oids)s) and k.contype in ('c', 'p', 'u', 'x', 'f', 'n')
    union all
    select i.indrelid, x.relname, 'i', pg_get_indexdef(x.oid, 0, true), true, true, null,
        obj_description(x.oid, 'pg_class'), {_TABLESPACE.format("s")}, {_STORAGE}
    from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
    left join pg_catalog.pg_tablespace s on s.oid = x.reltablespace
    where i.indrelid = any(%(oids)s) and i.indisvalid and not exists (select from pg_catalog.pg_constraint k
        where k.conrelid = i.indrelid and k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
    order by 3, 2"""
"""Of parts. An invalid index, which a failed CREATE INDEX CONCURRENTLY leaves, is of no use; pg_dump omits it too."""


def existing_parts(connection: Connection, oids: list[int]) -> dict[int, list[Part]]:
    """Constraints of each table, and indexes that belong to none, in the pretty form, which omits the schema."""
    result: dict[int, list[Part]] = {oid: [] for oid in oids}
    enforced = "k.conenforced" if connection.info.server_version >= 180_000 else "true"
    rows = connection.execute(_PARTS.format(enforced=enforced).encode(), {"oids": oids})
    for oid, name, kind, definition, *checked, options, targets in rows:
        part = Part(name, kind, server_sql(definition), *checked)
        result[oid].append(replace(part, options=tuple(options or ()), targets=tuple(map(tuple, targets or ()))))
    return result


_COLUMNS = """(select string_agg(row(a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnotnull, a.attstorage,
        a.{0}, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum),
        q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle)::text, ' ' order by a.attnum)
    from pg_catalog.pg_attribute a
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_catalog.pg_depend o on o.refclassid = 'pg_catalog.pg_class'::regclass and o.refobjid = c.oid
        and o.refobjsubid = a.attnum and o.classid = 'pg_catalog.pg_class'::regclass and o.deptype = 'i'
    left join pg_catalog.pg_sequence q on q.seqrelid = o.objid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)"""
"""What LIKE copies of the columns of a table."""


def create_like(connection: Connection, schema: str, oids: list[int]) -> dict[int, tuple[Composed, ...]]:
    """Empty tables with the columns of existing ones: order, defaults, identity, storage, comments and settings.

    A comment in the statement has a hash of what LIKE copies, so that statements differ where that does.
    """
    newer = connection.info.server_version >= 140_000
    rows = connection.execute(
        f"""select c.oid, c.relname, c.reloptions, t.reloptions, c.relpersistence = 'u', {_TABLESPACE.format("s")},
            obj_description(c.oid, 'pg_class'), {_COLUMNS.format("attcompression" if newer else "attstorage")}
        from pg_catalog.pg_class c left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
        left join pg_catalog.pg_tablespace s on s.oid = c.reltablespace where c.oid = any(%s)""".encode(),
        (oids,),
    ).fetchall()
    compression = SQL(" including compression" if newer else "")
    actions = _statistics_targets(connection, oids)
    result = {}
    for oid, name, options, toast_options, unlogged, tablespace, comment, columns in rows:
        relation = Identifier(NEXT, name)
        statement = SQL(
            "create {}table {} (like {} including comments including defaults including generated including identity "
            "including storage{}) using heap{}{} /* {} */"
        ).format(
            SQL("unlogged " if unlogged else ""),
            relation,
            Identifier(schema, name),
            compression,
            settings(options, toast_options),
            SQL(" tablespace {}").format(Identifier(tablespace)) if tablespace else SQL(""),
            server_sql(hashlib.sha256(str(columns).encode()).hexdigest()),
        )
        commented = SQL("comment on table {} is {}").format(relation, Literal(comment))
        result[oid] = (
            statement,
            commented,
            *(SQL("alter table {} ").format(relation) + action for action in actions[oid]),
        )
    return result


def settings(options: list[str] | None, toast_options: list[str] | None = None) -> Composed:
    """Storage settings of a relation and its TOAST table, as the catalog has them, in a WITH clause."""
    listed = [part for part in (options_sql(options), options_sql(toast_options, "toast")) if part.as_string()]
    return SQL(" with ({})").format(SQL(", ").join(listed)) if listed else Composed([])


def options_sql(options: Iterable[str] | None, *namespace: str) -> Composed:
    named = [option.partition("=") for option in options or []]
    parts = [SQL("{} = {}").format(Identifier(*namespace, name), Literal(value)) for name, _, value in named]
    return SQL(", ").join(parts)


def _statistics_targets(connection: Connection, oids: list[int]) -> dict[int, list[Composed]]:
    """Statistics targets and options of columns, where they were set."""
    rows = connection.execute(
        """select attrelid, attname, coalesce(attstattarget, -1), attoptions from pg_catalog.pg_attribute
        where attrelid = any(%s) and attnum > 0 and not attisdropped
        and (coalesce(attstattarget, -1) >= 0 or attoptions is not null) order by 1, 2""",
        (oids,),
    ).fetchall()
    result: dict[int, list[Composed]] = {oid: [] for oid in oids}
    for oid, name, precision, options in rows:
        column = SQL("alter column {} ").format(Identifier(name))
        if precision >= 0:
            result[oid].append(column + SQL("set statistics {}").format(Literal(precision)))
        for option, _, value in (text.partition("=") for text in options or []):
            result[oid].append(column + SQL("set ({} = {})").format(Identifier(option), Literal(value)))
    return result


_FIXED = """select x.relname from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
    left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
    where i.indrelid = any(%(oids)s) and (i.indisclustered or i.indisreplident or exists (
        select from pg_catalog.pg_depend d
        left join pg_catalog.pg_constraint f on d.classid = 'pg_catalog.pg_constraint'::regclass and f.oid = d.objid
            and f.contype = 'f' and f.conrelid = any(%(oids)s)
        where f.oid is null and (d.deptype = 'n' and (
                d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = x.oid
                or d.refclassid = 'pg_catalog.pg_constraint'::regclass and d.refobjid = k.oid)
            or d.deptype = 'x' and d.classid = 'pg_catalog.pg_class'::regclass and d.objid = x.oid)))"""


def fixed_indexes(connection: Connection, oids: list[int]) -> set[str]:
    """The indexes, also of keys, that could not be dropped, or would not be the same when they are created again."""
    return {name for (name,) in connection.execute(_FIXED.encode(), {"oids": oids})}
