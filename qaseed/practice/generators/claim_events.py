"""Recipes for the events of claims, and for the batches of payments in which insurers pay them."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Days, Ids, Ints
from qaseed.model import Model
from qaseed.plan import Tenants
from qaseed.practice.generators.apportionment import entry_offsets
from qaseed.practice.generators.claim_history import SECOND, histories, received_at
from qaseed.practice.generators.clock import now_micros, zones_of
from qaseed.practice.generators.derived import RowsOf, numbered, ordered, parents_of
from qaseed.practice.generators.insurance import PAYER_IDS, PAYERS
from qaseed.practice.generators.partition import last_of
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

EVENTS = ("submitted", "denied", "appealed", "paid", "taken_back", "processed")
SUBMITTED, DENIED, APPEALED, PAID, TAKEN_BACK, SUBMITTED_SECOND, UPHELD, PROCESSED, PROCESSED_SECOND = range(9)
"""Numbers in the ids of events: of the charge, or for payments and take-backs of their own entry."""
_KINDS = {UPHELD: DENIED, PROCESSED: EVENTS.index("processed")}
"""Positions in `EVENTS` of numbers that are none."""
_OF_SECOND = {SUBMITTED: SUBMITTED_SECOND, PROCESSED: PROCESSED_SECOND}
"""Numbers of what happens to secondary claims, by those of primary ones."""
_MOMENTS = {SUBMITTED: "sent", DENIED: "denied", APPEALED: "appealed", UPHELD: "upheld", PROCESSED: "processed"}
CHUNK = 64
"""Providers whose payments are added up at a time."""


def ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The events of the claims of a unit."""
    return Ids(_events(model, tenants, rows_of("ledger_entry").ids)["id"].sort().to_numpy())


def _events(model: Model, tenants: Tenants, entries: Ids) -> pl.DataFrame:
    """All events of the claims of the providers who have these entries, each claim's in order."""
    history = histories(model, tenants, entries)
    parts = []
    for first, name in _MOMENTS.items():
        some = history.claims.filter(pl.col(name).is_not_null())
        is_second = some["number"].to_numpy() == SECOND
        number = np.where(is_second, _OF_SECOND.get(first, first), first)
        parts.append(
            some.select("charge", "number", moment=name, reason="denial_reason").with_columns(
                id=pl.Series(numbered(Ids(some["charge"].to_numpy()), number)),
                kind=pl.lit(_KINDS.get(first, first), pl.Int64),
                cents=pl.lit(None, pl.Int64),
                entry=pl.lit(None, pl.Int64),
                batch=pl.lit(None, pl.Int64),
            )
        )
    kinds = np.where(history.payments["is_reversal"].to_numpy(), TAKEN_BACK, PAID)
    entry = Ids(history.payments["entry"].to_numpy())
    parts.append(
        history.payments.select(
            "charge",
            "number",
            moment="received",
            reason=pl.lit(None, pl.String),
            id=pl.Series(numbered(entry, kinds)),
            kind=pl.Series(kinds),
            cents="cents",
            entry="entry",
            batch="batch",
        )
    )
    order = ("number", "charge", "moment", pl.col("kind") != SUBMITTED, "id")  # a claim is sent before it is paid
    events = pl.concat([part.select(parts[-1].columns) for part in parts]).sort(*order)
    return events.with_columns(nth=pl.int_range(1, pl.len() + 1).over("number", "charge"))


def _of_rows(rows: Rows) -> pl.DataFrame:
    known = _events(rows.model, rows.tenants, parents_of(rows.ids))
    return pl.DataFrame({"id": rows.ids}).join(known, on="id", how="left", maintain_order="left")


def event(rows: Rows, column: str, of: str) -> pl.Series:
    """A part of what is known of the event."""
    return rows.cached("events", _of_rows)[of]


def claim(rows: Rows, column: str) -> pl.Series:
    """The claim to which it happened."""
    charge, number = (event(rows, column, of).to_numpy() for of in ("charge", "number"))
    return pl.Series(numbered(Ids(charge), number))


def event_type(rows: Rows, column: str) -> pl.Series:
    """What happened."""
    return pl.Series(EVENTS).gather(event(rows, column, "kind"))


