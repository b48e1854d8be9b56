"""Commands about existing snapshots: list, show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qaseed.cli.next_steps import print_next_steps, snapshot_steps
from qaseed.cli.options import Json, SnapshotName
from qaseed.cli.output import command, format_bytes, print_json, print_line, print_message
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.tables import print_fields, print_table

if TYPE_CHECKING:
    from qaseed.snapshot import Snapshot


@app.command("list")
@command
def list_(
    out: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="Folder of snapshots; artifacts/ by default.")
    ] = None,
    json: Json = False,
) -> None:
    """List the snapshots in a folder, unfinished ones too.

    Example: qaseed list --out artifacts
    """
    from qaseed.config import settings
    from qaseed.inspection import list_snapshots

    folder = settings().out if out is None else out
    snapshots = list_snapshots(folder)
    if json:
        print_json([vars(snapshot) for snapshot in snapshots])
        return
    for snapshot in snapshots:
        if snapshot.problem:
            print_message(f"qaseed: {snapshot.problem}")
    if not snapshots:
        print_message(f"No snapshots in {folder}; generate one with `qaseed generate`")
        return
    rows = [
        (
            s.name,
            s.profile,
            (s.id or "")[:8],
            s.total_records,
            format_bytes(s.bytes) if s.bytes is not None else None,
            s.seed and str(s.seed),
            s.as_of,
            s.state,
        )
        for s in snapshots
    ]
    print_table(("name", "profile", "id", "records", "size", "seed", "as of", "state"), rows)


@app.command()
@command
def show(snapshot: SnapshotName, json: Json = False) -> None:
    """Show what is in a snapshot, on one screen; `qaseed validate` checks its bytes.

    Example: qaseed show artifacts/minimal
    """
    from qaseed.inspection import describe

    opened = find_snapshot(snapshot, check=False)
    facts = describe(opened)
    if json:
        print_json(facts)
        return
    _print_snapshot(opened, facts)


def _print_snapshot(snapshot: Snapshot, facts: dict[str, Any]) -> None:
    validation = facts["validation"]
    files = f"{format_bytes(facts['bytes'])} of {' and '.join(facts['formats'])}"
    print_fields(
        {
            "snapshot": facts["snapshot"],
            "recipe": f"profile {facts['profile']}, seed {facts['seed']}, as of {facts['as_of']}, id {facts['id'][:8]}",
            "contents": f"{facts['total_records']:,} records, {facts['scenarios']} scenarios, {files}",
            "tenants": facts["tenants"],
            "validated": f"{validation['rules']:,} rules, {validation['findings']:,} findings" if validation else "no",
            "evidence": facts["evidence"] or "none",
        }
    )
    print_line()
    rows = [(name, number, format_bytes(facts["table_bytes"][name])) for name, number in facts["rows"].items()]
    print_table(("table", "rows", "size"), rows)
    print_next_steps(snapshot_steps(snapshot.folder, "load", "validate"))
