"""Commands about stores: push, pull."""

from __future__ import annotations

from typing import Annotated

import typer

from qaseed.cli.options import Json, Quiet, SnapshotName
from qaseed.cli.output import command, format_bytes, print_json, print_message, print_text, progress
from qaseed.cli.root import app, find_snapshot

StoreUrl = Annotated[
    str, typer.Argument(metavar="STORE", help="s3://, az:// or gs:// BUCKET/PREFIX, oci://HOST/PATH, or a folder.")
]
Ref = Annotated[str, typer.Argument(metavar="REF", help="STORE/name:tag or STORE/name@sha256:DIGEST.")]
Deadline = Annotated[
    float,
    typer.Option("--deadline", metavar="SECONDS", help="Seconds after which failing requests are not tried again."),
]


@app.command()
@command
def push(
    snapshot: SnapshotName,
    store: StoreUrl,
    tag: Annotated[str | None, typer.Option("--tag", metavar="TAG", help="By which it is pulled from now on.")] = None,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Send every file, also those that the store has.")
    ] = False,
    deadline: Deadline = 600.0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a snapshot to a store: only what the store lacks.

    Example: qaseed push artifacts/minimal s3://qa-bucket/qa --tag nightly
    """
    from qaseed.snapshot.pushing import push

    with progress(quiet=quiet or json) as report:
        pushed = push(find_snapshot(snapshot), store, tag=tag, force=force, deadline=deadline, progress=report)
    if json:
        print_json(pushed.to_json())
        return
    if not quiet:
        sent = f"{pushed.uploaded} files, {format_bytes(pushed.bytes)}" if pushed.uploaded else "nothing"
        print_message(f"{sent} sent in {pushed.seconds:.1f} s")
    print_text(str(pushed.reference))


@app.command()
@command
def pull(
    reference: Ref,
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="Copy it to a folder DIR/<name> too.")] = None,
    deadline: Deadline = 600.0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Get a snapshot from a store, verified, and print its folder; what is cached is not sent again.

    Example: qaseed pull s3://qa-bucket/qa/minimal:nightly
    """
    from qaseed.snapshot.pulling import pull

    with progress(quiet=quiet or json) as report:
        pulled = pull(reference, out=out, deadline=deadline, progress=report)
    if pulled.problem:
        print_message(f"qaseed: {pulled.problem}; using what the tag meant before: {pulled.reference}")
    if json:
        print_json(pulled.to_json())
        return
    if not quiet:
        where = "the cache" if pulled.cached else f"the store, {format_bytes(pulled.bytes)}"
        print_message(f"{pulled.reference}: from {where} in {pulled.seconds:.1f} s")
    print_text(str(pulled.snapshot.folder))
