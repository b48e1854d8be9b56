"""How a snapshot will be loaded, and why: decided by the tables of the target, before anything is changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.errors import PostgresError
from qaseed.loading import preflight
from qaseed.loading.dependent import Dependent
from qaseed.loading.dependents import find_dependents
from qaseed.loading.event_triggers import try_event_triggers
from qaseed.loading.options import LoadOptions
from qaseed.loading.subscribers import check_subscribers, subscribed, what_subscribers_must_do
from qaseed.loading.table_definition import TableDefinition, table_definitions
from qaseed.loading.unsupported import unsupported_dependents
from qaseed.logical_types import TYPES
from qaseed.model import Model
from qaseed.postgres.changes import Changes
from qaseed.postgres.connection import is_local
from qaseed.postgres.target import Target
from qaseed.snapshot import Snapshot

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

MINIMUM_SECONDS, ROWS_A_SECOND = 0.4, 75_000
"""Of a load however small, and beyond that: on two cores, digests included (scripts/bench, a million rows)."""
SPACE_FACTOR = 2
"""Times the rows' size that is needed while old and new tables exist, or while the log has all rows too."""
CLONE_SHARE = 0.15
"""The share of a load's time that cloning takes (scripts/bench, a million rows)."""
_REFRESHING = "subscribers get all rows"
_SECOND_CONNECTION = "open a second connection (CONNECTION LIMIT, max_connections, or the size of a pool)"
ROW_BYTES, KEY_BYTES, PAGE = 28, 24, 8192
"""Header and pointer of a row; an index entry of tenant and id, equal ones once; the minimum of each file."""


@dataclass(frozen=True)
class Plan:
    """What a load will do, and why.

    - `bytes` and `seconds` are estimates; `tables` says by table what happens to it.
    - `carried` describes the `dependents` that are reattached to the new tables.
    - `changes`: what was inserted, updated and deleted since the last load, by table; the load replaces it all.
    - `after` names the file of SQL that runs in the transaction of the load.
    - `definitions` are those of the tables to stage; empty where tables are filled in place.
    - `changed_structure` says what the tables get because it is new or changed in the model since the last load.
    """

    strategy: str
    why: str
    rows: int
    bytes: int
    seconds: float
    tables: dict[str, str]
    carried: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    definitions: tuple[TableDefinition, ...] = ()
    dependents: tuple[Dependent, ...] = ()
    changes: Mapping[str, Changes] = field(default_factory=dict)
    after: str | None = None

    @property
    def changed_structure(self) -> tuple[str, ...]:
        return tuple(change for definition in self.definitions for change in definition.changes)

    def to_json(self) -> dict[str, Any]:
        """The plan for `load --json`; its keys are a contract."""
        return {
            "strategy": self.strategy,
            "why": self.why,
            "rows": self.rows,
            "bytes": self.bytes,
            "seconds": self.seconds,
            "tables": self.tables,
            "carried": list(self.carried),
            "changed_structure": list(self.changed_structure),
            "warnings": list(self.warnings),
            "changed_since_load": {name: vars(change) for name, change in self.changes.items()},
            "after": self.after,
        }


