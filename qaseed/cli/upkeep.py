"""Commands that clean up: rm, purge, server."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from qaseed.cli.options import (
    Json,
    NoInput,
    Quiet,
    Schema,
    SnapshotName,
    Yes,
)
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.shown import command, say, tell, tell_json, tell_table
from qaseed.errors import FindingsError, UsageError

server = typer.Typer(help="The embedded Postgres that serves where no DATABASE_URL is given.", no_args_is_help=True)
app.add_typer(server, name="server")


def _agree(question: str, *, yes: bool, no_input: bool) -> None:
    if yes:
        return
    if no_input or not sys.stdin.isatty():
        raise UsageError(f"{question} Add --yes")
    if not typer.confirm(question, err=True):
        raise UsageError("not agreed; nothing was removed")


@app.command()
@command
def rm(snapshot: SnapshotName, yes: Yes = False, no_input: NoInput = False, quiet: Quiet = False) -> None:
    """Remove a snapshot folder."""
    from qaseed import audit
    from qaseed.snapshot import remove

    found = find_snapshot(snapshot, check=False)
    _agree(f"Remove {found.folder} with {found.manifest.total_records:,} records?", yes=yes, no_input=no_input)
    with audit.recorded("remove", **found.manifest.named):
        remove(found.folder)
    if not quiet:
        say(f"{found.folder}: removed")


@app.command()
@command
def purge(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The database.")],
    schema: Schema = None,
    templates: Annotated[
        bool, typer.Option("--templates", help="Drop the server's template databases instead; clones of them stay.")
    ] = False,
    yes: Yes = False,
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """Remove exactly what qaseed loaded into a database, and its mark; the audit trail stays."""
    from qaseed.config import settings
    from qaseed.loading import purge as run_purge
    from qaseed.loading.template import drop_templates
    from qaseed.postgres.urls import shown

    if templates:
        if schema is not None:
            raise UsageError("--templates are databases of the whole server; leave out --schema")
        _agree(f"Drop all templates of qaseed on the server of {shown(to)}?", yes=yes, no_input=no_input)
        dropped = drop_templates(to)
        if json:
            tell_json({"target": shown(to), "templates": dropped})
        else:
            tell_table(("template", "bytes"), list(dropped.items()))
        return
    _agree(f"Remove what qaseed loaded into {shown(to)}?", yes=yes, no_input=no_input)
    removed = run_purge(to, schema=schema or settings().schema)
    if json:
        tell_json({"target": shown(to), "removed": removed})
    else:
        tell_table(("table", "rows removed"), list(removed.items()))


@server.command("status")
@command
def server_status(json: Json = False) -> None:
    """Whether it runs, what it is, where, and how to reach it; exit 1 if it does not run."""
    from qaseed.postgres.server import own_server

    state = own_server().state()
    if json:
        tell_json(state)
    else:
        settings = state.pop("settings", {})
        for name, value in (state | settings).items():
            tell(f"{name}: {value}")
    if not state["running"]:
        raise typer.Exit(FindingsError.exit_code)


@server.command("start")
@command
def server_start() -> None:
    """Make sure that it runs, and print its URL."""
    from qaseed.postgres.server import own_server

    tell(own_server().start())


@server.command("stop")
@command
def server_stop() -> None:
    """Stop it; its data stays."""
    from qaseed.postgres.server import own_server

    say("stopped" if own_server().stop() else "it did not run")
