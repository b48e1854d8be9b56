"""The definition of the digest in plain Python, and a table of all types to compare engines by."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import polars as pl
from hypothesis import strategies as st

from qaseed import digest
from qaseed.logical_types import TYPES
from qaseed.model import Column, Entity, Model

ALL_TYPES = Entity(
    "all_types",
    "Every type there is.",
    (
        Column("n", "bigint", "", nullable=True),
        Column("a", "text", "", nullable=True),
        Column("b", "text", "", nullable=True),
        Column("yes", "bool", "", nullable=True),
        Column("day", "date", "", nullable=True),
        Column("moment", "timestamptz", "", nullable=True),
    ),
    key=("n",),
)


MODEL = Model("digests", "", (ALL_TYPES,))


Row = tuple[Any, ...]


UTC = dt.UTC


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    [
        "",
        ";",
        "1:",
        ";;",
        "1:;1:",
        '"',
        '""',
        ",",
        "\n",
        "\r",
        "\r\n",
        " ",
        "😀",
        "e\u0301",
        "NULL",
        "\\N",
        "null",
        "٣",
        "\u200f",
    ]
)


rows = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | texts,
        st.none() | texts,
        st.none() | st.booleans(),
        st.none() | st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)),
        st.none() | st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=st.just(UTC)),
    ),
    max_size=6,
)  # fmt: skip


EXTREMES: list[Row] = [
    (-(2**63), "", None, True, dt.date(1, 1, 1), dt.datetime(1, 1, 1, tzinfo=UTC)),
    (2**63 - 1, None, "", False, dt.date(9999, 12, 31), dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    (0, ";1:", "1:;", None, dt.date(1969, 12, 31), dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    (None, None, None, None, None, None),
]


def reference_digest(found: list[Row]) -> str:
    """The definition, row by row, in plain Python."""
    left = right = 0
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
    for n, a, b, yes, day, moment in found:
        parts = ["" if n is None else str(n)]
        parts += ["" if text is None else f"{len(text.encode())}:{text}" for text in (a, b)]
        parts += ["" if yes is None else str(int(yes)), "" if day is None else str((day - dt.date(1970, 1, 1)).days)]
        parts += ["" if moment is None else str((moment - epoch) // dt.timedelta(microseconds=1))]
        told = hashlib.md5("".join(f"{part};" for part in parts).encode()).hexdigest()
        left, right = left + int(told[:16], 16), right + int(told[16:], 16)
    return digest.digest(left, right)


def to_frame(found: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(found, schema={c.name: TYPES[c.type].polars_type() for c in ALL_TYPES.columns}, orient="row")
