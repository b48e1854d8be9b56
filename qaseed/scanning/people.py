"""Names of people in free text, known from the columns for names of the same row and of the whole source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.engine import arrow_batches
from qaseed.scanning.naming import hits_query, names_query, persons_in, texts_in, words_query
from qaseed.scanning.queries import Field
from qaseed.scanning.visiting import Visitor, interruptible

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

    Keys = np.ndarray[Any, np.dtype[np.uint64]]
    Flags = np.ndarray[Any, np.dtype[np.bool_]]

PERSON = "person"
"""The kind of a value that names a person whom other columns name."""
MOST_KEYS = 1 << 23
"""Keys of names of a source that are known at a time; of more, some are known in texts of their own rows only."""
_ROWS = 8192
_MOST_PENDING = 1 << 20


@dataclass
class Names(Visitor):
    """The keys of all given and family names in the columns of a source, except for two common words."""

    keys: Keys | None = None
    _pending: list[Keys] = field(default_factory=list)

    def wanted(self, fields: Sequence[Field]) -> list[Field]:
        """The columns that name people."""
        return list(dict.fromkeys(column for person in persons_in(fields) for column in person.fields))

    def add(self, connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field]) -> None:
        """Keep the names that a relation has in its columns."""
        import pyarrow.compute as pc

        persons = persons_in(fields)
        for batch in _batches(connection, names_query(relation, persons)) if persons else ():
            rare = batch.filter(pc.invert(pc.and_(_is_common(batch["given"]), _is_common(batch["family"]))))
            self._pending.append(rare["keys"].flatten().to_numpy(zero_copy_only=False))
            if sum(map(len, self._pending)) > _MOST_PENDING:
                self.sort()

    def sort(self) -> None:
        """Bring the keys in order, each once, so that they can be searched."""
        import numpy as np

        if self._pending:
            keys = np.concatenate([*([] if self.keys is None else [self.keys]), *self._pending])
            self.keys = None  # three times as many would be in memory
            self._pending.clear()
            keys.sort()
            self.keys = keys[np.append(True, keys[1:] != keys[:-1])][:MOST_KEYS]

    def has(self, keys: Keys) -> Flags:
        """Which of some keys are those of a name."""
        import numpy as np

        if self.keys is None or not len(self.keys):
            return np.zeros(len(keys), np.bool_)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.asarray(self.keys[at] == keys)


def count_people(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field], names: Names
) -> Counter[str]:
    """How many values of each column for text name a person whom the columns for names have.

    Given and family name together count in any text, a family name alone in a text of its own row. A common
    word does not count alone, and neither does a word that occurs in more texts of other rows than of its own.
    """
    persons, texts = persons_in(fields), texts_in(fields)
    counts: Counter[str] = Counter()
    if not texts or not (persons or names.keys is not None):
        return counts
    alone: Counter[tuple[str, str]] = Counter()
    for batch in _batches(connection, hits_query(relation, persons, texts, with_keys=names.keys is not None)):
        is_sure = _is_sure(batch, names)
        counts.update(batch["n"].filter(is_sure).to_pylist())
        alone.update(_alone(batch, is_sure))
    total = _texts_with(connection, relation, texts, sorted({word for _, word in alone})) if alone else Counter()
    for (column, word), number in alone.items():
        if total[column, word] <= 2 * number:
            counts[column] += number
    return Counter({texts[int(column[1:])].name: number for column, number in counts.items()})


def _is_sure(batch: pa.RecordBatch, names: Names) -> pa.Array:
    """Which texts hold a name that nothing else can be."""
    import pyarrow as pa
    import pyarrow.compute as pc

    pairs, alone = (batch[name].values for name in ("pairs", "alone"))
    is_common = pc.and_(_is_common(pairs.field("given")), _is_common(pairs.field("family")))
    flags = (
        _any_within(batch["pairs"], pc.or_(pairs.field("sure"), pc.invert(is_common))),
        _any_within(batch["alone"], alone.field("sure")),
        _any_within(batch["keys"], pa.array(names.has(batch["keys"].values.to_numpy(zero_copy_only=False)))),
    )
    return pc.or_(pc.or_(flags[0], flags[1]), flags[2])


def _alone(batch: pa.RecordBatch, is_sure: pa.Array) -> Iterator[tuple[str, str]]:
    """Of each other text its column, and a family name of its row that is no common word."""
    import pyarrow as pa
    import pyarrow.compute as pc

    others = pa.table({"n": batch["n"], "alone": batch["alone"]})
    others = others.filter(pc.and_(pc.invert(is_sure), pc.greater(pc.list_value_length(others["alone"]), 0)))
    common = _common_words()
    for column, names in zip(others["n"].to_pylist(), others["alone"].to_pylist(), strict=True):
        word = next((name["family"] for name in names if name["family"] not in common), None)
        if word:
            yield column, word


def _texts_with(
    connection: duckdb.DuckDBPyConnection, relation: str, texts: Sequence[Field], words: Sequence[str]
) -> Counter[tuple[str, str]]:
    """How many texts of each column hold each of some words."""
    import pyarrow as pa

    connection.register("qaseed_words", pa.table({"word": pa.array(words, pa.string())}))
    with interruptible():
        rows = connection.execute(words_query(relation, texts, "qaseed_words")).fetchall()
    connection.unregister("qaseed_words")
    return Counter({(column, word): number for column, word, number in rows})


def _any_within(lists: pa.ListArray, flags: pa.Array) -> pa.Array:
    """For each list whether any of its values is flagged."""
    import numpy as np
    import pyarrow as pa

    sums = np.concatenate([[0], np.cumsum(flags.to_numpy(zero_copy_only=False))])
    offsets = lists.offsets.to_numpy()
    return pa.array(sums[offsets[1:]] > sums[offsets[:-1]])


def _is_common(words: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.is_in(words, value_set=_common_array())


@lru_cache
def _common_array() -> pa.Array:
    import pyarrow as pa

    return pa.array(sorted(_common_words()), pa.string())


@lru_cache
def _common_words() -> frozenset[str]:
    """Words that are also names: alone, or two of them, they say nothing."""
    return frozenset(Path(__file__).with_name("common_names.txt").read_text(encoding="utf-8").split())


def _batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    with interruptible():
        yield from arrow_batches(connection.sql(query), _ROWS)
