"""Recipes for notes: which visit each documents, when it was written and signed, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Micros, Minutes
from qaseed.plan import Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators import scenario_rows, traits
from qaseed.practice.generators.apportionment import apportion, note_offsets
from qaseed.practice.generators.arrays import Mask, Notes, aligned
from qaseed.practice.generators.calendar import visits, visits_of
from qaseed.practice.generators.charting import EVENING, MORNING, charts, documented, signatures, writing_minutes
from qaseed.practice.generators.clock import (
    DAY,
    DESK_OPENS,
    MINUTE,
    days_of,
    desk_day,
    local_day,
    local_times,
    moments,
    now_micros,
    seconds,
    utc_micros,
    window_start,
    zones_of,
)
from qaseed.practice.generators.episodes import closed
from qaseed.practice.generators.habits import with_habit
from qaseed.practice.generators.partition import cached_by_range, providers_of, row_bits
from qaseed.practice.generators.people import age
from qaseed.practice.generators.services import bands_of
from qaseed.practice.generators.staff import ASSOCIATES
from qaseed.recipes import joined, where
from qaseed.rows import Rows

WITHOUT_VISIT = ("phone", "collateral", "treatment_plan", "discharge", "psychotherapy_note")
SIGNED_WITHIN = 28
"""Days within which notes are signed, if ever."""
COSIGNING_DAYS, LOCKED_AFTER_DAYS = 5, 14
RISKS = {"none": 70, "low": 27.5, "moderate": 2, "high": 0.5}
"""Assessed risk, in percent; elevated in at most 3 (assumed)."""
ELEVATED = tuple(RISKS).index("moderate")
CALLED, CHECKED_DAYS = 85, 3
"""Percent of clients at elevated risk whom the provider calls after the visit, as far as contacts suffice, and within
how many days (assumed; Zero Suicide: contact within 24 to 72 hours).
"""
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
OF_THE_DAY = 45
"""Percent of a standard deviation by which a client's condition differs from visit to visit (assumed)."""
CONTACT_DAYS, EVENING_CALL = 21, 20 * 60 + 50
"""Days after a visit within which contacts without one follow it; the local minute from which those of its own day do
(assumed)."""
CLOSING = (80, 60)
"""Percent of those whose care has ended whose chart is closed by a note, and of the contacts that do so at most
(assumed: some charts stay open, but not most)."""
BETWEEN_VISITS_NTH = 8
"""Visits assumed before a contact without one."""
ENDS = ("discharge_date", "date_of_death")
"""Columns of clients with the day on which care ended."""
FORMATS = {"SOAP": 60, "DAP": 25, "BIRP": 15}
"""Forms of a note, in percent (assumed)."""


def notes_of(rows: Rows) -> Notes:
    """What each note is about."""
    return rows.cached("notes", _notes_of)


def _notes_of(rows: Rows) -> Notes:
    return aligned(rows, lambda ids: _ordinary_notes(rows.tenants, ids), scenario_rows.notes)


def _ordinary_notes(tenants: Tenants, ids: Ids) -> Notes:
    """A provider's first notes document completed visits, spread evenly; the others follow any of these visits."""
    offsets, totals = note_offsets(tenants), apportion(tenants)
    ordinals = tenants.ordinals("note", ids)
    provider = np.searchsorted(offsets, ordinals, side="right") - 1
    nth = ordinals - offsets[provider]
    documented = np.diff(totals.visit_note)[provider]
    of_visit = nth < documented
    completed = np.diff(totals.completed)[provider]
    booked = visits(tenants, *providers_of(offsets, ordinals))
    number = (
        totals.completed[provider] - int(totals.completed[booked.lo]) + nth * completed // np.maximum(documented, 1)
    )
    position = booked.completed[number[of_visit]]
    contacts = _contacts(tenants, *providers_of(offsets, ordinals))
    nth_contact = (contacts.begin[provider - contacts.lo] + nth - documented)[~of_visit]
    author = tenants.ids("provider", provider)
    author[of_visit] = booked.visits.provider[position]
    visit, client, since = (np.full(len(ids), -1) for _ in range(3))
    visit[of_visit] = booked.visits.id[position]
    client[of_visit] = booked.visits.client[position]
    client[~of_visit] = contacts.client[nth_contact]
    since[~of_visit] = contacts.since[nth_contact]
    first = np.zeros(len(ids), dtype=bool)
    first[~of_visit] = contacts.first[nth_contact]
    checks = np.zeros(len(ids), dtype=bool)
    checks[~of_visit] = contacts.checks[nth_contact]
    chart = charts(tenants, *providers_of(offsets, ordinals))
    hurried = of_visit & chart.all_signed[provider - chart.lo]
    return Notes(author, Ids(client), Ids(visit), Days(since), first, checks, hurried)


