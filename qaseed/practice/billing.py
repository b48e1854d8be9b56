"""What is charged, and what settles it, to the cent: the columns of a ledger entry."""

from __future__ import annotations

from qaseed.kinds import always, cents, choice, date, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import NOW, TODAY, UUID
from qaseed.practice.billing_rules import CHARGE_RULES, INSURANCE_RULES, SETTLEMENT_RULES
from qaseed.practice.generators import apportionment, billing, changes, claim_moments
from qaseed.practice.shared import COMMON_RULES, audit_columns

REASONS = ("contractual", "sliding_scale", "courtesy", "fee_waived", "denied", "bad_debt", "small_balance")
PLACES_OF_SERVICE = ("11", "10", "02")

COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    # what it belongs to
    client_id=ref("client", "The client whose account this is.", billing.client),
    appointment_id=ref(
        "appointment", "The visit that is charged; none for credits and refunds.", billing.visit, nullable=True
    ),
    charge_id=ref(
        "ledger_entry",
        "The charge that the entry settles; none for charges and credits.",
        billing.charge,
        nullable=True,
    ),
    reverses_id=ref("ledger_entry", "The entry that this one reverses.", billing.reverses, nullable=True),
    # what it is
    entry_type=choice("What the entry is.", billing.ENTRY_TYPES, billing.entry_type),
    amount_cents=cents("Positive if the client owes more, negative if less.", billing.amount),
    currency=choice("The practice's currency.", ("USD",), always("USD"), default="USD"),
    service_date=date(
        "Local day of the visit, or of posting if there is no visit.", billing.service_date, default=TODAY
    ),
    service_code=choice(
        "The visit's service, or the fee for a missed one.", billing.CODES, billing.service_code, nullable=True
    ),
    modifier=choice(
        "Telehealth modifier of charges, an invented code.", ("VID", "TEL"), billing.modifier, nullable=True
    ),
    units=number("Units of the service.", always(1), 1, 99, default=1),
    pos_code=choice("Place of service of the visit (CMS).", PLACES_OF_SERVICE, billing.pos_code, nullable=True),
    dx_pointers=choice("Diagnosis pointers of charges.", ("A", "AB"), billing.dx_pointers, nullable=True),
    posted_at=instant("When the entry was posted.", billing.posted_at, default=NOW),
    # payments, claims, reductions
    method=choice("How a payment was made.", ("card", "check", "cash", "eft"), billing.method, nullable=True),
    payer_code=choice("The client's insurance, if it is involved.", billing.PAYERS, billing.payer, nullable=True),
    claim_status=choice("Status of the claim for a charge.", claim_moments.STATES, billing.claim_status, nullable=True),
    allowed_cents=cents(
        "The amount that insurance allows for a claimed charge.", billing.allowed, minimum=0, nullable=True
    ),
    client_due_cents=cents(
        "What the primary payer leaves of the allowed amount, to the client or to the secondary payer.",
        billing.client_due,
        minimum=0,
        nullable=True,
    ),
    denial_reason=choice(
        "Why insurance denied the claim at first, in qaseed's own codes.",
        tuple(billing.DENIALS),
        billing.denial_reason,
        nullable=True,
    ),
    adjustment_reason=choice("Why the charge was reduced.", REASONS, billing.adjustment_reason, nullable=True),
    reference=text(
        "Reference number, unique in the practice.",
        billing.ledger_ref,
        unique=True,
        phi="account",
        safe="record",
        default=UUID,
    ),
    **audit_columns(billing.entered_at, recipe(billing.entered_by), changes.of_entry),
)

LEDGER_ENTRY = entity(
    "ledger_entry",
    "A line of a client's account: a charge or fee, what settles it, or a credit and how it is used.",
    COLUMNS,
    (*COMMON_RULES, *CHARGE_RULES, *SETTLEMENT_RULES, *INSURANCE_RULES),
    blocks=recipe(apportionment.entry_offsets),
)
