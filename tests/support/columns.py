"""Columns of public systems with the class that each name implies, and how well names are classified."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from qaseed.safety.names import classify
from qaseed.safety.spelling import ABBREVIATIONS
from qaseed.safety.tables import classify_columns

DATA = Path(__file__).parents[1] / "data"
LATER = {
    "columns_later.tsv": "collected later",
    "columns_blind.tsv": "measured blind",
    **{f"columns_{number}.tsv": "five more blind sets" for number in ("second", "third", "fourth", "fifth", "sixth")},
    "columns_seventh.tsv": "whole tables",
    "columns_eighth.tsv": "whole tables",
    "columns_ninth.tsv": "whole tables",
    "columns_tenth.tsv": "whole tables",
    "columns_eleventh.tsv": "whole tables",
    "columns_twelfth.tsv": "whole tables",
    "columns_thirteenth.tsv": "whole tables",
    "columns_fourteenth.tsv": "whole tables",
    "columns_fifteenth.tsv": "whole tables",
    "columns_sixteenth.tsv": "whole tables",
    "columns_seventeenth.tsv": "whole tables",
    "columns_eighteenth.tsv": "whole tables",
    "columns_nineteenth.tsv": "whole tables",
    "columns_twentieth.tsv": "whole tables",
    "columns_twentyfirst.tsv": "whole tables",
    "columns_twentysecond.tsv": "whole tables",
    "columns_twentythird.tsv": "whole tables",
    "columns_twentyfourth.tsv": "whole tables",
    "columns_twentyfifth.tsv": "whole tables",
    "columns_twentysixth.tsv": "whole tables",
    "columns_twentyseventh.tsv": "whole tables",
    "columns_twentyeighth.tsv": "whole tables",
    "columns_twentyninth.tsv": "whole tables",
    "columns_thirtieth.tsv": "whole tables",
    "columns_thirtyfirst.tsv": "whole tables",
    "columns_thirtysecond.tsv": "whole tables",
    "columns_thirtythird.tsv": "whole tables",
}
"""By file: the part whose systems were collected after the words had been settled."""
CLASSES = {"reject": "REJECT", "managed": "MANAGED", "meta": "OK", "ok": "OK"}


@dataclass(frozen=True)
class Column:
    """A name of a column of a system; `kind` is its Safe Harbor letter, or why it has none; `found` is the class that
    the name is given, beside the others of its table if the set has whole tables.
    """

    system: str
    part: str
    label: str
    kind: str
    name: str
    table: str
    found: str

    @property
    def found_alone(self) -> str:
        """The class that the name is given without its table."""
        return CLASSES[classify(self.name).outcome]


def columns() -> Iterator[Column]:
    """All columns, by system; the words were made with the systems of the part `training`."""
    tables: dict[tuple[str, str], list[Column]] = {}
    for file in ("columns.tsv", *LATER):
        for line in (DATA / file).read_text(encoding="utf-8").splitlines():
            if not line.startswith("# "):
                system, label, kind, names, *table = line.split("\t")
                half = "held back" if hashlib.sha256(system.encode()).digest()[0] % 2 else "training"
                part = LATER.get(file, half)
                for name in names.split():
                    column = Column(system, part, label, kind, name, "".join(table), "")
                    tables.setdefault((system, column.table), []).append(column)
    for (_, table_name), some in tables.items():
        names_of_table = [column.name for column in some]
        verdicts = classify_columns(names_of_table, table_name) if table_name else map(classify, names_of_table)
        for column, verdict in zip(some, verdicts, strict=True):
            yield replace(column, found=CLASSES[verdict.outcome])


def known() -> Iterator[Column]:
    """Names written from knowledge, judged beside two columns of a table of persons, or of vehicles, unless they are of none."""
    for line in (DATA / "names_known.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            topic, label, kind, names, *table = line.split("\t")
            title = "".join(table) or "patient"
            others = [] if label == "OK" else ["make", "model"] if kind == "L" else ["first_name", "dob"]
            for name in names.split():
                found = CLASSES[classify_columns([name, *others], title if others else "")[0].outcome]
                yield Column(topic, "known", label, kind, name, title, found)


_SAYS_NUMBER = frozenset(form for form, word in ABBREVIATIONS.items() if word in ("number", "code", "id")) | {
    *"number id code key token secret kod kods kodas so ma lek".split()
}


def catalog() -> Iterator[tuple[str, str]]:
    """Names of columns formed of the words of the catalog as people form them, each with its country, all to refuse."""
    for line in (DATA / "names_catalog.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            country, letter, phrases = line.split("\t")
            for phrase in phrases.split():
                yield from ((country, name) for name in _formed(phrase, numbered=letter not in "-P"))


def _formed(phrase: str, *, numbered: bool) -> Iterator[str]:
    words = phrase.split("_")
    yield phrase
    yield words[0] + "".join(map(str.capitalize, words[1:]))
    yield f"patient_{phrase}"
    if 1 < len(words) < 4:
        yield "".join(words)
    if numbered and _SAYS_NUMBER.isdisjoint((words[0], words[-1])) and not words[-1].endswith(_COMPOUND_NUMBERS):
        yield from (f"{phrase}_{form}" for form in ("number", "no", "nr", "id"))


_COMPOUND_NUMBERS = ("nummer", "numero", "nomer", "szam", "number")


@dataclass(frozen=True)
class Share:
    """How many of how many, with the Wilson interval of 95 %."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.part / self.whole if self.whole else 0.0

    def __str__(self) -> str:
        if not self.whole:
            return "none"
        z, n, p = 1.96, self.whole, self.value
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = max(0.0, middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
        return f"{p:.3f} ({low:.3f}-{high:.3f}), {self.part} of {n}"


def measured(some: Iterable[Column]) -> dict[str, Share]:
    """Recall and precision of refused names, recall of managed ones, false alarms on the others."""
    counts = Counter((column.label, column.found) for column in some)

    def of(label: str) -> int:
        return sum(number for (expected, _), number in counts.items() if expected == label)

    refused = sum(number for (_, found), number in counts.items() if found == "REJECT")
    return {
        "REJECT recall": Share(counts["REJECT", "REJECT"], of("REJECT")),
        "REJECT precision": Share(counts["REJECT", "REJECT"], refused),
        "MANAGED recall": Share(counts["MANAGED", "MANAGED"], of("MANAGED")),
        "false alarms on OK": Share(of("OK") - counts["OK", "OK"], of("OK")),
    }
