"""Golden digests: a change of any value of any column is seen, named, and has to be meant.

After a change that is meant, raise `GENERATOR` in plan.py and run `python tests/test_golden.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest

from qaseed.plan import GENERATOR, plan_of_counts
from qaseed.practice import MODEL
from qaseed.rows import Rows

GOLDEN = Path(__file__).parent / "golden" / "columns.json"
COUNTS = {"location": 1, "provider": 4, "client": 30, "appointment": 120, "note": 60, "ledger_entry": 80}
FEW_VISITS = {"location": 2, "provider": 3, "client": 90, "appointment": 60, "note": 40, "ledger_entry": 50}
FULL_CALENDARS = {"location": 1, "provider": 2, "client": 12, "appointment": 700, "note": 500, "ledger_entry": 900}
PLANS = {
    "columns": ([COUNTS, COUNTS], "fit"),
    # clients who have not come yet, and weeks without a free hour; a new scenario changes none of these rows
    "without_scenarios": ([FEW_VISITS, FULL_CALENDARS], "none"),
}
"""The counts of each tenant, and which scenarios there are."""


def digests(name: str) -> dict[str, str]:
    """A digest of the values of each column, of the tenants of one small plan."""
    counts, scenarios = PLANS[name]
    planned = plan_of_counts(MODEL, "golden", 42, dt.date(2026, 11, 2), counts, scenarios=(scenarios,))
    actual = {}
    for entity in MODEL.entities:
        rows_of_tenants = [Rows(MODEL, tenant, entity, tenant.slots(entity.name)) for tenant in planned.tenants]
        for column in entity.columns:
            values = [value for rows in rows_of_tenants for value in rows[column.name].to_list()]
            text = json.dumps(values, default=str, ensure_ascii=False)
            actual[f"{entity.name}.{column.name}"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return actual


@pytest.mark.parametrize("name", PLANS)
def test_values_are_those_of_this_generator_version(name: str) -> None:
    expected, actual = json.loads(GOLDEN.read_text(encoding="utf-8")), digests(name)
    changed = [column for column, digest in actual.items() if digest != expected[name].get(column)]
    assert not changed, f"these columns have other values than generator {GENERATOR} made"
    assert list(actual) == list(expected[name])
    assert expected["generator"] == GENERATOR


if __name__ == "__main__":
    golden = {"generator": GENERATOR} | {name: digests(name) for name in PLANS}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
