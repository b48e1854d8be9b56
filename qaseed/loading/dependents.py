"""What hangs on the tables that are swapped: how each thing lets go of the old table and takes hold of the new one.

Everything that depends on a table is found through pg_depend. What is of a kind that cannot be carried over is refused by
name, before anything is loaded. Definitions are taken with an empty search path, so that every name in them is qualified
and leads to the new table once that stands in the old one's place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from qaseed.errors import PostgresError
from qaseed.loading.sequences import advance_past
from qaseed.loading.table_definition import settings
from qaseed.postgres.session import search_path
from qaseed.postgres.target import NEXT, OLD

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]
    Rows = list[tuple[Any, ...]]


FEW_ROWS = 100_000
"""Rows of another table whose foreign key is checked within the swap, in some 10 ms."""


@dataclass(frozen=True)
class Dependent:
    """One thing that is carried over: what it is, and the statements for before, in and after the swap.

    `detach` runs before the tables move, `reattach` after, both in the swap's transaction, which first locks by `lock`; `validate_later`
    runs when it is committed. `orphans_query` asks whether rows elsewhere point to none of the staged ones, `keys` what they point to:
    a query, and a table and its columns. `allowed` tells whether the role has the right to all that.
    """

    description: str
    detach: tuple[Composed, ...] = ()
    reattach: tuple[Composed, ...] = ()
    validate_later: tuple[Composed, ...] = ()
    lock: Composed | None = None
    orphans_query: Composed | None = None
    allowed: bool = True
    referencing_keys: tuple[Composed, str, tuple[str, ...]] | None = None


def orphaned_rows_error(dependent: Dependent) -> PostgresError:
    """That rows elsewhere would point to nothing."""
    return PostgresError(
        f"{dependent.description}: some of its rows point to rows that the snapshot does not hold; delete them first, nothing was changed"
    )


def find_dependents(connection: Connection, schema: str, oids: Sequence[int]) -> list[Dependent]:
    """Everything that can be carried over from these tables of a schema, in the order in which it is bound."""
    kinds = (
        _owners_and_grants,
        _sequences,
        _foreign_keys,
        _views,
        _functions,
        _policies,
        _triggers,
        _publications,
        _statistics,
        _table_flags,
    )
    with search_path(connection):
        return [found for kind in kinds for found in kind(connection, schema, list(oids))]


def _query(connection: Connection, query: str, oids: list[int]) -> Rows:
    return connection.execute(query.encode(), {"oids": oids, "few": FEW_ROWS}).fetchall()


def _server_sql(text: str) -> Composed:
    """A definition as the server itself told it."""
    return Composed([SQL(text)])  # the server has quoted every name in it


def _owners_and_grants(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Owner and privileges of tables and columns; nobody else keeps any, as default privileges may have given."""
    rows = _query(
        connection,
        """select c.relname, pg_get_userbyid(c.relowner), c.relacl is not null, pg_has_role(c.relowner, 'USAGE'),
        c.relowner = (select oid from pg_catalog.pg_roles where rolname = current_user), c.oid
        from pg_catalog.pg_class c where c.oid = any(%(oids)s) order by 1""",
        oids,
    )
    granted = _query(
        connection,
        """select c.oid, null::name, pg_get_userbyid(nullif(a.grantee, 0)), a.privilege_type, a.is_grantable, a.place
        from pg_catalog.pg_class c, aclexplode(c.relacl) with ordinality a(grantor, grantee, privilege_type, is_grantable, place)
        where c.oid = any(%(oids)s) union all
        select t.attrelid, t.attname, pg_get_userbyid(nullif(a.grantee, 0)), a.privilege_type, a.is_grantable, a.place
        from pg_catalog.pg_attribute t,
        aclexplode(t.attacl) with ordinality a(grantor, grantee, privilege_type, is_grantable, place)
        where t.attrelid = any(%(oids)s) and not t.attisdropped order by 1, 2 nulls first, 6""",
        oids,
    )
    for name, owner, told, allowed, own, oid in rows:
        at = Identifier(schema, name)
        reattach = [] if own else [SQL("alter table {} owner to {}").format(at, Identifier(owner))]
        reattach.append(_revoke_default_grants(schema, name))
        if told:
            reattach.append(SQL("revoke all on table {} from {}").format(at, Identifier(owner)))
        for _, column, grantee, privilege, may_grant, _ in (row for row in granted if row[0] == oid):
            what = _server_sql(privilege) + (SQL(" ({})").format(Identifier(column)) if column else SQL(""))
            who = Identifier(grantee) if grantee else SQL("public")
            more = SQL(" with grant option" if may_grant else "")
            reattach.append(SQL("grant {} on table {} to {}{}").format(what, at, who, more))
        yield Dependent(f"owner and grants of {schema}.{name}", reattach=tuple(reattach), allowed=allowed)


