"""The command that pins snapshots: lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from qaseed.cli.options import Json, LockFile, Quiet, RequireSignature, RevokedSigners, Signer
from qaseed.cli.output import command, print_json, print_line, progress
from qaseed.cli.root import app
from qaseed.errors import UsageError

if TYPE_CHECKING:
    from qaseed.pinning import LockChange


@app.command()
@command
def lock(
    references: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REF",
            help="STORE/name:tag or STORE/name@sha256:DIGEST; with --update locked names, or all.",
        ),
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Lock what the tags of locked snapshots mean now.")] = False,
    lock_file: LockFile = None,
    require_signature: RequireSignature = None,
    revoked: RevokedSigners = None,
    signer: Signer = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write into qaseed.lock which snapshot an application uses: its digest, and its recipe to generate it anew.

    \b
    Examples:
      qaseed lock s3://qa-bucket/qa/minimal:nightly
      qaseed lock --update
    """
    from qaseed.pinning import lock as lock_snapshots
    from qaseed.snapshot.attachments import required_trust

    if not references and not update:
        raise UsageError("give REF to lock, or --update")
    trust = required_trust(require_signature, revoked, signer)
    with progress(quiet=quiet or json) as report:
        changes = lock_snapshots(*references or (), update=update, path=lock_file, trust=trust, progress=report)
    if json:
        print_json({"snapshots": [_to_json(change) for change in changes]})
        return
    for change in changes if not quiet else ():
        print_line(f"{change.after.reference}: {_summary(change)}")


def _to_json(change: LockChange) -> dict[str, object]:
    return {
        "ref": str(change.after.reference),
        "digest": change.after.reference.digest,
        "id": change.after.id,
        "changed": change.changed,
        "before": change.before.reference.digest if change.before else None,
        "tables": change.tables,
    }


def _summary(change: LockChange) -> str:
    if change.before is None:
        return "locked"
    if change.before.reference == change.after.reference:
        return "is locked already"
    if not change.changed:
        return f"locked, the same snapshot; before {change.before.reference}"
    rows = f"other rows of {', '.join(change.tables)}" if change.tables else "the same rows in other files"
    return f"locked, with {rows}; before {change.before.reference.digest}"
