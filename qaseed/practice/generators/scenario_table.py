"""Recipes for the `scenario` table: which scenarios a tenant has, and where their rows are."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Ids, Slots
from qaseed.model import Scenario
from qaseed.rows import Rows


def _scenarios(rows: Rows) -> list[Scenario]:
    known = {scenario.name: scenario for scenario in rows.model.scenarios}
    tenants = [rows.tenants.all[owner] for owner in rows.owners.tolist()]
    return [
        known[tenant.scenario_names[slot - FIRST_ORDINARY_SLOT]]
        for tenant, slot in zip(tenants, rows.slots.tolist(), strict=True)
    ]


def scenario_field(rows: Rows, column: str, field: str) -> pl.Series:
    """A field of each scenario's declaration."""
    return pl.Series([getattr(scenario, field) for scenario in _scenarios(rows)], dtype=pl.String)


def row_id(rows: Rows, column: str) -> Ids:
    """The id of the scenario's row."""
    return rows.at_slots(Slots(np.array([scenario.slot for scenario in _scenarios(rows)], dtype=np.int64)))
