"""Commands about the embedded Postgres: server status, start, stop, psql, remove."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from qaseed.cli.options import Json, NoInput, Yes
from qaseed.cli.output import ask_to_continue, command, print_json, print_line, print_message
from qaseed.cli.root import Group, app
from qaseed.errors import FindingsError

server = typer.Typer(
    cls=Group, help="Manage the embedded Postgres, which is used where no DATABASE_URL is given.", no_args_is_help=True
)
app.add_typer(server, name="server")


@server.command("status")
@command
def server_status(json: Json = False) -> None:
    """Show whether it runs, its version, its folder, and how to reach it; exit 1 if it does not run."""
    from qaseed.postgres.server import own_server

    state = own_server().state()
    if json:
        print_json(state)
    else:
        settings = state.pop("settings", {})
        for name, value in (state | settings).items():
            print_line(f"{name}: {'' if value is None else value}".rstrip())
    if not state["running"]:
        raise typer.Exit(FindingsError.exit_code)


@server.command("start")
@command
def server_start(
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=1, max=65535, help="Listen at 127.0.0.1 too, with a password, for JDBC tools."
        ),
    ] = None,
) -> None:
    """Start it if it does not run, and print its URL.

    It listens on a socket that only its user can reach. With --port, DBeaver, Metabase and the like reach it too.
    Their password is printed the first time, and kept in a file that only its user can read.

    Example: qaseed server start --port 15432
    """
    from qaseed.postgres.server import own_server

    own = own_server()
    before = own.password_file.read_bytes() if own.password_file.is_file() else b""
    url = own.start(port)
    if port is None:
        print_line(url)
        return
    print_line(own.tcp_url or url)
    print_message(f"JDBC URL: jdbc:{(own.tcp_url or url).replace('postgres@', '')}")
    print_message("User: postgres")
    if own.password_file.read_bytes() != before:
        print_message(f"Password: {own.password_file.read_text(encoding='ascii')} (shown this once)")
    print_message(f"Password file: {own.password_file}")


@server.command("stop")
@command
def server_stop() -> None:
    """Stop it; its data stays."""
    from qaseed.postgres.server import own_server

    print_message("stopped" if own_server().stop() else "it did not run")


@server.command(
    "psql",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@command
def server_psql(context: typer.Context) -> None:
    """Start it if it does not run, and open psql on it; psql gets all arguments.

    Example: qaseed server psql -c "select count(*) from client"
    """
    from qaseed.postgres.server import DATABASE, PORT, own_server
    from qaseed.postgres.wheel import programs

    own = own_server()
    own.start()
    psql = programs() / "psql"
    others = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    target = {"PGHOST": str(own.socket), "PGPORT": str(PORT), "PGUSER": "postgres", "PGDATABASE": DATABASE}
    os.execve(psql, ["psql", *context.args], others | target)  # noqa: S606  # the wheel's own program, no shell


@server.command("remove")
@command
def server_remove(yes: Yes = False, no_input: NoInput = False) -> None:
    """Stop it and remove its data, with every database in it."""
    from qaseed.postgres.server import own_server

    own = own_server()
    ask_to_continue(f"Remove {own.home} with every database in it?", yes=yes, no_input=no_input)
    print_message("removed" if own.remove() else "there is nothing to remove")
