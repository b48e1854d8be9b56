"""Recipes for medications: what a prescriber's client takes in which dose from when on, as the notes have it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Minutes
from qaseed.model import Model
from qaseed.plan import Tenants, is_reserved, owners_and_positions
from qaseed.practice.generators import medication
from qaseed.practice.generators.apportionment import client_offsets
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.clock import (
    DESK_MINUTES,
    DESK_OPENS,
    closing_time,
    days_of,
    desk_day,
    seconds,
    utc_micros,
    zones_of,
)
from qaseed.practice.generators.derived import RowsOf, numbered
from qaseed.practice.generators.note_facts import FORMULARY, regimen_of
from qaseed.practice.generators.outcomes import COMPLETED
from qaseed.practice.generators.partition import providers_of, row_bits
from qaseed.practice.generators.split_treatment import prescriber_of
from qaseed.practice.generators.staff import prescribes
from qaseed.recipes import where
from qaseed.rows import Rows

DRUGS, SCHEDULES = tuple(dict.fromkeys(FORMULARY.drugs)), tuple(dict.fromkeys(FORMULARY.schedules))
CROSS_TAPER = 14
"""Days for which a drug is taken with the one that replaces it (assumed)."""
START_DOSES = {
    drug: tuple(
        dict.fromkeys(
            FORMULARY.doses[first]
            for name, first in zip(FORMULARY.drugs, FORMULARY.first_dose.tolist(), strict=True)
            if name == drug
        )
    )
    for drug in DRUGS
}
"""Doses with which each drug is started: they differ by problem and age."""
STEP, LEAST_STEP = 28, 5
"""Days for which each dose before the window was taken, and at least where there were fewer (assumed)."""
ENTERED_AFTER = 12
"""Minutes from the beginning of a visit after which what is prescribed at it is entered (assumed)."""
STOP_REASONS = ("dose_changed", "side_effects", "not_needed", "care_ended")


def ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The medications of a unit: one for each dose of each drug of the clients who have come to a prescriber."""
    return Ids(_periods(rows_of("client"))["id"].sort().to_numpy())


def _periods(clients: Rows) -> pl.DataFrame:
    """The periods of one dose of these clients: drug, dose, first day, and when and why it ends, if it does."""
    return clients.cached("medications", _periods_of)


