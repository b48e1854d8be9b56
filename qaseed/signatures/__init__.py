"""Who vouches for a snapshot: signatures of SSH keys over its manifest, checked against a list of allowed signers."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qaseed.errors import SnapshotError
from qaseed.signatures.allowed_signers import Revoked, Signer, read_revoked, read_signers
from qaseed.signatures.signing import sign
from qaseed.signatures.sshsig import MAX_BYTES, InvalidSignatureError, Signature, blocks, check, parse
from qaseed.signatures.wire import PublicKey

__all__ = ["NAMESPACE", "PROVENANCE_NAMESPACE", "SignedBy", "Trust", "combine", "is_intact", "read_trust", "sign"]

NAMESPACE, PROVENANCE_NAMESPACE = "qaseed-snapshot", "qaseed-provenance"
"""What signatures of manifests and of provenance are for: a signature for another purpose does not count."""


@dataclass(frozen=True)
class SignedBy:
    """Whose signature was accepted."""

    principals: str
    """The names of the signer in the file of allowed signers."""
    fingerprint: str
    """Of the key, as `ssh-keygen -l` prints it."""


@dataclass(frozen=True)
class Trust:
    """Whose signatures count."""

    source: Path
    """The file of allowed signers."""
    signers: tuple[Signer, ...]
    revoked: Revoked
    identity: str | None

    def require(self, where: str, content: bytes, document: bytes | None, namespace: str = NAMESPACE) -> SignedBy:
        """Who signed the content; one accepted signature of the document is enough.

        Raises `SnapshotError` (exit code 3) that says of each signature why it does not count.
        """
        if document is None:
            raise _refused(where, "it is not signed", self.source)
        if len(document) > MAX_BYTES:
            raise _refused(where, f"its signature has more than {MAX_BYTES:,} bytes", self.source)
        reasons = []
        for block in blocks(document):
            try:
                (signature,) = parse(block)
                return self._accept(signature, content, namespace)
            except InvalidSignatureError as error:
                reasons.append(f"its signature {error}")
        raise _refused(where, "; ".join(reasons) or "it is not signed", self.source)

    def _accept(self, signature: Signature, content: bytes, namespace: str) -> SignedBy:
        check(signature, content, namespace)
        fingerprint = signature.key.fingerprint
        if signature.key in self.revoked:
            raise InvalidSignatureError(f"was made with the key {fingerprint}, which is revoked")
        now = dt.datetime.now(dt.UTC)
        reasons = []
        for signer in self.signers:
            if signer.key == signature.key:
                reason = signer.reason_against(namespace, self.identity, now)
                if reason is None:
                    return SignedBy(signer.principals, fingerprint)
                reasons.append(f"{reason} (line {signer.line})")
        if not reasons:
            raise InvalidSignatureError(f"was made with the key {fingerprint}, which is not an allowed signer's")
        raise InvalidSignatureError(f"was made with the key {fingerprint}, which {' and '.join(reasons)}")


def _refused(where: str, why: str, source: Path) -> SnapshotError:
    return SnapshotError(f"{where}: {why}; get a copy that a signer of {source} signed")


def read_trust(signers: Path, revoked: Path | None = None, identity: str | None = None) -> Trust:
    """Whose signatures count, from the files; `UsageError` (exit code 2) if one cannot be read or understood."""
    keys = read_revoked(revoked) if revoked else Revoked()
    return Trust(signers, tuple(read_signers(signers)), keys, identity)


def is_intact(content: bytes, document: bytes | None, namespace: str) -> bool:
    """Whether any signature of the document is one of exactly this content, by whichever key."""
    for block in blocks(document or b""):
        with suppress(InvalidSignatureError):
            (signature,) = parse(block)
            check(signature, content, namespace)
            return True
    return False


def combine(current: bytes | None, added: bytes) -> bytes:
    """A document of the current signatures and an added one, which replaces that of the same key.

    A block that cannot be read stays: it may be a signature that a later version can read.
    """
    keys = _keys(added)
    others = [block for block in blocks(current or b"") if block not in blocks(added) and not _keys(block) & keys]
    return b"".join(others) + added


def _keys(document: bytes) -> set[PublicKey]:
    """The keys of the signatures of a document that can be read."""
    keys = set()
    for block in blocks(document):
        with suppress(InvalidSignatureError):
            keys |= {signature.key for signature in parse(block)}
    return keys
