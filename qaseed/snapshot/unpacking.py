"""Packed snapshots on their way into a folder.

A packed snapshot has one folder of the snapshot's name, in it `SHA256SUMS`, `manifest.json` and the other files by
their paths, each with mode 644, no owner and no time. Before the other files come the attachments, beside the folder.
Only such files are unpacked: each header must be, byte for byte, the one that `pack` writes, so there are no links, no
other paths, no file twice, and no size that does not hold.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from qaseed.errors import ResourceError, SnapshotError, UsageError
from qaseed.snapshot.attachments import KINDS, attachment_path
from qaseed.snapshot.integrity import parse_sums
from qaseed.snapshot.limits import MAX_ATTACHMENT_BYTES, MAX_MANIFEST_BYTES, MAX_OTHER_BYTES, MAX_SUMS_BYTES
from qaseed.snapshot.manifest import MANIFEST, SUMS, read_manifest
from qaseed.stores.reference import NAME
from qaseed.stores.store import Digest

BLOCK, RECORD = tarfile.BLOCKSIZE, tarfile.RECORDSIZE
Report = Callable[[int, int], None]
"""What is called with the bytes that were read so far and all bytes."""


def header_of(path: str, size: int) -> bytes:
    """What is before a file in the tar; `UsageError` if it is too large, or its name is."""
    member = tarfile.TarInfo(path)
    member.size, member.mode = size, 0o644
    try:
        return member.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    except ValueError:
        raise UsageError(f"{path}: is too large for one file, or its name is; push the snapshot to a store") from None


def zeros_behind(size: int) -> int:
    """How many zeros are behind the last file."""
    return 2 * BLOCK + -(size + 2 * BLOCK) % RECORD


class PackedSnapshot:
    """A packed snapshot that is being read: its name and digest are known, its files follow."""

    def __init__(self, chunks: Iterator[bytes], where: object) -> None:
        """Read the first two files and the attachments; `SnapshotError` if they are not what `pack` writes."""
        self._source, self._where = _Source(chunks, where), where
        header = self._source.take(BLOCK)
        first = header.split(b"\0", 1)[0].decode("ascii", "replace")
        self.name = first.removesuffix(f"/{SUMS}")
        if not NAME.fullmatch(self.name) or first == self.name:
            raise self._wrong("is no file that `qaseed pack` wrote")
        self._sums = self._source.take(self._checked_size(header, first, MAX_SUMS_BYTES))
        self._skip_padding()
        try:
            self.digests = parse_sums(where, self._sums)
        except ValueError:
            raise self._wrong(f"its {SUMS} is not in order") from None
        if MANIFEST not in self.digests or SUMS in self.digests:
            raise self._wrong(f"its {SUMS} is not in order")
        size = self._checked_size(self._source.take(BLOCK), f"{self.name}/{MANIFEST}", MAX_MANIFEST_BYTES)
        self._manifest = self._source.take(size)
        self._skip_padding()
        self.digest = Digest(f"sha256:{hashlib.sha256(self._manifest).hexdigest()}")
        if self.digest != f"sha256:{self.digests[MANIFEST]}":
            raise self._wrong(f"{MANIFEST} is not what its {SUMS} says")
        self._next = self._source.take(BLOCK)
        self.attachments = dict(self._attachments())

    def unpack(self, folder: Path, report: Report) -> int:
        """Write all files into an empty folder, each compared with its digest; returns the bytes of the packed file."""
        (folder / SUMS).write_bytes(self._sums)
        (folder / MANIFEST).write_bytes(self._manifest)
        manifest = read_manifest(folder)
        if manifest.name != self.name:
            raise self._wrong(f"its folder is {self.name}, and the snapshot is {manifest.name}")
        sizes = {file.path: file.bytes for table in manifest.tables.values() for file in table.files}
        free = shutil.disk_usage(folder).free
        if sum(sizes.values()) > free:
            needed = sum(sizes.values())
            raise ResourceError(
                f"{folder}: {needed:,} bytes do not fit on its disk, {free:,} are free; free some space"
            )
        total = len(self._sums) + len(self._manifest) + sum(sizes.values())
        others = MAX_OTHER_BYTES
        for path in sorted(self.digests.keys() - {MANIFEST}):
            size = self._checked_size(self._next, f"{self.name}/{path}", sizes.get(path, others))
            others -= 0 if path in sizes else size
            self._unpack_file(folder / path, size, path)
            self._next = self._source.take(BLOCK)
            report(self._source.taken, max(total, self._source.taken))
        if any(self._next):
            raise self._wrong(f"has more files than its {SUMS}")
        self._source.expect_zeros(zeros_behind(self._source.taken - BLOCK) - BLOCK)
        self._source.expect_end()
        return self._source.taken

    def _attachments(self) -> Iterator[tuple[str, bytes]]:
        for kind in KINDS:
            path = attachment_path(Path(self.name), self.digest, kind).name
            if self._next.split(b"\0", 1)[0] == path.encode():
                yield kind, self._source.take(self._checked_size(self._next, path, MAX_ATTACHMENT_BYTES))
                self._skip_padding()
                self._next = self._source.take(BLOCK)

    def _unpack_file(self, target: Path, size: int, path: str) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        hashed = hashlib.sha256()
        with target.open("xb") as content:
            for piece in self._source.pieces(size):
                hashed.update(piece)
                content.write(piece)
        self._skip_padding()
        if hashed.hexdigest() != self.digests[path]:
            raise self._wrong(f"{path} is not what its digest says")

    def _checked_size(self, header: bytes, path: str, most: int) -> int:
        """The size that a header says, if the rest of it is as `pack` writes it."""
        digits = header[124:135]
        size = int(digits, 8) if re.fullmatch(rb"[0-7]{11}", digits) else 0
        try:
            expected = header_of(path, size)
        except UsageError:
            raise self._wrong(f"{path} is no path of a packed file") from None
        if header != expected:
            raise self._wrong(f"{path} is missing, or not as `qaseed pack` writes it")
        if size > most:
            raise self._wrong(f"{path} has {size:,} bytes and may have {most:,}")
        return size

    def _skip_padding(self) -> None:
        self._source.expect_zeros(-self._source.taken % BLOCK)

    def _wrong(self, what: str) -> SnapshotError:
        return SnapshotError(f"{self._where}: {what}; get a fresh copy")


class _Source:
    """Bytes that are taken in the sizes that the reader wants."""

    def __init__(self, chunks: Iterator[bytes], where: object) -> None:
        self._chunks, self._where = chunks, where
        self._rest = memoryview(b"")
        self.taken = 0

    def pieces(self, size: int) -> Iterator[memoryview]:
        """The next bytes, as they come; `SnapshotError` if there are fewer."""
        self.taken += size
        while size:
            if not self._rest:
                chunk = next(self._chunks, b"")
                if not chunk:
                    raise SnapshotError(f"{self._where}: is cut short; get a fresh copy")
                self._rest = memoryview(chunk)
            piece, self._rest = self._rest[:size], self._rest[size:]
            size -= len(piece)
            yield piece

    def take(self, size: int) -> bytes:
        """The next bytes, in one piece."""
        return b"".join(self.pieces(size))

    def expect_zeros(self, size: int) -> None:
        """`SnapshotError` unless that many zeros follow."""
        if any(self.take(size)):
            raise SnapshotError(f"{self._where}: was altered between its files; get a fresh copy")

    def expect_end(self) -> None:
        """`SnapshotError` if anything follows."""
        following = next(self._chunks, b"")
        if self._rest or following:
            raise SnapshotError(f"{self._where}: has bytes behind its end; get a fresh copy")
