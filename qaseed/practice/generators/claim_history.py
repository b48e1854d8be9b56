"""What happens to claims, from the ledger: when each was sent, denied, appealed, paid and taken back, in which batch.

A claim derives from a charge, so a range of providers has all that its claims depend on. Payers pay once a week, on a
weekday of their own: all that one of them pays a practice in a week is one batch, whose slot is its day and payer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.integers import Days, Ids, Ints, Micros, Slots
from qaseed.model import Model
from qaseed.plan import Tenants, is_reserved
from qaseed.practice.generators.account_moments import NIGHTLY_RUN, REMITTANCE
from qaseed.practice.generators.apportionment import entry_offsets
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.claim_moments import FETCHING, MOMENTS, SECONDARY_MOMENTS, SENDING
from qaseed.practice.generators.clock import (
    DAY,
    HOUR,
    MINUTE,
    bank_day,
    desk_day,
    local_end,
    local_times,
    now_micros,
    zones_at,
)
from qaseed.practice.generators.courses import NEVER_POSTED
from qaseed.practice.generators.derived import numbered
from qaseed.practice.generators.insurance import CURRENT, PAYERS, SECONDARY
from qaseed.practice.generators.ledger import ledger
from qaseed.practice.generators.partition import last_of, providers_of
from qaseed.practice.generators.stamps import moments_at, of_runs
from qaseed.rows import Rows

_SECONDARY = {name: at for at, name in enumerate(SECONDARY_MOMENTS)}
PRIMARY, SECOND = range(2)
"""Numbers of a charge's claims."""
LEAST_DAYS = 5
"""Days from a claim, or its appeal, to what a payer pays in its weekly batch, at least (assumed)."""


@dataclass(frozen=True)
class ClaimHistory:
    """The claims, and the payments on them, of the ledger of a range of providers and of reserved slots.

    `claims` has a row for each claim: `charge` and `number`, `client`, `payer`, `policy`, the status in the ledger and
    moments in microseconds, null where there is none. `payments` has one for each payment and take-back: `entry`,
    `charge`, `number`, `cents` received, `posted`, `received` and the `batch`, null for one on paper.
    """

    claims: pl.DataFrame
    payments: pl.DataFrame


def histories(model: Model, tenants: Tenants, charges: Ids) -> ClaimHistory:
    """The claims of the providers who have these charges or other entries; those of scenarios where these are."""
    of_scenarios = is_reserved(charges)
    ordinals = tenants.ordinals("ledger_entry", Ids(charges[~of_scenarios]))
    lo, hi = providers_of(entry_offsets(tenants), ordinals)
    with_reserved = np.unique(tenants.owners(Ids(charges[of_scenarios])))
    return _histories(model, tenants, lo, hi, tuple(with_reserved.tolist()))


@last_of
def _histories(model: Model, tenants: Tenants, lo: int, hi: int, with_reserved: tuple[int, ...]) -> ClaimHistory:
    offsets = entry_offsets(tenants)
    ordinary = tenants.ids("ledger_entry", np.arange(offsets[lo], offsets[hi]))
    reserved = tenants.reserved_ids("ledger_entry")
    reserved = Ids(reserved[np.isin(tenants.owners(reserved), with_reserved)])
    entries = _entries(model, tenants, Ids(np.concatenate((reserved, ordinary))))
    payments = _payments(entries)
    claims = _with_policies(model, tenants, _with_moments(tenants, lo, hi, _claims(entries), payments))
    heard = claims.select("charge", "number", "payer_id", heard=pl.coalesce("appealed", "sent", "posted"))
    payments = _with_batches(tenants, payments.join(heard, on=["charge", "number"]))
    return ClaimHistory(claims, payments.drop("payer_id", "heard"))


def last_of_scenarios(model: Model, tenants: Tenants) -> tuple[Ids, Micros]:
    """The claimed charges at reserved slots, ascending, and the last moment of the claims for each."""
    entries = _entries(model, tenants, tenants.reserved_ids("ledger_entry"))
    claims = _with_moments(tenants, 0, 0, _claims(entries), _payments(entries))
    last = claims.group_by("charge").agg(pl.col("last").max()).sort("charge")
    return Ids(last["charge"].to_numpy()), Micros(last["last"].to_numpy())


def _entries(model: Model, tenants: Tenants, ids: Ids) -> pl.DataFrame:
    rows = Rows(model, tenants, "ledger_entry", ids)
    names = ("entry_type", "amount_cents", "payer_code", "claim_status", "denial_reason")
    references = {name: rows[f"{name}_id"].fill_null(0) for name in ("appointment", "charge", "client", "reverses")}
    frame = pl.DataFrame([rows[name] for name in names]).with_columns(
        entry=pl.Series(ids),
        posted=rows["posted_at"].cast(pl.Int64),
        secondary=rows.lookup("client_id", "secondary_payer_code"),
        is_reversal=rows["reverses_id"].is_not_null(),
        has_charge=rows["charge_id"].is_not_null(),
        **references,
    )
    return frame.with_columns(charge=pl.when("has_charge").then("charge").otherwise("entry"))


