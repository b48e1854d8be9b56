"""When completed visits are documented and signed: at hours when clinicians work, never on a Sunday or a holiday."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.plan import Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import MOST_ENTRIES, apportion, note_offsets
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.clock import holidays, local_end
from qaseed.practice.generators.habits import with_habit
from qaseed.practice.generators.partition import cached_by_range, row_bits
from qaseed.practice.generators.services import minutes_of

MORNING, EVENING, LATEST = 7 * 60 + 30, 19 * 60, 22 * 60 + 45
"""Local minutes between which notes are signed on another day, and until which on the day they are written."""
BEFORE_CHARGE = 3
"""Minutes of the data that follow each signature at least, so that a charge may."""
WRITING = 60
"""Minutes after a visit within which its note is written."""
DENSE = 0.8
"""Of all ledger entries that could be, the share from which nearly all visits are billed: then no note is a draft."""
_LATER_DAYS = (8, 17)


@dataclass(frozen=True)
class Charts:
    """Completed visits of providers `lo` to `hi`, in the order of `Booked.completed`; in local minutes since 1970."""

    lo: int
    hi: int
    end: Ints
    signed: Ints
    """When the note was signed; 0 for a draft, -1 without a note."""
    all_signed: Mask
    """Of each provider: whether its ledger entries ask for every visit, so that no note of one is a draft."""


@cached_by_range
def charts(tenants: Tenants, lo: int, hi: int) -> Charts:
    """What is documented of the completed visits of providers `lo` up to `hi`."""
    booked = visits(tenants, lo, hi)
    first, end = (int(apportion(tenants).completed[n] - apportion(tenants).completed[booked.lo]) for n in (lo, hi))
    done = booked.visits.take(booked.completed[first:end])
    ended = done.day * 1440 + done.minute + minutes_of(done.service)
    number, note = documented(tenants, lo, hi)
    author = Ids(done.provider[number])
    written = ended[number] + writing_minutes(tenants, note, author)
    of_notes = signatures(tenants, note, author, written, np.zeros(len(note), dtype=bool))
    completed, entries = (np.diff(of[lo : hi + 1]) for of in (apportion(tenants).completed, apportion(tenants).entry))
    owner = np.searchsorted(np.cumsum(completed), number, side="right")
    drafts = np.bincount(owner[of_notes == 0], minlength=hi - lo)
    all_signed = entries > MOST_ENTRIES * (completed - drafts)
    hurried = all_signed[owner]
    if hurried.any():
        of_notes[hurried] = signatures(
            tenants, Ids(note[hurried]), Ids(author[hurried]), written[hurried], hurried[hurried]
        )
    signed = np.full(len(ended), -1)
    signed[number] = of_notes
    return Charts(lo, hi, ended, signed, all_signed)


def documented(tenants: Tenants, lo: int, hi: int) -> tuple[Ints, Ids]:
    """The completed visits that have a note, counted from the first of provider `lo`, and the slots of the notes."""
    totals, offsets = apportion(tenants), note_offsets(tenants)
    notes = np.diff(totals.visit_note[lo : hi + 1])
    completed = np.diff(totals.completed[lo : hi + 1])
    provider, nth = owners_and_positions(notes)
    number = totals.completed[lo + provider] - totals.completed[lo] + nth * completed[provider] // notes[provider]
    return number, tenants.ids("note", offsets[lo + provider] + nth)


def writing_minutes(tenants: Tenants, notes: Ids, authors: Ids) -> Ints:
    """How many minutes after the visit each note is written: few where its author is quick."""
    return noise.below(with_habit(tenants, authors, "pace", row_bits(tenants, "note", notes, "created_at")), WRITING)


def signatures(tenants: Tenants, notes: Ids, authors: Ids, written: Ints, hurried: Mask) -> Ints:
    """When notes are signed that were written then, in local minutes; 0 for drafts.

    By the profile's share, sooner where the author is quick; on the same day where `hurried`.
    """
    parts = shares.of(tenants, "signing")
    pace = with_habit(tenants, authors, "pace", row_bits(tenants, "note", notes, "signed_at"))
    lot = np.array(tuple(parts))[noise.pick(pace, tuple(parts.values()))]
    lot = np.where(hurried | _are_dense(tenants)[tenants.owners(notes)], "same day", lot)
    within = noise.below(row_bits(tenants, "note", notes, "signed_at", "within"), 1 << 20)
    day, minute = np.divmod(written, 1440)
    closed = holidays(tenants.as_of)

    def rests(days: Ints | int) -> Ints:
        resting: Ints = ((day + days + 3) % 7 == 6) | np.isin(day + days, closed)
        return resting

    soon = minute + 5 + ((np.clip(LATEST - minute - 5, 1, 95) * within) >> 20)
    before = _between(MORNING, np.maximum(np.minimum(minute, EVENING), MORNING + 1), within)
    any_hour = _between(MORNING, EVENING, within)
    next_day = (lot == "24 h") & ~rests(1) & (minute > MORNING)
    two, three = ~rests(2), ~rests(3) & (minute > MORNING)
    some_days = (lot == "72 h") & (two | three)
    later = lot == "later"
    weeks = _LATER_DAYS[0] + noise.below(row_bits(tenants, "note", notes, "signed_at", "days"), _LATER_DAYS[1])
    weeks += rests(weeks)
    weeks += rests(weeks)
    wait = np.select([next_day, some_days & two, some_days, later], [1, 2, 3, weeks], 0)
    at = np.select([next_day, some_days & two, some_days, later], [before, any_hour, before, any_hour], soon)
    moment = (day + wait) * 1440 + at
    return np.where((lot == "draft") | (moment + BEFORE_CHARGE > local_end(tenants)), 0, moment)


def _between(first: Ints | int, end: Ints | int, lot: Ints) -> Ints:
    """A minute from `first` up to `end`, by a lot below 2^20."""
    minute: Ints = first + ((end - first) * lot >> 20)
    return minute


def _are_dense(tenants: Tenants) -> Mask:
    """Which tenants have nearly as many ledger entries as could be."""
    possible = MOST_ENTRIES * np.diff(apportion(tenants).completed[tenants.starts("provider")])
    dense: Mask = tenants.counts("ledger_entry") > DENSE * possible
    return dense
