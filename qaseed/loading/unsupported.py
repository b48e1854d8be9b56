"""Dependents that cannot be carried over to new tables: a load refuses them by name before it changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qaseed.loading.dependents_elsewhere import identity_sequences
from qaseed.postgres.session import search_path

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_OF_THE_TABLES = """
    select 'publication ' || pubname || ' of all tables' from pg_catalog.pg_publication where puballtables
    union all select 'subscription to ' || srrelid::regclass from pg_catalog.pg_subscription_rel
        where srrelid = any(%(oids)s)
    union all select case when inhparent = any(%(oids)s)
        then 'child ' || inhrelid::regclass || ' of ' || inhparent::regclass
        else 'parent ' || inhparent::regclass || ' of ' || inhrelid::regclass end
        from pg_catalog.pg_inherits where inhparent = any(%(oids)s) or inhrelid = any(%(oids)s)
    union all select 'type of the typed table ' || oid::regclass from pg_catalog.pg_class
        where oid = any(%(oids)s) and reloftype <> 0
    union all select 'access method of ' || c.oid::regclass from pg_catalog.pg_class c
        join pg_catalog.pg_am a on a.oid = c.relam
        where c.oid = any(%(oids)s) and a.amname <> 'heap'
    union all select 'rule ' || rulename || ' on ' || ev_class::regclass from pg_catalog.pg_rewrite
        where ev_class = any(%(oids)s)
    union all select 'security label of ' || objoid::regclass from pg_catalog.pg_seclabel
        where classoid = 'pg_catalog.pg_class'::regclass and objoid = any(%(replaced)s)
    union all select 'extension ' || e.extname || ', of which ' || d.objid::regclass || ' is a part'
        from pg_catalog.pg_depend d
        join pg_catalog.pg_extension e on e.oid = d.refobjid where d.refclassid = 'pg_catalog.pg_extension'::regclass
        and d.classid = 'pg_catalog.pg_class'::regclass and d.objid = any(%(replaced)s)
    union all select 'generated column ' || attname || ' of ' || attrelid::regclass from pg_catalog.pg_attribute
        where attrelid = any(%(oids)s) and attgenerated <> ''
    union all select 'grant of ' || a.privilege_type || ' by ' || pg_get_userbyid(a.grantor) || ' on ' || a.what
        from (select c.oid::regclass::text what, c.relowner, x.* from pg_catalog.pg_class c, aclexplode(c.relacl) x
                where c.oid = any(%(replaced)s)
            union all select t.attname || ' of ' || c.oid::regclass, c.relowner, x.* from pg_catalog.pg_class c
                join pg_catalog.pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) x
                where c.oid = any(%(oids)s)) a where a.grantor <> a.relowner
    union all select 'statistics ' || s.stxname || ' in two schemas' from pg_catalog.pg_statistic_ext s
        where s.stxrelid = any(%(oids)s) group by s.stxname having count(*) > 1
