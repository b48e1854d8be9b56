"""What the data should look like: each quantity with its target, its source, and the query that measures it.

`shares` declares those that are shares. Here are the others: odds, lead times, concentration, load, collection, season.
Only rows at ordinary slots are measured: scenarios are exceptions on purpose.
"""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.joint import JOINT_FIGURES
from qaseed.practice.realism_billing import BILLING_FIGURES
from qaseed.practice.shares import AHEAD, ORDINARY, SHARES, Share
from qaseed.sql import in_utc, one_of, query

_PAST = f"{ORDINARY} and not ({one_of('status', AHEAD)}) and try_cast(left(start_local, 10) as date) < date '{{as_of}}'"
_ORDINARY_CLIENT = ORDINARY.replace("id &", "c.id &")
_VISITS_OF = query(f"""
    (
        select c.tenant_id, c.id, c.intake_date, coalesce(a.visits, 0) as visits
        from client c
        left join (
            select tenant_id, client_id as id, count(*) as visits from appointment where {ORDINARY} group by all
        ) a using (tenant_id, id)
        where {_ORDINARY_CLIENT}
    )
""")
_STARTERS = query(f"""
    (
        select *
        from {_VISITS_OF}
        where visits > 0 and intake_date > date '{{as_of}}' - 330 and intake_date < date '{{as_of}}' - 60
    )
""")
_WEEKS = query(f"""
    (
        select date_trunc('week', try_cast(left(start_local, 10) as date)) as week, count(*) as visits
        from appointment
        where {_PAST}
        group by 1
    )
""")
# past visits of each client, and of those who came in the window whether they missed the first one
_CAME = query(f"""
    (
        select
            c.intake_date > date '{{as_of}}' - 350 as recent,
            recent and arg_min(a.status, a.start_at) = 'no_show' as missed_first,
            count(*) as visits,
            count_if(a.status = 'no_show') as missed
        from appointment a
        join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
        where {_PAST.replace("id &", "a.id &").replace("status", "a.status")}
        group by a.tenant_id, a.client_id, c.intake_date
    )
""")


def _missed(condition: str) -> str:
    """The percentage of the visits that meet a condition that were missed."""
    return f"(100.0 * count_if(status = 'no_show' and {condition}) / nullif(count_if({condition}), 0))"


def _figure_of(name: str, share: Share) -> Figure:
    """The figure that compares a share with the rows."""
    targets = tuple((label, float(part), float(part)) for label, part in share.parts.items())
    return Figure(
        name,
        share.doc,
        targets,
        share.select,
        share.source,
        tolerance=share.tolerance,
        least=share.least,
        share=name,
    )


VISIT_FIGURES = (
    Figure(
        "no_show_odds",
        "no-shows of intakes against follow-ups, and of telehealth against visits in person",
        (("intake : follow-up", 1.4, 2.8), ("telehealth : in person", 0.5, 0.95)),
        query(f"""
            select
                'intake : follow-up',
                (count_if(missed_first) / nullif(count_if(recent), 0))
                    / ((sum(missed) - count_if(missed_first)) / nullif(sum(visits) - count_if(recent), 0)),
                count_if(recent)
            from {_CAME}
            union all
            select
                'telehealth : in person',
                {_missed("modality <> 'in_person'")} / {_missed("modality = 'in_person'")},
                count(*)
            from appointment
            where {_PAST}
        """),
        "academic psychiatry: intakes miss twice as often (PMID 36029347); Ettman 2023: telehealth 1.30 times likelier "
        "completed",
        tolerance=0.25,
        least=400,
        unit="ratio",
    ),
    Figure(
        "lead",
        "median days from booking to visit",
        (("intake", 12, 16), ("follow-up", 6, 8)),
        query(f"""
            select
                if(appointment_type = 'intake', 'intake', 'follow-up') as label,
                median(date_diff('day', {in_utc("booked_at")}, {in_utc("start_at")})),
                count(*)
            from appointment
            where {_PAST} and status in ('completed', 'no_show') and rescheduled_from_id is null
            group by label
        """),
        "assumed; direction of effects from the no-show review of 105 studies (2018)",
        tolerance=1.5,
        least=100,
        unit="days",
    ),
)

CASELOAD_FIGURES = (
    Figure(
        "concentration",
        "visits of the tenth of clients with the most visits, and the Gini coefficient",
        (("top tenth", 25, 45), ("Gini", 45, 75)),
        query(f"""
            select
                unnest(['top tenth', 'Gini']),
                unnest([
                    100.0 * sum(visits) filter (rank <= 0.1) / sum(visits),
                    100 * (2.0 * sum(nth * visits) / (count(*) * sum(visits)) - (count(*) + 1.0) / count(*))
                ]),
                count(*)
            from (
                select
                    visits,
                    percent_rank() over (order by visits desc) as rank,
                    row_number() over (order by visits) as nth
                from {_VISITS_OF}
            )
        """),
        "Psychiatric Services 2012 and 20 samples of PMC7490483: mean sessions skewed 1.71; 32 % of clients used 77 % "
        "of sessions",
        tolerance=3,
        least=500,
    ),
    Figure(
        "starters",
        "clients registered two to eleven months ago who came only once, of those who came",
        (("once", 28, 40),),
        f"select 'once', 100.0 * count_if(visits = 1) / count(*), count(*) from {_STARTERS}",
        "Psychiatric Services 2012: up to a third do not return after the first visit",
        tolerance=4,
        least=300,
    ),
    Figure(
        "idle",
        "clients without any visit",
        (("none", 5, 12),),
        f"select 'none', 100.0 * count_if(visits = 0) / count(*), count(*) from {_VISITS_OF}",
        "assumed, 8 %",
        tolerance=2,
        least=300,
    ),
    Figure(
        "load",
        "visits a week and clients of each provider: the most of any provider, as upper bounds",
        (("visits a week", 0, 32), ("clients", 0, 60)),
        query(f"""
            select 'visits a week', max(visits), count(*)
            from (
                select count(*) / 52.0 as visits from appointment where {_PAST} group by tenant_id, provider_id
            )
            union all
            select 'clients', max(clients), count(*)
            from (
                select count(*) as clients from client where {ORDINARY} group by tenant_id, primary_provider_id
            )
        """),
        "Headway: 20 to 25 sessions a week, panels of 40 to 50; a profile of many clients a provider passes it",
        tolerance=0,
        least=10,
        unit="count",
    ),
)

