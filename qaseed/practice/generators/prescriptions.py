"""Recipes for medications: what a prescriber's client takes in which dose from when on, as the notes have it."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Minutes
from qaseed.model import Model
from qaseed.plan import Tenants, is_reserved
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

CROSS_TAPER = 14
"""Days for which a drug is taken with the one that replaces it (assumed)."""
ENTERED_AFTER = 12
"""Minutes from the beginning of a visit after which what is prescribed at it is entered (assumed)."""
STOP_REASONS = ("dose_changed", "side_effects", "not_needed", "care_ended")
DRUGS, SCHEDULES = tuple(dict.fromkeys(FORMULARY.drugs)), tuple(dict.fromkeys(FORMULARY.schedules))


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
    later = noise.below(row_bits(tenants, "client", client, "medication"), 60)
    earlier = np.minimum(desk_day(tenants.as_of, registered + later, later=True), day)
    entered = booked.minute[came] + ENTERED_AFTER
    at_desk = DESK_OPENS + noise.below(row_bits(tenants, "client", client, "medication", "minute"), DESK_MINUTES)
    added, dropped = (taken.company == medication.COMPANY.index(name) for name in ("added", "dropped"))
    before = is_first & (taken.company == medication.COMPANY.index("combined"))
    main = pl.DataFrame(
        {
            "client": client,
            "track": np.zeros(len(client), dtype=np.int64),
            "drug": taken.new_drug,
            "dose": taken.after,
            "start": np.where(is_first & (taken.action != 0), earlier, day),
            "minute": np.where(is_first & (taken.action != 0), at_desk, entered),
        }
    ).filter(pl.Series(changed, dtype=pl.Boolean))
    replaced = pl.col("drug").shift(-1).over("client") != pl.col("drug")
    follows = pl.col("start").shift(-1).over("client")
    main = main.with_columns(
        end=pl.when(replaced).then(follows + CROSS_TAPER).otherwise(follows),
        why=pl.when(replaced).then(pl.lit("side_effects")).when(follows.is_not_null()).then(pl.lit("dose_changed")),
    )
    second = pl.DataFrame(
        {
            "client": client,
            "track": np.ones(len(client), dtype=np.int64),
            "drug": taken.second,
            "dose": taken.second_dose,
            "start": np.where(before, earlier, day),
            "minute": np.where(before, at_desk, entered),
            "begins": added | before,
        }
    ).filter(pl.Series(added | before | dropped, dtype=pl.Boolean))
    second = second.with_columns(end=follows).filter("begins").drop("begins")
    second = second.with_columns(why=pl.when(pl.col("end").is_not_null()).then(pl.lit("not_needed")))
    both = pl.concat((main, second)).sort("client", "start", "track", "dose")
    owners = Ids(both["client"].to_numpy())
    number = _count_since(np.diff(owners, prepend=-1) != 0)
    return both.with_columns(id=pl.Series(numbered(owners, number), dtype=pl.Int64))


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
    """At the visit at which the dose was chosen; the first of earlier clients soon after registration."""
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
