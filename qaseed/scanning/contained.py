"""The kinds of identifiers in texts, many at a time: polars finds those of a shape, Python words, and proves both."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qaseed.safety.candidates import named_kinds
from qaseed.safety.detection import name_context
from qaseed.safety.hints import HINTS
from qaseed.safety.matching import Kind
from qaseed.safety.normalizing import normalized
from qaseed.safety.values import KINDS, LABELS

if TYPE_CHECKING:
    import duckdb

CONTAINED, PLAIN = "qaseed_contained", "qaseed_plain"
"""The names of the functions: the positions in `LABELS` of the kinds that the text of a column contains, and the plain
form of a text.
"""


@contextmanager
def contained_kinds(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[None]:
    """The connection has the functions for columns of these names, called by position, until this ends."""
    # an interrupt of an import within a function would get lost, and leave half a module
    import polars as pl  # noqa: F401  # see above
    import pyarrow as pa  # noqa: F401  # see above

    kind: Any = "arrow"  # as a string, it needs no module that has another name in another version
    within = {f"c{position}": name_context(name).within for position, name in enumerate(names)}

    def contained(columns: Any, texts: Any) -> Any:
        return _contained(within, columns, texts)

    connection.create_function(CONTAINED, contained, ["VARCHAR", "VARCHAR"], "INTEGER[]", type=kind)
    connection.create_function(PLAIN, _plain, ["VARCHAR"], "VARCHAR", type=kind)
    try:
        yield
    except Exception as error:
        if "KeyboardInterrupt" in str(error):  # duckdb reports so a Ctrl-C within the function
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.remove_function(CONTAINED)
        connection.remove_function(PLAIN)


def _plain(texts: Any) -> Any:  # duckdb reads the annotations
    import pyarrow as pa

    return pa.array([None if text is None else normalized(text) for text in texts.to_pylist()], pa.string())


def _contained(within: Mapping[str, Container[Kind]], columns: Any, texts: Any) -> Any:
    import polars as pl
    import pyarrow as pa

    values = texts.to_pylist()
    searched = [within[name] for name in columns.to_pylist()]
    # its words are so many that no other engine finds them as fast as `re`
    contained = [set() if text is None else named_kinds(text) for text in values]
    hints = pl.DataFrame({"text": pl.Series(texts)}).select(
        pl.col("text").str.contains(pattern).alias(name) for name, pattern in _PATTERNS.items()
    )
    for hint, kinds in _SHAPED.items():
        for row in hints[hint].to_numpy().nonzero()[0].tolist():
            for kind in kinds:
                if kind.name not in contained[row] and kind in searched[row] and kind.is_in(values[row]):
                    contained[row].add(kind.name)
    return pa.array([[_AT[name] for name in names] for names in contained], pa.list_(pa.int32()))


_AT = {name: position for position, name in enumerate(LABELS)}
_SHAPED = {
    hint: [kind for kind in KINDS if kind.hint == hint and not kind.context]
    for hint in dict.fromkeys(kind.hint for kind in KINDS if not kind.context)
}
_PATTERNS = {
    hint: f"(?i){HINTS[hint]}".replace(r"\b", r"(?-u:\b)")  # for RE2 and Python it is about letters of ASCII only
    for hint in _SHAPED
}
