"""What vouches for a snapshot and is no part of it: signatures and provenance, beside its folder and in stores.

They are named by the digest of the manifest, so that a snapshot never changes when it is signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from qaseed.config import settings
from qaseed.disk import replacing
from qaseed.errors import QaseedError, SnapshotError, UsageError
from qaseed.signatures import (
    NAMESPACE,
    PROVENANCE_NAMESPACE,
    SignedBy,
    Trust,
    combine,
    is_intact,
    read_trust,
    sign,
)
from qaseed.snapshot.manifest import MANIFEST
from qaseed.snapshot.opening import Snapshot
from qaseed.snapshot.provenance import Provenance, parse_provenance, provenance_of
from qaseed.stores.store import Digest, Store

SIGNATURE, PROVENANCE, PROVENANCE_SIGNATURE = "sig", "provenance.json", "provenance.json.sig"
KINDS = (SIGNATURE, PROVENANCE, PROVENANCE_SIGNATURE)
"""What a snapshot may have: signatures of its manifest, where it comes from, and signatures of that."""


def digest_of(snapshot: Snapshot) -> Digest:
    """The digest of a snapshot: that of its manifest."""
    return Digest(f"sha256:{hashlib.sha256(_manifest(snapshot)).hexdigest()}")


def attachment_path(folder: Path, digest: Digest, kind: str) -> Path:
    """Where an attachment of a snapshot's folder is: `NAME.<12 digits of its digest>.<kind>` beside it."""
    return folder.with_name(f"{folder.name}.{digest.removeprefix('sha256:')[:12]}.{kind}")


def sign_snapshot(snapshot: Snapshot, key: Path) -> dict[str, bytes]:
    """The signatures of a snapshot with one by this key, its provenance, and the signature of that, by their kind.

    Raises `UsageError` (exit code 2) if ssh-keygen cannot sign with the key.
    """
    digest = digest_of(snapshot)
    provenance = provenance_of(snapshot, digest)
    others = read_attachments(snapshot.folder, digest).get(SIGNATURE)
    return {
        SIGNATURE: combine(others, sign(_manifest(snapshot), key, NAMESPACE)),
        PROVENANCE: provenance,
        PROVENANCE_SIGNATURE: sign(provenance, key, PROVENANCE_NAMESPACE),
    }


def read_attachments(folder: Path, digest: Digest) -> dict[str, bytes]:
    """The attachments beside a folder, by their kind; signatures also from `manifest.json.sig` in it."""
    documents = {}
    for kind in KINDS:
        with suppress(OSError):
            documents[kind] = attachment_path(folder, digest, kind).read_bytes()
    with suppress(OSError):  # where `ssh-keygen -Y sign manifest.json` writes it
        documents.setdefault(SIGNATURE, (folder / f"{MANIFEST}.sig").read_bytes())
    return documents


def write_attachments(folder: Path, digest: Digest, documents: Mapping[str, bytes]) -> None:
    """Write attachments beside a folder, each whole or not at all."""
    for kind, content in documents.items():
        path = attachment_path(folder, digest, kind)
        try:
            with replacing(path) as file:
                file.write(content)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written ({error.strerror}); check the folder") from None


def remove_attachments(folder: Path, digest: Digest) -> None:
    """Remove the attachments beside a folder that are of this digest."""
    for kind in KINDS:
        attachment_path(folder, digest, kind).unlink(missing_ok=True)


def push_attachments(store: Store, name: str, digest: Digest, documents: Mapping[str, bytes]) -> tuple[str, ...]:
    """Write attachments to a store, and return the kinds that it lacked; signatures that it has of other keys stay."""
    written = []
    current = {kind: store.read_attachment(name, digest, kind) for kind in documents}
    for kind, content in documents.items():
        is_of_same = kind == PROVENANCE_SIGNATURE and current.get(PROVENANCE) == documents.get(PROVENANCE)
        wanted = combine(current[kind], content) if kind == SIGNATURE or is_of_same else content
        if wanted != current[kind]:
            store.write_attachment(name, digest, kind, wanted)
            written.append(kind)
    return tuple(written)


