"""Recipes for medications: what a prescriber's client takes, by main diagnosis and age, and its dose by now."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.model import Model
from qaseed.plan import Tenants, is_reserved
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.calendar import clients_of
from qaseed.practice.generators.clock import DAY, HOUR, days_of, now_micros
from qaseed.practice.generators.derived import RowsOf, numbered, ordered, parents_of
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.people import age
from qaseed.practice.generators.staff import prescribes
from qaseed.recipes import where
from qaseed.rows import Rows

PROBLEMS = {
    "F32": "dep",
    "F33": "dep",
    "F41.1": "anx",
    "F41.9": "anx",
    "F41.0": "panic",
    "F40": "social",
    "F43.1": "ptsd",
    "F43.2": "adjust",
    "F90": "adhd",
    "F31": "bipolar",
    "F10": "alcohol",
    "F11": "opioid",
    "F12": "cannabis",
    "F84": "autism",
    "F42": "ocd",
    "F50": "eating",
    "F60": "bpd",
    "F93": "separation",
    "Z63.4": "grief",
    "Z": "strain",
}
"""What `medication.csv` calls diagnoses, by the beginning of their codes."""
AGES = {"child": 0, "teen": 13, "adult": 18, "senior": 66}
"""From which age at registration on."""
VISITS_A_STEP = 3
"""Visits after which the dose of a client in care rises by a step, up to the client's own (assumed)."""


@lru_cache
def formulary() -> tuple[dict[str, str], ...]:
    """The lines of `medication.csv`: what is prescribed for which problem at which age, and its doses."""
    text = files("qaseed.words").joinpath("medication.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _problem(code: str) -> str:
    known = [prefix for prefix in PROBLEMS if code.startswith(prefix)]
    return PROBLEMS[max(known, key=len)] if known else "anx"


@lru_cache(maxsize=1024)
def _choices(code: str, band: str) -> tuple[int, ...]:
    """The lines of the formulary for a diagnosis and age; those of other ages where there is none."""
    of_problem = [n for n, line in enumerate(formulary()) if line["problem"] == _problem(code)]
    return tuple([n for n in of_problem if formulary()[n]["ages"] == band] or of_problem)


def ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The medications of the clients of a unit: one for each client of a prescriber who has come."""
    clients = rows_of("client")
    load = clients_of(clients)
    takes: Mask = prescribes(tenants, load.provider) & (load.past > 0) & ~is_reserved(clients.ids)
    return ordered(numbered(Ids(clients.ids[takes]), 0))


def _lines(rows: Rows) -> Ints:
    """The line of the formulary of each client, chosen once at registration."""
    years = age(rows.lookup("client_id", "dob"), rows.lookup("client_id", "intake_date"))
    bands = np.searchsorted(np.array(list(AGES.values())), years, side="right") - 1
    bits = _client_bits(rows)
    lines = np.zeros(len(rows), dtype=np.int64)
    codes = rows.lookup("client_id", "primary_dx").to_numpy()
    for code in np.unique(codes).tolist():
        for n, band in enumerate(AGES):
            matching = (codes == code) & (bands == n)
            choices = np.array(_choices(code, band))
            lines[matching] = choices[noise.below(bits[matching], len(choices))]
    return lines


def _client_bits(rows: Rows) -> noise.Bits:
    return row_bits(rows.tenants, "client", parents_of(rows.ids), "note text")


def _of_lines(rows: Rows, value: Callable[[dict[str, str]], str]) -> pl.Series:
    return pl.Series([value(line) for line in formulary()]).gather(rows.cached("formulary", _lines))


def drug(rows: Rows, column: str) -> pl.Series:
    """A drug that is usual for the client's main diagnosis and age."""
    return _of_lines(rows, lambda line: line["drug"])


def schedule(rows: Rows, column: str) -> pl.Series:
    """When it is taken."""
    return _of_lines(rows, lambda line: line["schedule"])


def dose(rows: Rows, column: str) -> pl.Series:
    """A step of its doses: the more visits, the higher, up to one of the client's own."""
    lines, (clients, index) = rows.cached("formulary", _lines), rows.referenced("client_id")
    visits = clients_of(clients).past[index.to_numpy()]
    doses = [line["doses"].split("|") for line in formulary()]
    steps = np.array([len(ladder) for ladder in doses])[lines]
    most = noise.below(rows.bits(column), steps)
    step = np.minimum(visits // VISITS_A_STEP, most)
    return pl.Series([doses[line][at] for line, at in zip(lines.tolist(), step.tolist(), strict=True)])


def prescriber(rows: Rows, column: str) -> pl.Series:
    """The provider who treats the client."""
    return rows.lookup("client_id", "primary_provider_id")


def started_on(rows: Rows, column: str) -> pl.Series:
    """At the first visit of new clients; within two months of registration for others."""
    clients, index = rows.referenced("client_id")
    load = clients_of(clients)
    registered = clients["intake_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    first = np.maximum(np.where(load.new, load.first_day, registered), registered)[index.to_numpy()]
    later = np.where(load.new[index.to_numpy()], 0, rows.below(60, column))
    return pl.Series(np.minimum(first + later, days_of(rows.tenants.as_of) - 1)).cast(pl.Int32).cast(pl.Date)


def stopped_on(rows: Rows, column: str) -> pl.Series:
    """At discharge or death."""
    gone, died = (rows.lookup("client_id", name) for name in ("discharge_date", "date_of_death"))
    return where(died.is_null(), gone, died)


def status(rows: Rows, column: str) -> pl.Series:
    """Stopped from that day on."""
    return where(rows["stopped_on"].is_null(), "active", "stopped")


def _evening(days: pl.Series) -> Ints:
    moments: Ints = days.cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy() * DAY + 22 * HOUR
    return moments


def created_at(rows: Rows, column: str) -> pl.Series:
    """On the day of the prescription, or when the client was entered."""
    entered = rows.lookup("client_id", "created_at").cast(pl.Int64).to_numpy()
    return pl.Series(np.minimum(np.maximum(_evening(rows["started_on"]), entered), now_micros(rows.tenants)))


def updated_at(rows: Rows, column: str) -> pl.Series:
    """When it was stopped, or entered."""
    created = rows["created_at"].cast(pl.Int64).to_numpy()
    return pl.Series(np.minimum(np.maximum(created, _evening(rows["stopped_on"])), now_micros(rows.tenants)))
