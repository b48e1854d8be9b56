"""Golden verdicts: what each name and text of the corpora is taken for; a change of any is seen, and has to be meant.

Labels and measures say whether verdicts are right; here a change of code or words shows every verdict that it changes.
After a change that is meant, run `python tests/test_verdicts.py` and read the difference.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from qaseed.safety.detection import name_context
from qaseed.safety.names import Verdict, classify
from qaseed.safety.tables import classify_columns
from support import labeled_texts
from support.columns import catalog, columns, known
from support.values import DATA, blind, clean_notes, national

GOLDEN = Path(__file__).parent / "golden"


def _shown(verdict: Verdict) -> str:
    return f"{verdict.outcome}\t{verdict.letter}\t{verdict.words}\t{verdict.context}".rstrip()


def names() -> Iterator[str]:
    """What each name means alone, unless nothing."""
    corpora = (column.name for column in (*columns(), *known()))
    for name in sorted({*corpora, *(name for _, name in catalog()), *labeled_texts.names()}):
        if (verdict := classify(name)) != Verdict("ok"):
            yield f"{name}\t{_shown(verdict)}"


def tables() -> Iterator[str]:
    """What a name means beside the others of its table, where that is not what it means alone."""
    by_table = sorted(columns(), key=lambda column: (column.system, column.table))
    for (system, table), some in groupby(by_table, key=lambda column: (column.system, column.table)):
        names = [column.name for column in some]
        for name, verdict in zip(names, classify_columns(names, table), strict=True):
            if verdict != classify(name):
                yield f"{system}\t{table}\t{name}\t{_shown(verdict)}"


def texts() -> Iterator[str]:
    """The kinds of identifiers in each text that has any."""
    for file in sorted(path.name for path in DATA.glob("values_*.tsv")):
        for number, value in enumerate(blind([file])):
            if kinds := name_context("").kinds_of(value.text):
                yield f"{file}\t{number}\t{' '.join(kinds)}"
    for corpus, some in (("national", (value.text for value in national())), ("notes", clean_notes(1000))):
        for number, text in enumerate(some):
            if kinds := name_context("").kinds_of(text):
                yield f"{corpus}\t{number}\t{' '.join(kinds)}"


VERDICTS = {"names": names, "tables": tables, "texts": texts}


@pytest.mark.parametrize("subject", VERDICTS)
def test_verdicts_are_those_that_were_read(subject: str) -> None:
    expected = (GOLDEN / f"verdicts_of_{subject}.tsv").read_text(encoding="utf-8").splitlines()
    changes = difflib.unified_diff(expected, list(VERDICTS[subject]()), "read", "now", lineterm="", n=0)
    assert not "\n".join(changes)


if __name__ == "__main__":
    for subject, lines in VERDICTS.items():
        text = "".join(f"{line}\n" for line in lines())
        (GOLDEN / f"verdicts_of_{subject}.tsv").write_text(text, encoding="utf-8")
