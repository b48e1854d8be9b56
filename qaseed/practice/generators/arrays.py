"""Dataclasses of aligned arrays, one entry a row: what several columns of an entity are computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from qaseed.integers import Days, Ids, Ints, Micros, Minutes, Slots
from qaseed.plan import Tenant
from qaseed.rows import Rows

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Columns:
    """Base of dataclasses whose fields are all arrays of one length."""

    def take(self, positions: Any) -> Self:
        """The entries at these positions (or where a mask is true), in their order."""
        return type(self)(**{item.name: getattr(self, item.name)[positions] for item in fields(self)})

    def concat(self, *others: Self) -> Self:
        """These entries and then the others'."""
        parts = (self, *others)
        return type(self)(**{name: np.concatenate([getattr(of, name) for of in parts]) for name in vars(self)})


@dataclass(frozen=True)
class Clients(Columns):
    """What the calendar says of clients."""

    provider: Ids
    past: Ints
    """Visits before as_of."""
    future: Ints
    """Visits from as_of on."""
    first_day: Days
    """Of the first visit; the day before as_of without one."""
    last_day: Days
    """Of the last past visit; 0 without one."""
    registered: Days
    """When they were registered: new ones when their first visit was booked."""
    new: Mask
    """Whether their first visit is an intake."""


@dataclass(frozen=True)
class Visits(Columns):
    """Appointments; days and minutes are local."""

    id: Ids
    provider: Ids
    client: Ids
    day: Days
    minute: Minutes
    status: Ints
    """Index into `outcomes.STATUSES`."""
    modality: Ints
    """Index into `outcomes.MODALITIES`."""
    service: Ints
    """Index into `services.CODES`."""
    intake: Mask
    booked: Days
    """When it was booked; visits that another was moved to were booked when that was."""
    every: Ints
    """Weeks between the visits of the series; 0 for a visit alone."""
    series: Ids
    """The first visit of the client's series; -1 for a visit alone."""
    group: Ids
    """The first visit of the group session; -1 outside groups."""
    rescheduled_from: Ids
    """The visit that was moved to this one, or -1."""
    nth: Ints
    """How many visits the client had before it, those before the window included."""


@dataclass(frozen=True)
class Notes(Columns):
    """What each note is about; `visit` is -1 for contacts without one."""

    provider: Ids
    client: Ids
    visit: Ids
    since: Days
    """The day of the visit that a contact without one follows; -1 for notes of visits."""
    ahead: Ints
    """Days from that visit to the client's next one, if one is booked; -1 for notes of visits."""
    first: Mask
    """Whether it is the client's first contact without a visit, calls that check on a client apart."""
    checks: Mask
    """Whether it is a call that checks on a client after a visit at which the risk was elevated."""
    hurried: Mask
    """Whether it is of a visit whose provider signs every note on its day, since every visit is charged."""


@dataclass(frozen=True)
class Entries(Columns):
    """Ledger entries: a charge (a fee too) and the entries that follow it."""

    visit: Ids
    client: Ids
    service: Ints
    """Index into `services.CODES`."""
    charge: Ids
    """The charge that the entry settles; its own id for a charge."""
    nth: Ints
    """0 for the charge; the others count from 1, the earliest first."""
    step: Ints
    """What it is of its course, a position in `courses.STEPS`; -1 for a charge, and for entries of scenarios."""
    course: Ints
    """One of the courses of `courses`."""
    state: Ints
    """What became of the claim, a position in `claim_moments.STATES`."""
    deductible: Ints
    """Cents of the charge that the yearly deductible asks of the client."""
    second: Ints
    """The kind of payer that pays what the first one leaves, as in `secondary`."""
    posted: Micros
    """The moment that it is dated; -1 for entries of scenarios, whose days from the charge are `entered`."""
    entered: Micros
    changed: Micros
    """When it was entered, or the last entry of a charge or step of its claim."""


C = TypeVar("C", bound=Columns)


def order_by(*keys: npt.NDArray[Any]) -> Ints:
    """The positions of entries in the order of the first key, equal ones in that of the second, and so on.

    As `np.lexsort`, which sorts once for each key: here several keys are one number as long as they fit. The values of
    a key are less than 2^63 apart.
    """
    if not len(keys[0]):
        return np.arange(0)
    packed: list[Ints] = []
    room = 0
    for key in keys:
        low = int(key.min())
        bits = (int(key.max()) - low).bit_length()
        if bits > room or not packed:
            packed.append(np.zeros(len(key), dtype=np.int64))
            room = 63
        packed[-1] <<= bits
        packed[-1] |= key.astype(np.int64) - low
        room -= bits
    return np.lexsort(packed[::-1])


def inverse(order: Ints) -> Ints:
    """The place of each position in an order of all of them."""
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


def aligned(rows: Rows, ordinary: Callable[[Ids], C], reserved: Callable[[Tenant, Slots], C]) -> C:
    """One entry for each row, in order: `reserved(tenant, slots)` at reserved slots, `ordinary(ids)` elsewhere."""
    if not len(rows.reserved):
        return ordinary(rows.ids)
    others = np.delete(np.arange(len(rows)), rows.reserved)
    parts, positions = ([ordinary(Ids(rows.ids[others]))], [others]) if len(others) else ([], [])
    owners = rows.owners[rows.reserved]
    for owner in np.unique(owners).tolist():
        own = rows.reserved[owners == owner]
        parts.append(reserved(rows.tenants.all[owner], Slots(rows.slots[own])))
        positions.append(own)
    return parts[0].concat(*parts[1:]).take(inverse(np.concatenate(positions)))
