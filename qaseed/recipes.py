"""Recipes of any practice: functions from rows to a column, one value for each row, without loops over rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.rows import Rows


def address(rows: Rows, column: str) -> Ids:
    """The row's id: `tenant << 40 | slot`."""
    return rows.ids


def tenant_slug(rows: Rows, column: str) -> pl.Series:
    """The slug of the tenant whose rows these are."""
    return rows.by_tenant(lambda tenant: tenant.slug)


def always(rows: Rows, column: str, value: Any) -> pl.Series:
    """The same value for every row."""
    return pl.Series([value]).new_from_index(0, len(rows))


def drawn(rows: Rows, column: str, values: tuple[Any, ...], weights: tuple[float, ...]) -> pl.Series:
    """One of `values` for each row, each as often as its weight says."""
    return rows.one_of(column, values, noise.pick(rows.bits(column), weights))


def sometimes(rows: Rows, column: str, share: float, of: Any) -> pl.Series:
    """The values of the recipe `of` for a share of the rows, null for the others."""
    values = pl.Series(column, rows.compute(of, column))
    is_kept = pl.Series(rows.below(1 << 30, column, "kept") < int(share * (1 << 30)))
    return where(is_kept, values)


def same(rows: Rows, column: str, of: str) -> pl.Series:
    """The value of another column of the row."""
    return rows[of]


def mapped(rows: Rows, column: str, of: str, known: tuple[tuple[Any, Any], ...]) -> pl.Series:
    """What `known` has for the value of another column of the row."""
    return rows[of].replace_strict(dict(known))


def word(rows: Rows, column: str, pool_name: str) -> pl.Series:
    """A word of a pool, all equally often."""
    return rows.word(pool_name, column)


def padded(numbers: Ints, digits: int) -> pl.Series:
    """Whole numbers as text, with leading zeros up to `digits`."""
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < 10**digits:
        return pl.Series(numbers).cast(pl.String).str.zfill(digits)
    written = np.empty((len(numbers), digits), dtype=np.uint8)
    rest: Any = numbers.astype(np.uint32 if digits < 10 else np.uint64)
    for place in reversed(range(digits)):
        left = rest // 10
        written[:, place] = rest - left * 10 + ord("0")
        rest = left
    return texts(np.arange(0, written.size + 1, digits), written)


def texts(offsets: Ints, letters: Any) -> pl.Series:
    """Texts from the letters of all of them, one after the other, and where each begins."""
    import pyarrow as pa

    count = len(offsets) - 1
    buffers = (pa.py_buffer(of) for of in (offsets.astype(np.int64), letters))
    series = pl.from_arrow(pa.LargeStringArray.from_buffers(count, *buffers))
    assert isinstance(series, pl.Series)
    return series


def joined(*parts: pl.Series | str) -> pl.Series:
    """Texts and constants joined row by row; null where a part is null."""
    return pl.select(pl.concat_str(*(pl.lit(part) for part in parts))).to_series()


def where(condition: Any, then: Any, otherwise: Any = None) -> pl.Series:
    """Row by row: `then` where the condition holds, `otherwise` (null by default) elsewhere; columns or constants."""
    return _series(then).zip_with(_series(condition), _series(otherwise))


def _series(value: Any) -> pl.Series:
    return value if isinstance(value, pl.Series) else pl.Series(value if isinstance(value, np.ndarray) else [value])