def _revoke_default_grants(schema: str, name: str) -> Composed:
    """Take away what default privileges gave to others when the table was made."""
    return SQL(
        """do $given$ declare given record; begin
        for given in select distinct a.grantee, c.relowner from pg_catalog.pg_class c, aclexplode(c.relacl) a
            where c.oid = {}::regclass and a.grantee <> c.relowner loop
            execute format('revoke all on table %s from %s', {}, case given.grantee when 0 then 'public'
                else quote_ident(pg_get_userbyid(given.grantee)) end);
        end loop; end $given$"""
    ).format(Literal(_quoted(schema, name)), Literal(_quoted(schema, name)))


def _quoted(*names: str) -> str:
    return Identifier(*names).as_string()


def _sequences(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Sequences that a column owns: an identity has a new one, which takes the old one's name and goes on where that ended.

    Another sequence stays what it was, and goes on after the data. Old tables that come back may have no identity.
    """
    rows = _query(
        connection,
        """select t.relname, a.attname, n.nspname, s.relname, d.deptype = 'i'
        from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
        join pg_catalog.pg_namespace n on n.oid = s.relnamespace join pg_catalog.pg_class t on t.oid = d.refobjid
        join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
        where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = any(%(oids)s) and d.deptype in ('a', 'i') order by 1, 2""",
        oids,
    )
    for table, column, space, sequence, identity in rows:
        at = Identifier(space, sequence)
        if identity:
            detach, reattach = _identity(schema, table, column, sequence)
        else:
            detach = (SQL("alter sequence {} owned by none").format(at),)
            owned = SQL("alter sequence {} owned by {}").format(at, Identifier(schema, table, column))
            reattach = (owned, advance_past(at, column, Identifier(schema, table)))
        yield Dependent(f"sequence {space}.{sequence} of {table}.{column}", detach, reattach)


def _identity(schema: str, table: str, column: str, sequence: str) -> tuple[tuple[Composed, ...], tuple[Composed, ...]]:
    """How the new sequence of an identity, which is beyond the new rows already, takes name and position of the old one."""
    of = "pg_get_serial_sequence({}, {})"
    staged = SQL(of).format(Literal(_quoted(NEXT, table)), Literal(column))
    named = SQL(
        """do $named$ declare staged text := {}; begin if staged is not null then
        execute format('alter sequence %s rename to %I', staged, {}); end if;
        exception when duplicate_table then null; end $named$"""
    ).format(staged, Literal(sequence))
    live = SQL(of).format(Literal(_quoted(schema, table)), Literal(column))
    go_on = SQL(
        """select setval(live, greatest(pg_sequence_last_value(live), old.last_value),
            old.is_called or coalesce(pg_sequence_last_value(live) >= old.last_value, false))
        from {} old, (select {}::regclass as live) found where live is not null"""
    ).format(Identifier(OLD, sequence), live)
    return (named,), (go_on,)


def _foreign_keys(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Foreign keys of other tables, which are checked anew: of many rows after the swap, so that it stays short."""
    rows = _query(
        connection,
        """select n.nspname, o.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated,
        o.reltuples between 0 and %(few)s, pg_has_role(o.relowner, 'USAGE'), obj_description(k.oid, 'pg_constraint'), t.relname,
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
    )
    for space, table, name, definition, validated, few, allowed, comment, ours, referencing, referenced in rows:
        at, key = Identifier(space, table), Identifier(name)
        later = validated and not few
        told = _server_sql(definition + (" NOT VALID" if later else ""))
        reattach = [SQL("alter table {} add constraint {} {}").format(at, key, told)]
        if comment is not None:
            reattach.append(SQL("comment on constraint {} on {} is {}").format(key, at, Literal(comment)))
        yield Dependent(
            f"foreign key {name} of {space}.{table}",
            (SQL("alter table {} drop constraint {}").format(at, key),),
            tuple(reattach),
            (SQL("alter table {} validate constraint {}").format(at, key),) if later else (),
            SQL("lock table only {} in access exclusive mode").format(at),
            _orphans_query(at, Identifier(NEXT, ours), referencing, referenced) if validated else None,
            allowed,
            (_referencing_keys(at, referencing), ours, tuple(referenced)) if validated else None,
        )


def _referencing_keys(at: Identifier, referencing: list[str]) -> Composed:
    columns = [Identifier(name) for name in referencing]
    told = SQL(" and ").join(SQL("{} is not null").format(column) for column in columns)
    return SQL("select distinct {} from {} where {}").format(SQL(", ").join(columns), at, told)


def _orphans_query(at: Identifier, ours: Identifier, referencing: list[str], referenced: list[str]) -> Composed:
    pairs = [
        (Identifier("o", mine), Identifier("t", theirs)) for mine, theirs in zip(referencing, referenced, strict=True)
    ]
    return SQL("select exists (select from {} o where {} and not exists (select from {} t where {}))").format(
        at,
        SQL(" and ").join(SQL("{} is not null").format(mine) for mine, _ in pairs),
        ours,
        SQL(" and ").join(SQL("{} = {}").format(mine, theirs) for mine, theirs in pairs),
    )


def _views(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Views onto the tables; what depends on them does not notice, since they stay the same objects."""
    rows = _query(
        connection,
        """select distinct n.nspname, v.relname, pg_get_viewdef(v.oid), v.reloptions, pg_get_userbyid(v.relowner),
        pg_has_role(v.relowner, 'USAGE')
        from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid
        join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind = 'v'
        join pg_catalog.pg_namespace n on n.oid = v.relnamespace
        where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = any(%(oids)s) and r.rulename = '_RETURN' order by 1, 2""",
        oids,
    )
    for space, name, definition, options, owner, allowed in rows:
        at = Identifier(space, name)
        reattach = SQL("create or replace view {}{} as {}").format(
            at, settings(options), _server_sql(definition.rstrip(";"))
        )
        # LOCK TABLE would lock all tables under the view, also those of others; this locks the view alone
        lock = SQL("alter view {} owner to {}").format(at, Identifier(owner))
        yield Dependent(f"view {space}.{name}", reattach=(reattach,), lock=lock, allowed=allowed)


def _functions(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """SQL functions whose bodies were parsed when they were made; others find their tables by name as they run."""
    if connection.info.server_version < 140_000:
        return
    rows = _query(
        connection,
        """select distinct p.oid::regprocedure::text, pg_get_functiondef(p.oid), pg_has_role(p.proowner, 'USAGE')
        from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid and p.prosqlbody is not null
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = any(%(oids)s) order by 1""",
        oids,
    )
    for name, definition, allowed in rows:
        yield Dependent(f"function {name}", reattach=(_server_sql(definition),), allowed=allowed)


def _policies(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Row-level security of the tables, and policies of other tables that look into them."""
    rows = _query(
        connection,
        """select distinct n.nspname, c.relname, p.polname, p.polcmd::text, p.polpermissive,
        (select array_agg(case r when 0 then 'public' else quote_ident(pg_get_userbyid(r)) end) from unnest(p.polroles) r),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), p.polrelid = any(%(oids)s),
        pg_has_role(c.relowner, 'USAGE'), obj_description(p.oid, 'pg_policy')
        from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
            and d.refclassid = 'pg_catalog.pg_class'::regclass
        where p.polrelid = any(%(oids)s) or d.refobjid = any(%(oids)s) order by 1, 2, 3""",
        oids,
    )
    kinds = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
    for space, table, name, kind, permissive, roles, using, check, ours, allowed, comment in rows:
        at, policy = Identifier(space, table), Identifier(name)
        told = SQL(" using ({})").format(_server_sql(using)) if using else SQL("")
        told += SQL(" with check ({})").format(_server_sql(check)) if check else SQL("")
        what = f"policy {name} of {space}.{table}"
        if not ours:
            lock = SQL("lock table only {} in access exclusive mode").format(at)
            yield Dependent(
                what, reattach=(SQL("alter policy {} on {}{}").format(policy, at, told),), lock=lock, allowed=allowed
            )
            continue
        made = SQL("create policy {} on {} as {} for {} to {}{}").format(
            policy, at, SQL("permissive" if permissive else "restrictive"), SQL(kinds[kind]), _server_sql(", ".join(roles)), told
        )  # fmt: skip
        reattach: tuple[Composed, ...] = (made,)
        if comment is not None:
            reattach += (SQL("comment on policy {} on {} is {}").format(policy, at, Literal(comment)),)
        yield Dependent(what, (SQL("drop policy {} on {}").format(policy, at),), reattach)


def _triggers(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Triggers of the tables, enabled as they were."""
    rows = _query(
        connection,
        """select c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled::text, obj_description(t.oid, 'pg_trigger')
        from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
        where t.tgrelid = any(%(oids)s) and not t.tgisinternal order by 1, 2""",
        oids,
    )
    states = {"D": "disable trigger", "R": "enable replica trigger", "A": "enable always trigger"}
    for table, name, definition, enabled, comment in rows:
        at, trigger = Identifier(schema, table), Identifier(name)
        reattach = [_server_sql(definition)]
        if enabled in states:
            reattach.append(SQL("alter table {} {} {}").format(at, SQL(states[enabled]), trigger))
        if comment is not None:
            reattach.append(SQL("comment on trigger {} on {} is {}").format(trigger, at, Literal(comment)))
        detach = (SQL("drop trigger {} on {}").format(trigger, at),)
        yield Dependent(f"trigger {name} of {schema}.{table}", detach, tuple(reattach))


def _publications(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Publications that name the tables, with their columns and row filters."""
    newer = connection.info.server_version >= 150_000
    columns = """(select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_catalog.pg_attribute a
        where a.attrelid = r.prrelid and a.attnum = any(r.prattrs)), pg_get_expr(r.prqual, r.prrelid)"""
    rows = _query(
        connection,
        f"""select p.pubname, c.relname, pg_has_role(p.pubowner, 'USAGE'), {columns if newer else "null, null"}
        from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
        join pg_catalog.pg_class c on c.oid = r.prrelid where r.prrelid = any(%(oids)s) order by 1, 2""",
        oids,
    )
    for name, table, allowed, columns, filter_ in rows:
        at, publication = Identifier(schema, table), Identifier(name)
        told = SQL(" ({})").format(_server_sql(columns)) if columns else SQL("")
        told += SQL(" where ({})").format(_server_sql(filter_)) if filter_ else SQL("")
        detach = (SQL("alter publication {} drop table only {}").format(publication, at),)
        reattach = (SQL("alter publication {} add table only {}{}").format(publication, at, told),)
        yield Dependent(f"publication {name} of {schema}.{table}", detach, reattach, allowed=allowed)


def _statistics(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Extended statistics, which were made on the new tables before they were analysed."""
    for space, name, _, target, comment, allowed in statistics(connection, oids):
        at = Identifier(space, name)
        reattach = [SQL("alter statistics {} set schema {}").format(Identifier(NEXT, name), Identifier(space))]
        if target is not None and target >= 0:
            reattach.append(SQL("alter statistics {} set statistics {}").format(at, Literal(target)))
        if comment is not None:
            reattach.append(SQL("comment on statistics {} is {}").format(at, Literal(comment)))
        detach = (SQL("alter statistics {} set schema {}").format(at, Identifier(OLD)),)
        yield Dependent(f"statistics {space}.{name}", detach, tuple(reattach), allowed=allowed)


def statistics(connection: Connection, oids: list[int]) -> Rows:
    """Extended statistics of tables: schema, name, how to make them on the staged table, precision, comment, whether ours."""
    parts = "pg_get_statisticsobjdef_columns(s.oid)"
    if connection.info.server_version < 140_000:
        parts = """(select string_agg(quote_ident(a.attname), ', ') from pg_catalog.pg_attribute a
            where a.attrelid = s.stxrelid and a.attnum = any(s.stxkeys))"""
    rows = _query(
        connection,
        f"""select n.nspname, s.stxname, c.relname, s.stxkind::text[], {parts}, s.stxstattarget,
        obj_description(s.oid, 'pg_statistic_ext'), pg_has_role(s.stxowner, 'USAGE')
        from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
        join pg_catalog.pg_class c on c.oid = s.stxrelid where s.stxrelid = any(%(oids)s) order by 1, 2""",
        oids,
    )
    kinds = {"d": "ndistinct", "f": "dependencies", "m": "mcv"}
    found: Rows = []
    for space, name, table, kind, on, target, comment, allowed in rows:
        asked = ", ".join(kinds[letter] for letter in kind if letter in kinds)
        told = SQL("create statistics {} {} on {} from {}").format(
            Identifier(NEXT, name),
            _server_sql(f"({asked})" if asked and "," in on else ""),
            _server_sql(on),
            Identifier(NEXT, table),
        )
        found.append((space, name, told, target, comment, allowed))
    return found


def _table_flags(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Flags of a table: row-level security, what a replica is told of changed rows, the index it was clustered by."""
    rows = _query(
        connection,
        """select c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relreplident::text,
        (select i.relname from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
            where x.indrelid = c.oid and x.indisreplident),
        (select i.relname from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
            where x.indrelid = c.oid and x.indisclustered)
        from pg_catalog.pg_class c where c.oid = any(%(oids)s) order by 1""",
        oids,
    )
    for table, secured, forced, identity, by, clustered in rows:
        told: list[Composable] = []
        if secured:
            told.append(SQL("enable row level security"))
        if forced:
            told.append(SQL("force row level security"))
        if identity in ("f", "n"):
            told.append(SQL("replica identity " + {"f": "full", "n": "nothing"}[identity]))
        if identity == "i" and by:
            told.append(SQL("replica identity using index {}").format(Identifier(by)))
        if clustered:
            told.append(SQL("cluster on {}").format(Identifier(clustered)))
        if told:
            reattach = SQL("alter table {} {}").format(Identifier(schema, table), SQL(", ").join(told))
            yield Dependent(f"settings of {schema}.{table}", reattach=(reattach,))
