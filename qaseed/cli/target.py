"""Commands about the permit of a database: target init, status, forget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from qaseed.cli.options import Confirm, Json, NoInput, Schema, To
from qaseed.cli.output import command, print_json, print_line, print_message, with_confirmation
from qaseed.cli.root import Group, app, schema_name
from qaseed.cli.tables import print_fields, print_table
from qaseed.errors import FindingsError

target = typer.Typer(cls=Group, help="Permit loads into a database, and show what is loaded.", no_args_is_help=True)
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
    """Permit loads into a database, once; its name must be typed.

    Example: qaseed target init --to postgresql://me@db.lan/qa --confirm qa
    """
    from qaseed.targets import check_environment, init

    check_environment(environment)
    with _target_and_schema(to, schema) as (url, in_schema):
        permit = with_confirmation(
            lambda name: init(url, schema=in_schema, environment=environment, confirm=name), confirm, no_input=no_input
        )
    print_message(f"{permit.identity.database}: loads are permitted as {permit.environment!r}, by {permit.role}")


@target.command("status")
@command
def target_status(to: To = None, schema: Schema = None, json: Json = False) -> None:
    """Show the permit of a database, whether it is trusted, and what is loaded; exit 1 if it is not trusted."""
    from qaseed.targets import status

    with _target_and_schema(to, schema) as (url, in_schema):
        state = status(url, schema=in_schema)
    permit = state.permit
    facts = {
        "target": state.target,
        "schema": state.schema,
        "marked": permit is not None,
        "trusted": state.trusted,
        "environment": permit and permit.environment,
        "allowed_by": permit and permit.role,
        "allowed_at": permit and permit.allowed_at.isoformat(),
        "marked_database": permit and permit.identity.database,
        "marked_system": permit and permit.identity.system,
    }
    if json:
        print_json(facts | {"doubts": state.confirmation_reasons, "loaded": [vars(table) for table in state.loaded]})
    else:
        print_fields(facts)
        for reason in state.confirmation_reasons:
            print_line(f"reason for confirmation: {reason}")
        if state.loaded:
            print_table(
                ("table", "rows", "snapshot", "id", "loaded at", ""),
                [
                    (t.table, t.rows, t.snapshot, t.snapshot_id[:8], t.loaded_at, "" if t.trusted else "not trusted")
                    for t in state.loaded
                ],
            )
    if not state.trusted:
        raise typer.Exit(FindingsError.exit_code)


@target.command("forget")
@command
def target_forget(to: To = None, schema: Schema = None, confirm: Confirm = None, no_input: NoInput = False) -> None:
    """Remove the permit of a database, not its data: from then on no load replaces it."""
    from qaseed.targets import forget

    with _target_and_schema(to, schema) as (url, in_schema):
        existed = with_confirmation(
            lambda name: forget(url, schema=in_schema, confirm=name), confirm, no_input=no_input
        )
    print_message("the permit is removed" if existed else "there is no permit")
