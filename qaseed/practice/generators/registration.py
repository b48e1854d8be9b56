"""What the calendar says of each client: provider, visits, and the day of registration before the first of them."""

from __future__ import annotations

import numpy as np

from qaseed import noise
from qaseed.integers import Days, Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice.generators import scenario_rows
from qaseed.practice.generators.apportionment import apportion, client_offsets
from qaseed.practice.generators.arrays import Clients, aligned
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.caseload import caseload
from qaseed.practice.generators.clock import days_of, desk_day_near, window_start
from qaseed.practice.generators.partition import providers_of, row_bits
from qaseed.practice.generators.staff import weeks_worked
from qaseed.practice.generators.traits import born
from qaseed.rows import Rows

WAITING_DAYS = 120
"""Days within which new clients without a visit were registered."""
KNOWN_DAYS = 170
"""Days before the window, at least, within which those were registered whose visits begin late in it."""
KNOWN_LATELY = 78
"""Percent of earlier clients who were registered within a year before their first visit of the window (assumed)."""
FOUR_YEARS = 1461
NO_DAY = 1 << 40
"""Later than every day."""


def clients_of(rows: Rows) -> Clients:
    """What the calendar, or their scenario, says of each client."""
    return rows.cached("caseload", _clients_of)


def _clients_of(rows: Rows) -> Clients:
    def ordinary(ids: Ids) -> Clients:
        ordinals = rows.tenants.ordinals("client", ids)
        return _clients(rows.tenants, ordinals, *providers_of(client_offsets(rows.tenants), ordinals))

    return aligned(rows, ordinary, scenario_rows.clients)


def _clients(tenants: Tenants, ordinals: Ints, lo: int, hi: int) -> Clients:
    load, booked = caseload(tenants, lo, hi), visits(tenants, lo, hi).visits
    as_of, now, clients = tenants.as_of, days_of(tenants.as_of), len(load.id)
    first_client = int(apportion(tenants).client[load.lo])
    of, past = tenants.ordinals("client", booked.client) - first_client, booked.day < now
    last, since, first = np.zeros(clients, dtype=np.int64), np.full(clients, NO_DAY), np.full(clients, NO_DAY)
    np.minimum.at(since, of, booked.booked)
    np.minimum.at(first, of, booked.day)
    np.maximum.at(last, of[past], booked.day[past])
    waiting = noise.below(row_bits(tenants, "client", load.id, "waiting"), WAITING_DAYS)
    first = np.where(first == NO_DAY, now - 1, first)
    lot = noise.below(row_bits(tenants, "client", load.id, "registered"), 1 << 20)
    since_known = np.maximum(_known_since(tenants, load.id, first), _of_age(tenants, load.id))
    known = np.minimum(desk_day_near(as_of, since_known, lot), since)
    left = window_start(tenants) + 7 * weeks_worked(tenants, tenants.ids("provider", load.provider))
    new = desk_day_near(as_of, np.where(since == NO_DAY, np.minimum(now - 1, left) - waiting, since), lot)
    at = ordinals - first_client
    return Clients(
        provider=tenants.ids("provider", load.provider[at]),
        past=load.past[at],
        future=load.future[at],
        first_day=Days(first[at]),
        last_day=Days(last[at]),
        registered=Days(np.where(load.new, new, known)[at]),
        new=load.new[at],
    )


def _of_age(tenants: Tenants, clients: Ids) -> Days:
    """The first day on which clients may have been registered who were known before the window: they are four."""
    return Days(np.minimum(born(tenants, clients) + FOUR_YEARS, window_start(tenants) - 4 - KNOWN_DAYS))


def _known_since(tenants: Tenants, clients: Ids, first: Ints) -> Ints:
    """When clients were registered who were in care before the window: most within a year before the first visit."""
    opened = window_start(tenants) - 4
    lot = noise.below(row_bits(tenants, "client", clients, "known"), 1 << 20)
    lately = noise.below(row_bits(tenants, "client", clients, "known", "lately"), 100) < KNOWN_LATELY
    days = np.maximum(364 - (first - opened), KNOWN_DAYS)
    return opened - np.where(lately, days * lot >> 20, 365 + (3 * 365 * lot >> 20))
