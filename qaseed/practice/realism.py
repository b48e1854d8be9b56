"""What the data should look like: each quantity with its target, its source, and the query that measures it.

`shares` declares those that are shares. Here are the others: odds, lead times, concentration, load, collection, season.
Only rows at ordinary slots are measured: scenarios are exceptions on purpose.
"""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.joint import JOINT_FIGURES
from qaseed.practice.joint_queries import OF_WEEKS
from qaseed.practice.measures import AHEAD, ORDINARY, RANKED, quantile, ranked
from qaseed.practice.realism_billing import BILLING_FIGURES
from qaseed.practice.shares import SHARES, Share
from qaseed.sql import in_utc, one_of, query

_IS_PAST = f"not ({one_of('status', AHEAD)}) and try_cast(left(start_local, 10) as date) < date '{{as_of}}'"
_PAST = f"{ORDINARY} and {_IS_PAST}"
_LEAD = ranked(
    f"appointment where {_PAST} and status in ('completed', 'no_show') and rescheduled_from_id is null",
    f"date_diff('day', {in_utc('booked_at')}, {in_utc('start_at')})",
    "if(appointment_type = 'intake', 'intake', 'follow-up')",
)
_GROUPS = ranked(
    f"(select count(*) as members from appointment where group_id is not null and {ORDINARY} group by group_id)",
    "members",
)
_FIRST_VISITS = ranked(
    "clients where is_ordinary and visits is not null and intake_date >= date '{as_of}' - 364",
    "first_day - intake_date",
)
# one pass over visits and clients; what is past is of ordinary visits
_OF_CLIENTS = query(f"""
    with visits as (
        select
            tenant_id, client_id, start_at, status, modality, {ORDINARY} as is_ordinary,
            try_cast(left(start_local, 10) as date) as day,
            is_ordinary and not ({one_of("status", AHEAD)}) and day < date '{{as_of}}' as is_past,
            is_past and status = 'no_show' as is_missed
        from appointment
    ),
    clients as materialized (
        select {ORDINARY.replace("id &", "c.id &")} as is_ordinary, c.intake_date, a.*, coalesce(a.visits, 0) as times
        from client c
        left join (
            select
                tenant_id,
                client_id as id,
                count_if(is_ordinary) as visits,
                min(day) as first_day,
                count_if(is_past) as past,
                count_if(is_missed) as missed,
                count_if(is_past and modality <> 'in_person') as remote,
                count_if(is_missed and modality <> 'in_person') as missed_remote,
                arg_min(status, start_at) filter (is_past) = 'no_show' as missed_first
            from visits
            group by all
        ) a using (tenant_id, id)
    )
    select
        unnest(['concentration: top tenth', 'concentration: Gini']),
        unnest([
            100.0 * sum(times) filter (rank <= 0.1) / sum(times),
            100 * (2.0 * sum(nth * times) / (count(*) * sum(times)) - (count(*) + 1.0) / count(*))
        ]),
        count(*)
    from (
        select times, percent_rank() over (order by times desc) as rank, row_number() over (order by times) as nth
        from clients
        where is_ordinary
    )
    union all
    select
        unnest(['idle: none', 'starters: once']),
        unnest([
            100.0 * count_if(times = 0) / count(*), 100.0 * count_if(starts and times = 1) / nullif(count_if(starts), 0)
        ]),
        unnest([count(*), count_if(starts)])
    from (
        select
            times,
            times > 0 and intake_date > date '{{as_of}}' - 330 and intake_date < date '{{as_of}}' - 60 as starts
        from clients
        where is_ordinary
    )
    union all
    select 'first_visit: median of new', {quantile(0.5)}, {RANKED}
    from {_FIRST_VISITS}
    union all
    select 'first_visit: over a year', 100.0 * count_if(first_day - intake_date > 365) / count(*), count(*)
    from clients
    where is_ordinary and visits is not null and intake_date < date '{{as_of}}' - 364
    union all
    select
        unnest(['no_show_odds: intake : follow-up', 'no_show_odds: telehealth : in person']),
        unnest([
            (count_if(missed_first) / nullif(count_if(recent), 0))
                / ((sum(missed) - count_if(missed_first)) / nullif(sum(past) - count_if(recent), 0)),
            (100.0 * sum(missed_remote) / nullif(sum(remote), 0))
                / (100.0 * (sum(missed) - sum(missed_remote)) / nullif(sum(past) - sum(remote), 0))
        ]),
        unnest([count_if(recent), sum(past)::bigint])
    from (
        select * exclude (missed_first), recent and missed_first as missed_first
        from (select *, intake_date > date '{{as_of}}' - 350 as recent from clients where past > 0)
    )
""")


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
        _OF_CLIENTS,
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
            select label, {quantile(0.5)}, {RANKED}
            from {_LEAD}
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
        _OF_CLIENTS,
        "Psychiatric Services 2012 and 20 samples of PMC7490483: mean sessions skewed 1.71; 32 % of clients used 77 % "
        "of sessions",
        tolerance=3,
        least=500,
    ),
    Figure(
        "starters",
        "clients registered two to eleven months ago who came only once, of those who came",
        (("once", 28, 40),),
        _OF_CLIENTS,
        "Psychiatric Services 2012: up to a third do not return after the first visit",
        tolerance=4,
        least=300,
    ),
    Figure(
        "idle",
        "clients without any visit",
        (("none", 5, 12),),
        _OF_CLIENTS,
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

TIME_FIGURES = (
    Figure(
        "volume",
        "visits in the four weeks with the fewest and the most of them against the average of the past year",
        (("fewest", 0.7, 1), ("most", 1, 1.4)),
        OF_WEEKS,
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
        _OF_CLIENTS,
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
            select 'median', {quantile(0.5)}, {RANKED}
            from {_GROUPS}
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
        OF_WEEKS,
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
