"""What is charged, and what settles it."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import always, cents, choice, date, entity, instant, key, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.making import billing, quotas, schedule
from qaseed.practice.shared import ROWS_OF_EVERY_KIND, marks

# fmt: off

LEDGER_ENTRY = entity(
    "ledger_entry",
    "A line of a client's account: a charge, or what settles it.",
    dict(
        id=key(),
        tenant_id=tenant(),
        client_id=ref("client", "Whose account.", billing.client),
        appointment_id=ref("appointment", "The visit that was charged.", billing.visit),
        charge_id=ref("ledger_entry", "The charge that it settles; none for a charge.", billing.charge, nullable=True),
        entry_type=choice("What it is.", ("charge", "client_payment", "insurance_payment", "adjustment"), billing.entry_type),
        amount_cents=cents("Positive for charges, negative for what settles them.", billing.amount),
        currency=choice("The practice's.", ("USD",), always("USD")),
        service_date=date("Day of the visit.", billing.service_date),
        service_code=choice("The visit's service.", tuple(schedule.SERVICES), billing.service_code),
        posted_at=instant("When it was posted.", billing.posted_at),
        method=choice("How a payment was made.", ("card", "check", "cash", "eft"), billing.method, nullable=True),
        payer_code=choice("The insurance concerned.", ("commercial", "medicaid", "medicare", "other"), billing.payer, nullable=True),
        reference=text("Unique in the practice.", billing.ledger_ref, unique=True, phi="account", safe="record"),
        **marks(recipe(recipes.same, of="posted_at")),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("L1", "charges are positive, what settles them is negative", "(entry_type = 'charge') <> (amount_cents > 0)"),
        Rule("L14", "no entry is zero", "amount_cents = 0"),
        Rule("L2c", "a charge stands alone, anything else settles a charge", "(entry_type = 'charge') <> (charge_id is null)"),
        Rule(
            "L2", "only completed visits are charged, to the client who came, for what was done on the day",
            select="""select l.tenant_id, l.id from ledger_entry l
                join appointment a on a.tenant_id = l.tenant_id and a.id = l.appointment_id
                where a.status <> 'completed' or l.client_id <> a.client_id or l.service_code <> a.service_code
                or l.service_date <> try_cast(a.start_local[:10] as date)""",
        ),
        Rule(
            "L3", "a visit is charged once",
            select="""select tenant_id, max(id) from ledger_entry where entry_type = 'charge'
                group by tenant_id, appointment_id having count(*) > 1""",
        ),
        Rule(
            "L4", "what settles a charge is never more than the charge, and of the same client and visit",
            select="""select c.tenant_id, c.id from ledger_entry c join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
                group by c.tenant_id, c.id, c.amount_cents, c.entry_type, c.client_id, c.appointment_id
                having sum(s.amount_cents) + c.amount_cents < 0 or c.entry_type <> 'charge'
                or bool_or((s.client_id, s.appointment_id) <> (c.client_id, c.appointment_id))""",
        ),
        Rule(
            "T14", "a charge is posted after the visit began, what settles it after the charge",
            select="""select l.tenant_id, l.id from ledger_entry l
                join appointment a on a.tenant_id = l.tenant_id and a.id = l.appointment_id
                left join ledger_entry c on c.tenant_id = l.tenant_id and c.id = l.charge_id
                where l.posted_at < a.start_at or l.posted_at < c.posted_at""",
        ),
        Rule(
            "L7", "insurance pays only for its members, by the client's own payer; adjustments name it too",
            select="""select l.tenant_id, l.id from ledger_entry l join client c on c.tenant_id = l.tenant_id and c.id = l.client_id
                where case when l.entry_type in ('insurance_payment', 'adjustment')
                then l.payer_code is distinct from c.payer_code else l.payer_code is not null end""",
        ),
    ),
    blocks=recipe(quotas.entry_blocks),
)
