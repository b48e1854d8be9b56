"""Commands about stores: push, pull, ls, tag, prune."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from qaseed.cli.options import (
    DryRun,
    Json,
    LockFile,
    Quiet,
    RequireSignature,
    RevokedSigners,
    Sign,
    Signer,
    SnapshotName,
)
from qaseed.cli.output import command, format_bytes, print_json, print_line, print_message, print_text, progress
from qaseed.cli.root import app, find_snapshot, print_problem
from qaseed.cli.tables import print_table
from qaseed.errors import UsageError

if TYPE_CHECKING:
    from qaseed.snapshot.pulling import PullResult

StoreUrl = Annotated[
    str, typer.Argument(metavar="STORE", help="s3://, az:// or gs:// BUCKET/PREFIX, oci://HOST/PATH, or a folder.")
]
Ref = Annotated[str, typer.Argument(metavar="REF", help="STORE/name:tag or @sha256:DIGEST.")]
RefOrName = Annotated[
    str | None,
    typer.Argument(
        metavar="REF",
        help="STORE/name:tag or @sha256:DIGEST, or FILE.tar or its https URL; with --frozen a locked name, or all.",
    ),
]
Deadline = Annotated[
    float | None,
    typer.Option("--deadline", metavar="SECONDS", help="Fail after that time, even if bytes still come."),
]


@app.command()
@command
def push(
    snapshot: SnapshotName,
    store: StoreUrl,
    tag: Annotated[str | None, typer.Option("--tag", metavar="TAG", help="By which it is pulled from now on.")] = None,
    sign: Sign = None,
    force: Annotated[bool, typer.Option("--force", help="Send every file, also those that the store has.")] = False,
    deadline: Deadline = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a snapshot to a store: only what the store lacks.

    Example: qaseed push artifacts/minimal s3://qa-bucket/qa --tag nightly
    """
    from qaseed.snapshot.attachments import SIGNATURE
    from qaseed.snapshot.pushing import push

    opened = find_snapshot(snapshot, quiet=quiet or json)
    with progress(quiet=quiet or json) as report:
        pushed = push(opened, store, tag=tag, sign=sign, force=force, deadline=deadline, progress=report)
    if json:
        print_json(pushed.to_json())
        return
    if not quiet:
        sent = f"{pushed.uploaded} files, {format_bytes(pushed.bytes)}" if pushed.uploaded else "nothing"
        print_message(
            f"{sent} sent{', signature written' if SIGNATURE in pushed.attachments else ''} in {pushed.seconds:.1f} s"
        )
    print_text(str(pushed.reference))


@app.command()
@command
def pull(
    reference: RefOrName = None,
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="Copy it to a folder DIR/<name> too.")] = None,
    frozen: Annotated[bool, typer.Option("--frozen", help="Exactly what qaseed.lock says, or else an error.")] = False,
    lock_file: LockFile = None,
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="STORE", help="With --frozen: another store to pull from."),
    ] = None,
    no_fallback: Annotated[
        bool, typer.Option("--no-fallback", help="With --frozen: never generate what the store lacks.")
    ] = False,
    require_signature: RequireSignature = None,
    revoked: RevokedSigners = None,
    signer: Signer = None,
    deadline: Deadline = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Get a snapshot from a store, verified, and print its folder; what is cached is not sent again.

    \b
    Examples:
      qaseed pull s3://qa-bucket/qa/minimal:nightly
      qaseed pull --frozen
    """
    from qaseed.pinning import locked_names
    from qaseed.pinning import pull as pull_one
    from qaseed.snapshot.attachments import required_trust

    if not frozen and (reference is None or lock_file or store or no_fallback):
        raise UsageError("give REF, or --frozen, which takes --lock, --store and --no-fallback")
    trust = required_trust(require_signature, revoked, signer)
    names = [reference] if reference else locked_names(lock_file)
    with progress(quiet=quiet or json) as report:
        pulled = [
            pull_one(
                name,
                frozen=frozen,
                path=lock_file,
                store=store,
                fallback=not no_fallback,
                out=out,
                trust=trust,
                deadline=deadline,
                progress=report,
            )
            for name in names
        ]
    if json:
        documents = [result.to_json() for result in pulled]
        only = documents[0] if len(documents) == 1 else {}
        print_json(only | {"snapshots": documents} if frozen else only)
        return
    for result in pulled:
        print_problem(result)
        if not quiet:
            print_message(f"{result.reference}: {_source(result)} ({result.seconds:.1f} s)")
        print_text(str(result.snapshot.folder))


def _source(pulled: PullResult) -> str:
    """Where a snapshot was, who signed it, and whether the network was needed."""
    if pulled.source == "generated":
        facts = ["generated before, from the locked recipe" if pulled.cached else "generated from the locked recipe"]
    elif pulled.cached:
        facts = ["from the cache"]
    else:
        facts = ["from the store", format_bytes(pulled.bytes)]
    if pulled.signed_by:
        facts.append(f"signed by {pulled.signed_by.principals}")
    if pulled.cached and not pulled.asked and not pulled.problem:
        facts.append("which needs no network")
    return ", ".join(facts)


@app.command()
@command
def ls(
    store: StoreUrl,
    all_: Annotated[bool, typer.Option("--all", help="All generations of each tag.")] = False,
    deadline: Deadline = None,
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
    deadline: Deadline = None,
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
    deadline: Deadline = None,
    dry_run: DryRun = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remove old snapshots of a store; what is younger than a day stays, so that pushes are never disturbed.

    Example: qaseed prune s3://qa-bucket/qa --keep 7 --dry-run
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
