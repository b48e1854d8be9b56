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
COUNTS = {"location": 2, "provider": 4, "client": 30, "appointment": 120, "note": 60, "ledger_entry": 80}


def digests() -> dict[str, str]:
    """A digest of the values of each column, of two tenants of one small plan."""
    planned = plan_of_counts(MODEL, "golden", 42, dt.date(2026, 11, 2), [COUNTS, COUNTS])
    actual = {}
    for entity in MODEL.entities:
        rows_of_tenants = [Rows(MODEL, tenant, entity, tenant.slots(entity.name)) for tenant in planned.tenants]
        for column in entity.columns:
            values = [value for rows in rows_of_tenants for value in rows[column.name].to_list()]
            text = json.dumps(values, default=str, ensure_ascii=False)
            actual[f"{entity.name}.{column.name}"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return actual


EXPECTED = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {"columns": {}}


@pytest.fixture(scope="module")
def actual() -> dict[str, str]:
    return digests()


@pytest.mark.parametrize("column", EXPECTED["columns"])
def test_values_are_those_of_this_generator_version(column: str, actual: dict[str, str]) -> None:
    assert actual.get(column) == EXPECTED["columns"][column], (
        f"{column} has other values than generator {GENERATOR} made"
    )


def test_every_column_is_golden(actual: dict[str, str]) -> None:
    assert list(actual) == list(EXPECTED["columns"])
    assert EXPECTED["generator"] == GENERATOR


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps({"generator": GENERATOR, "columns": digests()}, indent=1) + "\n", encoding="utf-8")
