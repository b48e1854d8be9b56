"""Practices of given counts, for tests."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import strategies as st

from qaseed.plan import Plan, plan_of_counts
from qaseed.practice import MODEL
from qaseed.rows import Rows

AS_OF = dt.date(2026, 11, 2)
sizes = st.fixed_dictionaries({
    "location": st.integers(1, 4), "provider": st.integers(1, 40), "client": st.integers(1, 200),
    "appointment": st.integers(0, 900), "note": st.integers(0, 400), "ledger_entry": st.integers(0, 900),
})  # fmt: skip


def planned(counts: dict[str, int], as_of: dt.date = AS_OF) -> Plan:
    return plan_of_counts(MODEL, "p", 5, as_of, [counts])


def frames(plan: Plan) -> dict[str, pl.DataFrame]:
    tenant = plan.tenants[0]
    return {e.name: Rows(MODEL, tenant, e, tenant.slots(e.name)).frame() for e in MODEL.entities}
