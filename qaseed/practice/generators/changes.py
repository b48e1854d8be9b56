"""When rows were last changed: at the last event of the row, or of the rows that depend on it."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.integers import Ids, Ints, Micros
from qaseed.practice.generators.apportionment import appointment_offsets, client_offsets
from qaseed.practice.generators.claim_history import last_of_scenarios
from qaseed.practice.generators.clock import (
    DESK_MINUTES,
    DESK_OPENS,
    closing_time,
    days_of,
    desk_day,
    local_times,
    moments,
    seconds,
    zones_of,
)
from qaseed.practice.generators.ledger import entries_of, ledger
from qaseed.practice.generators.partition import providers_of
from qaseed.practice.generators.schedule import EVENTS
from qaseed.rows import Rows

EDITED = 40
"""Percent of clients, providers and sites whose data is corrected after it was entered (assumed)."""
CORRECTED = (30, 700)
"""Days between two corrections of such a row, at least, and among how many (assumed)."""


def of_row(rows: Rows, column: str) -> Micros:
    """When it was entered, or corrected, while the desk was open: some rows are every so many days.

    So the last correction before as_of stays what it was until the next one.
    """
    zones, as_of = zones_of(rows), rows.tenants.as_of
    created = rows["created_at"].cast(pl.Int64).to_numpy()
    day, _ = local_times(zones, created)
    every = CORRECTED[0] + rows.below(CORRECTED[1], column)
    times = np.maximum(days_of(as_of) - 1 - day, 0) // every
    edited = desk_day(as_of, day + times * every, later=False)
    minute = DESK_OPENS + rows.below(DESK_MINUTES, column, "minute")
    moment = moments(zones, edited * 1440 + minute) + seconds(rows, column)
    is_edited = (rows.below(100, column, "edited") < EDITED) & (times > 0)
    return Micros(np.where(is_edited, moment, created))


def of_provider(rows: Rows, column: str) -> Micros:
    """As of any row; not before the provider left."""
    return _latest(of_row(rows, column), closing_time(rows, "termination_date", column))


def of_client(rows: Rows, column: str) -> Micros:
    """As of any row; not before an entry of the ledger, which changes the balance, the discharge, or being hidden."""
    left = (closing_time(rows, name, column) for name in ("discharge_date", "date_of_death"))
    changed = _latest(of_row(rows, column), *left, rows["deleted_at"].cast(pl.Int64).fill_null(0).to_numpy())
    for clients, entered in _of_ledger(rows):
        changed = Micros(_after(changed, rows.ids, *_last_of_each(clients, entered)))
    return changed


def _last_of_each(ids: Ids, moments: Micros) -> tuple[Ids, Micros]:
    """Each of the ids once, ascending, and its last moment."""
    order = np.argsort(ids)
    first = np.flatnonzero(np.diff(ids[order], prepend=-2))
    return Ids(ids[order[first]]), Micros(np.maximum.reduceat(moments[order], first) if len(first) else moments)


def _of_ledger(rows: Rows) -> list[tuple[Ids, Micros]]:
    """Clients and moments of ledger entries: of these clients and of others of their providers."""
    changes = []
    if len(rows.reserved) < len(rows):
        ordinals = rows.tenants.ordinals("client", Ids(np.delete(rows.ids, rows.reserved)))
        entries = ledger(rows.tenants, *providers_of(client_offsets(rows.tenants), ordinals)).entries
        changes.append((entries.client, entries.entered))
    if len(rows.reserved):
        others = _reserved_entries(rows)
        changes.append((Ids(others["client_id"].to_numpy()), Micros(others["created_at"].cast(pl.Int64).to_numpy())))
    return changes


def _reserved_entries(rows: Rows) -> Rows:
    return rows.others("ledger_entry", rows.tenants.reserved_ids("ledger_entry"))


def of_visit(rows: Rows, column: str) -> Micros:
    """The last event of the visit: its end where it took place, and its charge or fee."""
    changed: Ints = _latest(*(rows[name].cast(pl.Int64).fill_null(0).to_numpy() for name in EVENTS))
    ended = (rows["status"] == "completed").to_numpy()
    changed = np.where(ended, np.maximum(changed, rows["end_at"].cast(pl.Int64).to_numpy()), changed)
    if len(rows.reserved) < len(rows):
        ordinals = rows.tenants.ordinals("appointment", Ids(np.delete(rows.ids, rows.reserved)))
        of_range = ledger(rows.tenants, *providers_of(appointment_offsets(rows.tenants), ordinals))
        changed = _after(changed, rows.ids, of_range.visit, of_range.entered)
    if len(rows.reserved):
        others = _reserved_entries(rows)
        charges = (others["entry_type"].is_in(["charge", "fee"])).to_numpy()
        visits = entries_of(others).visit[charges]
        moment = others["created_at"].cast(pl.Int64).to_numpy()[charges]
        order = np.argsort(visits)
        changed = _after(changed, rows.ids, Ids(visits[order]), Micros(moment[order]))
    return Micros(changed)


def _after(changed: Ints, ids: Ids, known: Ids, moment: Micros) -> Ints:
    """The later of two moments for the ids that are known; `known` ascends, each once."""
    if not len(known):
        return changed
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.where(known[at] == ids, np.maximum(changed, moment[at]), changed)


def of_note(rows: Rows, column: str) -> Micros:
    """The last of writing, signatures and locking."""
    names = ("created_at", "signed_at", "cosigned_at", "locked_at")
    return _latest(*(rows[name].cast(pl.Int64).fill_null(0).to_numpy() for name in names))


def of_entry(rows: Rows, column: str) -> Micros:
    """When it was entered; a charge, when the last entry that settles it or step of its claim was."""
    changed: Ints = entries_of(rows).changed.copy()
    changed[rows.reserved] = rows["created_at"].cast(pl.Int64).to_numpy()[rows.reserved]
    if len(rows.reserved):
        others = _reserved_entries(rows)
        charges, moment = entries_of(others).charge, others["created_at"].cast(pl.Int64).to_numpy()
        changed = _after(changed, rows.ids, *_last_of_each(charges, Micros(moment)))
        changed = _after(changed, rows.ids, *last_of_scenarios(rows.model, rows.tenants))
    return Micros(changed)


def _latest(*moments_of: Ints) -> Micros:
    return Micros(np.maximum.reduce(moments_of))