def _claims(entries: pl.DataFrame) -> pl.DataFrame:
    """A claim for each claimed charge, and another for the client's secondary payer, who may not be asked yet."""
    claimed = entries.filter(pl.col("claim_status").is_not_null())
    names = ("appointment", "charge", "client", "posted", "claim_status", "denial_reason", "secondary", "payer_code")
    reduced = entries.filter(pl.col("entry_type").is_in(["write_off", "adjustment"]))
    reduced = reduced.group_by("charge").agg(reduced=pl.col("posted").min())
    claimed = claimed.select(names).join(reduced, on="charge", how="left", maintain_order="left")
    first = claimed.with_columns(number=pl.lit(PRIMARY, pl.Int64))
    second = claimed.filter(pl.col("secondary").is_not_null()).with_columns(
        number=pl.lit(SECOND, pl.Int64),
        payer_code=pl.col("secondary"),
        claim_status=pl.lit("paid"),
        denial_reason=pl.lit(None, pl.String),
    )
    return pl.concat([first, second]).drop("secondary").sort("number", "charge")


def _payments(entries: pl.DataFrame) -> pl.DataFrame:
    """What insurance paid and took back of claimed charges."""
    claimed = entries.filter(pl.col("claim_status").is_not_null()).select("charge")
    paid = entries.filter(pl.col("entry_type") == "insurance_payment").join(claimed, on="charge", how="semi")
    by_second = (pl.col("payer_code") == pl.col("secondary")).fill_null(value=False)
    return paid.select(
        "entry",
        "charge",
        "is_reversal",
        "reverses",
        number=pl.when(by_second).then(SECOND).otherwise(PRIMARY).cast(pl.Int64),
        cents=-pl.col("amount_cents"),
        entered=pl.col("posted"),
    )


def _with_policies(model: Model, tenants: Tenants, claims: pl.DataFrame) -> pl.DataFrame:
    """The claims with the client's policy and its payer's id."""
    clients, numbers = (claims[name].to_numpy() for name in ("client", "number"))
    policies = numbered(Ids(clients), np.where(numbers == SECOND, SECONDARY, CURRENT))
    rows = Rows(model, tenants, "insurance_policy", policies)
    return claims.with_columns(policy=pl.Series(policies), payer_id=rows["payer_id"])


def local_days(zones: Ints, moments: pl.Series) -> Days:
    """The calendar days, in these zones, of moments in working hours, in microseconds."""
    day, _ = local_times(zones, Micros(moments.cast(pl.Int64).to_numpy()))
    return day


def received_at(tenants: Tenants, zones: Ints, ids: Ids, days: Days) -> Micros:
    """The moment at which a day's payments are fetched by the practices of these ids."""
    return moments_at(zones, (days * 1440 + REMITTANCE) * 60 + of_runs(tenants, ids, days, FETCHING))


def batch_slot(days: Days, payers: Ints) -> Slots:
    """The slot of what a payer, by its position in `PAYERS`, paid on a day."""
    return Slots(FIRST_ORDINARY_SLOT + days * len(PAYERS) + payers)


def _with_batches(tenants: Tenants, payments: pl.DataFrame) -> pl.DataFrame:
    """The payments with their batch: the payer's weekly one, or that of the day where the week's is too early for the
    claim; on paper, without a batch, where both are, and where the payer asks for its money back.
    """
    heard, entered = (payments[name].to_numpy() for name in ("heard", "entered"))
    payers = pl.Series(PAYERS).to_frame("payer_id").with_row_index("at")
    payer = payments.join(payers, on="payer_id", how="left", maintain_order="left")["at"].cast(pl.Int64).to_numpy()
    entries = Ids(payments["entry"].to_numpy())
    zones = zones_at(tenants, entries)
    today = local_days(zones, payments["entered"])
    today = bank_day(tenants.as_of, today - (received_at(tenants, zones, entries, today) > entered))
    weekly = bank_day(tenants.as_of, today - (today + 3 - payer % 5) % 7)
    is_weekly = received_at(tenants, zones, entries, weekly) > heard + LEAST_DAYS * DAY
    day = Days(np.where(is_weekly, weekly, today))
    received = received_at(tenants, zones, entries, day)
    electronic = (received > heard + 2 * HOUR) & ~payments["is_reversal"].to_numpy()
    return payments.with_columns(
        received=pl.Series(np.where(electronic, received, np.maximum(entered - 5 * MINUTE, heard))),
        batch=pl.select(
            pl.when(pl.Series(electronic)).then(pl.Series((entries >> SLOT_BITS << SLOT_BITS) | batch_slot(day, payer)))
        ).to_series(),
    )


