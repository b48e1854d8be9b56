"""Commands about the snapshots that there are: list, show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qaseed.cli.next_steps import of_snapshot, say_next
from qaseed.cli.options import Json, SnapshotName
from qaseed.cli.output import command, say, size, tell, tell_facts, tell_json, tell_table
from qaseed.cli.root import app, find_snapshot

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
    found = list_snapshots(folder)
    if json:
        tell_json([vars(snapshot) for snapshot in found])
        return
    for snapshot in found:
        if snapshot.problem:
            say(f"qaseed: {snapshot.problem}")
    if not found:
        say(f"No snapshots in {folder}; make one with `qaseed generate`")
        return
    rows = [
        (s.name, s.profile, (s.id or "")[:8], s.total_records, size(s.bytes) if s.bytes is not None else None, s.seed and str(s.seed), s.as_of, s.state)
        for s in found
    ]  # fmt: skip
    tell_table(("name", "profile", "id", "records", "size", "seed", "as of", "state"), rows)


@app.command()
@command
def show(snapshot: SnapshotName, json: Json = False) -> None:
    """Show what is in a snapshot, on one screen; its bytes are checked by `qaseed validate`.

    Example: qaseed show artifacts/minimal
    """
    from qaseed.inspection import describe

    found = find_snapshot(snapshot, check=False)
    facts = describe(found)
    if json:
        tell_json(facts)
        return
    _tell_snapshot(found, facts)


def _tell_snapshot(snapshot: Snapshot, facts: dict[str, Any]) -> None:
    checked = facts["validation"]
    tell_facts({
        "snapshot": facts["snapshot"],
        "made": f"profile {facts['profile']}, seed {facts['seed']}, as of {facts['as_of']}, id {facts['id'][:8]}",
        "holds": f"{facts['total_records']:,} records, {facts['scenarios']} scenarios, {size(facts['bytes'])} of {' and '.join(facts['formats'])}",
        "tenants": facts["tenants"],
        "validated": f"{checked['rules']:,} rules, {checked['findings']:,} findings" if checked else "no",
        "evidence": facts["evidence"] or "none",
    })  # fmt: skip
    tell()
    rows = [(name, number, size(facts["table_bytes"][name])) for name, number in facts["rows"].items()]
    tell_table(("table", "rows", "size"), rows)
    say_next(of_snapshot(snapshot.folder, "load", "validate"))
