"""The kinds of identifiers in texts, many at a time: polars finds those of a shape, Python words, and proves both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qaseed.safety.candidates import named_kinds
from qaseed.safety.hints import HINTS
from qaseed.safety.values import KINDS

if TYPE_CHECKING:
    import duckdb

CONTAINED = "qaseed_contained"
"""The name of the function: the positions in `KINDS` of those that a text contains."""


@contextmanager
def contained_kinds(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The connection has the function, until this ends."""
    # an interrupt of an import within the function would get lost, and leave half a module
    import polars as pl  # noqa: F401  # see above
    import pyarrow as pa  # noqa: F401  # see above

    kind: Any = "arrow"  # as a string, it needs no module that has another name in another version
    connection.create_function(CONTAINED, _contained, ["VARCHAR"], "INTEGER[]", type=kind)
    try:
        yield
    except Exception as error:
        if "KeyboardInterrupt" in str(error):  # duckdb reports so a Ctrl-C within the function
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.remove_function(CONTAINED)


def _contained(texts: Any) -> Any:  # duckdb reads the annotations
    import polars as pl
    import pyarrow as pa

    values = texts.to_pylist()
    hints = pl.DataFrame({"text": pl.Series(texts)}).select(
        pl.col("text").str.contains(pattern).alias(name) for name, pattern in _PATTERNS.items()
    )
    # its words are so many that no other engine finds them as fast as `re`
    contained = [[] if text is None else [_AT[kind] for kind in named_kinds(text)] for text in values]
    for hint, kinds in _SHAPED.items():
        for row in hints[hint].to_numpy().nonzero()[0].tolist():
            text = values[row]
            contained[row] += [_AT[kind] for kind in kinds if kind.is_in(text)]
    return pa.array(contained, pa.list_(pa.int32()))


_AT = {kind: position for position, kind in enumerate(KINDS)}
_SHAPED = {
    hint: [kind for kind in KINDS if kind.hint == hint and not kind.context]
    for hint in dict.fromkeys(kind.hint for kind in KINDS if not kind.context)
}
_PATTERNS = {
    hint: f"(?i){HINTS[hint]}".replace(r"\b", r"(?-u:\b)")  # for RE2 and Python it is about letters of ASCII only
    for hint in _SHAPED
}