def occurred_at(rows: Rows, column: str) -> pl.Series:
    """When it happened."""
    return event(rows, column, "moment").cast(pl.Datetime("us", "UTC"))


def entry_id(rows: Rows, column: str) -> pl.Series:
    """The ledger entry of a payment or take-back."""
    return event(rows, column, "entry")


def batch_id(rows: Rows, column: str) -> pl.Series:
    """The batch in which a payment came."""
    return event(rows, column, "batch")


def reason(rows: Rows, column: str) -> pl.Series:
    """Why the payer denied it."""
    return where(event(rows, column, "kind") == DENIED, event(rows, column, "reason"))


def entered_at(rows: Rows, column: str) -> pl.Series:
    """When the practice entered it: payments when they were posted, everything else as it happened."""
    return where(rows["ledger_entry_id"].is_null(), rows["occurred_at"], rows.lookup("ledger_entry_id", "created_at"))


# batches


@last_of
def _batches(model: Model, tenants: Tenants, owners: tuple[int, ...]) -> pl.DataFrame:
    """What came in each batch of some practices, added up over their providers."""
    offsets, starts = entry_offsets(tenants), tenants.starts("provider")
    reserved = tenants.reserved_ids("ledger_entry")
    some = [Ids(reserved[np.isin(tenants.owners(reserved), owners)])]
    for owner in owners:
        for first in range(starts[owner], starts[owner + 1], CHUNK):
            last = min(first + CHUNK, int(starts[owner + 1]))
            some.append(tenants.ids("ledger_entry", np.arange(offsets[first], offsets[last])))
    parts = []
    for entries in some:
        payments = histories(model, tenants, entries).payments.filter(pl.col("batch").is_not_null())
        parts.append(
            payments.group_by("batch").agg(pl.col("cents").sum(), count=pl.len(), last=pl.col("entered").max())
        )
    together = pl.concat(parts).group_by("batch")
    return together.agg(pl.col("cents").sum(), pl.col("count").sum(), pl.col("last").max()).sort("batch")


def batch_ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """All batches of the practices that begin in a unit."""
    return ordered(Ids(_batches(model, tenants, _owners(tenants, rows_of("tenant").ids))["batch"].to_numpy()))


def _owners(tenants: Tenants, ids: Ids) -> tuple[int, ...]:
    return tuple(np.unique(tenants.owners(ids)).tolist())


def _day_and_payer(rows: Rows) -> tuple[Days, Ints]:
    days, payers = np.divmod(rows.slots - FIRST_ORDINARY_SLOT, len(PAYERS))
    return Days(days), payers


def batch_payer_id(rows: Rows, column: str) -> pl.Series:
    """The payer in the batch's slot."""
    return pl.Series(PAYERS).gather(_day_and_payer(rows)[1])


def batch_payer(rows: Rows, column: str) -> pl.Series:
    """What kind of payer it is."""
    kinds = {payer: kind for kind, ids in PAYER_IDS.items() for payer in ids}
    return rows["payer_id"].replace_strict(kinds, return_dtype=pl.String)


def paid_on(rows: Rows, column: str) -> Days:
    """The day in the batch's slot."""
    return _day_and_payer(rows)[0]


def batch_received_at(rows: Rows, column: str) -> pl.Series:
    """In the night of that day."""
    return pl.Series(received_at(rows.tenants, zones_of(rows), rows.ids, _day_and_payer(rows)[0]))


def trace_number(rows: Rows, column: str) -> pl.Series:
    """`QA-EFT-001-00186432`: what the bank statement says."""
    return joined(rows.by_tenant(lambda tenant: f"QA-EFT-{tenant.number:03d}-"), padded(rows.slots, 8))


def batch_sum(rows: Rows, column: str, of: str) -> pl.Series:
    """A sum over what came in the batch."""
    known = _batches(rows.model, rows.tenants, _owners(rows.tenants, rows.ids))
    return pl.DataFrame({"batch": rows.ids}).join(known, on="batch", how="left", maintain_order="left")[of]


def batch_updated_at(rows: Rows, column: str) -> pl.Series:
    """When the last of it was posted."""
    return pl.Series(np.minimum(batch_sum(rows, column, "last").to_numpy(), now_micros(rows.tenants)))
