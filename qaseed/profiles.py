"""Sizes and shapes of data sets: what a profile is, the four built-in ones, and how tenants share the counts."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from qaseed.errors import UsageError, nearest

AS_OF = dt.date(2026, 11, 2)
EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2200, 12, 31)
"""The first and last `as_of`; a test generates all scenarios for both."""
SEED = 42
TENANTS = 3
MOST_TENANTS = 8191
"""Above this a row's address would pass 2^53, and JSON readers would round it."""
MOST_ROWS = 50_000_000
"""Of one entity in one tenant; above this the products of apportionment would pass 2^63."""

TABLES = ("core", "full")
"""The sets of tables, the default first: what the seed document counts, and all that derives from it."""

RECORDS = {
    "Client": "client",
    "Provider": "provider",
    "Appointment": "appointment",
    "Note": "note",
    "LedgerEntry": "ledger_entry",
    "Location": "location",
}


@dataclass(frozen=True)
class Profile:
    """A data set to generate: how many records of each entity over all tenants, and how long seeding may take.

    `record_counts` takes entity names and record names (`Client`, `LedgerEntry`, ...) alike; a missing one
    is 0. `target_seed_time_seconds` is only compared with, never enforced. `slug` names the snapshot folder;
    a `variant` (another seed, scale, as_of or number of tenants than the profile's own) has its id in that name too.
    `tables` is `core`, or `full` for the tables of claims, insurance, accounts and care too, which no count limits.
    `shares` are percentages by name of the share and label, `modes` the form of an identifier by its kind, `locale` the
    origin of names (packaged ones by default), `scenarios` which to include: `fit` (as many as fit), `none`,
    or names; `adversarial` adds those with hostile strings in free text. `scenario` and `column` are the profile's own,
    by name, as `qaseed.practice.additions` reads them; `source` is the file that declares the profile.
    """

    name: str
    description: str
    target_seed_time_seconds: float
    record_counts: Mapping[str, int] = field(hash=False)
    slug: str = ""
    seed: int = SEED
    as_of: dt.date = AS_OF
    tenants: int = TENANTS
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    modes: Mapping[str, str] = field(default_factory=dict, hash=False)
    locale: str = ""
    scenarios: tuple[str, ...] = ("fit",)
    adversarial: bool = False
    tables: str = "core"
    scenario: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    column: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict, hash=False)
    variant: bool = False
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isprintable() or not isinstance(self.description, str):
            raise UsageError(f"profile {self.name!r}: give name and description as texts")
        seconds = self.target_seed_time_seconds
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e9:
            raise UsageError(f"profile {self.name!r}: target_seed_time_seconds is {seconds!r}; give a number above 0")
        if not isinstance(self.record_counts, Mapping):
            raise UsageError(f"profile {self.name!r}: record_counts is {self.record_counts!r}; give numbers by name")
        object.__setattr__(self, "slug", self.slug or re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-"))
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", self.slug):
            raise UsageError(f"profile {self.name!r}: {self.slug!r} cannot name a folder; give it a plain `slug`")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed < 1 << 63:
            raise UsageError(f"profile {self.slug!r}: seed is {self.seed!r}; give a whole number from 0 to 2^63-1")
        if isinstance(self.tenants, bool) or not isinstance(self.tenants, int) or not 1 <= self.tenants <= MOST_TENANTS:
            raise UsageError(f"profile {self.slug!r}: {self.tenants!r} tenants; give 1 to {MOST_TENANTS:,}")
        counts = _check_counts(self.slug, self.record_counts, MOST_ROWS * self.tenants)
        object.__setattr__(self, "record_counts", counts)
        if type(self.as_of) is not dt.date or not EARLIEST <= self.as_of <= LATEST:
            raise UsageError(
                f"profile {self.slug!r}: as_of is {self.as_of}; give a date from {EARLIEST.year} to {LATEST.year}"
            )
        self._check_settings()

    def _check_settings(self) -> None:
        if not isinstance(self.locale, str) or not isinstance(self.adversarial, bool):
            raise UsageError(f"profile {self.slug!r}: locale is a text such as de_DE, adversarial is true or false")
        if self.tables not in TABLES:
            raise UsageError(f"profile {self.slug!r}: tables is {self.tables!r}; give core or full")
        names = (self.scenarios,) if isinstance(self.scenarios, str) else self.scenarios
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            raise UsageError(f"profile {self.slug!r}: scenarios is {names!r}; give 'fit', 'none' or a list of names")
        object.__setattr__(self, "scenarios", tuple(names))
        for name in ("shares", "modes"):
            if not isinstance(getattr(self, name), Mapping):
                raise UsageError(f"profile {self.slug!r}: {name} is {getattr(self, name)!r}; write a table")
        for name, parts in self.shares.items():
            if not isinstance(parts, Mapping):
                raise UsageError(f"profile {self.slug!r}: shares.{name} is {parts!r}; write a table of percentages")
        for name in ("scenario", "column"):
            try:
                object.__setattr__(self, name, _plain_tables(getattr(self, name)))
            except TypeError as error:
                shape = "[profiles.NAME.scenario.CASE]" if name == "scenario" else "[profiles.NAME.column.TABLE.COLUMN]"
                raise UsageError(f"profile {self.slug!r}: {name} has {error}; write {shape}") from None

    @property
    def additions(self) -> dict[str, Any]:
        """The profile's own scenarios and columns as plain JSON, without what it has none of; part of the recipe."""
        return {name: own for name, own in (("scenario", self.scenario), ("column", self.column)) if own}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings besides counts, seed and date that determine the rows, without defaults; hashable."""
        shares = tuple((name, tuple(dict(share).items())) for name, share in sorted(self.shares.items()))
        values = {
            "shares": shares,
            "modes": tuple(sorted(self.modes.items())),
            "locale": self.locale,
            "adversarial": self.adversarial,
            "tables": "" if self.tables == TABLES[0] else self.tables,
            "additions": json.dumps(self.additions) if self.additions else "",
        }
        return {name: value for name, value in values.items() if value}

    @property
    def total(self) -> int:
        """Records over all entities and tenants, without the tenants themselves."""
        return sum(self.record_counts.values())

    def scaled(self, factor: float) -> Profile:
        """The same profile with every count multiplied and rounded to the nearest whole number."""
        if not 0 < factor <= 1_000_000:
            raise UsageError(f"scale is {factor:g}; give a number above 0, at most 1,000,000")
        counts = {name: int(count * factor + 0.5) for name, count in self.record_counts.items()}
        return self.vary(record_counts=counts)

    def vary(self, **changes: Any) -> Profile:
        """The same profile with some fields changed: a variant, unless nothing differs."""
        changed = replace(self, **changes)
        return self if changed == self else replace(changed, variant=True)

    def per_tenant(self) -> list[dict[str, int]]:
        """The counts of each tenant: equal parts, and the remainder one each to the first ones (largest remainder)."""
        return [
            {name: count // self.tenants + (n < count % self.tenants) for name, count in self.record_counts.items()}
            for n in range(self.tenants)
        ]


def _plain_tables(given: Any) -> dict[str, Any]:
    """Tables of tables with days as texts, so that JSON has them; `TypeError` names what is none."""
    if not isinstance(given, Mapping):
        raise TypeError(repr(given))
    for name, table in given.items():
        if not isinstance(table, Mapping):
            raise TypeError(f"{name} = {table!r}")
    plain: dict[str, Any] = json.loads(json.dumps(given, default=_day_as_text))
    return plain


def _day_as_text(value: Any) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(repr(value))


def _check_counts(profile: str, given: Mapping[str, int], most: int) -> dict[str, int]:
    counts = dict.fromkeys(RECORDS.values(), 0)
    for name, count in given.items():
        entity = RECORDS.get(name, name)
        if entity not in counts:
            raise UsageError(f"profile {profile!r}: no records called {name!r}; {nearest(name, [*RECORDS, *counts])}")
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= most:
            raise UsageError(
                f"profile {profile!r}: {name} is {count!r}; give a whole number from 0 to {most:,}, "
                f"which is {MOST_ROWS:,} a tenant"
            )
        counts[entity] = count
    return counts


def _profile(slug: str, description: str, seconds: int, counts: tuple[int, ...]) -> Profile:
    name = f"{slug.replace('_', ' ').title()} QA Dataset"
    return Profile(name, description, seconds, dict(zip(RECORDS.values(), counts, strict=True)), slug=slug)


PROFILES = {
    profile.slug: profile
    for profile in (
        #                                                 seconds  client provider appointment note ledger location
        _profile("minimal", "Quick smoke tests, CI/CD pipelines", 60, (25, 10, 50, 25, 30, 5)),
        _profile("standard", "Regular QA testing, feature validation", 300, (200, 25, 500, 300, 400, 10)),
        _profile("load_test", "Performance and stress testing", 1800, (2_000, 100, 10_000, 5_000, 8_000, 25)),
        _profile("integration", "End-to-end testing, integration validation", 600, (500, 50, 2_000, 1_000, 1_500, 15)),
    )
}