def _periods_of(clients: Rows) -> pl.DataFrame:
    tenants, all_ids = clients.tenants, clients.ids
    position = np.flatnonzero(~is_reserved(all_ids))
    position = position[np.argsort(all_ids[position])]
    known = Ids(all_ids[position])
    booked = visits(tenants, *providers_of(client_offsets(tenants), tenants.ordinals("client", known))).visits
    came = np.flatnonzero((booked.status == COMPLETED) & np.isin(booked.client, known))
    came = came[prescribes(tenants, Ids(booked.provider[came]))]
    came = came[np.lexsort((booked.minute[came], booked.day[came], booked.client[came]))]
    client, day = Ids(booked.client[came]), booked.day[came]
    is_first = np.diff(client, prepend=-1) != 0
    nth = _count_since(is_first)
    index = position[np.searchsorted(known, client)]
    taken = regimen_of(clients, index, nth)
    changed = is_first | (np.diff(taken.after, prepend=-1) != 0)
    registered = clients["intake_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()[index]
    later = registered + noise.below(row_bits(tenants, "client", client, "medication"), 60)
    entered = booked.minute[came] + ENTERED_AFTER
    at_desk = DESK_OPENS + noise.below(row_bits(tenants, "client", client, "medication", "minute"), DESK_MINUTES)
    added, dropped = (taken.company == medication.COMPANY.index(name) for name in ("added", "dropped"))
    before = is_first & (taken.company == medication.COMPANY.index("combined"))
    known_before = is_first & (taken.action != 0)
    main = pl.DataFrame(
        {
            "client": client,
            "track": np.zeros(len(client), dtype=np.int64),
            "drug": taken.new_drug,
            "dose": taken.after,
            "day": day,
            "begun": np.where(known_before, later, -1),
            "registered": registered,
            "minute": np.where(known_before, at_desk, entered),
        }
    ).filter(pl.Series(changed, dtype=pl.Boolean))
    main = with_earlier_doses(main, tenants.as_of)
    replaced = pl.col("drug").shift(-1).over("client") != pl.col("drug")
    follows = pl.col("start").shift(-1).over("client")
    main = main.with_columns(
        end=pl.when(replaced).then(follows + CROSS_TAPER).otherwise(follows),
        why=pl.when(replaced).then(pl.lit("side_effects")).when(follows.is_not_null()).then(pl.lit("dose_changed")),
    )
    raised = taken.company == medication.COMPANY.index("raised")
    second = pl.DataFrame(
        {
            "client": client,
            "track": np.ones(len(client), dtype=np.int64),
            "drug": taken.second,
            "dose": taken.second_after,
            "day": day,
            "begun": np.where(before, later, -1),
            "registered": registered,
            "minute": np.where(before, at_desk, entered),
            "goes": dropped,
        }
    ).filter(pl.Series(added | before | raised | dropped, dtype=pl.Boolean))
    second = with_earlier_doses(second, tenants.as_of)
    second = second.with_columns(end=follows, gone=pl.col("goes").shift(-1).over("client")).filter(~pl.col("goes"))
    second = second.with_columns(
        why=pl.when(pl.col("gone")).then(pl.lit("not_needed")).when(follows.is_not_null()).then(pl.lit("dose_changed"))
    ).drop("goes", "gone")
    both = pl.concat((main, second)).sort("client", "start", "track", "dose")
    owners = Ids(both["client"].to_numpy())
    number = _count_since(np.diff(owners, prepend=-1) != 0)
    return both.with_columns(id=pl.Series(numbered(owners, number), dtype=pl.Int64))


def with_earlier_doses(periods: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """The same, and for what was `begun` before the window the doses from the first one on, some weeks each.

    Clients who are not `registered` for long enough brought the drug with them: they take that dose from the first day.
    """
    dose, day, begun, registered = (periods[name].to_numpy() for name in ("dose", "day", "begun", "registered"))
    steps = np.where(begun >= 0, dose - FORMULARY.first_dose[periods["drug"].to_numpy()], 0)
    first = np.minimum(begun, day - LEAST_STEP * (steps + 1))
    brought = (begun >= 0) & (first < registered)
    steps = np.where(brought, 0, steps)
    index, nth = owners_and_positions(steps + 1)
    gap = np.minimum((day - first) // (steps + 1), STEP)[index]
    taken = np.where(brought[index], registered[index], desk_day(as_of, first[index] + gap * nth, later=True))
    start = np.where(begun[index] >= 0, np.minimum(taken, day[index]), day[index])
    return (
        periods[index]
        .with_columns(dose=pl.Series(dose[index] - steps[index] + nth), start=pl.Series(start, dtype=pl.Int64))
        .drop("day", "begun", "registered")
    )


def _count_since(is_first: Mask) -> Ints:
    """How many entries are between each and the last that is first."""
    at = np.arange(len(is_first))
    since: Ints = at - np.maximum.accumulate(np.where(is_first, at, 0))
    return since


def _period(rows: Rows) -> pl.DataFrame:
    """The period of each row."""
    return rows.cached("period", _period_of)


def _period_of(rows: Rows) -> pl.DataFrame:
    periods = _periods(rows.referenced("client_id")[0])
    return pl.DataFrame({"id": pl.Series(rows.ids, dtype=pl.Int64)}).join(
        periods, on="id", how="left", maintain_order="left"
    )


def drug(rows: Rows, column: str) -> pl.Series:
    """A drug that is usual for the client's main diagnosis and age."""
    return pl.Series(FORMULARY.drugs).gather(_period(rows)["drug"])


def schedule(rows: Rows, column: str) -> pl.Series:
    """When it is taken."""
    return pl.Series(FORMULARY.schedules).gather(_period(rows)["drug"])


def dose(rows: Rows, column: str) -> pl.Series:
    """A step of its doses: each change at a visit is a row, and the last one is what is taken now."""
    return pl.Series(FORMULARY.doses).gather(_period(rows)["dose"])


def prescriber(rows: Rows, column: str) -> pl.Series:
    """The client's provider, or the prescriber of that provider's team."""
    owners = Ids(rows.lookup("client_id", "primary_provider_id").to_numpy())
    return pl.Series(prescriber_of(rows.tenants, owners))


def started_on(rows: Rows, column: str) -> pl.Series:
    """At the visit at which the dose was chosen; of earlier clients from soon after registration on, step by step."""
    return _period(rows)["start"].cast(pl.Int32).cast(pl.Date)


def stopped_on(rows: Rows, column: str) -> pl.Series:
    """At the visit that changed the dose, two weeks after one that changed the drug, or at discharge or death."""
    gone, died = (rows.lookup("client_id", name) for name in ("discharge_date", "date_of_death"))
    left = where(died.is_null(), gone, died).cast(pl.Int32).cast(pl.Int64)
    end = pl.Series(_period(rows)["end"])
    end = where(end < days_of(rows.tenants.as_of), end)
    return pl.select(pl.min_horizontal(left, end)).to_series().cast(pl.Int32).cast(pl.Date)


def stop_reason(rows: Rows, column: str) -> pl.Series:
    """The next dose, side effects that led to another drug, no need, or the end of care."""
    why, end = _period(rows)["why"], rows["stopped_on"]
    by_visit = end.cast(pl.Int32).cast(pl.Int64) == _period(rows)["end"]
    return where(end.is_not_null(), where(by_visit.fill_null(value=False), why, "care_ended"))


def status(rows: Rows, column: str) -> pl.Series:
    """Stopped from that day on."""
    return where(rows["stopped_on"].is_null(), "active", "stopped")


def created_at(rows: Rows, column: str) -> pl.Series:
    """During the visit at which it is prescribed; while the desk is open for those from before the window."""
    start, minute = (_period(rows)[name].to_numpy() for name in ("start", "minute"))
    prescribed = utc_micros(zones_of(rows), Days(start), Minutes(minute)) + seconds(rows, column)
    entered = rows.lookup("client_id", "created_at").cast(pl.Int64).to_numpy()
    return pl.Series(np.maximum(prescribed, entered))


def updated_at(rows: Rows, column: str) -> pl.Series:
    """When it was stopped, or entered."""
    created = rows["created_at"].cast(pl.Int64).to_numpy()
    return pl.Series(np.maximum(created, closing_time(rows, "stopped_on", column)))