def make_plan(connection: Connection, snapshot: Snapshot, target: Target, options: LoadOptions, *, spare: int) -> Plan:
    """Decide how to load with so many spare connections; `PostgresError` names what prevents new tables."""
    model = snapshot.manifest.model
    oids = [target.existing[entity.name].oid for entity in model.entities if entity.name in target.existing]
    lacking = [*_missing_privileges(connection, target, oids), *([] if spare else [_SECOND_CONNECTION])]
    publications = subscribed(connection, oids)
    refreshing = bool(publications) and options.publications == "refresh" and options.strategy is None
    in_place = options.in_place or refreshing or (bool(lacking) and options.strategy is None)
    preflight.refuse_conflicts(connection, target, model, rls=options.rls)
    for what in preflight.missing_privileges(connection, target, model, in_place=in_place):
        raise PostgresError(f"{target.database}: the role may not {what}; grant it, or connect as the tables' owner")
    fired = try_event_triggers(connection, target, staging=not in_place, replacing=bool(oids) and not in_place)
    noted = tuple(f"the event trigger {name} may fire on what the load does" for name in fired)
    if in_place:
        plan = _plan_in_place(connection, snapshot, target, options, lacking)
        return replace(plan, warnings=(*plan.warnings, *noted))
    or_in_place = _InPlace(connection, target, model, options)
    if publications:
        refreshable = options.strategy is None and or_in_place.is_possible
        check_subscribers(target, publications, options, can_refresh=refreshable)
    if lacking:
        otherwise = or_in_place.remedy("leave --strategy out")
        raise PostgresError(f"{target.database}: the role may not {lacking[0]}; grant it{otherwise}")
    if oids and options.strategy == "direct":
        name = next(entity.name for entity in model.entities if entity.name in target.existing)
        raise PostgresError(
            f"{target.schema}.{name}: exists already, and direct is for targets without; leave --strategy out"
        )
    preflight.refuse_foreign_schemas(connection)
    definitions = tuple(table_definitions(connection, target, model))
    if not oids:
        plan = _plan(connection, snapshot, target, "direct", "none of the tables exists yet", definitions=definitions)
        return replace(plan, warnings=(*plan.warnings, *noted))
    preflight.refuse_without_language(connection, or_in_place.remedy)
    why, dependents = (
        "tables exist already; readers see the old rows or the new ones",
        carried_dependents(connection, target, oids, or_in_place.remedy),
    )
    if options.dry_run:
        preflight.refuse_orphaned_rows(connection, snapshot, dependents)
        if options.terminate_blockers:
            preflight.refuse_unendable_holder(connection, target, oids)
    plan = _plan(connection, snapshot, target, "staged", why, definitions=definitions, dependents=dependents)
    return replace(plan, warnings=(*plan.warnings, *noted, *what_subscribers_must_do(publications)))


def _plan_in_place(
    connection: Connection, snapshot: Snapshot, target: Target, options: LoadOptions, lacking: Sequence[str]
) -> Plan:
    preflight.refuse_in_place(connection, target, snapshot.manifest.model)
    if options.keep_old:
        raise PostgresError(
            f"{target.database}: nothing can be kept of tables that are filled in place; leave --keep-old out"
        )
    why = "asked for"
    if options.strategy is None:
        why = f"the role may not {lacking[0]}, which new tables would need" if lacking else _REFRESHING
    return _plan(connection, snapshot, target, options.strategy or "in-place", why)


@dataclass(frozen=True)
class _InPlace:
    """Whether a load that cannot replace the tables could fill them in place."""

    connection: Connection
    target: Target
    model: Model
    options: LoadOptions

    @property
    def is_possible(self) -> bool:
        try:
            preflight.refuse_in_place(self.connection, self.target, self.model)
        except PostgresError:
            return False
        lacking = preflight.missing_privileges(self.connection, self.target, self.model, in_place=True)
        return not self.options.keep_old and next(lacking, None) is None

    def remedy(self, what: str = "use --strategy in-place") -> str:
        """That as another remedy, where it is one."""
        return f", or {what}" if self.is_possible else ""


def _no_remedy() -> str:
    return ""


def plan_rollback(connection: Connection, target: Target, options: LoadOptions) -> Plan:
    """Decide how kept tables are swapped in for those in the load registry; `PostgresError` names what prevents it."""
    oids = [existing.oid for name, existing in target.existing.items() if target.is_managed(name)]
    publications = subscribed(connection, oids)
    check_subscribers(target, publications, options, can_refresh=False)
    rows = sum(recorded.rows for recorded in target.registry.values())
    return Plan(
        "rollback",
        "asked for",
        rows,
        0,
        0.0,
        dict.fromkeys(target.registry, "replaced by the kept one"),
        warnings=tuple(what_subscribers_must_do(publications)),
        dependents=carried_dependents(connection, target, oids),
    )


def plan_template(snapshot: Snapshot, name: str, *, exists: bool, changes: Mapping[str, Changes] | None = None) -> Plan:
    """How a database is cloned from the template of that name; `changes` are those in the clone that it replaces."""
    why = f"the template {name} exists" if exists else f"asked for; the template {name} is created first"
    rows, size = _size(snapshot)
    seconds = _seconds(rows) * (CLONE_SHARE if exists else 1 + CLONE_SHARE)
    actions = dict.fromkeys(snapshot.manifest.tables, "cloned")
    return Plan("template", why, rows, size, round(seconds, 1), actions, changes=changes or {})


