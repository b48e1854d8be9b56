"""Practices of any counts keep every rule, also where their totals ask for all that few visits have."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from qaseed.generation import generate
from qaseed.profiles import PROFILES

AS_OF = PROFILES["minimal"].as_of
COUNTS = ("location", "provider", "client", "appointment", "note", "ledger_entry")


@pytest.mark.parametrize(
    ("counts", "seed", "as_of", "tables"),
    [
        pytest.param((5, 10, 25, 50, 25, 30), 21, AS_OF, "core", id="a draft is charged"),
        pytest.param((3, 27, 99, 146, 63, 140), 114808, AS_OF, "core", id="charged on the last Saturday"),
        pytest.param((3, 28, 43, 154, 222, 293), 692729, dt.date(2027, 8, 19), "core", id="paid on the last morning"),
        pytest.param((8, 5, 87, 436, 45, 463), 792650, dt.date(2026, 1, 28), "core", id="of age by November"),
        pytest.param((5, 18, 96, 18, 120, 25), 323517, AS_OF, "full", id="paid a minute after the charge"),
        pytest.param((8, 25, 112, 214, 152, 440), 612971, AS_OF, "full", id="charged after the desk closes"),
        pytest.param((7, 24, 74, 96, 228, 231), 835464, AS_OF, "full", id="claimed on the last Saturday"),
    ],
)
def test_every_rule_holds(tmp_path: Path, counts: tuple[int, ...], seed: int, as_of: dt.date, tables: str) -> None:
    records = dict(zip(COUNTS, counts, strict=True))
    profile = replace(PROFILES["minimal"], record_counts=records, seed=seed, as_of=as_of, tables=tables)
    report = generate(profile, tmp_path, workers=1).report
    assert report is not None
    assert report.ok()
