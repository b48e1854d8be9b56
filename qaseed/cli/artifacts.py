"""Commands about stores: push, pull, ls, tag, prune."""

from __future__ import annotations

from typing import Annotated

import typer

from qaseed.cli.options import DryRun, Json, Quiet, SnapshotName
from qaseed.cli.output import command, format_bytes, print_json, print_line, print_message, print_text, progress
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.tables import print_table

StoreUrl = Annotated[
    str, typer.Argument(metavar="STORE", help="s3://, az:// or gs:// BUCKET/PREFIX, oci://HOST/PATH, or a folder.")
]
Ref = Annotated[
    str,
    typer.Argument(metavar="REF", help="STORE/name:tag or @sha256:DIGEST, or FILE.tar or its https URL."),
]
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


@app.command()
@command
def ls(
    store: StoreUrl,
    all_: Annotated[bool, typer.Option("--all", metavar="", help="All generations of each tag.")] = False,
    deadline: Deadline = 600.0,
    json: Json = False,
) -> None:
    """List the tags of a store and what they mean.

    Example: qaseed ls s3://qa-bucket/qa
    """
    from qaseed.snapshot.stored import ls

    snapshots = ls(store, newest=None if all_ else 1, deadline=deadline)
    if json:
        print_json([snapshot.to_json() for snapshot in snapshots])
        return
    if not snapshots:
        print_message(f"{store}: has no tags; `qaseed push SNAPSHOT {store} --tag TAG` writes one")
        return
    rows = [
        (
            s.generation.name,
            s.generation.tag,
            s.generation.number or None,
            s.generation.digest[:19],
            f"{s.generation.modified:%Y-%m-%d %H:%M}" if s.generation.modified else None,
            format_bytes(s.bytes) if s.bytes is not None else "pruned",
        )
        for s in snapshots
    ]
    print_table(("name", "tag", "generation", "digest", "when (UTC)", "size"), rows)


@app.command()
@command
def tag(
    reference: Ref,
    tag: Annotated[str, typer.Argument(metavar="TAG", help="What it is called from now on.")],
    deadline: Deadline = 600.0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Give a snapshot of a store another tag, or a tag another snapshot.

    Example: qaseed tag s3://qa-bucket/qa/minimal:nightly stable
    """
    from qaseed.snapshot.stored import tag as write_tag

    tagged = write_tag(reference, tag, deadline=deadline)
    if json:
        print_json(tagged.to_json())
        return
    if not quiet:
        number = f"is generation {tagged.generation.number}" if tagged.generation.number else "is set"
        print_message(f"{tagged.generation.name}:{tag} {number}")
    print_text(str(tagged.reference))


@app.command()
@command
def prune(
    store: StoreUrl,
    keep: Annotated[int, typer.Option("--keep", metavar="N", help="Newest generations of each tag that stay.")],
    keep_locked: Annotated[
        list[str] | None,
        typer.Option("--keep-locked", metavar="FILE", help="Keep what a qaseed.lock names too; may be repeated."),
    ] = None,
    deadline: Deadline = 600.0,
    dry_run: DryRun = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remove old snapshots of a store; what is younger than a day stays, so that pushes are never disturbed.

    Example: qaseed prune s3://qa-bucket/qa --keep 7 --keep-locked qaseed.lock --dry-run
    """
    from qaseed.snapshot.stored import prune

    pruned = prune(store, keep, keep_locked=keep_locked or (), dry_run=dry_run, deadline=deadline)
    if json:
        snapshots = [{"name": name, "digest": digest} for name, digest in pruned.snapshots]
        print_json({"snapshots": snapshots, "blobs": pruned.blobs, "bytes": pruned.bytes, "dry_run": dry_run})
        return
    for name, digest in pruned.snapshots:
        print_line(f"{name}@{digest}")
    if not quiet:
        removed = "would be removed" if dry_run else "removed"
        print_message(
            f"{len(pruned.snapshots)} snapshots and {pruned.blobs} files of {format_bytes(pruned.bytes)} {removed}"
        )
