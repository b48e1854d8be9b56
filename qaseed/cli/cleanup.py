"""Commands that clean up: rm, purge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from qaseed.cli.options import (
    Confirm,
    Json,
    NoInput,
    Quiet,
    Schema,
    SnapshotName,
    Yes,
)
from qaseed.cli.output import ask_to_continue, command, print_changes, print_json, print_message, with_confirmation
from qaseed.cli.root import app, find_snapshot, schema_name
from qaseed.cli.tables import print_table
from qaseed.errors import UsageError


@app.command()
@command
def rm(snapshot: SnapshotName, yes: Yes = False, no_input: NoInput = False, quiet: Quiet = False) -> None:
    """Remove a snapshot folder, and the signatures and provenance beside it; of a reference, only from the cache."""
    from qaseed import audit
    from qaseed.snapshot import cache, remove
    from qaseed.snapshot.referring import cached

    pulled = cached(snapshot) if snapshot.strip() else None
    opened = pulled[0] if pulled else find_snapshot(snapshot, check=False)
    records = f"{opened.manifest.total_records:,} records"
    ask_to_continue(f"Remove {opened.folder} with {records}?", yes=yes, no_input=no_input)
    with audit.recorded("remove", **opened.manifest.summary):
        remove(opened.folder)
        if pulled:
            cache.evict(pulled[1])
    if not quiet:
        print_message(f"{opened.folder}: removed")


@app.command()
@command
def purge(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The database.")],
    schema: Schema = None,
    templates: Annotated[
        bool,
        typer.Option("--templates", help="Drop the server's template databases instead; clones of them stay."),
    ] = False,
    clones: Annotated[
        bool,
        typer.Option("--clones", help="Drop the server's clones of an age instead; see --older-than."),
    ] = False,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="With --clones: 90m, 12h, 3d or 2w.")
    ] = None,
    confirm: Confirm = None,
    yes: Yes = False,
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """Remove exactly what qaseed loaded into a database; the permit of `target init` and the audit trail stay.

    Example: qaseed purge --to "$DATABASE_URL" --clones --older-than 3d --yes
    """
    from qaseed.loading import purge_with_changes
    from qaseed.loading.clone_leftovers import drop_templates
    from qaseed.postgres.urls import redact_url

    if templates:
        if clones:
            raise UsageError("--templates and --clones drop different databases; give one of them")
        if schema is not None:
            raise UsageError("--templates drops databases of the whole server; leave out --schema")
        ask_to_continue(
            f"Drop all template databases of qaseed on the server of {redact_url(to)}?", yes=yes, no_input=no_input
        )
        dropped = with_confirmation(lambda name: drop_templates(to, confirm=name), confirm, no_input=no_input or yes)
        if json:
            print_json({"target": redact_url(to), "templates": dropped})
        else:
            _print_removed(("template", "bytes"), dropped)
        return
    if clones or older_than is not None:
        if not clones or older_than is None or schema is not None:
            raise UsageError("--clones and --older-than AGE go together, without --schema")
        _purge_clones(to, older_than, confirm, yes=yes, no_input=no_input, json=json)
        return
    in_schema = schema_name(schema)
    ask_to_continue(f"Remove what qaseed loaded into {redact_url(to)}?", yes=yes, no_input=no_input)
    purged = with_confirmation(
        lambda name: purge_with_changes(to, schema=in_schema, confirm=name), confirm, no_input=no_input or yes
    )
    if json:
        print_json(
            {
                "target": redact_url(to),
                "removed": purged.removed,
                "changed_since_load": {name: vars(change) for name, change in purged.changes.items()},
                "overridden": purged.overridden,
            }
        )
    else:
        _print_removed(("table", "rows removed"), purged.removed)
        print_changes(purged.changes)


def _print_removed(heads: tuple[str, str], removed: Mapping[str, int]) -> None:
    """Print what was removed; on stderr if it is nothing."""
    if removed:
        print_table(heads, list(removed.items()))
    else:
        print_message("there is nothing to remove")


def _purge_clones(to: str, older_than: str, confirm: str | None, *, yes: bool, no_input: bool, json: bool) -> None:
    from qaseed.loading.clone_purge import drop_clones, parse_age
    from qaseed.postgres.urls import redact_url

    age = parse_age(older_than)
    question = f"Drop all clones of qaseed older than {older_than} on the server of {redact_url(to)}?"
    ask_to_continue(question, yes=yes, no_input=no_input)
    purged = with_confirmation(lambda name: drop_clones(to, age, confirm=name), confirm, no_input=no_input or yes)
    if json:
        changes = {name: {table: vars(count) for table, count in of.items()} for name, of in purged.changes.items()}
        print_json(
            {
                "target": redact_url(to),
                "clones": purged.dropped,
                "changed_since_load": changes,
                "remaining": purged.remaining,
            }
        )
        return
    _print_removed(("clone", "bytes"), purged.dropped)
    for name, changed in purged.changes.items():
        if changed:
            print_message(f"{name}:")
            print_changes(changed)
    for name, why in purged.remaining.items():
        print_message(f"{name}: stays: {why}")
