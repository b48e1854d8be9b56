"""Recipes for notes: which visit each documents, when it was written and signed, and how long the session was."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Micros, Minutes
from qaseed.plan import Tenants
from qaseed.practice import shares
from qaseed.practice.generators import contacts, scenario_rows
from qaseed.practice.generators.apportionment import apportion, note_offsets
from qaseed.practice.generators.arrays import Notes, aligned
from qaseed.practice.generators.calendar import visits, visits_of
from qaseed.practice.generators.charting import EVENING, MORNING, charts, signatures, writing_minutes
from qaseed.practice.generators.clock import (
    DAY,
    MINUTE,
    desk_day,
    local_day,
    local_times,
    moments,
    now_micros,
    seconds,
    utc_micros,
    zones_of,
)
from qaseed.practice.generators.habits import with_habit
from qaseed.practice.generators.partition import providers_of, row_bits
from qaseed.practice.generators.people import age
from qaseed.practice.generators.services import bands_of
from qaseed.practice.generators.staff import ASSOCIATES
from qaseed.recipes import joined, where
from qaseed.rows import Rows

COSIGNING_DAYS, LOCKED_AFTER_DAYS = 5, 14
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
    between = contacts.contacts(tenants, *providers_of(offsets, ordinals))
    nth_contact = (between.begin[provider - between.lo] + nth - documented)[~of_visit]
    author = tenants.ids("provider", provider)
    author[of_visit] = booked.visits.provider[position]
    visit, client, since, ahead = (np.full(len(ids), -1) for _ in range(4))
    visit[of_visit] = booked.visits.id[position]
    client[of_visit] = booked.visits.client[position]
    client[~of_visit] = between.client[nth_contact]
    since[~of_visit] = between.since[nth_contact]
    ahead[~of_visit] = between.ahead[nth_contact]
    first = np.zeros(len(ids), dtype=bool)
    first[~of_visit] = between.first[nth_contact]
    checks = np.zeros(len(ids), dtype=bool)
    checks[~of_visit] = between.checks[nth_contact]
    chart = charts(tenants, *providers_of(offsets, ordinals))
    hurried = of_visit & chart.all_signed[provider - chart.lo]
    return Notes(author, Ids(client), Ids(visit), Days(since), ahead, first, checks, hurried)


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
    ended = rows.lookup("appointment_id", "end_at").cast(pl.Int64).fill_null(0).to_numpy()
    minutes = writing_minutes(rows.tenants, rows.ids, notes_of(rows).provider)
    between = contacts.written_at(rows, notes_of(rows), column)
    return Micros(np.where(ended > 0, ended + minutes * MINUTE, between) + seconds(rows, column))


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
