"""Recipes for notes: which visit each documents, what it says, and when it was signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.noise import Ints
from qaseed.plan import FIRST_PLACE
from qaseed.practice.making import calendar
from qaseed.practice.making.people import now_micros
from qaseed.practice.making.quotas import appointment_blocks, note_blocks, quotas
from qaseed.recipes import joined, where
from qaseed.rows import Rows

OTHER_NOTES = {"phone": 50, "collateral": 20, "treatment_plan": 30}
"""What notes without a visit are about, in percent (assumed)."""
SIGNING = ((60, 6), (80, 24), (93, 72), (97, 168), (100, 720))
"""Signed within so many hours, up to that percentile (assumed); what falls after the end of the data is a draft."""

_HOUR = 3_600_000_000

REPORTS = (
    "a calmer week with fewer intrusive thoughts", "trouble falling asleep on most nights", "more energy in the mornings",
    "tension at work after a change of schedule", "that the breathing practice helped twice this week",
    "worry that comes and goes in the evening", "having gone for a walk on four days", "low mood for part of the weekend",
    "less avoidance of phone calls and errands", "a disagreement at home that was talked through afterwards",
    "steady appetite and a regular bedtime", "feeling tired but less on edge than last time",
)  # fmt: skip
OBSERVATIONS = (
    "Mood is euthymic, affect full range", "Mood is mildly anxious, affect congruent", "Mood is low, affect restricted",
    "Speech is normal in rate and volume", "Eye contact is good, thought process linear", "Alert and oriented, engaged throughout",
)  # fmt: skip
ASSESSMENTS = (
    "Progress toward the goals of the plan is steady", "Symptoms are improving and functioning is stable",
    "Symptoms are unchanged since the last contact", "A mild setback, with good use of coping skills",
    "Response to the current approach is partial", "Treatment remains appropriate at this level of care",
)  # fmt: skip
PLANS = (
    "Continue the current approach and review goals next time", "Practise paced breathing daily and keep a short log",
    "Plan two pleasant activities before the next contact", "Keep the sleep schedule and limit screens in the evening",
    "Review the safety plan and supports at the next contact", "Coordinate with the prescriber about side effects",
)  # fmt: skip


@dataclass(frozen=True)
class _Stand:
    """Where notes stand: whether each documents a visit, the visit's position, or the client's place without one."""

    visits: calendar.Visits
    of_visit: Any
    at: Ints
    client: Ints


def _stand(rows: Rows) -> _Stand:
    tenant, held = rows.tenant, quotas(rows.tenant)
    blocks = note_blocks(tenant)
    lo, hi = calendar.providers_of(blocks, rows.places)
    provider = np.searchsorted(blocks, rows.places - FIRST_PLACE, side="right") - 1
    nth = rows.places - FIRST_PLACE - blocks[provider]
    documented = np.diff(held.visit_note)[provider]
    of_visit = nth < documented
    completed = np.diff(held.completed)[provider]
    number = held.completed[provider] + np.minimum(nth, documented - 1) * completed // np.maximum(documented, 1)
    found = calendar.visits(tenant, lo, hi)
    at = np.zeros(len(rows), dtype=np.int64)
    at[of_visit] = found.completed_at(tenant, number[of_visit])
    anyone = (
        FIRST_PLACE + held.client[provider] + rows.below(np.maximum(np.diff(held.client)[provider], 1), "client_id")
    )
    client = anyone.copy()
    client[of_visit] = found.client[at[of_visit]]
    return _Stand(found, of_visit, at, client)


def visit(rows: Rows, column: str) -> pl.Series:
    """The completed visit that it documents; null for phone, collateral and plan notes."""
    stand = _stand(rows)
    start = FIRST_PLACE + int(appointment_blocks(rows.tenant)[stand.visits.lo])
    return where(stand.of_visit, rows.tenant.ids(start + stand.at))


def client(rows: Rows, column: str) -> Ints:
    """The visit's client, or one of the provider's clients."""
    return rows.tenant.ids(_stand(rows).client)


def provider(rows: Rows, column: str) -> Ints:
    """Who wrote it: the provider of the visit and of the client."""
    blocks = note_blocks(rows.tenant)
    return rows.tenant.ids(FIRST_PLACE + np.searchsorted(blocks, rows.places - FIRST_PLACE, side="right") - 1)


def note_type(rows: Rows, column: str) -> pl.Series:
    """Intake or progress for a visit; phone, collateral or treatment plan without one."""
    kind = rows.look("appointment_id", "appointment_type") if len(rows) else pl.Series([], dtype=pl.String)
    other = np.array(tuple(OTHER_NOTES))[noise.pick(rows.bits(column), tuple(OTHER_NOTES.values()))]
    return where(kind.is_null(), other, where(kind == "intake", "intake", "progress"))


def created_at(rows: Rows, column: str) -> Ints:
    """Up to two hours after the visit; other notes: in office hours, within the year before as_of, after registration."""
    ended = rows.look("appointment_id", "end_at").cast(pl.Int64).fill_null(0).to_numpy()
    registered = rows.look("client_id", "intake_date").cast(pl.Int32).cast(pl.Int64).to_numpy()
    last = now_micros(rows) // (24 * _HOUR) - 1
    first = np.maximum(registered, calendar.window_start(rows.tenant))
    day = first + rows.below(np.maximum(last - first, 1), column, "day")
    day -= np.maximum((day + 3) % 7 - 4, 0) * (day - 2 >= registered)  # from the weekend back to Friday
    office = calendar.utc_micros(rows.home("timezone"), day, 540 + rows.below(480, column, "minute"))
    return np.where(ended > 0, ended + rows.below(120, column) * 60_000_000, office)


def signed_at(rows: Rows, column: str) -> pl.Series:
    """After a lag in hours; null where the data ends before."""
    lot = rows.below(100, column)
    edges = np.array([0, *(hours for _, hours in SIGNING)])
    band = np.searchsorted([upto for upto, _ in SIGNING], lot, side="right")
    lag = edges[band] * _HOUR + (edges[band + 1] - edges[band]) * rows.below(1000, column, "within") * (_HOUR // 1000)
    signed = rows["created_at"].cast(pl.Int64).to_numpy() + lag
    return where(signed < now_micros(rows), signed)


def note_status(rows: Rows, column: str) -> pl.Series:
    """Draft until it is signed."""
    return where(rows["signed_at"].is_null(), "draft", "signed")


def said(rows: Rows, column: str) -> pl.Series:
    """What the client reports, by name and pronoun of the client's own row."""
    they = rows.look("client_id", "pronouns").str.split("/").list.first()
    also = joined(
        " ",
        they.str.to_titlecase(),
        pl.Series(np.where((they == "they").to_numpy(), " also report ", " also reports ")),
    )
    one = rows.below(len(REPORTS), column, "first")
    other = (one + 1 + rows.below(len(REPORTS) - 1, column, "second")) % len(REPORTS)
    told = pl.Series(REPORTS)
    return joined(
        rows.look("client_id", "first_name"), " reports ", told.gather(one), ".", also, told.gather(other), "."
    )


def _one_of(rows: Rows, sentences: tuple[str, ...], *stream: str) -> pl.Series:
    return pl.Series(sentences).gather(rows.below(len(sentences), *stream))


def seen(rows: Rows, column: str) -> pl.Series:
    """What the provider saw, and how they met."""
    modality = rows.look("appointment_id", "modality")
    how = modality.replace_strict(
        {"in_person": "Seen in person. ", "video": "Seen via secure video. ", "phone": "Held by phone. "},
        default="Contact between visits. ",
        return_dtype=pl.String,
    ).fill_null("Contact between visits. ")
    return joined(how, _one_of(rows, OBSERVATIONS, column), ". Denies thoughts of harm to self or others.")


def judged(rows: Rows, column: str) -> pl.Series:
    """How the provider judges it."""
    return joined(_one_of(rows, ASSESSMENTS, column), ".")


def planned(rows: Rows, column: str) -> pl.Series:
    """What is to be done next."""
    return joined(_one_of(rows, PLANS, column), ". Provider credential: ", rows.look("provider_id", "credentials"), ".")
