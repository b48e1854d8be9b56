"""Commands about a database that is loaded into: target init, status, forget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from qaseed.cli.options import Confirm, Json, NoInput, Schema, To
from qaseed.cli.output import command, print_json, print_line, print_message, with_confirmation
from qaseed.cli.root import app, schema_name
from qaseed.cli.tables import print_fields, print_table
from qaseed.errors import FindingsError

target = typer.Typer(help="Which databases may be loaded into, and what was.", no_args_is_help=True)
app.add_typer(target, name="target")


@contextmanager
def _target_and_schema(to: str | None, schema: str | None) -> Iterator[tuple[str, str]]:
    from qaseed.seeding import open_target

    in_schema = schema_name(schema)
    with open_target(to) as url:
        yield url, in_schema


@target.command("init")
@command
def target_init(
    to: To = None,
    environment: Annotated[
        str, typer.Option("--environment", "-e", metavar="NAME", help="What the environment is called.")
    ] = "staging",
    schema: Schema = None,
    confirm: Confirm = None,
    no_input: NoInput = False,
) -> None:
    """Mark a database, once, as one that may be loaded into; its name has to be typed.

    Example: qaseed target init --to postgresql://me@db.example.com/pms_staging --confirm pms_staging
    """
    from qaseed.targets import check_environment, init

    check_environment(environment)
    with _target_and_schema(to, schema) as (url, in_schema):
        permit = with_confirmation(
            lambda name: init(url, schema=in_schema, environment=environment, confirm=name), confirm, no_input=no_input
        )
    print_message(f"{permit.identity.database}: may be loaded into as {permit.environment!r}, says {permit.role}")


@target.command("status")
@command
def target_status(to: To = None, schema: Schema = None, json: Json = False) -> None:
    """What the mark of a database says, whether it is trusted there, and what is loaded; exit 1 if it is not trusted."""
    from qaseed.targets import status

    with _target_and_schema(to, schema) as (url, in_schema):
        found = status(url, schema=in_schema)
    permit = found.permit
    facts = {
        "target": found.target,
        "schema": found.schema,
        "marked": permit is not None,
        "trusted": found.trusted,
        "environment": permit and permit.environment,
        "allowed_by": permit and permit.role,
        "allowed_at": permit and permit.allowed_at.isoformat(),
        "marked_database": permit and permit.identity.database,
        "marked_system": permit and permit.identity.system,
    }
    if json:
        print_json(facts | {"doubts": found.confirmation_reasons, "loaded": [vars(table) for table in found.loaded]})
    else:
        print_fields(facts)
        for doubt in found.confirmation_reasons:
            print_line(f"doubt: {doubt}")
        if found.loaded:
            print_table(
                ("table", "rows", "snapshot", "id", "loaded at", ""),
                [
                    (t.table, t.rows, t.snapshot, t.snapshot_id[:8], t.loaded_at, "" if t.trusted else "not trusted")
                    for t in found.loaded
                ],
            )
    if not found.trusted:
        raise typer.Exit(FindingsError.exit_code)


@target.command("forget")
@command
def target_forget(to: To = None, schema: Schema = None, confirm: Confirm = None, no_input: NoInput = False) -> None:
    """Remove the mark of a database, not its data: no load replaces that from then on."""
    from qaseed.targets import forget

    with _target_and_schema(to, schema) as (url, in_schema):
        there = with_confirmation(lambda name: forget(url, schema=in_schema, confirm=name), confirm, no_input=no_input)
    print_message("forgotten" if there else "there was no mark")
