"""The command that packs a snapshot into one file."""

from __future__ import annotations

from typing import Annotated

import typer

from qaseed.cli.options import Json, Quiet, Sign, SnapshotName
from qaseed.cli.output import command, format_bytes, print_json, print_message, print_text
from qaseed.cli.root import app, find_snapshot


@app.command()
@command
def pack(
    snapshot: SnapshotName,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What to write; its name ends in .tar.")],
    sign: Sign = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a snapshot to one file, which `pull` and `tar` unpack; equal snapshots are equal files.

    Example: qaseed pack artifacts/minimal minimal.tar
    """
    from qaseed.snapshot.packing import pack

    packed = pack(find_snapshot(snapshot, quiet=quiet or json), file, sign=sign)
    if json:
        print_json(packed.to_json())
        return
    if not quiet:
        signed = ", signed" if "sig" in packed.attachments else ""
        print_message(f"{format_bytes(packed.bytes)} written{signed} in {packed.seconds:.1f} s, sha256 {packed.sha256}")
    print_text(f"{packed.path}@{packed.digest}")
