"""Commands about the audit log: verify, show."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qaseed.cli.options import Json, Schema
from qaseed.cli.output import command, print_json, print_line, print_message
from qaseed.cli.root import app, schema_name
from qaseed.cli.tables import print_table
from qaseed.errors import FindingsError

audit = typer.Typer(
    help="The log of what was generated, loaded, checked, overridden and removed.", no_args_is_help=True
)
app.add_typer(audit, name="audit")


@audit.command()
@command
def verify(
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help="Check the trail in this database too, and that both agree."),
    ] = None,
    schema: Schema = None,
    json: Json = False,
) -> None:
    """Check that no event was altered, removed, added or moved; exit 1 and the first such line otherwise.

    Example: qaseed audit verify --to postgresql://me@localhost/pms_qa
    """
    from qaseed import audit as log
    from qaseed.folders import state_folder
    from qaseed.seeding import requested_url

    in_schema, url = schema_name(schema), requested_url(to) if to is not None else None
    lines, kept = log.read_log()
    events = log.events_in(lines[:-1])
    found = [(str(state_folder() / log.LOG), len(events), log.flaw_of_log(lines, kept))]
    if url:
        found.append(_verify_target(url, in_schema, events))
    if json:
        told = [dict(zip(("where", "events", "flaw"), place, strict=True)) for place in found]
        print_json({"ok": not any(flaw for *_, flaw in found), "chains": told})
    else:
        for where, number, flaw in found:
            if flaw:
                print_message(f"qaseed: {where}: {flaw}; keep it as it is, and find out what changed it")
            else:
                print_line(f"{where}: {number:,} events, the chain holds")
        if lines[-1]:
            print_message("the last line was cut short when its process was killed; the next event accounts for it")
    if any(flaw for *_, flaw in found):
        raise typer.Exit(FindingsError.exit_code)


def _verify_target(url: str, schema: str, events: list[dict[str, Any]]) -> tuple[str, int, str | None]:
    from qaseed.postgres import trail
    from qaseed.postgres.connection import connected, display_url

    with connected(url) as connection:
        found = trail.read(connection, schema)
        where = f"{display_url(connection)}, {schema}.{trail.TRAIL}"
    return where, len(found.lines), trail.flaw(found, events)


@audit.command()
@command
def show(
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="How many of the last events.")] = 20,
    json: Json = False,
) -> None:
    """The last events of this machine's log, the latest at the end."""
    from qaseed import audit as log

    events = log.events_in(log.read_log()[0][:-1])[-last:]
    if json:
        print_json(events)
        return
    print_table(("when", "who", "action", "outcome", "snapshot", "target", "why"), [_row(event) for event in events])


def _row(event: dict[str, Any]) -> tuple[str, ...]:
    snapshot, target = event.get("snapshot") or {}, event.get("target") or {}
    where = "/".join(str(target[name]) for name in ("host", "database", "schema")) if target else ""
    named = f"{snapshot['name']} {snapshot['id'][:8]}" if snapshot else ""
    why = event.get("reason") or event.get("error") or ""
    return (event["ts"][:19] + "Z", event["actor"], event["action"], event["outcome"], named, where, why)
