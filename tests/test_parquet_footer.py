"""The reader of Parquet's footers: the facts that pyarrow reads, and a refusal of everything else, in bounded work."""

from __future__ import annotations

import struct
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qaseed.snapshot import Snapshot, footer
from qaseed.snapshot.footer import Footer, MalformedFooterError, parse_footer, read_footer
from qaseed.snapshot.limits import MAX_FOOTER_ITEMS, MAX_FOOTER_VALUES


def said_by_pyarrow(path: Path) -> Footer:
    metadata = pq.ParquetFile(path).metadata
    leaves = [metadata.schema.column(place) for place in range(len(metadata.schema))]
    columns = tuple((leaf.path, f"{leaf.physical_type} {leaf.logical_type.type}") for leaf in leaves)
    groups = tuple(metadata.row_group(place).num_rows for place in range(metadata.num_row_groups))
    return Footer(columns, metadata.num_rows, groups)


def footer_of(path: Path) -> bytes:
    content = path.read_bytes()
    return content[-8 - struct.unpack("<I", content[-8:-4])[0] : -8]


def test_it_says_what_pyarrow_says_of_every_file_of_a_snapshot(standard: Snapshot) -> None:
    paths = sorted(standard.folder.rglob("*.parquet"))
    assert paths
    for path in paths:
        assert read_footer(path) == said_by_pyarrow(path)


@pytest.mark.parametrize("groups", [1, 40])
def test_it_says_what_pyarrow_says_of_many_groups_and_of_none(groups: int, tmp_path: Path) -> None:
    rows = pa.table({"id": range(groups * 3), "label": ["a"] * groups * 3})
    for name, table in (("some", rows), ("none", rows.slice(0, 0))):
        pq.write_table(table, tmp_path / name, row_group_size=3)
        assert read_footer(tmp_path / name) == said_by_pyarrow(tmp_path / name)


@pytest.fixture
def small(tmp_path: Path) -> bytes:
    """A footer of two columns and two groups, with statistics."""
    table = pa.table({"id": [1, 2], "label": ["a", "b"]})
    pq.write_table(table, tmp_path / "small", row_group_size=1, store_schema=False)
    return footer_of(tmp_path / "small")


def test_every_changed_byte_is_read_or_refused(small: bytes) -> None:
    parse_footer(small)
    outcomes = set()
    for place in range(len(small)):
        for byte in {small[place] ^ 1 << bit for bit in range(8)} | {0, 0x7F, 0xFF}:
            try:
                parse_footer(small[:place] + bytes([byte]) + small[place + 1 :])
                outcomes.add("read")
            except MalformedFooterError:
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_every_truncation_and_addition_is_refused(small: bytes) -> None:
    for content in [*(small[:size] for size in range(len(small))), small + b"\0", small * 2]:
        with pytest.raises(MalformedFooterError):
            parse_footer(content)


def varint(number: int) -> bytes:
    return bytes([number & 127 | 128]) + varint(number >> 7) if number > 127 else bytes([number])


REFUSED = {
    "more items than bytes": b"\x29\xfc" + varint(9_999) + bytes(100),
    "more items than the limit": b"\x29\xfc" + varint(MAX_FOOTER_ITEMS + 1) + bytes(MAX_FOOTER_ITEMS + 9),
    "a text longer than the rest": b"\x28" + varint(1 << 31) + b"a\0",
    "a number that does not end": b"\x36" + b"\xff" * 30,
    "a number of more than its bits": b"\x36" + varint(1 << 64) + b"\0",
    "a list in another place": b"\x39\x1c\0\0",
    "bytes where readers expect structs": b"\x29\x13\0\0",
    "a set": b"\x2a\x1c\0\0",
    "a map": b"\x2b\0\0",
    "a field's number given in full": b"\x06\x06\x04\0",
    "structs without end": b"\x1c" * 100_000,
    "kinds that there are not": b"\x1f\0",
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_would_make_a_reader_reserve_or_recurse(content: bytes) -> None:
    walk = footer._Walk(content)
    with pytest.raises((MalformedFooterError, IndexError)):
        walk.struct(())
    with pytest.raises(MalformedFooterError):
        parse_footer(content)


def test_the_values_of_all_lists_are_bounded() -> None:
    groups, columns = 50, MAX_FOOTER_ITEMS
    assert groups * columns > MAX_FOOTER_VALUES
    group = b"\x19\xfc" + varint(columns) + bytes(columns) + b"\0"
    walk = footer._Walk(b"\x49\xfc" + varint(groups) + group * groups + b"\0")
    with pytest.raises(MalformedFooterError):
        walk.struct(())
    assert walk.values == MAX_FOOTER_VALUES + 1
