"""Files of text in any encoding and compression, as UTF-8 that is known to be right."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from qaseed.scanning import limits

if TYPE_CHECKING:
    import pyarrow as pa

HEAD_BYTES = 1 << 16
GUESS = "cp1252"
"""What a text that is in no encoding known for sure is read as: at least its ASCII characters are right."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MANY_NULS, _SOME_NULS, _SOME_CONTROL = 0.1, 0.01, 0.05
"""Shares of NUL bytes in texts of wide characters and in what may be one, of control characters in what is no text."""
_SEPARATORS = (b" ", b",", b";", b'"', b"\t")
_CONTROL = bytes([*range(9), *range(14, 27), *range(28, 32)])


Opener = Callable[[Path], IO[bytes]]


def _by_arrow(kind: str) -> Opener:
    def opened(path: Path) -> IO[bytes]:
        import pyarrow as pa

        return cast("IO[bytes]", pa.CompressedInputStream(pa.OSFile(str(path)), kind))

    return opened


def _plain(path: Path) -> IO[bytes]:
    return path.open("rb")


class MemoryExceededError(OSError):
    """A file needs more memory to be decompressed than a scan takes."""


class _Xz(io.RawIOBase):
    """A file of xz, as `lzma.LZMAFile` reads it, but with a bound on memory."""

    def __init__(self, path: Path) -> None:
        self._source, self._decompressor, self._ended = path.open("rb"), self._next(), False

    @staticmethod
    def _next() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, limits.XZ_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        room = memoryview(buffer)  # type: ignore[arg-type]  # typeshed has no name for a writable buffer before 3.12
        data = b""
        while not data and not self._ended:
            data = self._decompressed(len(room))
        room[: len(data)] = data
        return len(data)

    def _decompressed(self, most: int) -> bytes:
        current, compressed = self._decompressor, b""
        if current.eof:
            compressed = current.unused_data.lstrip(b"\0") or self._source.read(HEAD_BYTES).lstrip(b"\0")
            self._ended = not compressed  # padding, or the end: other streams may follow
            if self._ended:
                return b""
            self._decompressor = current = self._next()
        elif current.needs_input:
            compressed = self._source.read(HEAD_BYTES)
            if not compressed:
                raise EOFError("cut short")
        try:
            return current.decompress(compressed, most)
        except lzma.LZMAError as error:
            if "emory" in str(error):
                raise MemoryExceededError(str(error)) from error
            raise

    def close(self) -> None:
        self._source.close()
        super().close()


_COMPRESSED: dict[bytes, Opener] = {
    b"\x1f\x8b": lambda path: cast("IO[bytes]", gzip.GzipFile(path)),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lambda path: io.BufferedReader(_Xz(path)),
    b"\x28\xb5\x2f\xfd": _by_arrow("zstd"),
    b"\x04\x22\x4d\x18": _by_arrow("lz4"),
}
DAMAGED = (EOFError, lzma.LZMAError, zlib.error, OSError)
"""What reading a compressed file raises where it is cut or spoilt."""


def opener_of(head: bytes) -> Opener | None:
    """What decompresses a file that begins so; None if it is not compressed."""
    return next((opener for mark, opener in _COMPRESSED.items() if head.startswith(mark)), None)


@dataclass(frozen=True)
class TextFile:
    """A file of text: how it is opened, and its encoding as far as its first bytes show it."""

    path: Path
    head: bytes
    opener: Opener = _plain
    guessed: bool = False

    @property
    def encoding(self) -> str:
        """The encoding by mark or by where the NUL bytes are; UTF-8 otherwise."""
        return GUESS if self.guessed else encoding_of(self.head)

    @property
    def text(self) -> str:
        """The head, as well as it can be decoded."""
        return self.head.decode(self.encoding, "replace").replace("\0", "")

    @property
    def is_binary(self) -> bool:
        """Whether its head has too many control characters for a text of 8-bit characters."""
        control = len(self.head) - len(self.head.translate(None, _CONTROL))
        many = control > _SOME_CONTROL * len(self.head) or self.head.count(0) > _SOME_NULS * len(self.head)
        return many and not self.encoding.startswith(("utf-16", "utf-32"))

    def open(self) -> io.BufferedReader:
        """The whole file as UTF-8, without byte order marks and NUL; `UnicodeDecodeError` if it is something else."""
        return io.BufferedReader(_Utf8(self.opener(self.path), self.encoding, "replace" if self.guessed else "strict"))


