"""The kinds of identifiers in texts, many at a time: polars finds those of a shape, Python words, and proves both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qaseed.safety.candidates import named_kinds
from qaseed.safety.detection import name_context
from qaseed.safety.fallback import kinds_otherwise
from qaseed.safety.hints import HINTS
from qaseed.safety.normalizing import DELIMITED_TABLE, ODD, ROWS_TO_INSERT, SPACED_TABLE, normalized
from qaseed.safety.values import KINDS, LABELS
from qaseed.scanning.chance import Checked, written_as
from qaseed.scanning.proof import is_personal_document
from qaseed.scanning.queries import Field

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


def judged_texts(rows: pa.Table, fields: Sequence[Field]) -> tuple[pa.Table, Mapping[tuple[str, str], Checked]]:
    """The distinct values of rows, each with how many `times` it is there, its plain form if that is another, and the
    positions in `LABELS` of the kinds that both contain, if it matches a hint and is no number, and whether it has
    fields that are named like personal data. Then, by column and kind, those that all of them is written as, whatever
    their check digits.
    """
    import polars as pl
    import pyarrow as pa

    within = {
        f"c{position}": frozenset() if column.numeric else name_context(column.name).within
        for position, column in enumerate(fields)
    }
    distinct = _distinct(rows)
    hits = pl.Series(distinct["hit"])
    texts, plain = _with_plain(pl.Series(distinct["v"]), hits)
    columns, times = distinct["n"].to_pylist(), distinct["times"]
    values = texts.to_list()
    searched = [within[at] if hit else frozenset() for at, hit in zip(columns, hits.to_list(), strict=True)]
    # its words are so many that no other engine finds them as fast as `re`
    contained = [named_kinds(text) if kinds else set() for text, kinds in zip(values, searched, strict=True)]
    for hint, kinds in _SHAPED.items():
        for row in texts.str.contains(_PATTERNS[hint]).arg_true().to_list():
            for kind in kinds:
                if kind.name not in contained[row] and kind in searched[row] and kind.is_in(values[row]):
                    contained[row].add(kind.name)
    for text, names, some in zip(values, contained, searched, strict=True):
        if some and not names:
            names.update(kinds_otherwise(text, some))
    lists = pa.array([[_AT[name] for name in names] for names in contained], pa.list_(pa.int32()))
    checked: defaultdict[tuple[str, str], Checked] = defaultdict(Checked)
    for row, kind_name in written_as(texts):
        if searched[row]:
            is_right = kind_name in contained[row]
            checked[columns[row], kind_name].add(1, is_right, times[row].as_py() * is_right)
    inner = {f"c{place}": column.inner for place, column in enumerate(fields) if column.is_text and not column.is_lines}
    personal = [at in inner and is_personal_document(text, inner[at]) for at, text in zip(columns, values, strict=True)]
    judged = {
        "plain": pa.array(plain, pa.string()),
        "contained": lists,
        "is_personal": pa.array(personal, pa.bool_()),
    }
    return pa.table({name: distinct[name] for name in ("n", "v", "times")} | judged), checked


def _distinct(rows: pa.Table) -> pa.Table:
    """Rows with how many `times` each is there; they are not compared if a sample of them hardly repeats."""
    import polars as pl
    import pyarrow as pa

    sample = pl.Series(rows["v"].take(pa.array(range(0, rows.num_rows, max(1, rows.num_rows // _SAMPLE)))))
    if sample.n_unique() * 10 > len(sample) * 9:
        return rows.append_column("times", pa.repeat(pa.scalar(1, pa.uint32()), rows.num_rows))
    times = pa.field("times", pa.uint32())
    return pl.DataFrame(rows).group_by("n", "v", "hit").len("times").to_arrow().cast(rows.schema.append(times))


def _with_plain(texts: pl.Series, hits: pl.Series) -> tuple[pl.Series, list[str | None]]:
    """Texts, of those that match a hint with the plain form below, and the plain form of each if it is another."""
    plain: list[str | None] = [None] * len(texts)
    is_odd = texts.str.contains(_ODD_OR_TABLE) | texts.str.contains(ROWS_TO_INSERT)
    has_gaps = texts.str.contains("  ", literal=True)
    if has_gaps.any():  # few texts have any
        is_odd |= has_gaps & texts.str.contains(SPACED_TABLE)
    odd = (is_odd & hits).arg_true()
    for row, text in zip(odd.to_list(), texts.gather(odd).to_list(), strict=True):
        plain[row] = normalized(text)
    below = {row: f"{texts[row]}\n{form}" for row, form in enumerate(plain) if form is not None}
    return texts.scatter(list(below), list(below.values())) if below else texts, plain


_AT = {name: position for position, name in enumerate(LABELS)}
_SHAPED = {
    hint: [kind for kind in KINDS if kind.hint == hint and not kind.context]
    for hint in dict.fromkeys(kind.hint for kind in KINDS if not kind.context)
}
_PATTERNS = {
    hint: f"(?i){HINTS[hint]}".replace(r"\b", r"(?-u:\b)")  # for RE2 and Python it is about letters of ASCII only
    for hint in _SHAPED
}
_SAMPLE = 2048
_ODD_OR_TABLE = f"(?i){ODD}|{DELIMITED_TABLE}"
