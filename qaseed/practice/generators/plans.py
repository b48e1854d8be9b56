"""What the kind of a client's plan means for a visit, computed without the client's row."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids
from qaseed.plan import Tenants
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import reference_day
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.people import PLANS, age, at_work


def has_original(tenants: Tenants, clients: Ids) -> Mask:
    """Who has Medicare's own plan, among clients whom Medicare insures."""
    picked = noise.pick(row_bits(tenants, "client", clients, "plan_type"), tuple(PLANS["medicare"].values()))
    original: Mask = picked == tuple(PLANS["medicare"]).index("original")
    return original


def hurt_at_work(tenants: Tenants, clients: Ids, payers: Any, born: Days) -> Mask:
    """Whose visits workers' compensation pays."""
    hurt: Mask = payers == "other"
    others = np.flatnonzero(hurt)
    picked = noise.pick(row_bits(tenants, "client", Ids(clients[others]), "plan_type"), tuple(PLANS["other"].values()))
    births = pl.Series(born[others]).cast(pl.Int32).cast(pl.Date)
    day = pl.repeat(reference_day(tenants), len(others), dtype=pl.Int32, eager=True).cast(pl.Date)
    plans = at_work(pl.Series(tuple(PLANS["other"]), dtype=pl.String).gather(picked), age(births, day))
    hurt[others] = (plans == "workers_comp").to_numpy()
    return hurt