@dataclass(frozen=True)
class _Contacts:
    """The contacts without a visit of providers `lo` to `hi`, in the order of their notes."""

    lo: int
    hi: int
    begin: Ints
    """Where those of each provider begin."""
    client: Ids
    since: Days
    first: Mask
    checks: Mask


@cached_by_range
def _contacts(tenants: Tenants, lo: int, hi: int) -> _Contacts:
    """The first close the charts of those whose care has ended, the next ones check on clients at risk; each other one
    follows a completed visit, so who comes often has more; without any visit it is about any client.
    """
    offsets, totals, booked = note_offsets(tenants), apportion(tenants), visits(tenants, lo, hi)
    documented = np.diff(totals.visit_note)[lo:hi]
    counts = np.diff(offsets)[lo:hi] - documented
    provider, nth = owners_and_positions(counts)
    ids = tenants.ids("note", (offsets[lo:hi] + documented)[provider] + nth)
    provider = provider + lo
    clients, completed = (np.diff(of)[provider] for of in (totals.client, totals.completed))
    lot, met = row_bits(tenants, "note", ids, "client_id"), completed > 0
    over = closed(tenants, lo, hi)
    begin = over.begin[:-1][provider - lo]
    ended = np.diff(over.begin)[provider - lo]
    closed_charts = np.minimum(-(-ended * CLOSING[0] // 100), counts[provider - lo] * CLOSING[1] // 100)
    closing = nth < closed_charts
    client = tenants.ids("client", totals.client[provider] + noise.below(lot, np.maximum(clients, 1)))
    since = np.full(len(ids), -1)
    number = totals.completed[provider] - int(totals.completed[booked.lo]) + noise.below(lot, np.maximum(completed, 1))
    position = booked.completed[number[met]]
    client[met], since[met] = booked.visits.client[position], booked.visits.day[position]
    of_closed = (begin + nth)[closing] - int(over.begin[0])
    client[closing], since[closing] = over.client[of_closed], over.since[of_closed]
    owner, visit = _at_risk(tenants, lo, hi)
    risky = np.bincount(owner, minlength=hi - lo)
    checks = ~closing & (nth - closed_charts < risky[provider - lo])
    chosen = visit[(np.cumsum(risky) - risky)[provider - lo][checks] + (nth - closed_charts)[checks]]
    client[checks], since[checks] = booked.visits.client[chosen], booked.visits.day[chosen]
    first, others = np.zeros(len(ids), dtype=bool), np.flatnonzero(~checks)
    first[others[np.unique(client[others], return_index=True)[1]]] = True
    return _Contacts(lo, hi, np.cumsum(counts) - counts, client, Days(since), first, checks)


def _at_risk(tenants: Tenants, lo: int, hi: int) -> tuple[Ints, Ints]:
    """The visits of providers `lo` to `hi` at which the risk was elevated and after which the client is called.

    The provider of each, counted from `lo`, and its position in the calendar.
    """
    number, note = documented(tenants, lo, hi)
    booked, totals = visits(tenants, lo, hi), apportion(tenants)
    position = booked.completed[number + int(totals.completed[lo] - totals.completed[booked.lo])]
    visit = booked.visits.take(position)
    condition = traits.condition(tenants, visit.client, visit.nth) + _of_day(
        row_bits(tenants, "appointment", visit.id, "condition")
    )
    risky = np.flatnonzero(_assessed(condition, row_bits(tenants, "note", note, "risk_level")) >= ELEVATED)
    called = noise.below(row_bits(tenants, "note", Ids(note[risky]), "called"), 100) < CALLED
    risky = risky[called]
    owner = np.searchsorted(note_offsets(tenants), tenants.ordinals("note", Ids(note[risky])), side="right") - 1 - lo
    return owner, position[risky]


def visit(rows: Rows, column: str) -> pl.Series:
    """The completed visit that it documents; null for contacts without one."""
    visits = notes_of(rows).visit
    return where(visits >= 0, visits)


def client(rows: Rows, column: str) -> Ids:
    """The visit's client, or one of the provider's clients."""
    return notes_of(rows).client


def provider(rows: Rows, column: str) -> Ids:
    """Who wrote it: the provider of the visit, or of the client."""
    return notes_of(rows).provider


def note_type(rows: Rows, column: str) -> pl.Series:
    """Intake or progress for a visit; else a contact, plan or private note; a discharge at first where care ended."""
    parts = shares.of(rows.tenants, "contact")
    other = pl.Series(tuple(parts)).gather(noise.pick(rows.bits(column), tuple(parts.values())))
    gone = rows.lookup("client_id", "status").is_in(["discharged", "deceased"]).to_numpy() & notes_of(rows).first
    other = where(notes_of(rows).checks, "phone", other)
    kind = rows.lookup("appointment_id", "appointment_type")
    return where(
        notes_of(rows).visit >= 0, where(kind == "intake", "intake", "progress"), where(gone, "discharge", other)
    )


def created_at(rows: Rows, column: str) -> Micros:
    """Up to an hour after the visit; other notes: in the weeks after one, as a rule while the desk was open."""
    as_of, now = rows.tenants.as_of, days_of(rows.tenants.as_of)
    ended = rows.lookup("appointment_id", "end_at").cast(pl.Int64).fill_null(0).to_numpy()
    registered = rows.lookup("client_id", "intake_date").cast(pl.Int32).cast(pl.Int64).to_numpy()
    left, died = (rows.lookup("client_id", name).cast(pl.Int32).cast(pl.Int64) for name in ENDS)
    is_closing = rows["note_type"] == "discharge"
    known = pl.Series(desk_day(as_of, died.fill_null(0).to_numpy() + 1 + rows.below(10, column, "known"), later=True))
    left = where(died.is_null(), left, where(is_closing, known, died))
    gone = rows.lookup("provider_id", "termination_date").cast(pl.Int32).cast(pl.Int64).fill_null(1 << 30)
    last = np.minimum(np.minimum(left.fill_null(1 << 30).to_numpy(), now - 1), gone.to_numpy() - SIGNED_WITHIN)
    first = np.minimum(np.maximum(registered, window_start(rows.tenants)), last)
    day = desk_day(as_of, first + rows.below(np.maximum(last - first, 1), column, "day"), later=False)
    since = notes_of(rows).since
    followed = since >= 0
    latest = np.maximum(last, since)
    begin = np.minimum(since + 1, latest)
    within = np.where(notes_of(rows).checks, CHECKED_DAYS, CONTACT_DAYS)
    later = begin + rows.below(np.maximum(np.minimum(latest - begin, within), 1), column, "day")
    later = desk_day(as_of, later, later=True)
    later = np.where(later > latest, np.maximum(desk_day(as_of, latest, later=False), since), later)
    last, day = np.where(followed, latest, last), Days(np.where(followed, later, day))
    discharge = is_closing.to_numpy() & left.is_not_null().to_numpy()
    closed_on = np.maximum(desk_day(as_of, last, later=False), since)
    day = Days(np.maximum(np.where(discharge, closed_on, day), registered))
    minute = DESK_OPENS + 60 + rows.below(420, column, "minute")
    minute = np.where(followed & (day == since), EVENING_CALL + minute % 30, minute)
    office = utc_micros(zones_of(rows), day, Minutes(minute))
    minutes = writing_minutes(rows.tenants, rows.ids, notes_of(rows).provider)
    return Micros(np.where(ended > 0, ended + minutes * MINUTE, office) + seconds(rows, column))


def signed_at(rows: Rows, column: str) -> pl.Series:
    """After a lag by the profile's share and the author's pace; null for drafts, and where the data ends before."""
    zones = zones_of(rows)
    day, minute = local_times(zones, rows["created_at"].cast(pl.Int64).to_numpy())
    signed = signatures(rows.tenants, rows.ids, notes_of(rows).provider, day * 1440 + minute, notes_of(rows).hurried)
    return where(signed > 0, moments(zones, signed) + seconds(rows, column))


def signed_by(rows: Rows, column: str) -> pl.Series:
    """Who wrote it, once it is signed."""
    return where(rows["signed_at"].is_not_null(), rows["provider_id"])


def _needs_cosigner(rows: Rows) -> pl.Series:
    return rows.lookup("provider_id", "credentials").is_in(ASSOCIATES)


def cosigned_at(rows: Rows, column: str) -> pl.Series:
    """On one of the next days at work, by the supervisor of an associate; null for all others."""
    zones = zones_of(rows)
    day, _ = local_times(zones, rows["signed_at"].cast(pl.Int64).fill_null(0).to_numpy())
    later = desk_day(rows.tenants.as_of, day + 1 + rows.below(COSIGNING_DAYS, column), later=True)
    minute = Minutes(MORNING + rows.below(EVENING - MORNING, column, "minute"))
    moment = utc_micros(zones, later, minute) + seconds(rows, column)
    signed = rows["signed_at"].is_not_null() & pl.Series(moment < now_micros(rows.tenants))
    return where(_needs_cosigner(rows) & signed, moment)


def cosigned_by(rows: Rows, column: str) -> pl.Series:
    """The supervisor of the associate who wrote it."""
    return where(rows["cosigned_at"].is_not_null(), rows.lookup("provider_id", "supervisor_id"))


def locked_at(rows: Rows, column: str) -> pl.Series:
    """Two weeks after the last signature it needs."""
    last = where(_needs_cosigner(rows), rows["cosigned_at"].cast(pl.Int64), rows["signed_at"].cast(pl.Int64))
    moment = last + LOCKED_AFTER_DAYS * DAY
    return where(moment < now_micros(rows.tenants), moment)


def note_status(rows: Rows, column: str) -> pl.Series:
    """Draft until it is signed, pending until an associate's is cosigned, locked in the end."""
    waiting = _needs_cosigner(rows) & rows["cosigned_at"].is_null()
    final = where(rows["locked_at"].is_not_null(), "locked", "signed")
    return where(rows["signed_at"].is_null(), "draft", where(waiting, "pending_cosign", final))


def note_format(rows: Rows, column: str) -> pl.Series:
    """The author's usual form, but for one note in twenty."""
    known, index = rows.referenced("provider_id")
    usual = noise.pick(known.bits("note_format"), tuple(FORMATS.values()))[index.to_numpy()]
    other = noise.pick(rows.bits(column), tuple(FORMATS.values()))
    return pl.Series(tuple(FORMATS)).gather(np.where(rows.below(20, column, "other") == 0, other, usual))


def confidentiality(rows: Rows, column: str) -> pl.Series:
    """Restricted for psychotherapy notes, 42 CFR Part 2 where substance use is the problem."""
    substance = rows.lookup("client_id", "primary_dx").str.starts_with("F1")
    return where(rows["note_type"] == "psychotherapy_note", "restricted", where(substance, "part2", "normal"))


def dx_codes(rows: Rows, column: str) -> pl.Series:
    """The client's diagnoses, the main one first; none in a psychotherapy note (45 CFR 164.501)."""
    further = joined(" ", rows.lookup("client_id", "further_dx")).fill_null("")
    return where(rows["note_type"] != "psychotherapy_note", joined(rows.lookup("client_id", "primary_dx"), further))


def session_bits(rows: Rows, *stream: str) -> noise.Bits:
    """The noise of each note's session: the same for all members of a group, the note's own elsewhere."""
    first = rows.lookup("appointment_id", "group_id").fill_null(-1).to_numpy()
    bits, together = rows.bits(*stream), first >= 0
    bits[together] = row_bits(rows.tenants, "appointment", Ids(first[together]), *stream)
    return bits


def session_minutes(rows: Rows, column: str) -> pl.Series:
    """Minutes documented, within the band of the service code and no longer than the visit; null without a visit.

    Some providers use all of them, others end early. A group has the same ones for all its members.
    """
    visited, index = rows.referenced("appointment_id")
    booked = rows.lookup("appointment_id", "duration_min").fill_null(0).to_numpy()
    least, most = bands_of(np.append(visits_of(visited).service, -1)[index.fill_null(-1).to_numpy()])
    most = np.maximum(np.minimum(most, booked - _late(rows)), least)
    use = with_habit(rows.tenants, notes_of(rows).provider, column, session_bits(rows, column))
    return where(notes_of(rows).visit >= 0, least + noise.below(use, most - least + 1))


def session_start(rows: Rows, column: str) -> pl.Series:
    """When the documented minutes began: after the client arrived, but for groups."""
    spare = rows.lookup("appointment_id", "duration_min") - rows["session_minutes"]
    late = _late(rows)
    most = np.maximum(spare.fill_null(0).to_numpy() - late, 0) + 1
    waited = pl.Series(late + noise.below(session_bits(rows, column), most)) * MINUTE
    return rows.lookup("appointment_id", "start_at").cast(pl.Int64) + waited


def _late(rows: Rows) -> Ints:
    """How many minutes after the start of the visit the client had arrived; 0 for groups, which wait for nobody."""
    came, start = (rows.lookup("appointment_id", name).cast(pl.Int64) for name in ("checked_in_at", "start_at"))
    late = -((start - came) // MINUTE).fill_null(0).to_numpy()
    return np.where(rows.lookup("appointment_id", "group_id").is_null().to_numpy(), np.maximum(late, 0), 0)


def session_stop(rows: Rows, column: str) -> pl.Series:
    """When they ended."""
    return rows["session_start"].cast(pl.Int64) + rows["session_minutes"] * MINUTE


def age_at_session(rows: Rows) -> Ints:
    """The client's age on the local day of the visit, or of writing without one."""
    day = rows.lookup("appointment_id", "start_local").str.slice(0, 10).str.to_date("%Y-%m-%d")
    written = local_day(rows, rows["created_at"])
    return age(rows.lookup("client_id", "dob"), where(day.is_null(), written, day))


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
    return _of_day(bits)


def _of_day(bits: noise.Bits) -> Ints:
    return traits.normal(bits) * OF_THE_DAY // 100


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
    """Assessed risk: the higher, the worse the condition is; low at most at a discharge, none of the deceased."""
    assessed, closes = _assessed(condition_of(rows), rows.bits(column)), (rows["note_type"] == "discharge").to_numpy()
    died = rows.lookup("client_id", "date_of_death").is_not_null().to_numpy()
    most = np.where(closes, np.where(died, 0, ELEVATED - 1), len(RISKS))
    return pl.Series(tuple(RISKS)).gather(np.minimum(assessed, most))


def _assessed(condition: Ints, bits: noise.Bits) -> Ints:
    """The risk at each condition, in the shares of `RISKS`."""
    lot = traits.mixed((condition, 65), (traits.normal(bits), 60))
    return noise.pick(traits.as_bits(lot), tuple(RISKS.values()))