def required_trust(signers: str | None = None, revoked: str | None = None, identity: str | None = None) -> Trust | None:
    """Whose signatures are required: those of a file of allowed signers, else of the settings; None if of nobody.

    Raises `UsageError` (exit code 2) if a file cannot be read or understood.
    """
    in_force = settings()
    signers = signers or in_force.require_signature
    if signers is not None:
        revoked = revoked or in_force.revoked_signers
    if signers is None:
        if revoked is not None or identity is not None:
            raise UsageError("--revoked and --signer are about allowed signers; give --require-signature FILE too")
        return None
    return read_trust(Path(signers), Path(revoked) if revoked else None, identity)


def require_signature(
    snapshot: Snapshot, trust: Trust, fetch: Callable[[], Mapping[str, bytes]] | None = None, where: str = ""
) -> SignedBy:
    """Who signed the manifest of a snapshot: by the attachments beside its folder, else by those that `fetch` gets
    from `where`.

    Those are then written beside the folder, so that the next check needs no store. Provenance must be what somebody
    signed. Raises `SnapshotError` (exit code 3) if no signature counts, and `StoreError` (6) if the store is needed
    and fails.
    """
    digest = digest_of(snapshot)
    try:
        return _accept(str(snapshot.folder), snapshot, read_attachments(snapshot.folder, digest), trust)
    except SnapshotError:
        if fetch is None:
            raise
    documents = fetch()
    try:
        signed_by = _accept(where, snapshot, documents, trust)
    except SnapshotError:
        documents = fetch()  # a push may have been writing them
        signed_by = _accept(where, snapshot, documents, trust)
    write_attachments(snapshot.folder, digest, documents)
    return signed_by


def _accept(where: str, snapshot: Snapshot, documents: Mapping[str, bytes], trust: Trust) -> SignedBy:
    signed_by = trust.require(where, _manifest(snapshot), documents.get(SIGNATURE))
    provenance = documents.get(PROVENANCE)
    if provenance is not None:
        if not is_intact(provenance, documents.get(PROVENANCE_SIGNATURE), PROVENANCE_NAMESPACE):
            raise SnapshotError(f"{where}: its provenance is not what was signed; push the snapshot again with --sign")
        parse_provenance(where, provenance, digest_of(snapshot), None)
    return signed_by


def fetch_attachments(store: Store, name: str, digest: Digest) -> dict[str, bytes]:
    """The attachments of a snapshot in a store; none without signatures, which are what the others need."""
    signature = store.read_attachment(name, digest, SIGNATURE)
    if signature is None:
        return {}
    documents = {SIGNATURE: signature}
    with suppress(QaseedError):  # the signature of the manifest is what is required
        others = {kind: store.read_attachment(name, digest, kind) for kind in (PROVENANCE, PROVENANCE_SIGNATURE)}
        documents |= {kind: content for kind, content in others.items() if content is not None}
    return documents


def read_provenance(snapshot: Snapshot, trust: Trust | None = None) -> tuple[Provenance | None, str | None]:
    """What the provenance beside a folder says, None if it has none; with `trust` only if an allowed signer signed it,
    else why not.

    Raises `SnapshotError` (exit code 3) if it cannot be read or is that of another snapshot.
    """
    where, digest = str(snapshot.folder), digest_of(snapshot)
    documents = read_attachments(snapshot.folder, digest)
    content = documents.get(PROVENANCE)
    if content is None:
        return None, None
    signed_by = None
    if trust:
        try:
            signature = documents.get(PROVENANCE_SIGNATURE)
            signed_by = trust.require(f"provenance of {where}", content, signature, PROVENANCE_NAMESPACE)
        except SnapshotError as error:
            return None, str(error)
    return parse_provenance(where, content, digest, signed_by), None


def _manifest(snapshot: Snapshot) -> bytes:
    return (snapshot.folder / MANIFEST).read_bytes()
