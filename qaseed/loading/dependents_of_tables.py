"""What belongs to the swapped tables: owners, sequences, policies, triggers, publications, statistics, flags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from qaseed.loading.dependent import Dependent, Lock, query_rows
from qaseed.loading.existing_definition import server_sql
from qaseed.loading.sequences import advance_past
from qaseed.postgres.target import NEXT, OLD

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]
    Rows = list[tuple[Any, ...]]


def owners_and_grants(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Owner and privileges of tables and columns; privileges that default privileges gave the new table are revoked.

    The owner gets the table while it is in `NEXT`, where it may be given the privilege that this takes.
    """
    rows = query_rows(
        connection,
        f"""select c.relname, pg_get_userbyid(c.relowner), {may_act_as(connection, "c.relowner")},
        c.relowner = (select oid from pg_catalog.pg_roles where rolname = current_user), c.oid
        from pg_catalog.pg_class c where c.oid = any(%(oids)s) order by 1""",
        oids,
    )
    granted = _grants(connection, oids)
    for name, owner, allowed, own, oid in rows:
        detach = [] if own else _give(SQL("table"), name, owner)
        relation = Identifier(schema, name)
        reattach = (_revoke_default_grants("table", schema, name), *_grant("table", relation, owner, granted[oid]))
        yield Dependent(f"owner and grants of {schema}.{name}", tuple(detach), reattach, allowed=allowed)


def may_act_as(connection: Connection, owner: str) -> str:
    """SQL that says whether the role may act as an owner, and create or change objects that belong to it."""
    usage = f"pg_has_role({owner}, 'USAGE')"
    return f"{usage} and pg_has_role({owner}, 'SET')" if connection.info.server_version >= 160_000 else usage


def _give(kind: SQL, name: str, owner: str) -> list[Composed]:
    """Statements that give an object in `NEXT` to another owner."""
    role = Identifier(owner)
    return [
        SQL("grant create on schema {} to {}").format(Identifier(NEXT), role),
        SQL("alter {} {} owner to {}").format(kind, Identifier(NEXT, name), role),
    ]


@dataclass
class _Grants:
    """The privileges of a relation: None if they are the default ones, and else column, grantee, privilege, option."""

    has_acl: bool = False
    listed: list[tuple[str | None, str | None, str, bool]] = field(default_factory=list)


_DEFAULT_ACL = """acldefault((case c.relkind when 'S' then 's' else 'r' end)::"char", c.relowner)"""
"""The privileges of a relation of which none was ever granted or revoked."""


def _grants(connection: Connection, oids: list[int]) -> dict[int, _Grants]:
    """The privileges of relations and their columns, in their order."""
    result = {oid: _Grants() for oid in oids}
    rows = query_rows(
        connection,
        f"""select c.oid, true, null::name, null::name, null, null, 0 from pg_catalog.pg_class c
        where c.oid = any(%(oids)s) and c.relacl <> {_DEFAULT_ACL} union all
        select c.oid, false, null::name, pg_get_userbyid(nullif(a.grantee, 0)), a.privilege_type, a.is_grantable,
            a.place
        from pg_catalog.pg_class c, aclexplode(c.relacl) with ordinality
            a(grantor, grantee, privilege_type, is_grantable, place)
        where c.oid = any(%(oids)s) and c.relacl <> {_DEFAULT_ACL} union all
        select t.attrelid, false, t.attname, pg_get_userbyid(nullif(a.grantee, 0)), a.privilege_type, a.is_grantable,
            a.place
        from pg_catalog.pg_attribute t,
        aclexplode(t.attacl) with ordinality a(grantor, grantee, privilege_type, is_grantable, place)
        where t.attrelid = any(%(oids)s) and not t.attisdropped order by 1, 3 nulls first, 7""",
        oids,
    )
    for oid, acl, column, grantee, privilege, may_grant, _ in rows:
        if acl:
            result[oid].has_acl = True
        else:
            result[oid].listed.append((column, grantee, privilege, may_grant))
    return result


def _grant(kind: str, relation: Identifier, owner: str, grants: _Grants) -> Iterator[Composed]:
    """Statements that give a relation, of which only its owner has privileges, the privileges of the old one."""
    if grants.has_acl:
        yield SQL("revoke all on {} {} from {}").format(SQL(kind), relation, Identifier(owner))
    for column, grantee, privilege, may_grant in grants.listed:
        granted = server_sql(privilege) + (SQL(" ({})").format(Identifier(column)) if column else SQL(""))
        recipient = Identifier(grantee) if grantee else SQL("public")
        option = SQL(" with grant option" if may_grant else "")
        yield SQL("grant {} on {} {} to {}{}").format(granted, SQL(kind), relation, recipient, option)


