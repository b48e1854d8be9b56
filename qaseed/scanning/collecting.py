"""Values that are to be judged, collected by the query that counts all: no hint is looked for twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

COLLECT = "qaseed_collect"
"""The name of a function: it collects values, each with the position of its column and whether it matches a hint, and
returns their bytes.
"""


@dataclass
class Collected:
    """Values that are to be judged: all of them, or none if they have more bytes than `most`."""

    most: int
    size: int = 0
    _batches: list[pa.RecordBatch] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether all of them are here."""
        return self.size <= self.most

    def add(self, positions: pa.ChunkedArray, texts: pa.ChunkedArray, hits: pa.ChunkedArray) -> pa.ChunkedArray:
        """Add some values, unless they are too many."""
        import pyarrow as pa
        import pyarrow.compute as pc

        self.size += texts.nbytes
        if self.is_whole:
            self._batches += pa.table([positions, texts, hits], ["n", "v", "hit"]).to_batches()
        else:
            self._batches.clear()
        return pc.cast(pc.binary_length(texts), pa.int64())

    def batches(self, judged: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """The values of some columns, with the positions that these have among them."""
        import pyarrow as pa
        import pyarrow.compute as pc

        before = pa.array([f"c{at}" for at in judged], pa.string())
        now = pa.array([f"c{at}" for at in range(len(judged))], pa.string())
        for batch in self._batches:
            yield batch.set_column(0, "n", now.take(pc.index_in(batch["n"], before)))


@contextmanager
def collected_values(connection: duckdb.DuckDBPyConnection, most: int) -> Iterator[Collected]:
    """What queries collect until this ends."""
    # an interrupt of an import within a function would get lost, and leave half a module
    import pyarrow.compute  # noqa: F401  # see above

    kind: Any = "arrow"  # as a string, it needs no module that has another name in another version
    collected = Collected(most)

    def collect(positions: Any, texts: Any, hits: Any) -> Any:  # duckdb reads the annotations
        return collected.add(positions, texts, hits)

    parameters: list[Any] = ["VARCHAR", "VARCHAR", "BOOLEAN"]
    connection.create_function(COLLECT, collect, parameters, "BIGINT", type=kind, side_effects=True)
    try:
        yield collected
    except Exception as error:
        if "KeyboardInterrupt" in str(error):  # duckdb reports so a Ctrl-C within the function
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.remove_function(COLLECT)
