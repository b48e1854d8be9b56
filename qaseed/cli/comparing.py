"""Commands that compare bytes and snapshots: verify, diff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qaseed.cli import completion
from qaseed.cli.options import Json, Quiet, RequireSignature, RevokedSigners, Signer, SnapshotName, Verbose
from qaseed.cli.output import command, format_bytes, print_json, print_line, print_message
from qaseed.cli.root import app, find_snapshot
from qaseed.cli.tables import print_fields, print_table
from qaseed.errors import FindingsError

if TYPE_CHECKING:
    from qaseed.snapshot.comparing import Difference, Pair
    from qaseed.snapshot.verifying import VerifyResult


@app.command()
@command
def verify(
    snapshot: SnapshotName,
    require_signature: RequireSignature = None,
    revoked: RevokedSigners = None,
    signer: Signer = None,
    verbose: Verbose = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare every byte of a snapshot with its checksums, and print its id and digest; exit 3 if it was altered.

    \b
    Examples:
      qaseed verify artifacts/minimal
      qaseed verify minimal.tar --require-signature allowed_signers --verbose
    """
    from qaseed.snapshot.attachments import required_trust
    from qaseed.snapshot.referring import as_reference, locked_name
    from qaseed.snapshot.verifying import verify

    given = require_signature or revoked or signer
    trust = required_trust(require_signature, revoked, signer) if given else None
    reference = None if locked_name(snapshot) else as_reference(snapshot)
    verified = verify(reference or find_snapshot(snapshot, check=False, trust=trust), trust=trust)
    if json:
        print_json(verified.to_json())
        return
    print_fields({"id": verified.snapshot.manifest.id, "digest": verified.digest} | _origin(verified, verbose=verbose))
    if verified.problem:
        print_message(f"qaseed: {verified.problem}")
    if not quiet:
        print_message(
            f"{verified.snapshot.folder}: {verified.files} files, {format_bytes(verified.bytes)}, are what {_SUMS} says"
        )


def _origin(verified: VerifyResult, *, verbose: bool) -> dict[str, str]:
    """Who signed a snapshot, and where it comes from."""
    fields = {}
    if signed_by := verified.signed_by:
        fields["signed by"] = f"{signed_by.principals} ({signed_by.fingerprint})"
    provenance = verified.provenance
    if verbose and provenance:
        said_by = provenance.signed_by.principals if provenance.signed_by else "not checked, see --require-signature"
        fields |= {
            "provenance": said_by,
            "qaseed": provenance.version,
            "commit": provenance.commit or "not named",
            "recipe": ", ".join(f"{key} {value}" for key, value in _plain(provenance.recipe)),
            "dependencies": f"{len(provenance.dependencies)}, sha256 {provenance.dependencies_sha256}",
        }
    elif verbose and not verified.problem:
        fields["provenance"] = "not known"
    return fields


def _plain(recipe: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What is one word, and not off or empty."""
    words = [(key, value) for key, value in recipe.items() if isinstance(value, str | int | float)]
    return [(key, value) for key, value in words if value is not False and value != ""]


_SUMS = "SHA256SUMS"
_Other = Annotated[
    str,
    typer.Argument(metavar="OTHER", help="The snapshot to compare it with.", autocompletion=completion.snapshots),
]


@app.command()
@command
def diff(snapshot: SnapshotName, other: _Other, json: Json = False, quiet: Quiet = False) -> None:
    """Compare two snapshots: recipe, columns, and each table's count and digest; exit 1 if they differ.

    Example: qaseed diff artifacts/minimal s3://qa-bucket/qa/minimal:nightly
    """
    from qaseed.snapshot.comparing import diff

    difference = diff(find_snapshot(snapshot), find_snapshot(other))
    if json:
        print_json(difference.to_json())
    elif not quiet:
        _print_difference(difference)
    if not difference.is_equal:
        raise typer.Exit(FindingsError.exit_code)


def _print_difference(difference: Difference) -> None:
    if difference.is_equal:
        print_line("equal: recipe, columns and rows")
        return
    if difference.recipe:
        print_table(("setting", "a", "b"), [(name, *_cells(pair)) for name, pair in difference.recipe.items()])
        print_line()
    columns = [
        (f"{name}.{column}", *_cells(_different_parts(pair)))
        for name, table in difference.tables.items()
        if None not in table.rows
        for column, pair in table.model.items()
    ]
    if columns:
        print_table(("column", "a", "b"), columns)
        print_line()
    print_table(
        ("table", "rows of a", "rows of b", "rows"),
        [
            (name, *table.rows, "equal" if table.digests_equal else "different")
            for name, table in difference.tables.items()
        ],
    )


def _different_parts(pair: Pair) -> Pair:
    """Of two definitions, what differs between them."""
    before, after = pair
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return pair
    names = [name for name in dict(before) | dict(after) if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def _cells(pair: Pair) -> tuple[str, str]:
    """Both values in at most `_WIDTH` characters; of lists, what the other does not have."""
    before, after = pair
    if isinstance(before, list) and isinstance(after, list):
        before, after = [x for x in before if x not in after], [x for x in after if x not in before]
    return _cell(before), _cell(after)


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        text = ", ".join(f"{name} {'none' if item is None else item}" for name, item in value.items())
    else:
        text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


_WIDTH = 22
