"""The footer of a Parquet file as qaseed writes it, read within bounds before a library trusts its sizes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from qaseed.snapshot.limits import MAX_FOOTER_BYTES, MAX_FOOTER_DEPTH, MAX_FOOTER_ITEMS, MAX_FOOTER_VALUES

_MAGIC: Final = b"PAR1"
# the kinds of values in Thrift's compact protocol
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _STRUCT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 12
_BITS: Final = {_I16: 16, _I32: 32, _I64: 64}
_ITEMS: Final = {
    (2,): _STRUCT,  # the schema
    (4,): _STRUCT,  # groups of rows
    (4, 1): _STRUCT,  # their columns
    (4, 1, 3, 2): _I32,  # encodings
    (4, 1, 3, 3): _BINARY,  # path in the schema
    (4, 1, 3, 8): _STRUCT,  # metadata of the column
    (4, 1, 3, 13): _STRUCT,  # encodings of its pages
    (4, 1, 3, 16, 2): _I64,  # histograms of its levels
    (4, 1, 3, 16, 3): _I64,
    (4, 4): _STRUCT,  # what the rows are sorted by
    (5,): _STRUCT,  # metadata of the file
    (7,): _STRUCT,  # orders of columns
}
"""What each list has, by the numbers of the fields that lead to it. Readers expect it whatever a list says of itself:
one of another kind, or in another place, would be other bytes to them than to this walk."""
_KINDS: Final = {(2, 1): _I32, (2, 3): _I32, (2, 4): _BINARY, (2, 5): _I32, (2, 6): _I32, (2, 10): _STRUCT,
                 (3,): _I64, (4, 3): _I64} | dict.fromkeys(_ITEMS, _LIST)  # fmt: skip
_PHYSICAL: Final = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
_LOGICAL: Final = {((), None): "NONE", ((1,), 0): "STRING", ((6,), 6): "DATE", ((8,), 10): "TIMESTAMP"}
"""By the logical type and the older one, which readers prefer differently."""


class MalformedFooterError(ValueError):
    """What is no footer, or not one that qaseed writes."""


@dataclass(frozen=True)
class Footer:
    """What a footer says of its file."""

    columns: tuple[tuple[str, str], ...]
    """Names and types, as `LogicalType.parquet` has them."""
    rows: int
    groups: tuple[int, ...]
    """The rows of each group."""


def read_footer(path: Path) -> Footer:
    """The footer of a file; `MalformedFooterError` where it is none, or beyond the limits."""
    with path.open("rb") as content:
        size = content.seek(0, 2)
        content.seek(max(size - 8, 0))
        ending = content.read(8)
        length = struct.unpack("<I", ending[:4])[0] if len(ending) == 8 else size
        if ending[4:] != _MAGIC or length > min(MAX_FOOTER_BYTES, size - 12):
            raise MalformedFooterError
        content.seek(size - 8 - length)
        return parse_footer(content.read(length))


def parse_footer(content: bytes) -> Footer:
    """What the bytes of a footer say; `MalformedFooterError` where they are none, or beyond the limits."""
    walk = _Walk(content)
    try:
        fields = walk.struct(())
        root, *leaves = fields[2]
        groups = fields.get(4, [])
        columns = tuple((leaf[4].decode(), _type(leaf)) for leaf in leaves)
        footer = Footer(columns, fields[3], tuple(group[3] for group in groups))
        nested = any(5 in leaf for leaf in leaves)
        whole = nested or (root[5] == len(leaves) and all(len(group[1]) == len(leaves) for group in groups))
    except (IndexError, KeyError, ValueError):
        raise MalformedFooterError from None
    if not whole or walk.place != len(content):
        raise MalformedFooterError
    return footer


def _type(leaf: dict[int, Any]) -> str:
    if 5 in leaf or leaf.get(3) not in (0, 1):
        return "NESTED"
    if not 0 <= leaf[1] < len(_PHYSICAL):
        raise MalformedFooterError
    return f"{_PHYSICAL[leaf[1]]} {_LOGICAL.get((tuple(leaf.get(10, ())), leaf.get(6)), 'OTHER')}"


class _Walk:
    """Reads values of the compact protocol one after the other; reading beyond the end is an `IndexError`."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.place = 0
        self.values = 0

    def struct(self, path: tuple[int, ...]) -> dict[int, Any]:
        """The fields of a struct by their numbers, which grow by at most 15, as writers write them."""
        if len(path) > MAX_FOOTER_DEPTH:
            raise MalformedFooterError
        fields: dict[int, Any] = {}
        number = 0
        while kind := (header := self._byte()) & 15:
            step = header >> 4
            number += step
            if not step or number > MAX_FOOTER_ITEMS:
                raise MalformedFooterError
            inner = (*path, number)
            if _KINDS.get(inner, kind) != kind:
                raise MalformedFooterError
            fields[number] = self._value(kind, inner)
        return fields

    def _value(self, kind: int, path: tuple[int, ...]) -> Any:
        self.values += 1
        if self.values > MAX_FOOTER_VALUES:
            raise MalformedFooterError
        if kind in _BITS:
            return self._number(_BITS[kind])
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct(path)
        if kind == _LIST:
            return self._list(path)
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind in (_BYTE, _DOUBLE):
            return self._bytes(8 if kind == _DOUBLE else 1)
        raise MalformedFooterError

    def _list(self, path: tuple[int, ...]) -> list[Any]:
        header = self._byte()
        size = header >> 4 if header >> 4 < 15 else self._varint()
        kind = header & 15
        if _ITEMS.get(path) != kind or size > min(MAX_FOOTER_ITEMS, len(self.content) - self.place):
            raise MalformedFooterError
        return [self._value(kind, path) for _ in range(size)]

    def _number(self, bits: int) -> int:
        value = self._varint()
        if value >> bits:
            raise MalformedFooterError
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        if (value := self._byte()) < 128:  # as most are
            return value
        value, self.place = 0, self.place - 1
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise MalformedFooterError

    def _bytes(self, size: int) -> bytes:
        if size > len(self.content) - self.place:
            raise MalformedFooterError
        self.place += size
        return self.content[self.place - size : self.place]

    def _byte(self) -> int:
        byte = self.content[self.place]
        self.place += 1
        return byte
