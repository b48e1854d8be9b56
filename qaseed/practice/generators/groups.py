"""The groups of therapists: who runs one, with how many members and sessions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.integers import Ids, Ints
from qaseed.plan import WEEKS_AHEAD, Tenants, slot_of
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import BOOKED_WEEKLY_SLOTS, rotation_length
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.staff import TEAM

GROUP_AT, LEAST_MEMBERS, MOST_MEMBERS = 2, 5, 9
"""Which of their therapist's clients is the first member of a group, and how many there are (assumed)."""
GROUP_SESSIONS = (12, 8, 3)
"""Weekly sessions of a group, at most, usually at least, and at least where the therapist has few visits (assumed)."""


@dataclass(frozen=True)
class Groups:
    """The group of each provider: none has fewer members than `LEAST_MEMBERS`, but for 0."""

    members: Ints
    sessions: Ints
    """Past ones."""
    ahead: Ints


def groups_of(tenants: Tenants, providers: Ids, clients: Ints, weeks: Ints, done: Ints, ahead: Ints) -> Groups:
    """Who runs a group: the therapist who leads the only team or every second one, where visits and clients suffice."""
    team, first = np.divmod(slot_of(providers) - FIRST_ORDINARY_SLOT, TEAM)
    practice = Ids(providers >> SLOT_BITS << SLOT_BITS)
    alone = tenants.counts("provider")[tenants.owners(providers)] < 2 * TEAM
    runs = (first == 0) & (alone | ((team + noise.below(row_bits(tenants, "tenant", practice, "groups"), 2)) % 2 == 0))
    runs &= shares.rate(tenants, "therapy", "group") > 0
    lot = row_bits(tenants, "provider", providers, "group")
    members = LEAST_MEMBERS + noise.below(lot, MOST_MEMBERS - LEAST_MEMBERS + 1)
    most, usual, least = GROUP_SESSIONS
    members = np.minimum(members, np.minimum(2 * clients // 3, done * 3 // (4 * least)))
    wanted = usual + noise.below(row_bits(tenants, "provider", providers, "group", "sessions"), most - usual + 1)
    rotations, left = _beside_group(clients, members, weeks)
    rotations_ahead, left_ahead = _beside_group(clients, members, np.full(len(clients), WEEKS_AHEAD))
    sessions = np.minimum(np.minimum(wanted, rotations), done * 3 // (4 * np.maximum(members, 1)))
    runs &= (members >= LEAST_MEMBERS) & (sessions >= least) & (done <= left) & (ahead <= left_ahead)
    sessions, members = np.where(runs, sessions, 0), np.where(runs, members, 0)
    goes_on = noise.below(row_bits(tenants, "provider", providers, "group", "ahead"), 2) == 0
    next_ = np.minimum(rotations_ahead, ahead * 3 // (4 * np.maximum(members, 1)))
    return Groups(members, sessions, np.where(runs & goes_on, next_, 0))


def _beside_group(clients: Ints, members: Ints, weeks: Ints) -> tuple[Ints, Ints]:
    """The rotations within so many weeks, and the visits of all clients but the members that fit them."""
    rotations = weeks // rotation_length(clients, weeks)
    return rotations, np.clip(clients - members, 0, BOOKED_WEEKLY_SLOTS - members) * rotations


def absences(tenants: Tenants, ids: Ids, groups: Groups, provider: Ints) -> Ints:
    """How many sessions each member misses without having booked them: one of six or more, for a quarter."""
    missed = noise.below(row_bits(tenants, "client", ids, "absences"), 4) == 0
    return np.where(groups.sessions[provider] >= 6, missed, 0)