"""
_FOREIGN = """
    select 'temporary object of another session, ' || pg_describe_object(d.classid, d.objid, 0) || ','
    from pg_catalog.pg_depend d join (
        select 'pg_catalog.pg_rewrite'::regclass, r.oid from pg_catalog.pg_rewrite r
            join pg_catalog.pg_class v on v.oid = r.ev_class where v.relpersistence = 't'
        union all select 'pg_catalog.pg_proc'::regclass, p.oid from pg_catalog.pg_proc p
            join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname like 'pg\\_temp\\_%%'
        union all select 'pg_catalog.pg_attrdef'::regclass, f.oid from pg_catalog.pg_attrdef f
            join pg_catalog.pg_class v on v.oid = f.adrelid where v.relpersistence = 't'
        union all select 'pg_catalog.pg_policy'::regclass, p.oid from pg_catalog.pg_policy p
            join pg_catalog.pg_class v on v.oid = p.polrelid where v.relpersistence = 't'
        ) t(class, oid) on d.classid = t.class and d.objid = t.oid
    where d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = any(%(replaced)s)
    union select pg_describe_object(d.classid, d.objid, d.objsubid) from pg_catalog.pg_depend d
    where d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = any(%(replaced)s)
    and d.deptype not in ('e', 'x')
    and not case d.classid
        when 'pg_catalog.pg_class'::regclass then exists (select from pg_catalog.pg_class c
            left join pg_catalog.pg_index i on i.indexrelid = c.oid where c.oid = d.objid
            and (c.relkind in ('t', 'S') and d.deptype in ('a', 'i') or i.indrelid = any(%(oids)s)
                or c.oid = any(%(oids)s)))
            or exists (select from pg_catalog.pg_inherits where inhrelid = d.objid)
        when 'pg_catalog.pg_type'::regclass then exists (select from pg_catalog.pg_type
            where oid = d.objid and typrelid = any(%(replaced)s))
        when 'pg_catalog.pg_constraint'::regclass then exists (select from pg_catalog.pg_constraint k
            join pg_catalog.pg_class o on o.oid = k.conrelid where k.oid = d.objid
            and (k.conrelid = any(%(oids)s) or k.contype = 'f' and o.relkind = 'r'))
        when 'pg_catalog.pg_trigger'::regclass then exists (select from pg_catalog.pg_trigger
            where oid = d.objid and (tgrelid = any(%(oids)s) or tgisinternal))
        when 'pg_catalog.pg_rewrite'::regclass then exists (select from pg_catalog.pg_rewrite r
            join pg_catalog.pg_class v on v.oid = r.ev_class where r.oid = d.objid and (v.relkind = 'v'
            and r.rulename = '_RETURN' or r.ev_class = any(%(oids)s)))
        when 'pg_catalog.pg_attrdef'::regclass then exists (select from pg_catalog.pg_attrdef f
            join pg_catalog.pg_class o on o.oid = f.adrelid
            join pg_catalog.pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
            where f.oid = d.objid and case when f.adrelid = any(%(oids)s) then d.deptype = 'a' or a.attgenerated <> ''
                else a.attgenerated = '' and o.relkind in ('r', 'p', 'f') end)
        when 'pg_catalog.pg_statistic_ext'::regclass then exists (select from pg_catalog.pg_statistic_ext
            where oid = d.objid and stxrelid = any(%(oids)s))
        when 'pg_catalog.pg_publication_rel'::regclass then exists (select from pg_catalog.pg_publication_rel
            where oid = d.objid and prrelid = any(%(oids)s))
        when 'pg_catalog.pg_proc'::regclass then {functions}
        else d.classid = 'pg_catalog.pg_policy'::regclass end
    union select pg_describe_object(d.classid, d.objid, d.objsubid) from pg_catalog.pg_depend d
    join pg_catalog.pg_type t on t.oid = d.refobjid and d.refclassid = 'pg_catalog.pg_type'::regclass
    left join pg_catalog.pg_type e on e.oid = t.typelem
    where (t.typrelid = any(%(oids)s) or e.typrelid = any(%(oids)s)) and d.deptype <> 'i'
"""


def unsupported_dependents(connection: Connection, oids: list[int]) -> list[str]:
    """What depends on these tables, or is true of them, and cannot be carried over; empty if all can."""
    newer = connection.info.server_version >= 140_000
    functions = "exists (select from pg_catalog.pg_proc where oid = d.objid and prosqlbody is not null)"
    query = _FOREIGN.format(functions=functions if newer else "false")
    parameters = {"oids": oids, "replaced": [*oids, *identity_sequences(connection, oids)]}
    with search_path(connection):
        rows = connection.execute(f"{_OF_THE_TABLES} union all {query} order by 1".encode(), parameters).fetchall()
    return [what.replace("rule _RETURN on ", "", 1) for (what,) in rows]
