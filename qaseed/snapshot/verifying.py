"""Whether a snapshot is, byte for byte, what was written."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from qaseed.disk import sha256_of
from qaseed.engine import unreadable
from qaseed.signatures import SignedBy, Trust
from qaseed.snapshot.attachments import read_provenance, require_signature, required_trust
from qaseed.snapshot.manifest import MANIFEST, SUMS
from qaseed.snapshot.opening import Snapshot, open_folder
from qaseed.snapshot.provenance import Provenance
from qaseed.snapshot.referring import as_reference
from qaseed.snapshot.regular_files import walk
from qaseed.snapshot.resolving import as_snapshot


@dataclass(frozen=True)
class VerifyResult:
    """A snapshot whose every byte was compared."""

    reference: str
    """What was given if it is a reference, with the digest; else `name@sha256:DIGEST`."""
    snapshot: Snapshot
    digest: str
    """`sha256:` and the sha256 of its manifest."""
    cached: bool
    """Whether nothing had to be read from a store."""
    source: str
    """`folder`, or for a reference `cache` or `store`."""
    files: int
    bytes: int
    """Of all files that were compared."""
    seconds: float
    signed_by: SignedBy | None = None
    """Whose signature was accepted; None if none was required."""
    provenance: Provenance | None = None
    """Where it comes from, if that is known; with a required signature only what an allowed signer says."""
    problem: str | None = None
    """Why its provenance does not count; None if it does, or there is none."""

    def to_json(self) -> dict[str, Any]:
        """What `qaseed verify --json` prints."""
        return {
            "ref": self.reference,
            "digest": self.digest,
            "id": self.snapshot.manifest.id,
            "path": str(self.snapshot.folder),
            "cached": self.cached,
            "source": self.source,
            "files": self.files,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 4),
            "signed_by": vars(self.signed_by) if self.signed_by else None,
            "provenance": self.provenance.to_json() if self.provenance else None,
            "problem": self.problem,
        }


def verify(snapshot: Snapshot | str | os.PathLike[str], *, trust: Trust | None = None) -> VerifyResult:
    """Compare every byte of a snapshot with SHA256SUMS, and its files of rows with the manifest.

    `snapshot` is its folder, its name, a reference to a store, or what `open_snapshot` returns. Of a reference, the
    cached files are compared; what is not cached is pulled. No rule is checked; `validate_snapshot` does that. With
    `trust`, from `qaseed.signatures.read_trust`, one of its signatures must count.

    Raises `SnapshotError` (exit code 3) if the snapshot is missing, unfinished or altered, its files have other
    columns, types or rows than the manifest says, or no signature of it counts.
    """
    begun = time.perf_counter()
    reference, cached, source = None, True, "folder"
    wanted = as_reference(snapshot)
    if wanted:
        from qaseed.snapshot.pulling import pull

        pulled = pull(wanted, check=True, trust=trust)
        trust = trust or required_trust()
        signed_by = pulled.signed_by
        opened, reference, cached, source = pulled.snapshot, str(pulled.reference), pulled.cached, pulled.source
    else:
        opened = open_folder(snapshot.folder) if isinstance(snapshot, Snapshot) else as_snapshot(snapshot)
        signed_by = require_signature(opened, trust) if trust else None
    opened.check_contents()
    provenance, problem = read_provenance(opened, trust)
    try:
        sizes = [(opened.folder / path).stat().st_size for path in walk(opened.folder) if path != SUMS]
        digest = f"sha256:{sha256_of(opened.folder / MANIFEST)}"
    except OSError as error:
        raise unreadable(error, opened.folder) from None
    return VerifyResult(
        reference or f"{opened.manifest.name}@{digest}",
        opened,
        digest,
        cached,
        source,
        len(sizes),
        sum(sizes),
        time.perf_counter() - begun,
        signed_by,
        provenance,
        problem,
    )
