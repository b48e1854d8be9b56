"""Commands that change nothing: profiles, scenarios, schema, doctor."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qaseed.cli import completion
from qaseed.cli.configuration import check_tables
from qaseed.cli.options import (
    TABLES,
    Adversarial,
    Environment,
    Json,
    Schema,
    SnapshotOrNone,
    Tables,
    To,
)
from qaseed.cli.output import command, print_json, print_line, print_message, print_text
from qaseed.cli.root import app, find_snapshot, schema_name
from qaseed.cli.tables import print_fields, print_table
from qaseed.cli.terminal import is_terminal
from qaseed.errors import FindingsError, UsageError, nearest

if TYPE_CHECKING:
    from qaseed.doctor import Check
    from qaseed.model import Model

MAX_PARTITIONS = 1_000
"""Of each table: the server plans queries of more of them slowly."""


@app.command()
@command
def profiles(json: Json = False) -> None:
    """List the profiles, those of qaseed.toml too: counts, tenants, target times."""
    from qaseed.config import profiles as usable

    known = usable()
    _warn_about_profiles()
    if json:
        print_json(
            [
                {
                    "profile": slug,
                    "name": profile.name,
                    "description": profile.description,
                    "record_counts": profile.record_counts,
                    "total_records": profile.total,
                    "target_seed_time_seconds": profile.target_seed_time_seconds,
                    "seed": profile.seed,
                    "as_of": profile.as_of.isoformat(),
                    "tenants": profile.tenants,
                }
                for slug, profile in known.items()
            ]
        )
        return
    rows = [
        (slug, *p.record_counts.values(), p.total, f"< {p.target_seed_time_seconds:g} s", p.description)
        for slug, p in known.items()
    ]
    entities = list(next(iter(known.values())).record_counts)
    print_table(("profile", *entities, "total", "target", "use"), rows)


def _warn_about_profiles() -> None:
    from qaseed.config import profile_problems

    for problem in profile_problems().values():
        print_message(f"qaseed: warning: {problem}")


@app.command()
@command
def scenarios(
    snapshot: SnapshotOrNone = None,
    environment: Environment = None,
    adversarial: Adversarial = None,
    free: Annotated[
        bool, typer.Option("--free", help="List the reserved slots that no scenario uses, to add one.")
    ] = False,
    format: Annotated[  # the word on the command line
        str | None,
        typer.Option(
            "--format",
            metavar="LANGUAGE",
            help="Write constants for test suites: python, typescript or json.",
            autocompletion=completion.words("python", "typescript", "json"),
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the named cases that tests can rely on: what each is, and its table and id, the same in every seed and size.

    Of a snapshot, or of a profile that need not be generated.

    \b
    Examples:
      qaseed scenarios -e standard --json
      qaseed scenarios artifacts/minimal --format typescript
    """
    from qaseed.config import get_qa_seed_config, settings
    from qaseed.disk import sha256_of
    from qaseed.generation import planned
    from qaseed.inspection import count_scenarios, placed_scenarios
    from qaseed.scenario_code import FORMATS, scenario_code, scenarios_of
    from qaseed.snapshot.manifest import MANIFEST

    if free:
        if environment is not None or adversarial is not None:
            raise UsageError("--free is about the declared model; leave out --environment and --adversarial")
        _print_free_slots(json=json)
        return
    if snapshot is not None and (environment is not None or adversarial is not None):
        raise UsageError("SNAPSHOT has its own scenarios; leave out --environment and --adversarial")
    if format is not None and (json or format not in FORMATS):
        raise UsageError(
            "--format and --json are different documents; give one of them"
            if json
            else f"--format: {format!r} is unknown; {nearest(format, FORMATS)}"
        )
    if snapshot is not None:
        opened = find_snapshot(snapshot)
        placed, name = scenarios_of(opened), opened.manifest.name
        own = len(opened.manifest.recipe.get("additions", {}).get("scenario", {}))
        header = {"snapshot": f"{name}@sha256:{sha256_of(opened.folder / MANIFEST)}", "id": opened.manifest.id}
    else:
        profile = get_qa_seed_config(environment).profile
        profile = profile if adversarial is None else profile.vary(adversarial=adversarial)
        placed, name, own = placed_scenarios(profile), profile.slug, len(profile.scenario)
        header = {"profile": name, "id": planned(profile, settings().out)[1]}
    if format:
        print_text(scenario_code(format, header, placed).rstrip())
        return
    if json:
        print_json([vars(scenario) for scenario in placed])
        return
    print_table(
        ("scenario", "table", "tenant", "id", "what it is"),
        [(s.name, s.entity, s.tenant, str(s.id), s.description) for s in placed],
    )
    included, (declared, switched) = len({scenario.name for scenario in placed}), count_scenarios()
    print_message(
        f"{name}: {included} of {declared + own} scenarios, {switched} of which need --adversarial; "
        f"{len(placed)} rows over all tenants"
    )