def _with_moments(tenants: Tenants, lo: int, hi: int, claims: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """The claims with `MOMENTS` by now, and with the `last` one: by the ledger, or in scenarios between the entries."""
    ends = payments.group_by("charge", "number").agg(
        paid=pl.col("entered").filter(~pl.col("is_reversal")).min(),
        last_payment=pl.col("entered").max(),
        net=pl.col("cents").sum(),
        taken_back=pl.col("is_reversal").any(),
    )
    claims = claims.join(ends, on=["charge", "number"], how="left", maintain_order="left")
    is_second, paid = pl.col("number") == SECOND, pl.col("paid").is_not_null()
    reserved = is_reserved(Ids(claims["charge"].to_numpy()))
    claims = claims.filter(~is_second | paid | ~pl.Series(reserved))
    reserved = is_reserved(Ids(claims["charge"].to_numpy()))
    parts = [_of_scenarios(tenants, claims.filter(pl.Series(reserved)))]
    if lo < hi:
        parts.append(_of_ledger(tenants, lo, hi, claims.filter(~pl.Series(reserved))))
    claims = pl.concat(parts).filter(~is_second | pl.col("sent").is_not_null()).sort("number", "charge")
    answer = pl.when(paid).then(pl.lit("paid")).when(pl.col("processed").is_not_null()).then(pl.lit("processed"))
    claims = claims.with_columns(
        claim_status=pl.when(is_second).then(answer.otherwise(pl.lit("submitted"))).otherwise("claim_status")
    )
    return claims.with_columns(last=pl.max_horizontal("posted", *MOMENTS, "last_payment"))


def _of_ledger(tenants: Tenants, lo: int, hi: int, claims: pl.DataFrame) -> pl.DataFrame:
    of_range = ledger(tenants, lo, hi)
    table = of_range.claims[np.searchsorted(of_range.visit, claims["appointment"].to_numpy())]
    zones, now = zones_at(tenants, Ids(claims["charge"].to_numpy())), local_end(tenants) * 60
    never = np.full((len(claims), 1), NEVER_POSTED * 60)
    second = np.hstack((table[:, len(MOMENTS) :], never))[:, [_SECONDARY.get(name, -1) for name in MOMENTS]]
    table = np.where((claims["number"].to_numpy() == SECOND)[:, None], second, table[:, : len(MOMENTS)])
    return claims.with_columns(
        _where(moments_at(zones, np.minimum(moment, now)), moment < now).alias(name)
        for name, moment in zip(MOMENTS, table.T, strict=True)
    )


def _where(moment: Ints, holds: Mask) -> pl.Series:
    return pl.select(pl.when(pl.Series(holds)).then(pl.Series(moment, dtype=pl.Int64))).to_series()


def _of_scenarios(tenants: Tenants, claims: pl.DataFrame) -> pl.DataFrame:
    """A claim is sent in the evening, or when an eighth of the time to its payment or now is over, and so on."""
    posted, number = claims["posted"].to_numpy(), claims["number"].to_numpy()
    first_paid = claims.filter(pl.col("number") == PRIMARY).select("charge", first_paid="paid")
    claims = claims.join(first_paid, on="charge", how="left", maintain_order="left")
    closed = pl.when(pl.col("claim_status").is_in(["denied", "processed"])).then("reduced")
    end = claims.select(pl.coalesce("paid", closed, now_micros(tenants)))["paid"].to_numpy()
    primary_paid = claims["first_paid"].fill_null(0).to_numpy()
    begin = np.where((number == SECOND) & (primary_paid < end) & (primary_paid > 0), primary_paid, posted)
    state = claims["claim_status"].to_numpy()
    was_denied = claims["denial_reason"].is_not_null().to_numpy()
    holds = (state != "unbilled", was_denied, was_denied & (state != "denied"), state == "", state == "processed")
    sent, denied, *others = (begin + (end - begin) * n // 8 // SECOND * SECOND for n in (1, 3, 5, 6, 7))
    charges = Ids(claims["charge"].to_numpy())
    zones = zones_at(tenants, charges)
    day, minute = local_times(zones, Micros(begin))
    day = desk_day(tenants.as_of, day + (minute >= NIGHTLY_RUN), later=True)
    run = moments_at(zones, (day * 1440 + NIGHTLY_RUN) * 60 + of_runs(tenants, charges, day, SENDING))
    sent = np.where(run < np.where(was_denied, denied, end), run, sent)
    parts = (sent, denied, *others)
    return claims.drop("first_paid").with_columns(
        _where(moment, some).alias(name) for name, some, moment in zip(MOMENTS, holds, parts, strict=True)
    )
