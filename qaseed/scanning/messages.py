"""How much memory the parts of an Arrow file take once they are decompressed, read from their headers alone.

pyarrow decompresses a whole batch before the size of one is known, and a few bytes may become gigabytes. A message
is a flatbuffer (`Message.fbs` of the Arrow format): tables of fields that are found by their number.
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_UINT16, _INT32, _UINT32, _INT64, _BUFFER = Struct("<H"), Struct("<i"), Struct("<I"), Struct("<q"), Struct("<qq")
_HEADER_TYPE, _HEADER, _DATA, _BUFFERS, _COMPRESSION = 1, 2, 1, 2, 3
"""Fields of a message, of its dictionary and of its batch."""
_DICTIONARY, _BATCH = 2, 3
"""Types of headers."""


def decompressed_bytes(source: pa.NativeFile) -> int:
    """The bytes of all dictionaries and of the largest batch of an Arrow file that are not read in place."""
    import pyarrow as pa

    dictionaries, largest = 0, 0
    source.seek(8)  # a stream follows the magic number
    try:
        for message in pa.ipc.MessageReader.open_stream(source):
            header, size = _compressed(message)
            if header == _DICTIONARY:
                dictionaries += size
            elif header == _BATCH:
                largest = max(largest, size)
    except (OSError, IndexError, error) as damage:
        raise pa.ArrowInvalid("no stream of messages") from damage
    source.seek(0)
    return dictionaries + largest


def _compressed(message: pa.ipc.Message) -> tuple[int, int]:
    """The type of a message, and what its compressed buffers say that they become."""
    data = memoryview(message.metadata)
    root = _UINT32.unpack_from(data)[0]
    kind_at, header_at = _field(data, root, _HEADER_TYPE), _field(data, root, _HEADER)
    kind = data[kind_at] if kind_at else 0
    if kind not in (_DICTIONARY, _BATCH) or not header_at:
        return kind, 0
    batch = _target(data, header_at)
    if kind == _DICTIONARY:
        batch = _target(data, _field(data, batch, _DATA))
    if not _field(data, batch, _COMPRESSION):
        return kind, 0
    buffers = _target(data, _field(data, batch, _BUFFERS))
    body = memoryview(message.body)
    size = 0
    for number in range(_UINT32.unpack_from(data, buffers)[0]):
        start, length = _BUFFER.unpack_from(data, buffers + 4 + number * _BUFFER.size)
        if length:  # its own length is first; -1 means that it is not compressed
            size += max(_INT64.unpack_from(body, start)[0], 0)
    return kind, size


def _field(data: memoryview, table: int, number: int) -> int:
    """Where a field of a table is; 0 if it is left out."""
    fields = table - _INT32.unpack_from(data, table)[0]
    at = 4 + 2 * number
    offset = _UINT16.unpack_from(data, fields + at)[0] if at < _UINT16.unpack_from(data, fields)[0] else 0
    return table + offset if offset else 0


def _target(data: memoryview, at: int) -> int:
    return int(at + _UINT32.unpack_from(data, at)[0])