def carried_dependents(
    connection: Connection, target: Target, oids: list[int], otherwise: Callable[[], str] = _no_remedy
) -> tuple[Dependent, ...]:
    """The dependents of the tables; `PostgresError` for one that cannot be carried over, or not by this role.

    `otherwise` is a remedy besides dropping it.
    """
    if unsupported := unsupported_dependents(connection, oids):
        more = f" (and {len(unsupported) - 1} more)" if len(unsupported) > 1 else ""
        raise PostgresError(
            f"{target.database}: the {unsupported[0]}{more} cannot be carried over to new tables; drop it{otherwise()}"
        )
    dependents = tuple(find_dependents(connection, target.schema, oids))
    foreign = [dependent.description for dependent in dependents if not dependent.allowed]
    if foreign:
        raise PostgresError(
            f"{target.database}: the {foreign[0]} belongs to another role, or needs a privilege that this role lacks "
            "(CREATE in its schema, EXECUTE of its function); connect as a member of that role, or grant it"
        )
    return dependents


def _missing_privileges(connection: Connection, target: Target, oids: Sequence[int]) -> list[str]:
    """What the role would have to do to create new tables, and has no privilege for."""
    creates, enters = connection.execute(
        "select has_database_privilege(current_database(), 'CREATE'), has_schema_privilege(%s, 'CREATE')",
        (target.schema,),
    ).fetchone() or (False, False)
    rows = connection.execute(
        """select c.relname, pg_get_userbyid(c.relowner) from pg_catalog.pg_class c
        where c.oid = any(%s) and not pg_has_role(c.relowner, 'USAGE') order by 1""",
        (list(oids),),
    ).fetchall()
    references = connection.execute(
        """select distinct confrelid::regclass::text from pg_catalog.pg_constraint where conrelid = any(%(oids)s)
        and contype = 'f' and confrelid <> all(%(oids)s) and not has_any_column_privilege(confrelid, 'REFERENCES')
        order by 1""",
        {"oids": list(oids)},
    ).fetchall()
    return [
        *([] if creates else [f"create schemas in {target.database}"]),
        *([] if enters else [f"create tables in {target.schema}"]),
        *(f"act as {owner}, the owner of {name}" for name, owner in rows),
        *(f"reference {name}" for (name,) in references),
    ]


def _plan(
    connection: Connection,
    snapshot: Snapshot,
    target: Target,
    strategy: str,
    why: str,
    *,
    definitions: tuple[TableDefinition, ...] = (),
    dependents: tuple[Dependent, ...] = (),
) -> Plan:
    """The plan, with rows, bytes and seconds estimated."""
    rows, size = _size(snapshot)
    entities = snapshot.manifest.model.entities
    return Plan(
        strategy,
        why,
        rows,
        size,
        round(_seconds(rows), 1),
        {entity.name: _table_action(target, entity.name, strategy) for entity in entities},
        tuple(dependent.description for dependent in dependents),
        tuple(_warnings(connection, size)),
        definitions=definitions,
        dependents=dependents,
    )


def _seconds(rows: int) -> float:
    return MINIMUM_SECONDS + rows / ROWS_A_SECOND


def _warnings(connection: Connection, size: int) -> Iterator[str]:
    """What prevents no load, but should be known before it."""
    pid, folder = connection.execute(
        """select pg_backend_pid(), case when pg_has_role('pg_read_all_settings', 'USAGE')
        then current_setting('data_directory') end"""
    ).fetchone() or (0, None)
    if pid != connection.info.backend_pid:
        yield "the URL leads to a pooler, of which a load takes several connections; give the server's own URL"
    if folder and is_local(connection) and Path(folder).is_dir():
        free = shutil.disk_usage(folder).free
        if free < size * SPACE_FACTOR:
            yield (
                f"{free / 2**20:,.0f} MiB are free on the server's disk; loading needs up to "
                f"{size * SPACE_FACTOR / 2**20:,.0f}"
            )
    if not is_local(connection) and not connection.pgconn.ssl_in_use:
        yield "the connection to another machine is not encrypted; add sslmode=require"


def _size(snapshot: Snapshot) -> tuple[int, int]:
    """Rows, and the bytes that they and their indexes will take, by the model's types."""
    manifest, size = snapshot.manifest, 0
    for entity in manifest.model.entities:
        width = ROW_BYTES + sum(TYPES[column.type].width for column in entity.columns)
        keys = 1 + sum(column.unique or bool(column.refers) for column in entity.columns)
        size += manifest.rows[entity.name] * (width + keys * KEY_BYTES) + PAGE * (1 + 2 * keys)
    return sum(manifest.rows.values()), size


def _table_action(target: Target, name: str, strategy: str) -> str:
    if name not in target.existing:
        return "created"
    created = target.is_created(name)
    if strategy == "staged":
        return "replaced" if created else "replaced by one of the same structure"
    return "emptied and filled" if created else "emptied and filled with its keys in place"
