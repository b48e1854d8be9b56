"""Commands that only look: profiles, scenarios, schema, doctor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qaseed.cli import completion
from qaseed.cli.options import (
    Adversarial,
    Environment,
    Json,
    Schema,
    To,
)
from qaseed.cli.output import command, print_json, print_line, print_message, print_text
from qaseed.cli.root import app, find_snapshot, schema_name
from qaseed.cli.tables import print_fields, print_table
from qaseed.cli.terminal import is_terminal
from qaseed.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from qaseed.inspection import Check


@app.command()
@command
def profiles(json: Json = False) -> None:
    """The data sets that can be made: counts, tenants, target times; your own from qaseed.toml too."""
    from qaseed.config import profiles as usable

    known = usable()
    _warn_about_profiles()
    if json:
        print_json([
            {
                "profile": slug, "name": profile.name, "description": profile.description, "record_counts": profile.record_counts,
                "total_records": profile.total, "target_seed_time_seconds": profile.target_seed_time_seconds,
                "seed": profile.seed, "as_of": profile.as_of.isoformat(), "tenants": profile.tenants,
            }
            for slug, profile in known.items()
        ])  # fmt: skip
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
def scenarios(environment: Environment = None, adversarial: Adversarial = None, json: Json = False) -> None:
    """Named cases that tests can rely on: what each is, and the table and id at which it stands in every seed and size.

    Example: qaseed scenarios -e standard --json
    """
    from qaseed.config import get_qa_seed_config
    from qaseed.inspection import count_scenarios, placed_scenarios

    profile = get_qa_seed_config(environment).profile
    found = placed_scenarios(profile if adversarial is None else profile.vary(adversarial=adversarial))
    if json:
        print_json([vars(case) for case in found])
        return
    print_table(
        ("scenario", "table", "tenant", "id", "what it is"),
        [(c.name, c.entity, c.tenant, str(c.id), c.description) for c in found],
    )
    included, (declared, switched) = len({case.name for case in found}), count_scenarios()
    print_message(
        f"{profile.slug}: {included} of {declared} scenarios, {switched} of which need --adversarial; {len(found)} rows over all tenants"
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
    sql: Annotated[bool, typer.Option("--sql", metavar="", help="The DDL for Postgres.")] = False,
    modes: Annotated[
        bool, typer.Option("--modes", metavar="", help="The forms of identifiers, and what passes with each.")
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", metavar="", help="Every promise about the data and its rule, as Markdown.")
    ] = False,
    shares: Annotated[
        bool, typer.Option("--shares", metavar="", help="The shares that a profile may set, with their sources.")
    ] = False,
    schema: Schema = None,
) -> None:
    """What each table and column is: type, reference, accepted values, PHI class and the predicate that proves it safe."""
    from qaseed.model import to_json
    from qaseed.practice import MODEL
    from qaseed.snapshot import with_defaults

    _check_single_view({"--sql": sql, "--modes": modes, "--rules": rules, "--shares": shares}, snapshot)
    if sql:
        schema = schema_name(schema)
    model = with_defaults(find_snapshot(snapshot, check=False)).manifest.model if snapshot else MODEL
    if rules:
        from qaseed.inspection import rules_page

        print_text(rules_page())
    elif modes:
        _print_modes(json=json)
    elif shares:
        _print_shares(json=json)
    elif json:
        print_json(to_json(model))
    elif sql:
        from qaseed.postgres.tables import ddl

        for statement in ddl(schema or "public", model):
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


def _check_single_view(asked: dict[str, bool], snapshot: str | None) -> None:
    """At most one of the views, and those of the declared model without a snapshot."""
    given = [name for name, wanted in asked.items() if wanted]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} are different views; give one of them")
    if snapshot is not None and given and given != ["--sql"]:
        raise UsageError(f"{given[0]} is about the declared model; leave out SNAPSHOT")


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
    """What is wrong with this machine or target, and what to do; exit 1 if anything is."""
    from qaseed.inspection import run_checks

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
    """Whether the configuration files can be used; what is wrong with single profiles is a warning."""
    from qaseed.config import settings
    from qaseed.inspection import Check

    try:
        settings()
        _warn_about_profiles()
    except UsageError as error:
        return Check("configuration", False, str(error))
    return Check("configuration", True, "settings are valid")
