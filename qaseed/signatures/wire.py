"""The parts of SSH's binary formats (RFC 4251, section 5), and the text form of keys."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass


class Reader:
    """Reads one binary message from its beginning; `ValueError` where it is cut short."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    def take(self, length: int) -> bytes:
        """The next bytes."""
        end = self._position + length
        if end > len(self._content):
            raise ValueError("it is cut short")
        taken = self._content[self._position : end]
        self._position = end
        return taken

    def number(self, length: int = 4) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.take(length), "big")

    def string(self) -> bytes:
        """A string: its length, and its bytes."""
        return self.take(self.number())

    def rest(self) -> bytes:
        """All that was not read."""
        return self.take(len(self._content) - self._position)

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._position == len(self._content)

    def expect_end(self) -> None:
        """`ValueError` if anything is left."""
        if not self.at_end:
            raise ValueError("something follows its end")


def string(content: bytes) -> bytes:
    """A string as it is written: its length, and its bytes."""
    return len(content).to_bytes(4, "big") + content


@dataclass(frozen=True)
class PublicKey:
    """A public key by its bytes, which are equal for equal keys."""

    blob: bytes

    @property
    def type(self) -> str:
        """The name of its algorithm, such as `ssh-ed25519`."""
        return Reader(self.blob).string().decode("ascii")

    @property
    def text(self) -> str:
        """As files have it: type and base64."""
        return f"{self.type} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


def parse_key(key_type: str, encoded: str) -> PublicKey:
    """A public key from its two words in a file; `ValueError` if it is not one."""
    try:
        key = PublicKey(base64.b64decode(encoded, validate=True))
        matches = key.type == key_type
    except (binascii.Error, ValueError):
        matches = False
    if not matches:
        raise ValueError(f"{key_type[:40]!r} is not followed by a public key of that type")
    return key
