"""Commands about the audit log: verify, show."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qaseed.cli.options import Json, Schema
from qaseed.cli.output import command, print_json, print_line, print_message
from qaseed.cli.root import Group, app, schema_name
from qaseed.cli.tables import print_table
from qaseed.errors import FindingsError

audit = typer.Typer(
    cls=Group,
    help="Show and verify the log of what was generated, loaded, validated, overridden and removed.",
    no_args_is_help=True,
)
app.add_typer(audit, name="audit")


@audit.command()
@command
def verify(
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help="Verify the trail in this database too, and that both agree."),
    ] = None,
    schema: Schema = None,
    json: Json = False,
) -> None:
    """Verify that no event was altered, removed, added or moved; otherwise print the first such line and exit with 1.

    Example: qaseed audit verify --to postgresql://me@localhost/pms_qa
    """
    from qaseed import audit as log
    from qaseed.folders import state_folder
    from qaseed.seeding import requested_url

    in_schema, url = schema_name(schema), requested_url(to) if to is not None else None
    lines, recorded_head = log.read_log()
    events = log.events_in(lines[:-1])
    chains = [(str(state_folder() / log.LOG), len(events), log.flaw_of_log(lines, recorded_head))]
    if url:
        chains.append(_verify_target(url, in_schema, events))
    if json:
        documents = [dict(zip(("where", "events", "flaw"), chain, strict=True)) for chain in chains]
        print_json({"ok": not any(flaw for *_, flaw in chains), "chains": documents})
    else:
        for where, number, flaw in chains:
            if flaw:
                print_message(f"qaseed: {where}: {flaw}; keep it unchanged, and find out what changed it")
            else:
                print_line(f"{where}: {number:,} events, the chain is intact")
        if lines[-1]:
            print_message("the last line was cut short when its process was killed; the next event repairs it")
    if any(flaw for *_, flaw in chains):
        raise typer.Exit(FindingsError.exit_code)


def _verify_target(url: str, schema: str, events: list[dict[str, Any]]) -> tuple[str, int, str | None]:
    from qaseed.postgres import trail
    from qaseed.postgres.connection import connected, display_url

    with connected(url) as connection:
        recorded = trail.read(connection, schema)
        where = f"{display_url(connection)}, {schema}.{trail.TRAIL}"
    return where, len(recorded.lines), trail.flaw(recorded, events)


@audit.command()
@command
def show(
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="How many events.")] = 20,
    json: Json = False,
) -> None:
    """Show the last events of this machine's log, the latest at the end."""
    from qaseed import audit as log

    events = log.events_in(log.read_log()[0][:-1])[-last:]
    if json:
        print_json(events)
        return
    print_table(("when", "who", "action", "outcome", "snapshot", "target", "why"), [_row(event) for event in events])


def _row(event: dict[str, Any]) -> tuple[str, ...]:
    snapshot, target = event.get("snapshot") or {}, event.get("target") or {}
    where = "/".join(str(target[name]) for name in ("host", "database", "schema")) if target else ""
    snapshot_name = f"{snapshot['name']} {snapshot['id'][:8]}" if snapshot else ""
    reason = event.get("reason") or event.get("error") or ""
    return (event["ts"][:19] + "Z", event["actor"], event["action"], event["outcome"], snapshot_name, where, reason)