@app.command()
@command
def schema(
    snapshot: Annotated[
        str | None,
        typer.Argument(
            metavar="SNAPSHOT", help="A snapshot; the declared model by default.", autocompletion=completion.snapshots
        ),
    ] = None,
    json: Json = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print the DDL for Postgres.")] = False,
    modes: Annotated[
        bool,
        typer.Option("--modes", help="List the forms of identifiers, and which validators accept each."),
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Print every rule and scenario as a page of Markdown.")
    ] = False,
    shares: Annotated[
        bool, typer.Option("--shares", help="List the shares that a profile may set, with their sources.")
    ] = False,
    partitions: Annotated[
        str | None,
        typer.Option(
            "--partitions",
            metavar="N|tenants",
            help="With --sql, partition the tables by tenant: N by hash, or one for each tenant of SNAPSHOT.",
        ),
    ] = None,
    citus: Annotated[
        bool, typer.Option("--citus", help="With --sql, let Citus distribute the tables by tenant.")
    ] = False,
    schema: Schema = None,
    tables: Tables = None,
) -> None:
    """Describe each table and column: type, reference, PHI class, predicate that proves it safe, default, generator."""
    views = {"--sql": sql, "--modes": modes, "--rules": rules, "--shares": shares}
    _check_single_view([name for name, is_chosen in views.items() if is_chosen], snapshot, json=json)
    _check_division(partitions, sql=sql, citus=citus)
    if sql:
        schema = schema_name(schema)
    if snapshot is not None and tables is not None:
        raise UsageError("SNAPSHOT has its own tables; leave out --tables")
    model = _model_of(snapshot, tables)
    if rules:
        from qaseed.inspection import rules_page

        print_text(rules_page())
    elif modes:
        _print_modes(json=json)
    elif shares:
        _print_shares(json=json)
    elif json:
        print_json(_described(model))
    elif sql:
        for statement in _statements(snapshot, schema or "public", model, partitions, citus=citus):
            print_text(f"{statement};")
    else:
        from qaseed.postgres.tables import default_sql

        for entity in model.entities:
            print_line()
            print_line(f"{entity.name}: {entity.doc}")
            rows = [
                (
                    c.name,
                    c.type + ("?" if c.nullable else ""),
                    f"-> {c.refers}" if c.refers else "",
                    c.phi,
                    c.safe,
                    default_sql(entity, c),
                    c.recipe.function.rpartition(":")[2] if c.recipe else "",
                    c.doc,
                )
                for c in entity.columns
            ]
            print_table(("column", "type", "refers", "phi", "safe by", "default", "made by", "what it is"), rows)


def _described(model: Model) -> dict[str, Any]:
    """The model as JSON, with what manifests, which have the same JSON, leave out as decided."""
    from qaseed.model_json import to_json

    described: dict[str, Any] = to_json(model)
    for scenario, written in zip(model.scenarios, described.get("scenarios", ()), strict=True):
        if scenario.also_in:
            written["also_in"] = scenario.also_in
    return described


def _check_division(partitions: str | None, *, sql: bool, citus: bool) -> None:
    """Reject options of the DDL that contradict each other, or without it."""
    if (partitions or citus) and not sql:
        raise UsageError("--partitions and --citus change the DDL; give --sql too")
    if citus and partitions:
        raise UsageError("--citus divides the tables itself; leave out --partitions")


