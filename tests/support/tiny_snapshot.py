"""A snapshot of one table with few rows, small enough to damage each of its bits, or to lie about its rows."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qaseed.model import Column, Entity, Model
from qaseed.snapshot import File, Manifest, Table, finish

THING = Entity(
    "thing", "A thing.", (Column("id", "bigint", "Its number."), Column("label", "text", "Its name.")), key=("id",)
)
MODEL = Model("tiny", "Things.", (THING,), is_declared=False)
ROWS = {"id": [1, 2], "label": ["a", "b"]}
PATH = "data/thing/part-00000.parquet"


def tiny_snapshot(folder: Path, rows: Any = None, said: int | None = None, **options: Any) -> Path:
    """A finished snapshot whose manifest says `said` rows (the truth by default) of a Parquet file of `rows`."""
    table = rows if isinstance(rows, pa.Table) else pa.table(rows or ROWS)
    (folder / PATH).parent.mkdir(parents=True)
    pq.write_table(
        table, folder / PATH, **{"compression": "zstd", "write_statistics": False, "store_schema": False, **options}
    )
    return finish_tiny(folder, len(table) if said is None else said)


def finish_tiny(folder: Path, rows: int, *paths: str) -> Path:
    """The snapshot whose files of rows, of so many rows each, were written by hand: sums and sizes agree."""
    contents = {path: (folder / path).read_bytes() for path in paths or (PATH,)}
    files = (File(path, rows, len(data), hashlib.sha256(data).hexdigest()) for path, data in contents.items())
    table = Table(rows * len(contents), f"q1-{0:032x}", tuple(files))
    finish(folder, Manifest("0" * 64, "tiny", {"as_of": "2026-01-01"}, MODEL, {"thing": table}, {}, None))
    return folder