def _revoke_default_grants(kind: str, schema: str, name: str) -> Composed:
    """Revoke what default privileges granted to other roles when the relation was created, and give its owner all."""
    return SQL(
        """do $given$ declare given record; begin
        for given in select distinct a.grantee, c.relowner from pg_catalog.pg_class c, aclexplode(c.relacl) a
            where c.oid = to_regclass({relation}) and a.grantee <> c.relowner loop
            execute format({revoke}, {relation}, case given.grantee when 0 then 'public'
                else quote_ident(pg_get_userbyid(given.grantee)) end);
        end loop;
        for given in select c.relowner from pg_catalog.pg_class c where c.oid = to_regclass({relation})
            and c.relacl <> {acl} loop
            execute format({grant}, {relation}, quote_ident(pg_get_userbyid(given.relowner)));
        end loop; end $given$"""
    ).format(
        relation=Literal(_quoted(schema, name)),
        revoke=Literal(f"revoke all on {kind} %s from %s"),
        grant=Literal(f"grant all on {kind} %s to %s"),
        acl=SQL(_DEFAULT_ACL),
    )


def _quoted(*names: str) -> str:
    return Identifier(*names).as_string()


def sequences(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Sequences that a column owns: an identity has a new one, which takes the old one's name, privileges and comment,
    and continues where that ended.

    Another sequence remains, and continues after the data. Tables that a rollback restores may have no identity.
    """
    rows = query_rows(
        connection,
        """select t.relname, a.attname, n.nspname, s.relname, s.oid, d.deptype = 'i', pg_get_userbyid(s.relowner),
        s.relpersistence = 'u', s.relpersistence <> t.relpersistence, obj_description(s.oid, 'pg_class')
        from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
        join pg_catalog.pg_namespace n on n.oid = s.relnamespace join pg_catalog.pg_class t on t.oid = d.refobjid
        join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
        where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = any(%(oids)s) and d.deptype in ('a', 'i') order by 1, 2""",
        oids,
    )
    grants = _grants(connection, [row[4] for row in rows])
    for table, column, schema_name, sequence, oid, identity, owner, unlogged, differs, comment in rows:
        identifier = Identifier(schema_name, sequence)
        if identity:
            detach, reattach = _identity(schema, table, column, sequence)
            carried = list(_grant("sequence", identifier, owner, grants[oid]))
            if differs and connection.info.server_version >= 150_000:
                logged = SQL("unlogged" if unlogged else "logged")
                carried.append(SQL("alter sequence {} set {}").format(identifier, logged))
            if comment is not None:
                carried.append(SQL("comment on sequence {} is {}").format(identifier, Literal(comment)))
            revoke = _revoke_default_grants("sequence", schema_name, sequence)
            reattach = (*reattach, revoke, *_if_exists(identifier, carried))
        else:
            detach = (SQL("alter sequence {} owned by none").format(identifier),)
            assign_owner = SQL("alter sequence {} owned by {}").format(identifier, Identifier(schema, table, column))
            reattach = (assign_owner, advance_past(identifier, column, Identifier(schema, table)))
        yield Dependent(f"sequence {schema_name}.{sequence} of {table}.{column}", detach, reattach)


def _if_exists(relation: Identifier, statements: list[Composed]) -> Iterator[Composed]:
    """The statements in one block, which does nothing if there is no such relation."""
    if statements:
        body = SQL("begin if to_regclass({}) is not null then {}; end if; end").format(
            Literal(relation.as_string()), SQL("; ").join(statements)
        )
        yield SQL("do {}").format(Literal(body.as_string()))


def _identity(schema: str, table: str, column: str, sequence: str) -> tuple[tuple[Composed, ...], tuple[Composed, ...]]:
    """How the new sequence of an identity, which is past the new rows, gets name and position of the old one."""
    serial_sequence = "pg_get_serial_sequence({}, {})"
    staged = SQL(serial_sequence).format(Literal(_quoted(NEXT, table)), Literal(column))
    named = SQL(
        """do $named$ declare staged text := {}; begin if staged is not null then
        execute format('alter sequence %s rename to %I', staged, {}); end if;
        exception when duplicate_table then null; end $named$"""
    ).format(staged, Literal(sequence))
    live = SQL(serial_sequence).format(Literal(_quoted(schema, table)), Literal(column))
    advance = SQL(
        """select setval(live, greatest(pg_sequence_last_value(live), old.last_value),
            old.is_called or coalesce(pg_sequence_last_value(live) >= old.last_value, false))
        from {} old, (select {}::regclass as live) live_sequence where live is not null"""
    ).format(Identifier(OLD, sequence), live)
    return (named,), (advance,)


def policies(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Row-level security of the tables, and policies of other tables that query them."""
    rows = query_rows(
        connection,
        """select distinct n.nspname, c.relname, p.polname, p.polcmd::text, p.polpermissive,
        (select array_agg(case r when 0 then 'public' else quote_ident(pg_get_userbyid(r)) end) from
            unnest(p.polroles) r),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), p.polrelid = any(%(oids)s),
        p.polrelid, pg_has_role(c.relowner, 'USAGE'), obj_description(p.oid, 'pg_policy')
        from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
            and d.refclassid = 'pg_catalog.pg_class'::regclass
        where p.polrelid = any(%(oids)s) or d.refobjid = any(%(oids)s) order by 1, 2, 3""",
        oids,
    )
    kinds = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
    for schema_name, table, name, kind, permissive, roles, using, check, on_swapped, oid, allowed, comment in rows:
        relation, policy = Identifier(schema_name, table), Identifier(name)
        clauses = SQL(" using ({})").format(server_sql(using)) if using else SQL("")
        clauses += SQL(" with check ({})").format(server_sql(check)) if check else SQL("")
        description = f"policy {name} of {schema_name}.{table}"
        if not on_swapped:
            lock = Lock(oid, SQL("lock table only {} in access exclusive mode").format(relation))
            yield Dependent(
                description,
                reattach=(SQL("alter policy {} on {}{}").format(policy, relation, clauses),),
                lock=lock,
                allowed=allowed,
            )
            continue
        create = SQL("create policy {} on {} as {} for {} to {}{}").format(
            policy,
            relation,
            SQL("permissive" if permissive else "restrictive"),
            SQL(kinds[kind]),
            server_sql(", ".join(roles)),
            clauses,
        )
        reattach: tuple[Composed, ...] = (create,)
        if comment is not None:
            reattach += (SQL("comment on policy {} on {} is {}").format(policy, relation, Literal(comment)),)
        yield Dependent(description, (SQL("drop policy {} on {}").format(policy, relation),), reattach)


def triggers(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Triggers of the tables, enabled as they were."""
    rows = query_rows(
        connection,
        """select c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled::text,
        obj_description(t.oid, 'pg_trigger'), has_function_privilege(t.tgfoid, 'EXECUTE')
        from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
        where t.tgrelid = any(%(oids)s) and not t.tgisinternal order by 1, 2""",
        oids,
    )
    states = {"D": "disable trigger", "R": "enable replica trigger", "A": "enable always trigger"}
    for table, name, definition, enabled, comment, allowed in rows:
        relation, trigger = Identifier(schema, table), Identifier(name)
        reattach = [server_sql(definition)]
        if enabled in states:
            reattach.append(SQL("alter table {} {} {}").format(relation, SQL(states[enabled]), trigger))
        if comment is not None:
            reattach.append(SQL("comment on trigger {} on {} is {}").format(trigger, relation, Literal(comment)))
        detach = (SQL("drop trigger {} on {}").format(trigger, relation),)
        yield Dependent(f"trigger {name} of {schema}.{table}", detach, tuple(reattach), allowed=allowed)


def publications(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Publications that name the tables, with their columns and row filters."""
    newer = connection.info.server_version >= 150_000
    columns = """(select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_catalog.pg_attribute a
        where a.attrelid = r.prrelid and a.attnum = any(r.prattrs)), pg_get_expr(r.prqual, r.prrelid)"""
    rows = query_rows(
        connection,
        f"""select p.pubname, c.relname, pg_has_role(p.pubowner, 'USAGE'), {columns if newer else "null, null"}
        from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
        join pg_catalog.pg_class c on c.oid = r.prrelid where r.prrelid = any(%(oids)s) order by 1, 2""",
        oids,
    )
    for name, table, allowed, columns, filter_ in rows:
        relation, publication = Identifier(schema, table), Identifier(name)
        clauses = SQL(" ({})").format(server_sql(columns)) if columns else SQL("")
        clauses += SQL(" where ({})").format(server_sql(filter_)) if filter_ else SQL("")
        detach = (SQL("alter publication {} drop table only {}").format(publication, relation),)
        reattach = (SQL("alter publication {} add table only {}{}").format(publication, relation, clauses),)
        yield Dependent(f"publication {name} of {schema}.{table}", detach, reattach, allowed=allowed)


def moved_statistics(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Extended statistics, which were created on the new tables before they were analyzed."""
    for schema_name, name, _, target, comment, owner, own, allowed in statistics(connection, oids):
        qualified_name = Identifier(schema_name, name)
        detach = [SQL("alter statistics {} set schema {}").format(qualified_name, Identifier(OLD))]
        detach += [] if own else _give(SQL("statistics"), name, owner)
        reattach = [SQL("alter statistics {} set schema {}").format(Identifier(NEXT, name), Identifier(schema_name))]
        if target is not None and target >= 0:
            reattach.append(SQL("alter statistics {} set statistics {}").format(qualified_name, Literal(target)))
        if comment is not None:
            reattach.append(SQL("comment on statistics {} is {}").format(qualified_name, Literal(comment)))
        yield Dependent(f"statistics {schema_name}.{name}", tuple(detach), tuple(reattach), allowed=allowed)


def statistics(connection: Connection, oids: list[int]) -> Rows:
    """Extended statistics: schema, name, statement for the staged table, target, comment, owner, whether that is the
    role, whether it is allowed.
    """
    parts = "pg_get_statisticsobjdef_columns(s.oid)"
    if connection.info.server_version < 140_000:
        parts = """(select string_agg(quote_ident(a.attname), ', ') from pg_catalog.pg_attribute a
            where a.attrelid = s.stxrelid and a.attnum = any(s.stxkeys))"""
    rows = query_rows(
        connection,
        f"""select n.nspname, s.stxname, c.relname, s.stxkind::text[], {parts}, s.stxstattarget,
        obj_description(s.oid, 'pg_statistic_ext'), pg_get_userbyid(s.stxowner),
        pg_get_userbyid(s.stxowner) = current_user,
        {may_act_as(connection, "s.stxowner")} and has_schema_privilege(n.oid, 'CREATE')
        from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
        join pg_catalog.pg_class c on c.oid = s.stxrelid where s.stxrelid = any(%(oids)s) order by 1, 2""",
        oids,
    )
    kinds = {"d": "ndistinct", "f": "dependencies", "m": "mcv"}
    described: Rows = []
    for schema_name, name, table, kind, expressions, *rest in rows:
        kinds_listed = ", ".join(kinds[letter] for letter in kind if letter in kinds)
        statement = SQL("create statistics {} {} on {} from {}").format(
            Identifier(NEXT, name),
            server_sql(f"({kinds_listed})" if kinds_listed and "," in expressions else ""),
            server_sql(expressions),
            Identifier(NEXT, table),
        )
        described.append((schema_name, name, statement, *rest))
    return described


def table_flags(connection: Connection, schema: str, oids: list[int]) -> Iterator[Dependent]:
    """Flags of a table: row-level security, its replica identity, the index it was clustered by."""
    rows = query_rows(
        connection,
        """select c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relreplident::text,
        (select i.relname from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
            where x.indrelid = c.oid and x.indisreplident),
        (select i.relname from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
            where x.indrelid = c.oid and x.indisclustered)
        from pg_catalog.pg_class c where c.oid = any(%(oids)s) order by 1""",
        oids,
    )
    for table, secured, forced, identity, replica_index, clustered in rows:
        clauses: list[Composable] = []
        if secured:
            clauses.append(SQL("enable row level security"))
        if forced:
            clauses.append(SQL("force row level security"))
        if identity in ("f", "n"):
            clauses.append(SQL("replica identity " + {"f": "full", "n": "nothing"}[identity]))
        if identity == "i" and replica_index:
            clauses.append(SQL("replica identity using index {}").format(Identifier(replica_index)))
        if clustered:
            clauses.append(SQL("cluster on {}").format(Identifier(clustered)))
        if clauses:
            reattach = SQL("alter table {} {}").format(Identifier(schema, table), SQL(", ").join(clauses))
            yield Dependent(f"settings of {schema}.{table}", reattach=(reattach,))
