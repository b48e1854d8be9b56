"""What the ledger should look like: collection, balances, claims and when entries are made, with their sources."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.measures import ORDINARY, RANKED, quantile, ranked
from qaseed.sql import in_utc, query

_ORDINARY_CLIENT = ORDINARY.replace("id &", "c.id &")
_PAYMENTS = "sum(s.amount_cents) filter (s.entry_type in ('client_payment', 'insurance_payment'))"
_AGREED = "sum(s.amount_cents) filter (s.adjustment_reason in ('contractual', 'sliding_scale'))"
_CHARGES = query(f"""
    (
        select
            c.tenant_id, c.id, c.amount_cents, c.allowed_cents, c.posted_at,
            coalesce(-{_PAYMENTS}, 0) as collected,
            coalesce(-sum(s.amount_cents), 0) as settled,
            coalesce(-{_AGREED}, 0) as agreed
        from ledger_entry c
        left join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
        where c.entry_type = 'charge' and {_ORDINARY_CLIENT}
        group by all
    )
""")
_COLLECTED = query(f"""
    select
        unnest(['gross', 'net', 'days']),
        unnest([
            100.0 * sum(collected) filter (is_old) / sum(amount_cents) filter (is_old),
            100.0 * sum(collected) filter (is_old) / sum(amount_cents - agreed) filter (is_old),
            sum(amount_cents - settled) / (sum(amount_cents) filter (posted_at >= date '{{as_of}}' - 180) / 180.0)
        ]),
        unnest([count_if(is_old), count_if(is_old), count(*)])
    from (select *, posted_at < date '{{as_of}}' - 120 as is_old from {_CHARGES})
