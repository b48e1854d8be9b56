"""Recipes for what a note assesses: the client's condition, scores of questionnaires, risk."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.integers import Ids, Ints
from qaseed.practice.generators import traits
from qaseed.practice.generators.calendar import visits_of
from qaseed.practice.generators.clinic import age_at_session, notes_of
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.risk import ELEVATED, RISKS, assessed, of_day
from qaseed.recipes import where
from qaseed.rows import Rows

SCORES = {"phq9": (10, 33), "gad7": (9, 27)}
"""Points of a questionnaire at an average condition, and tenths of a point for each standard deviation of it."""
SCORES_BY_DX = {
    "F32": (14, 10),
    "F33": (14, 10),
    "F31": (12, 9),
    "F41": (9, 12),
    "F40": (8, 11),
    "F42": (9, 11),
    "F43.1": (12, 12),
    "F43.2": (10, 10),
    "F50": (11, 10),
    "F60": (13, 11),
    "F84": (7, 8),
    "F90": (7, 8),
    "F93": (7, 11),
    "Z": (6, 6),
}
"""PHQ-9 and GAD-7 at an average condition, by the beginning of the diagnosis: of its own field higher (assumed)."""
SCORED = (95, 60)
"""Percent of intakes and of later visits at which the questionnaires are filled in (assumed, of a practice that
measures: few do so routinely; Lewis 2019: 14 % of psychiatrists and 11 % of psychologists, from memory).
"""
BETWEEN_VISITS_NTH = 8
"""Visits assumed before a contact without one."""


def condition_of(rows: Rows) -> Ints:
    """How ill the client is when the note is written: normal, by severity and the visits before."""
    return rows.cached("condition", _condition_of)


def _condition_of(rows: Rows) -> Ints:
    visited, index = rows.referenced("appointment_id")
    nth = pl.Series(visits_of(visited).nth, dtype=pl.Int64).gather(index).fill_null(BETWEEN_VISITS_NTH).to_numpy()
    visit = notes_of(rows).visit
    return traits.condition(rows.tenants, notes_of(rows).client, nth) + of_the_day(rows, visit, "condition")


def of_the_day(rows: Rows, visit: Ids, *stream: str) -> Ints:
    """By how much a client's condition differs on the day of each visit; of the note's own stream without one."""
    bits, known = rows.bits(*stream), visit >= 0
    bits[known] = row_bits(rows.tenants, "appointment", Ids(visit[known]), "condition")
    return of_day(bits)


def score(rows: Rows, column: str, most: int) -> pl.Series:
    """Total of a questionnaire, from age 12, at the visits at which both are filled in.

    By diagnosis and condition, so it falls with treatment.
    """
    level, slope = SCORES[column]
    clients, index = rows.referenced("client_id")
    diagnosis = clients["primary_dx"]
    of_client = np.full(len(clients), level, dtype=np.int64)
    for prefix, points in SCORES_BY_DX.items():
        of_client[diagnosis.str.starts_with(prefix).to_numpy()] = points[tuple(SCORES).index(column)]
    base = of_client[index.to_numpy()]
    own = traits.normal(traits.client_bits(rows.tenants, notes_of(rows).client, column))
    of_day = traits.normal(rows.bits(column))
    value = base + (slope * condition_of(rows) + 17 * own + 13 * of_day + 5000) // 10_000
    filled = np.where((rows["note_type"] == "intake").to_numpy(), *SCORED)
    has_score = (notes_of(rows).visit >= 0) & (rows.below(100, "scored") < filled) & (age_at_session(rows) >= 12)
    return where(has_score, np.clip(value, 0, most))


def risk_level(rows: Rows, column: str) -> pl.Series:
    """Assessed risk: the higher, the worse the condition is; low at most at a discharge.

    None of the deceased, and in psychotherapy notes, which assess nothing (45 CFR 164.501).
    """
    judged, kind = assessed(condition_of(rows), rows.bits(column)), rows["note_type"]
    died = rows.lookup("client_id", "date_of_death").is_not_null()
    nothing = (kind == "psychotherapy_note") | ((kind == "discharge") & died)
    most = np.select([nothing.to_numpy(), (kind == "discharge").to_numpy()], [0, ELEVATED - 1], len(RISKS))
    return pl.Series(tuple(RISKS)).gather(np.minimum(judged, most))