def _statements(
    snapshot: str | None, schema: str, model: Model, partitions: str | None, *, citus: bool
) -> Iterator[str]:
    """The DDL of a model, as it is divided by tenant."""
    from qaseed.postgres.divided import distributed_ddl, partitioned_ddl
    from qaseed.postgres.tables import ddl

    if citus:
        return distributed_ddl(schema, model)
    if partitions is None:
        return ddl(schema, model)
    if partitions == "tenants":
        if snapshot is None:
            raise UsageError("--partitions tenants is one partition a tenant; give the SNAPSHOT that has them")
        return partitioned_ddl(schema, model, list(find_snapshot(snapshot, check=False).manifest.recipe["tenants"]))
    if not (partitions.isascii() and partitions.isdecimal() and 1 <= int(partitions) <= MAX_PARTITIONS):
        raise UsageError(f"--partitions: {partitions!r}; give a number from 1 to {MAX_PARTITIONS}, or tenants")
    return partitioned_ddl(schema, model, int(partitions))


def _model_of(snapshot: str | None, tables: str | None) -> Model:
    """The model that a snapshot is loaded with, or the declared one."""
    if snapshot:
        from qaseed.snapshot import with_defaults

        return with_defaults(find_snapshot(snapshot, check=False)).manifest.model
    from qaseed.practice.tables import model_of

    return model_of(check_tables(tables) or TABLES[0])


def _check_single_view(views: list[str], snapshot: str | None, *, json: bool) -> None:
    """Reject two views at once, JSON of a view that is text, and views of the declared model with a snapshot."""
    if len(views) > 1:
        raise UsageError(f"{' and '.join(views)} are different views; give one of them")
    if json and views and views[0] in ("--sql", "--rules"):
        raise UsageError(f"{views[0]} prints text, and --json prints JSON; give one of them")
    if snapshot is not None and views and views != ["--sql"]:
        raise UsageError(f"{views[0]} is about the declared model; leave out SNAPSHOT")


def _print_free_slots(*, json: bool) -> None:
    from qaseed.inspection import free_slots

    slots = free_slots()
    if json:
        print_json([vars(free) for free in slots])
        return
    print_table(
        ("table", "tenant", "free", "slots"), [(free.entity, free.tenant, free.count, free.ranges) for free in slots]
    )


def _print_modes(*, json: bool) -> None:
    from qaseed.practice.modes import MODES

    if json:
        print_json(MODES)
        return
    print_table(
        ("kind", "mode", "what passes"),
        [(kind, mode, doc) for kind, known in MODES.items() for mode, doc in known.items()],
    )


def _print_shares(*, json: bool) -> None:
    from qaseed.practice.shares import SHARES

    if json:
        print_json(
            {
                name: {"doc": share.doc, "parts": dict(share.parts), "source": share.source}
                for name, share in SHARES.items()
            }
        )
        return
    rows = [
        (name, label, f"{part:g} %", share.source)
        for name, share in SHARES.items()
        for label, part in share.parts.items()
    ]
    print_table(("share", "part", "", "source"), rows)


@app.command()
@command
def doctor(to: To = None, json: Json = False) -> None:
    """Check this machine and the target: what is wrong, and what to do; exit 1 if anything is."""
    from qaseed.doctor import run_checks

    checks = [*run_checks(to), _check_configuration()]
    if json:
        print_json({"ok": all(check.ok for check in checks), "checks": [vars(check) for check in checks]})
    elif is_terminal(sys.stdout):
        print_fields({f"{_state(check):<{len('WRONG')}}  {check.name}": check.found for check in checks})
    else:
        print_table(("", "check", "found"), [(_state(check), check.name, check.found) for check in checks])
    if not all(check.ok for check in checks):
        raise typer.Exit(FindingsError.exit_code)


def _state(check: Check) -> str:
    return "ok" if check.ok else "WRONG"


def _check_configuration() -> Check:
    """Whether the configuration files can be used; a problem of a single profile is a warning."""
    from qaseed.config import settings
    from qaseed.doctor import Check

    try:
        settings()
        _warn_about_profiles()
    except UsageError as error:
        return Check("configuration", False, str(error))
    return Check("configuration", True, "settings are valid")