""")
_INSURANCE_LAG = ranked(
    f"""(
        select date_diff('day', {in_utc("c.posted_at")}, {in_utc("s.posted_at")}) as days
        from ledger_entry s
        join ledger_entry c on c.tenant_id = s.tenant_id and c.id = s.charge_id
        where s.entry_type = 'insurance_payment' and s.payer_code = c.payer_code and s.reverses_id is null
        and c.denial_reason is null
        and {ORDINARY.replace("id &", "s.id &")} and c.posted_at < date '{{as_of}}' - 120
    )""",
    "days",
)
BILLING_FIGURES = (
    Figure(
        "documented",
        "charges whose visit has a note that was signed before",
        (("signed", 98, 100),),
        query(f"""
            select 'signed', 100.0 * count_if(n.signed_at <= l.posted_at) / count(*), count(*)
            from ledger_entry l
            left join note n on n.tenant_id = l.tenant_id and n.appointment_id = l.appointment_id
                and n.amends_id is null
            where l.entry_type = 'charge' and {ORDINARY.replace("id &", "l.id &")}
        """),
        "what is billed must be documented (CMS, 42 CFR 424.5)",
        tolerance=0,
        least=100,
    ),
    Figure(
        "office_hours",
        "entries of the ledger by people that are dated between 8 and 18 h",
        (("office", 95, 100),),
        query(f"""
            select
                'office',
                100.0 * count_if(hour(timezone(t.timezone, l.posted_at)) between 8 and 17) / count(*),
                count(*)
            from ledger_entry l
            join tenant t using (tenant_id)
            where l.created_by <> 'system' and {ORDINARY.replace("id &", "l.id &")}
        """),
        "assumed: billers work by day, and the desk is open until the last visit",
        tolerance=0,
    ),
    Figure(
        "paid_on_the_day",
        "client payments of insured visits that are made on the day of the visit, or within three weeks; of visits in "
        "person, before the visit is charged",
        (("that day", 56, 74), ("three weeks", 78, 94), ("at check-in", 62, 88)),
        query(f"""
            select
                unnest(['that day', 'three weeks', 'at check-in']),
                unnest([
                    100.0 * count_if(days = 0) / count(*),
                    100.0 * count_if(days <= 21) / count(*),
                    100.0 * count_if(in_person and is_early) / count_if(in_person)
                ]),
                unnest([count(*), count(*), count_if(in_person)])
            from (
                select
                    timezone(t.timezone, l.posted_at)::date - l.service_date as days,
                    a.modality = 'in_person' as in_person,
                    l.posted_at < c.posted_at as is_early
                from ledger_entry l
                join ledger_entry c on c.tenant_id = l.tenant_id and c.id = l.charge_id
                join appointment a on a.tenant_id = l.tenant_id and a.id = l.appointment_id
                join tenant t on t.tenant_id = l.tenant_id
                where l.entry_type = 'client_payment' and c.claim_status is not null
                and {ORDINARY.replace("id &", "l.id &")}
            )
        """),
        "assumed: most copays are taken at check-in (MGMA Stat: most successful there), for talks at a distance once "
        "the note is signed; a deductible is billed by statement",
        tolerance=2,
        least=200,
    ),
    Figure(
        "entered_late",
        "client payments that are entered later than they are dated",
        (("late", 4, 14),),
        query(f"""
            select 'late', 100.0 * count_if(created_at > posted_at) / count(*), count(*)
            from ledger_entry
            where entry_type = 'client_payment' and {ORDINARY}
        """),
        "assumed: checks and cash are entered when somebody finds the time",
        tolerance=2,
    ),
    Figure(
        "allowed",
        "what Medicaid allows for an hour of therapy against Medicare",
        (("medicaid : medicare", 0.78, 0.84),),
        query(f"""
            select
                'medicaid : medicare',
                avg(l.allowed_cents) filter (c.payer_code = 'medicaid')
                    / avg(l.allowed_cents) filter (c.payer_code = 'medicare'),
                least(count_if(c.payer_code = 'medicaid'), count_if(c.payer_code = 'medicare'))
            from ledger_entry l
            join client c on c.tenant_id = l.tenant_id and c.id = l.client_id
            where l.service_code = 'QA-IND60' and l.allowed_cents is not null
            and {ORDINARY.replace("id &", "l.id &")}
        """),
        "PMC10125036: Medicaid pays 81 % of Medicare for mental-health services",
        tolerance=0.01,
        least=10,
        unit="ratio",
    ),
    Figure(
        "insurance_lag",
        "days from charge to insurance payment",
        (("median", 18, 25), ("95 % within", 55, 95)),
        query(f"""
            select unnest(['median', '95 % within']), unnest([{quantile(0.5)}, {quantile(0.95)}]), {RANKED}
            from {_INSURANCE_LAG}
        """),
        "assumed: lognormal, median 21, 95 % within 75",
        tolerance=4,
        least=200,
        unit="days",
    ),
    Figure(
        "taken_back",
        "insurance payments older than half a year that were taken back",
        (("taken back", 0.3, 2),),
        query(f"""
            select
                'taken back',
                100.0 * count_if(reverses_id is not null) / nullif(count_if(reverses_id is null), 0),
                count_if(reverses_id is null)
            from (
                select l.reverses_id, coalesce(o.posted_at, l.posted_at) as paid
                from ledger_entry l
                left join ledger_entry o on o.tenant_id = l.tenant_id and o.id = l.reverses_id
                where l.entry_type = 'insurance_payment' and {ORDINARY.replace("id &", "l.id &")}
            )
            where paid < date '{{as_of}}' - 180
        """),
        "assumed: one in a hundred, after a review",
        tolerance=0.6,
        least=400,
    ),
    Figure(
        "collection",
        "what is collected of charges older than four months: of the whole amount, and of what may be collected",
        (("gross", 45, 68), ("net", 86, 97)),
        _COLLECTED,
        "MGMA: adjusted collection 93.98 % (median); behavioral-health bands 45 to 65 % gross and 90 to 95 % net "
        "(industry, weak)",
        tolerance=2,
        least=300,
    ),
    Figure(
        "receivable",
        "days of charges that are open",
        (("days", 20, 50),),
        _COLLECTED,
        "benchmarks of 35 to 50 days (industry, weak); sliding and paid at once here more often",
        tolerance=10,
        least=500,
        unit="days",
    ),
)
