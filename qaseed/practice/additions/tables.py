"""Tables of a configuration file, read key by key: each error names where it is and what is right there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from qaseed.errors import UsageError, nearest
from qaseed.model import Column
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.names import with_article
from qaseed.safety.texts import UNSAFE_TEXT

NAME = re.compile(r"[a-z][a-z0-9_]{2,62}")
"""Names of own scenarios and columns: as those of the model, and longer than the aliases that its SQL uses."""
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_RELATIVE = re.compile(r"as_of(?: ([+-]) ([0-9]{1,5}) (day|week|year)s?)?")
_UNSAFE = re.compile(UNSAFE_TEXT)


@dataclass(frozen=True)
class Moment:
    """A day by its distance from as_of: `as_of - 30 years`, `as_of + 2 weeks`."""

    years: int
    """Before as_of."""
    days: int
    """After that."""

    @classmethod
    def parse(cls, text: Any) -> Moment | None:
        """The day that a text names; None for any other value."""
        match = _RELATIVE.fullmatch(text) if isinstance(text, str) else None
        if not match:
            return None
        sign, number, unit = match.groups()
        count = int(number or 0) * (-1 if sign == "-" else 1)
        return cls(-count, 0) if unit == "year" else cls(0, count * (7 if unit == "week" else 1))

    @property
    def sql(self) -> str:
        """The same as an expression of rules."""
        day = f"(date '{{as_of}}' - interval '{self.years} years')" if self.years else "date '{as_of}'"
        return f"({day} + interval '{self.days} days')" if self.days else day


def check_keys(at: str, table: Mapping[str, Any], known: Collection[str], required: Collection[str] = ()) -> None:
    """`UsageError` for a key that a table does not have, or lacks."""
    for name in table:
        if name not in known:
            raise UsageError(f"{at}: no key {name!r}; {nearest(name, known)}")
    for name in required:
        if name not in table:
            raise UsageError(f"{at}: has no {name}; add it")


def check_name(at: str, name: str) -> None:
    """`UsageError` for what cannot name a scenario or a column."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{at}: {name!r} is no name; use 3 to 63 lower-case letters, digits and underscores")


def check_text(at: str, column: Column, value: str) -> str:
    """A text that a column may have and that can belong to no person."""
    from qaseed.safety.detection import value_reason  # slow to import

    if "\0" in value:
        raise UsageError(f"{at}: contains the character 0, which Postgres cannot store; remove it")
    if column.choices and value not in column.choices:
        raise UsageError(f"{at}: {value!r} is none of its values; {nearest(value, [*map(str, column.choices)])}")
    if column.safe:
        predicate = PREDICATES[column.safe]
        if not predicate.holds(value):
            raise UsageError(f"{at}: may belong to a person; give a value that cannot ({predicate.why})")
    elif reason := value_reason(value, column.name):
        raise UsageError(f"{at}: contains what looks like {with_article(reason)}; replace it")
    elif column.free_text and _UNSAFE.search(value):
        raise UsageError(f"{at}: contains what looks like an identifier; replace it")
    return value


def check_number(at: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """A whole number within bounds, both included."""
    least, most = _LEAST if least is None else least, _MOST if most is None else most
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UsageError(f"{at}: {value!r} is not possible; give a whole number from {least:,} to {most:,}")
    return value


def check_flag(at: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise UsageError(f"{at}: {value!r} is not possible; give true or false")
    return value


def check_day(at: str, value: Any) -> Moment | dt.date:
    """A day: relative to as_of, or a date."""
    if relative := Moment.parse(value):
        return relative
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise UsageError(f"{at}: {value!r} is no day; give a date, or such as 'as_of - 30 years'") from None


def check_moment(at: str, value: Any) -> Moment:
    """A day relative to as_of, by which a moment is given."""
    if relative := Moment.parse(value):
        return relative
    raise UsageError(f"{at}: {value!r} is no moment; give one relative to as_of, such as 'as_of - 3 days'")


def as_bound(day: Moment | dt.date) -> Any:
    """A day as recipes take it: a date, or years before as_of and days after that."""
    return day.isoformat() if isinstance(day, dt.date) else (day.years, day.days)