class _Utf8(io.RawIOBase):
    def __init__(self, source: IO[bytes], encoding: str, errors: str) -> None:
        self._source, self._decoder, self._rest = source, codecs.getincrementaldecoder(encoding)(errors), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        room = memoryview(buffer)  # type: ignore[arg-type]  # typeshed has no name for a writable buffer before 3.12
        data = True
        while not self._rest and data:
            read = self._source.read(max(len(room), HEAD_BYTES))
            data = bool(read)
            self._rest = self._decoder.decode(read, final=not read).replace("\0", "").encode()
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        self._source.close()
        super().close()


def encoding_of(head: bytes) -> str:
    """The encoding of a text by its first bytes."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    whole = head[: len(head) // 4 * 4] or head
    nuls = [whole[position::4].count(0) / max(1, len(whole[position::4])) for position in range(4)]
    wide = [share > _MANY_NULS for share in nuls]
    candidates = {
        (False, True, True, True): ("utf-32-le", 4), (True, True, True, False): ("utf-32-be", 4),
        (False, True, False, True): ("utf-16-le", 2), (True, False, True, False): ("utf-16-be", 2),
    }  # fmt: skip
    encoding, width = candidates.get((wide[0], wide[1], wide[2], wide[3]), ("utf-8", 0))
    if not width:
        return encoding
    try:
        head[: len(head) // width * width].decode(encoding)
    except UnicodeDecodeError as error:
        return encoding if error.end >= len(head) - 4 else "utf-8"  # a pair of characters cut in two
    return encoding


def pieces_of(file: TextFile, size: int, most: int, end_of: Callable[[bytes], int]) -> Iterator[bytes]:
    """A text in pieces of about `size` bytes that end where `end_of` says, at 0 for nowhere.

    Where `most` bytes have no such end, a piece ends with its last line. Of a line that is as long, the pieces end
    between words, and overlap.
    """
    rest, overlap = b"", 0
    with file.open() as stream:
        while data := stream.read(size):
            piece = rest + data
            end = start = end_of(piece)
            if not end and len(piece) >= most:
                end = piece.rfind(b"\n") + 1 or _between_words(piece, len(piece))
                start = end if piece.endswith(b"\n", 0, end) else _between_words(piece, end - limits.OVERLAP_BYTES)
            if end:
                yield piece[:end]
            rest, overlap = piece[start:], end - start
    if len(rest) > overlap:
        yield rest


def _between_words(text: bytes, before: int) -> int:
    """Where a word of UTF-8 ends, or before which character if it is very long."""
    nearby = max(0, before - limits.OVERLAP_BYTES)
    end = max(text.rfind(separator, nearby, before) for separator in _SEPARATORS) + 1
    if end:
        return end
    while text[before - 1] & 0xC0 == 0x80:
        before -= 1
    return before - 1


def lines_of(file: TextFile) -> Iterator[pa.Table]:
    """The lines of a text that are not empty, many at a time, as one column c0; of a very long line, its pieces."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for piece in pieces_of(file, limits.LINES_BYTES, limits.LINES_BYTES, _end_of_line):
        lines = pc.split_pattern(pa.array([piece.replace(b"\r", b"\n")], pa.string()), "\n").flatten()
        yield pa.table({"c0": lines.filter(pc.not_equal(lines, ""))})


def _end_of_line(text: bytes) -> int:
    return max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