_FOLLOW_UPS = query(f"""
    (
        select
            tenant_id, client_id,
            100 * (count(distinct duration_min) > 1)::int as duration,
            100 * (count(distinct modality) > 1)::int as modality
        from appointment
        where {ORDINARY} and appointment_type <> 'intake' and not ({one_of("status", ("cancelled", "rescheduled"))})
        group by all
        having count(*) >= 4
    )
""")
_FIRST_VISITS = query(f"""
    (
        select c.intake_date, min(left(a.start_local, 10)::date) as first_day
        from client c
        join appointment a on a.tenant_id = c.tenant_id and a.client_id = c.id
        where {_ORDINARY_CLIENT}
        group by c.tenant_id, c.id, c.intake_date
    )
""")
_FOUR_WEEKS = query(f"""
    (
        select date_diff('day', left(start_local, 10)::date, date '{{as_of}}') // 28 as part, count(*) as visits
        from appointment
        where {_PAST}
        group by 1
        having part < 13
    )
""")

TIME_FIGURES = (
    Figure(
        "volume",
        "visits in the four weeks with the fewest and the most of them against the average of the past year",
        (("fewest", 0.7, 1), ("most", 1, 1.4)),
        query(f"""
            select
                unnest(['fewest', 'most']),
                unnest([min(visits) / avg(visits), max(visits) / avg(visits)]),
                sum(visits)::bigint
            from {_FOUR_WEEKS}
        """),
        "assumed: a practice neither opened nor grew several times within the year; the season's part is its own share",
        tolerance=0.1,
        least=3000,
        unit="ratio",
    ),
    Figure(
        "steady",
        "clients with four follow-ups or more who had several durations, and several ways of meeting",
        (("duration", 5, 35), ("modality", 5, 40)),
        query(f"""
            select unnest(['duration', 'modality']), unnest([avg(duration), avg(modality)]), count(*)
            from {_FOLLOW_UPS}
        """),
        "assumed: most clients keep the length of their sessions and how they meet",
        tolerance=3,
        least=200,
    ),
    Figure(
        "first_visit",
        "days from registration to the first visit of new clients, and earlier clients who waited over a year for it",
        (("median of new", 7, 21), ("over a year", 0, 60)),
        query(f"""
            select
                unnest(['median of new', 'over a year']),
                unnest([
                    median(days) filter (is_new), 100.0 * count_if(not is_new and days > 365) / count_if(not is_new)
                ]),
                unnest([count_if(is_new), count_if(not is_new)])
            from (
                select first_day - intake_date as days, intake_date >= date '{{as_of}}' - 364 as is_new
                from {_FIRST_VISITS}
            )
        """),
        "assumed: visits before the window are not in the data",
        tolerance=3,
        least=200,
        unit="days",
    ),
    Figure(
        "group",
        "members of a group session",
        (("median", 4, 10),),
        query(f"""
            select 'median', median(members), count(*)
            from (
                select count(*) as members from appointment where group_id is not null and {ORDINARY} group by group_id
            )
        """),
        "assumed: groups of five to nine, of whom some are absent",
        tolerance=0,
        least=15,
        unit="count",
    ),
    Figure(
        "eve",
        "visits ahead that were booked on the last day before as_of",
        (("booked", 0, 12),),
        query(f"""
            select
                'booked',
                100.0 * count_if(timezone(timezone, booked_at)::date >= date '{{as_of}}' - 3) / count(*),
                count(*)
            from appointment
            where {ORDINARY} and left(start_local, 10)::date >= date '{{as_of}}'
        """),
        "assumed: visits of a series are booked over some weeks; on a Monday the last day is three days before",
        tolerance=2,
        least=200,
    ),
)

OTHER_FIGURES = (
    Figure(
        "season",
        "visits a week in September and October against July and August",
        (("autumn : summer", 1.05, 1.5),),
        query(f"""
            select
                'autumn : summer',
                avg(visits) filter (month(week) in (9, 10)) / avg(visits) filter (month(week) in (7, 8)),
                sum(visits)::bigint
            from {_WEEKS}
        """),
        "Canadian practices 2016: autumn a fifth above summer; more here, since 18 % of visits ahead make the practice "
        "a growing one",
        tolerance=0.1,
        least=3000,
        unit="ratio",
    ),
    Figure(
        "risk",
        "notes that assess the risk as moderate or high",
        (("elevated", 0, 3),),
        query(f"""
            select 'elevated', 100.0 * count_if(risk_level in ('moderate', 'high')) / count(*), count(*)
            from note
            where {ORDINARY}
        """),
        "assumed: at most 3 %",
        tolerance=0.5,
        least=300,
    ),
)

FIGURES = (
    *(_figure_of(name, share) for name, share in SHARES.items() if share.select),
    *VISIT_FIGURES,
    *CASELOAD_FIGURES,
    *TIME_FIGURES,
    *BILLING_FIGURES,
    *OTHER_FIGURES,
    *JOINT_FIGURES,
)
