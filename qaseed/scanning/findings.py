"""What a scan finds: in the values of columns, in their names, and in the names of files, folders and tables."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from qaseed.errors import UsageError
from qaseed.safety.detection import name_context
from qaseed.safety.names import class_label, classify, with_article
from qaseed.safety.redaction import kinds_in_name, located_name, mark_of, printable
from qaseed.safety.values import LABELS, LETTERS
from qaseed.scanning import limits
from qaseed.scanning.counting import Counts, Unjudged
from qaseed.scanning.people import PERSON
from qaseed.scanning.proof import personal_class, shown_class
from qaseed.scanning.queries import UNPROVEN, Field
from qaseed.scanning.visiting import Visitor

_NAME = "name"
_NUMBERED = re.compile("[0-9]{5}")
"""What a column's name that may be a value has."""


@dataclass(frozen=True)
class Skipped:
    """A table or file, or a part of one, that was not read, why, and the exit code for it."""

    where: str
    reason: str
    exit_code: int = UsageError.exit_code

    @property
    def message(self) -> str:
        """In one line."""
        return f"{self.where}: {self.reason}"


V = TypeVar("V", bound=Visitor)


class Read(Protocol):
    """Shows all rows of a table to a visitor, a new one if it has to begin again: the last, and what was not read."""

    def __call__(self, start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        """The visitor that got the rows, and why not all."""
        ...


@dataclass(frozen=True)
class Table:
    """A table by name and columns, and how a visitor gets its rows; what it got before a failure counts.

    Its name may be shown. Columns may be appended while it is read; `exit_code` is for values that are not text.
    """

    name: str
    fields: Sequence[Field]
    read: Read
    exit_code: int = UsageError.exit_code


@dataclass(frozen=True)
class Finding:
    """A column with a name or with values that may identify a person: how many, never which."""

    where: str
    kind: str
    letter: str
    reason: str
    count: int

    @property
    def id(self) -> str:
        """What stays the same wherever and whenever the same is found: the hash of location and kind."""
        return hashlib.sha256(f"{self.where}\n{self.kind}".encode()).hexdigest()[:10]

    def to_json(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        return {
            "where": self.where, "kind": self.kind, "class": class_label(self.letter), "reason": self.reason,
            "count": self.count, "id": self.id,
        }  # fmt: skip


@dataclass(frozen=True)
class Unproven:
    """A column that is named like personal data, has no title or holds free text: how many of its values nothing proves
    to belong to no person, and the shapes of two of them.
    """

    where: str
    letter: str
    count: int
    shapes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The class in words."""
        return shown_class(self.letter)

    @property
    def id(self) -> str:
        """What stays the same wherever and whenever the same is not proven."""
        return hashlib.sha256(f"{self.where}\nnot proven {self.letter or 'text'}".encode()).hexdigest()[:10]

    def to_json(self) -> dict[str, Any]:
        """The column as plain JSON."""
        return {
            "where": self.where, "class": self.kind, "count": self.count, "shapes": list(self.shapes), "id": self.id,
        }  # fmt: skip


Part = Table | Skipped | Finding
"""What a source consists of."""


Reported = TypeVar("Reported", Finding, Unproven)


def merged(reported: Iterable[Reported]) -> tuple[Reported, ...]:
    """Those of one location and kind as one: two files may be shown by the same name."""
    by_id: dict[str, Reported] = {}
    for one in reported:
        known = by_id.get(one.id)
        by_id[one.id] = replace(known, count=known.count + one.count) if known else one
    return tuple(by_id.values())


def in_name(name: str, where: str) -> Iterator[Finding]:
    """What the name of a file, folder or table gives away; `where` is how it is shown."""
    key, equals, _ = name.partition("=")
    verdict = classify(key) if equals else None
    if verdict and verdict.outcome == "reject":
        yield Finding(where, _NAME, verdict.letter, f"named like {with_article(verdict.label)}", 1)
    for kind in kinds_in_name(name):
        yield Finding(where, kind, LETTERS[kind], f"a name that holds what looks like a real {LABELS[kind]}", 1)


def in_table(table: Table, counts: Counts) -> Iterator[Finding]:
    """What the columns of a table give away by their names and values."""
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, kind), number in counts.identifying().items():
        values[name][kind] += number
    for column in table.fields:
        at = f"{table.name}.{_column(column)}"
        inner = ((f"{at}.{located_name(name)}", classify(name)) for name in column.inner)
        for where, verdict in ((at, column.verdict), *inner):
            if verdict.outcome == "reject":
                context = f" in {verdict.context}" if verdict.context else ""
                yield Finding(where, _NAME, verdict.letter, f"named like {with_article(verdict.label)}{context}", 1)
        # a file without a header has a row for names
        for kind, number in (values[column.name] + Counter(name_context("").kinds_of(column.name))).items():
            yield _of_values(at, column, kind, number)


def unproven_in(table: Table, counts: Counts) -> Iterator[Unproven]:
    """The columns of a table whose values nothing proves to belong to no person; findings do not count again,
    except names in texts, whose other words prove nothing.
    """
    for column in table.fields:
        at = f"{table.name}.{_column(column)}"
        unjudged = counts.unjudged.get(column.name, Unjudged())
        number = unjudged.count + (column.is_headless and not name_context("").kinds_of(column.name))
        if number:
            yield Unproven(at, column.letter, number, tuple(printable(shape) for shape in unjudged.shapes))
        for inner in column.inner:
            letter = personal_class(inner)
            if letter and counts.values[column.name]:
                yield Unproven(f"{at}.{located_name(inner)}", letter, counts.values[column.name])


def not_read(table: Table, counts: Counts) -> Iterator[Skipped]:
    """The columns of a table with binary values that are no text, or with values that were not read to the end."""
    reasons = (
        (counts.binary, "binary values are no text and were not read; look at them by other means"),
        (
            counts.cut,
            f"values were only read up to {limits.LONGEST >> 20} MB; divide them, or look at them by other means",
        ),
    )
    for column in table.fields:
        for numbers, reason in reasons:
            if numbers[column.name]:
                at = f"{table.name}.{_column(column)}"
                yield Skipped(at, f"{numbers[column.name]:,} {reason}", table.exit_code)


def _column(column: Field) -> str:
    is_value = column.is_headless or name_context("").kinds_of(column.name) or _NUMBERED.search(column.name)
    return f"column {mark_of(column.name)}" if is_value else printable(column.name)


def _of_values(where: str, column: Field, kind: str, number: int) -> Finding:
    if kind == UNPROVEN and column.declared:
        reason = f"values that the predicate {column.declared.safe!r} does not prove to be safe"
        return Finding(where, kind, "R", reason, number)
    if kind == PERSON:
        return Finding(where, kind, "A", "texts that name a person whom columns for names have", number)
    return Finding(where, kind, LETTERS[kind], f"values that look like a real {LABELS[kind]}", number)
