"""Signatures as `ssh-keygen -Y sign` writes them (OpenSSH's PROTOCOL.sshsig), and whether one is of a content.

Not by the library sshsig: it has no ECDSA, no security keys, no dates and no revocation.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qaseed.signatures.wire import PublicKey, Reader, string

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

MAGIC = b"SSHSIG"
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
MAX_BYTES = 1 << 16
"""Of a document of signatures; a signature has less than 2,000."""
HASHES = ("sha256", "sha512")
"""Hashes of the content that the format allows."""
MIN_RSA_BITS = 2048


class InvalidSignatureError(Exception):
    """Why a signature does not count; its message completes "the signature ..."."""


@dataclass(frozen=True)
class Signature:
    """One signature, which says by itself whose key made it and what for."""

    key: PublicKey
    namespace: str
    hash_name: str
    algorithm: str
    parts: bytes
    """What follows the algorithm: the signature itself, and for security keys the flags and counter."""


def parse(document: bytes) -> list[Signature]:
    """The signatures of a document, one after another; `InvalidSignatureError` if one of them is not in order."""
    if len(document) > MAX_BYTES:
        raise InvalidSignatureError(f"has more than {MAX_BYTES:,} bytes")
    return [_parse_block(block.decode("ascii", "replace").strip()) for block in blocks(document)]


def blocks(document: bytes) -> list[bytes]:
    """The texts of the signatures of a document."""
    return [block + b"\n" for block in re.split(rb"(?<=" + END.encode() + rb")\s*", document.strip()) if block]


def _parse_block(block: str) -> Signature:
    if not block.startswith(f"{BEGIN}\n") or not block.endswith(f"\n{END}"):
        raise InvalidSignatureError("is not one of ssh-keygen -Y sign")
    try:
        return _parse_signature(base64.b64decode("".join(block[len(BEGIN) : -len(END)].split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidSignatureError(f"is not in order ({error})") from None


def _parse_signature(content: bytes) -> Signature:
    reader = Reader(content)
    if reader.take(len(MAGIC)) != MAGIC or reader.number() != 1:
        raise ValueError("its format is another")
    key, namespace, _, hash_name, signed = (reader.string() for _ in range(5))
    reader.expect_end()
    inner = Reader(signed)
    algorithm = inner.string().decode("ascii")
    return Signature(PublicKey(key), namespace.decode(), hash_name.decode("ascii"), algorithm, inner.rest())


def check(signature: Signature, content: bytes, namespace: str) -> None:
    """`InvalidSignatureError` unless its key signed exactly this content for this namespace."""
    if signature.namespace != namespace:
        raise InvalidSignatureError(f"is for the namespace {signature.namespace[:60]!r}, not {namespace!r}")
    if signature.hash_name not in HASHES:
        raise InvalidSignatureError(f"uses the hash {signature.hash_name[:20]!r}")
    message = MAGIC + b"".join(
        map(
            string,
            (
                namespace.encode(),
                b"",
                signature.hash_name.encode(),
                hashlib.new(signature.hash_name, content).digest(),
            ),
        )
    )
    try:
        _verify(signature, message)
    except ValueError as error:
        raise InvalidSignatureError(f"is not in order ({error})") from None


def _verify(signature: Signature, message: bytes) -> None:
    """Verify a signature of a message by the key that it names."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    name = signature.key.type
    if name.endswith("-cert-v01@openssh.com"):
        raise InvalidSignatureError("was made with a certificate, which qaseed does not check; sign with a plain key")
    if name not in ALGORITHMS:
        raise InvalidSignatureError(f"was made with a key of type {name[:40]!r}, which qaseed does not check")
    if signature.algorithm not in ALGORITHMS[name]:
        raise InvalidSignatureError(f"uses the algorithm {signature.algorithm[:40]!r}, which is not one for {name}")
    reader = Reader(signature.parts)
    raw = reader.string()
    if name.startswith("sk-"):
        message = _message_of_security_key(signature.key, reader, message)
    reader.expect_end()
    try:
        key = load_ssh_public_key(signature.key.text.encode())
        _verify_with(key, signature.algorithm, raw, message)
    except UnsupportedAlgorithm:
        raise InvalidSignatureError(f"was made with a key of type {name}, which this machine cannot check") from None
    except InvalidSignature:
        raise InvalidSignatureError("is of another content: the manifest or the signature was changed") from None


ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "sk-ssh-ed25519@openssh.com": ("sk-ssh-ed25519@openssh.com",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "sk-ecdsa-sha2-nistp256@openssh.com": ("sk-ecdsa-sha2-nistp256@openssh.com",),
}
"""Types of keys, and the algorithms of their signatures; SHA-1 and DSA are none of them."""


def _message_of_security_key(key: PublicKey, rest: Reader, message: bytes) -> bytes:
    """What a security key signs: its application, flags and counter around the hash of the message."""
    blob = Reader(key.blob)
    parts = []
    while not blob.at_end:
        parts.append(blob.string())
    flags, counter = rest.take(1), rest.take(4)
    return hashlib.sha256(parts[-1]).digest() + flags + counter + hashlib.sha256(message).digest()


def _verify_with(key: object, algorithm: str, raw: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(raw, message)
    elif isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise InvalidSignatureError(f"was made with an RSA key of {key.key_size} bits; use {MIN_RSA_BITS} or more")
        chosen: HashAlgorithm = hashes.SHA512() if algorithm == "rsa-sha2-512" else hashes.SHA256()
        key.verify(raw, message, padding.PKCS1v15(), chosen)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        pair = Reader(raw)
        numbers = [int.from_bytes(pair.string(), "big") for _ in range(2)]
        pair.expect_end()
        by_bits: dict[int, HashAlgorithm] = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
        key.verify(encode_dss_signature(*numbers), message, ec.ECDSA(by_bits[key.curve.key_size]))
    else:
        raise InvalidSignatureError("was made with a key that qaseed does not check")
