"""Recipes for the list of a client's diagnoses: the main one, and those beside it."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.integers import Ids
from qaseed.model import Model
from qaseed.plan import Tenants
from qaseed.practice.generators.clock import MINUTE, closing_time, now_micros, seconds
from qaseed.practice.generators.derived import RowsOf, numbered, numbers_of, ordered
from qaseed.practice.generators.diagnoses import FURTHER, NUMBER
from qaseed.recipes import where
from qaseed.rows import Rows

MOST = len(NUMBER) - 1
CODES = tuple(FURTHER)
RESOLVED = 40
"""Percent of diagnoses beside the main one that are resolved at discharge (assumed)."""


def _lists(clients: Rows) -> list[pl.Series]:
    """The diagnoses of each client, the main one first; null where there is none."""
    further = clients["further_dx"].str.split(" ")
    return [clients["primary_dx"], *(further.list.get(number, null_on_oob=True) for number in range(MOST))]


def ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The diagnoses of the clients of a unit."""
    clients = rows_of("client").ids
    codes = _lists(rows_of("client"))
    is_listed = [code.is_not_null().to_numpy() for code in codes]
    return ordered(*(numbered(Ids(clients[mask]), number) for number, mask in enumerate(is_listed)))


def _of_clients(rows: Rows) -> list[pl.Series]:
    clients, index = rows.referenced("client_id")
    return [code.gather(index) for code in _lists(clients)]


def code(rows: Rows, column: str) -> pl.Series:
    """The client's main diagnosis, or another one."""
    numbers, codes = numbers_of(rows.ids), rows.cached("diagnoses", _of_clients)
    chosen = codes[0]
    for number in range(1, MOST + 1):
        chosen = where(numbers == number, codes[number], chosen)
    return chosen


def rank(rows: Rows, column: str) -> pl.Series:
    """1 for the main diagnosis, and one more for each of the others."""
    numbers, codes = numbers_of(rows.ids), rows.cached("diagnoses", _of_clients)
    before = np.zeros(len(rows), dtype=np.int64)
    for number, of_client in enumerate(codes):
        before += (number < numbers) & of_client.is_not_null().to_numpy()
    return pl.Series(1 + before)


def diagnosed_on(rows: Rows, column: str) -> pl.Series:
    """The day of registration."""
    return rows.lookup("client_id", "intake_date")


def resolved_on(rows: Rows, column: str) -> pl.Series:
    """At discharge, for some of those beside the main diagnosis; until then notes have them."""
    over = (numbers_of(rows.ids) > 0) & (rows.below(100, column, "resolved") < RESOLVED)
    return where(over, rows.lookup("client_id", "discharge_date"))


def status(rows: Rows, column: str) -> pl.Series:
    """Resolved from the day on which it is over."""
    return where(rows["resolved_on"].is_null(), "active", "resolved")


def provider(rows: Rows, column: str) -> pl.Series:
    """Who treats the client."""
    return rows.lookup("client_id", "primary_provider_id")


def created_at(rows: Rows, column: str) -> pl.Series:
    """Within an hour after the client was entered."""
    entered = rows.lookup("client_id", "created_at").cast(pl.Int64).to_numpy()
    moment = entered + (5 + rows.below(55, column)) * MINUTE + seconds(rows, column)
    return pl.Series(np.minimum(moment, np.maximum(now_micros(rows.tenants), entered)))


def updated_at(rows: Rows, column: str) -> pl.Series:
    """When it was resolved, or entered."""
    created = rows["created_at"].cast(pl.Int64).to_numpy()
    return pl.Series(np.maximum(created, closing_time(rows, "resolved_on", column)))
