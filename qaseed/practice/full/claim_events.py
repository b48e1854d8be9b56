"""What happens to claims, and the batches in which insurers pay: both agree with the ledger to the cent."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import always, cents, choice, date, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.full.shared import derived_audit_columns
from qaseed.practice.generators import billing, claim_events
from qaseed.practice.shared import COMMON_RULES
from qaseed.sql import any_of, query

EVENT_COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    claim_id=ref("claim", "The claim to which it happened.", claim_events.claim),
    nth=number("Position in the history of the claim.", recipe(claim_events.event, of="nth"), 1, 1000),
    event_type=choice("What happened.", claim_events.EVENTS, claim_events.event_type),
    occurred_at=instant("When the claim was sent, or the payer's answer was received.", claim_events.occurred_at),
    denial_reason=choice(
        "Why the payer denied it, in qaseed's own codes.",
        tuple(billing.DENIALS),
        claim_events.reason,
        nullable=True,
    ),
    amount_cents=cents(
        "What was paid; negative if it was taken back.", recipe(claim_events.event, of="cents"), nullable=True
    ),
    ledger_entry_id=ref(
        "ledger_entry", "The entry by which a payment or take-back was posted.", claim_events.entry_id, nullable=True
    ),
    batch_id=ref(
        "payment_batch",
        "The batch in which a payment came; none for a paper remittance, or a letter that asks for the money back.",
        claim_events.batch_id,
        nullable=True,
    ),
    **derived_audit_columns(claim_events.entered_at, recipe(recipes.same, of="created_at"), "billing"),
)

_MONEY = "event_type in ('paid', 'taken_back')"

EVENT_RULES = (
    Rule(
        "CE1",
        "every insurance payment of a claimed charge has exactly one event, with the opposite amount",
        select=query("""
            select l.tenant_id, l.id
            from ledger_entry l
            join ledger_entry c on c.tenant_id = l.tenant_id and c.id = l.charge_id and c.claim_status is not null
            left join claim_event e on e.tenant_id = l.tenant_id and e.ledger_entry_id = l.id
            where l.entry_type = 'insurance_payment'
            group by l.tenant_id, l.id, l.amount_cents
            having count(e.id) <> 1 or max(e.amount_cents) is distinct from -l.amount_cents
        """),
    ),
    Rule(
        "CE2",
        "payments and take-backs, and only they, have an amount and an entry of the ledger, of the claim's charge",
        any_of(
            f"({_MONEY}) <> (amount_cents is not null)",
            f"({_MONEY}) <> (ledger_entry_id is not null)",
            "(event_type = 'paid') <> coalesce(amount_cents > 0, false)",
            "ledger_entry.charge_id <> claim.charge_id",
            f"not ({_MONEY}) and batch_id is not null",
        ),
    ),
    Rule(
        "CE3",
        "denials, and only they, have a reason",
        "(event_type = 'denied') <> (denial_reason is not null)",
    ),
    Rule(
        "CE4",
        "a claim is sent first, denied before it is appealed, and perhaps once more after that, and its events follow "
        "each other in time",
        select=query("""
            select tenant_id, id
            from (
                select
                    *,
                    lag(event_type) over history as before,
                    lag(occurred_at) over history as earlier,
                    row_number() over history as position
                from claim_event
                window history as (partition by tenant_id, claim_id order by nth)
            )
            where position <> nth
            or occurred_at < earlier
            or (event_type = 'submitted') <> (nth = 1)
            or (event_type = 'denied' and before not in ('submitted', 'appealed'))
            or (event_type = 'appealed' and before <> 'denied')
            or (event_type in ('paid', 'processed') and before = 'denied')
            or (event_type = 'taken_back' and before not in ('paid', 'taken_back'))
        """),
    ),
    Rule(
        "CE5",
        "the status of a claim follows from its last event, and its amount paid is the sum of its events",
        select=query("""
            select c.tenant_id, c.id
            from claim c
            left join claim_event e on e.tenant_id = c.tenant_id and e.claim_id = c.id
            group by c.tenant_id, c.id, c.status, c.paid_cents, c.submitted_at
            having c.paid_cents <> coalesce(sum(e.amount_cents), 0)
            or c.submitted_at is distinct from min(e.occurred_at)
            or (c.status <> 'unbilled' and c.paid_cents = 0 and arg_max(e.event_type, e.nth) <> c.status)
            or (c.status = 'unbilled') <> (count(e.id) = 0)
            or (c.status = 'paid') <> (c.paid_cents > 0)
            or (c.status = 'processed') <> (arg_max(e.event_type, e.nth) is not distinct from 'processed')
        """),
    ),
    Rule(
        "T11v",
        "a claim is changed when a step of it is entered",
        select=query("""
            select c.tenant_id, c.id
            from claim c
            join claim_event e on e.tenant_id = c.tenant_id and e.claim_id = c.id
            group by c.tenant_id, c.id, c.updated_at
            having c.updated_at < max(e.created_at)
        """),
    ),
    Rule(
        "T11c",
        "a charge is changed when a step of its claim is entered",
        select=query("""
            select c.tenant_id, c.id
            from claim c
            join ledger_entry l on l.tenant_id = c.tenant_id and l.id = c.charge_id
            join claim_event e on e.tenant_id = c.tenant_id and e.claim_id = c.id
            group by c.tenant_id, c.id, l.updated_at
            having l.updated_at < max(e.created_at)
        """),
    ),
    Rule(
        "CE6",
        "what came in a batch is of its payer and received with it, and posted afterwards",
        any_of(
            "occurred_at <> batch.received_at",
            "claim.payer_id <> batch.payer_id",
            "occurred_at > ledger_entry.posted_at",
        ),
    ),
)

CLAIM_EVENT = entity(
    "claim_event",
    "A step of a claim: sent, denied, appealed, paid or taken back.",
    EVENT_COLUMNS,
    (*COMMON_RULES, *EVENT_RULES),
    counted=False,
    derived=recipe(claim_events.ids),
)

BATCH_COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    payer_id=text("Id of the payer.", claim_events.batch_payer_id, phi="account", safe="payer_id"),
    payer_code=choice("Kind of payer.", billing.PAYERS, claim_events.batch_payer),
    trace_no=text(
        "Trace number of the transfer (TRN02).", claim_events.trace_number, unique=True, phi="account", safe="record"
    ),
    method=choice("How it was paid.", ("eft",), always("eft")),
    paid_on=date("Day of the payment.", claim_events.paid_on),
    received_at=instant("When the remittance (835) was fetched.", claim_events.batch_received_at),
    payment_count=number("Payments in it.", recipe(claim_events.batch_sum, of="count"), 1, 1_000_000),
    amount_cents=cents(
        "Sum of these.",
        recipe(claim_events.batch_sum, of="cents"),
        minimum=1,
        maximum=1_000_000_000_00,
    ),
    **derived_audit_columns(recipe(recipes.same, of="received_at"), claim_events.batch_updated_at, "system"),
)

_MONDAYS = {1: (15, 21), 2: (15, 21), 5: (25, 31), 9: (1, 7), 10: (8, 14)}
_THANKSGIVING = "isodow(paid_on) = 4 and month(paid_on) = 11 and day(paid_on) between 22 and 28"
_FIXED = {1: 1, 6: 19, 7: 4, 11: 11, 12: 25}
BANK_HOLIDAYS = (
    *(
        f"isodow(paid_on) = 1 and month(paid_on) = {month} and day(paid_on) between {first} and {last}"
        for month, (first, last) in _MONDAYS.items()
    ),
    _THANKSGIVING,
    *(f"month(paid_on) = {month} and day(paid_on) = {day}" for month, day in _FIXED.items()),
    *(
        f"isodow(paid_on) = 1 and month(paid_on - 1) = {month} and day(paid_on - 1) = {day}"
        for month, day in _FIXED.items()
    ),
)
"""Conditions on days on which the Federal Reserve settles nothing; a holiday on Sunday is kept on Monday."""
BATCH_RULES = (
    Rule(
        "PB2",
        "payers pay Monday to Friday, and on no holiday of the Federal Reserve",
        any_of("isodow(paid_on) > 5", *BANK_HOLIDAYS),
    ),
    Rule(
        "PB1",
        "the payments of a batch sum up to its amount",
        select=query("""
            select b.tenant_id, b.id
            from payment_batch b
            left join claim_event e on e.tenant_id = b.tenant_id and e.batch_id = b.id
            group by b.tenant_id, b.id, b.amount_cents, b.payment_count
            having sum(e.amount_cents) is distinct from b.amount_cents or count(e.id) <> b.payment_count
        """),
    ),
)

PAYMENT_BATCH = entity(
    "payment_batch",
    "What a payer paid a practice at once, with its electronic remittance (835).",
    BATCH_COLUMNS,
    (*COMMON_RULES, *BATCH_RULES),
    counted=False,
    derived=recipe(claim_events.batch_ids),
)
