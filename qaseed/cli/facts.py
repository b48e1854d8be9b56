"""Commands that only tell: profiles, schema, doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from qaseed.cli.options import (
    Adversarial,
    Environment,
    Json,
    Schema,
    To,
)
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.shown import command, tell, tell_json, tell_table
from qaseed.errors import FindingsError


@app.command()
@command
def profiles(json: Json = False) -> None:
    """The data sets that can be made: counts, tenants, target times; your own from qaseed.toml too."""
    from qaseed.config import profiles as known

    if json:
        tell_json([
            {
                "profile": slug, "name": profile.name, "description": profile.description, "record_counts": profile.record_counts,
                "total_records": profile.total, "target_seed_time_seconds": profile.target_seed_time_seconds,
                "seed": profile.seed, "as_of": profile.as_of.isoformat(), "tenants": profile.tenants,
            }
            for slug, profile in known().items()
        ])  # fmt: skip
        return
    rows = [
        (slug, *p.record_counts.values(), p.total, f"< {p.target_seed_time_seconds:g} s", p.description)
        for slug, p in known().items()
    ]
    entities = list(next(iter(known().values())).record_counts)
    tell_table(("profile", *entities, "total", "target", "use"), rows)


@app.command()
@command
def scenarios(environment: Environment = None, adversarial: Adversarial = None, json: Json = False) -> None:
    """Named cases that tests can rely on: what each is, and the table and id at which it stands in every seed and size.

    Example: qaseed scenarios -e standard --json
    """
    from qaseed.config import get_qa_seed_config
    from qaseed.inspection import cases

    profile = get_qa_seed_config(environment).profile
    found = cases(profile if adversarial is None else profile.vary(adversarial=adversarial))
    if json:
        tell_json([vars(case) for case in found])
        return
    tell_table(
        ("scenario", "table", "tenant", "id", "what it is"),
        [(c.name, c.entity, c.tenant, str(c.id), c.description) for c in found],
    )


@app.command()
@command
def schema(
    snapshot: Annotated[str | None, typer.Argument(help="A snapshot; the declared model if not given.")] = None,
    json: Json = False,
    sql: Annotated[bool, typer.Option("--sql", help="The DDL for Postgres.")] = False,
    modes: Annotated[
        bool, typer.Option("--modes", help="The forms of identifiers, and what passes with each.")
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Every promise about the data and its rule, as Markdown.")
    ] = False,
    shares: Annotated[
        bool, typer.Option("--shares", help="The shares that a profile may set, with their sources.")
    ] = False,
    schema: Schema = None,
) -> None:
    """What each table and column is: type, reference, accepted values, PHI class and the predicate that proves it safe."""
    from qaseed.model import to_json
    from qaseed.practice import MODEL
    from qaseed.snapshot import with_defaults

    model = with_defaults(find_snapshot(snapshot, check=False)).manifest.model if snapshot else MODEL
    if rules:
        from qaseed.inspection import rules_page

        tell(rules_page())
    elif modes:
        _tell_modes(json=json)
    elif shares:
        _tell_shares(json=json)
    elif json:
        tell_json(to_json(model))
    elif sql:
        from qaseed.postgres.tables import ddl

        for statement in ddl(schema or "public", model):
            tell(f"{statement};")
    else:
        from qaseed.postgres.tables import left_out

        for entity in model.entities:
            tell(f"\n{entity.name}: {entity.doc}")
            rows = [
                (
                    c.name,
                    c.type + ("?" if c.nullable else ""),
                    f"-> {c.refers}" if c.refers else "",
                    c.phi,
                    c.safe,
                    left_out(entity, c),
                    c.recipe.function.rpartition(":")[2] if c.recipe else "",
                    c.doc,
                )
                for c in entity.columns
            ]
            tell_table(
                ("  column", "type", "refers", "phi", "safe by", "default", "made by", "what it is"),
                [(f"  {row[0]}", *row[1:]) for row in rows],
            )


def _tell_modes(*, json: bool) -> None:
    from qaseed.practice.modes import MODES

    if json:
        tell_json(MODES)
        return
    tell_table(
        ("kind", "mode", "what passes"),
        [(kind, mode, doc) for kind, known in MODES.items() for mode, doc in known.items()],
    )


def _tell_shares(*, json: bool) -> None:
    from qaseed.practice.shares import SHARES

    if json:
        tell_json(
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
    tell_table(("share", "part", "", "source"), rows)


@app.command()
@command
def doctor(to: To = None, json: Json = False) -> None:
    """What is wrong with this machine or target, and what to do; exit 1 if anything is."""
    from qaseed.inspection import examine

    checks = examine(to)
    if json:
        tell_json({"ok": all(check.ok for check in checks), "checks": [vars(check) for check in checks]})
    else:
        tell_table(
            ("", "check", "found"), [("ok" if check.ok else "WRONG", check.name, check.found) for check in checks]
        )
    if not all(check.ok for check in checks):
        raise typer.Exit(FindingsError.exit_code)
