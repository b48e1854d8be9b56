"""Joint figures of care, with sources: consents, how care ends, when visits are and how soon clients come again."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.measures import ORDINARY
from qaseed.sql import in_utc, query

CARE_FIGURES = (
    Figure(
        "consent_day",
        "clients whose last consent to treatment is of the day of registration",
        (("at registration", 55, 75),),
        query(f"""
            select 'at registration', 100.0 * count_if(consent_treatment_on = intake_date) / count(*), count(*)
            from client
            where {ORDINARY}
        """),
        "assumed: others sign before the first visit, or again a year later",
        tolerance=1,
        least=100,
    ),
    Figure(
        "ended",
        "clients who died, and charts of those whose care has ended that a note closes",
        (("died", 0.2, 1.2), ("closed by a note", 50, 85)),
        query(f"""
            select
                unnest(['died', 'closed by a note']),
                unnest([100.0 * avg(died), 100.0 * avg(noted) filter (ended)]),
                unnest([count(*), count_if(ended)])
            from (
                select
                    c.status in ('deceased', 'discharged') as ended,
                    (c.status = 'deceased')::int as died,
                    (n.client_id is not null)::int as noted
                from client c
                left join (
                    select distinct tenant_id, client_id from note where note_type = 'discharge'
                ) n on n.tenant_id = c.tenant_id and n.client_id = c.id
                where {ORDINARY.replace("id &", "c.id &")}
            )
        """),
        "Walker 2015: twice the deaths of the population, so up to one in a hundred a year; charts: assumed",
        tolerance=0.1,
        least=200,
    ),
    Figure(
        "days_off",
        "visits with a provider that take place on a day on which the provider calls off others",
        (("seen", 0, 9),),
        query(f"""
            select 'seen', 100.0 * sum(seen) / sum(seen + called_off), sum(seen + called_off)
            from (
                select
                    count_if(status in ('completed', 'no_show')) as seen,
                    count_if(cancelled_by = 'provider') as called_off
                from appointment
                where {ORDINARY}
                group by tenant_id, provider_id, left(start_local, 10)
                having called_off > 0
            )
        """),
        "assumed: who is ill or on leave sees nobody, but for a part of the day in an emergency",
        tolerance=2,
        least=150,
    ),
    Figure(
        "scored",
        "visits from age 12 whose note has the questionnaires, by type",
        (("intakes", 90, 99), ("later visits", 50, 70)),
        " union all ".join(
            f"select '{label}', 100.0 * count_if(n.phq9 is not null and n.gad7 is not null) / count(*), count(*) "
            "from note n join client c on c.tenant_id = n.tenant_id and c.id = n.client_id "
            f"where n.note_type = '{kind}' and n.session_start > c.dob + interval 12 years "
            f"and {ORDINARY.replace('id &', 'n.id &')}"
            for label, kind in (("intakes", "intake"), ("later visits", "progress"))
        ),
        "assumed, of a practice that measures; Lewis 2019: 14 % of psychiatrists and 11 % of psychologists do so "
        "routinely (from memory)",
        tolerance=2,
        least=100,
    ),
    Figure(
        "called_after_risk",
        "visits and calls at which the risk was elevated that another visit or a call follows within seven days",
        (("within 7 days", 78, 96),),
        query(f"""
            select 'within 7 days', 100.0 * avg((followed)::int), count(*)
            from (
                select exists (
                    select 1
                    from (
                        select tenant_id, client_id, start_at as at from appointment where status = 'completed'
                        union all
                        select tenant_id, client_id, created_at from note where note_type = 'phone'
                    ) f
                    where f.tenant_id = e.tenant_id and f.client_id = e.client_id
                    and f.at > e.at and f.at < e.at + interval 175 hours
                ) as followed
                from (
                    select n.tenant_id, n.client_id, coalesce(n.session_stop, n.created_at) as at
                    from note n
                    where n.risk_level in ('moderate', 'high') and n.amends_id is null
                    and n.note_type in ('intake', 'progress', 'phone') and {ORDINARY.replace("id &", "n.id &")}
                ) e
                where e.at < date '{{as_of}}' - interval 8 days
            )
        """),
        "assumed: nearly all whom contacts suffice for; Zero Suicide asks for contact within 24 to 72 hours, and HEDIS "
        "(FUM, FUH) counts visits and calls within 7 days",
        tolerance=1,
        least=60,
    ),
    Figure(
        "school_hours",
        "visits of pupils from Monday to Friday, but in summer, that begin from 8 to 15 h",
        (("pupils", 5, 20),),
        query(f"""
            select
                'pupils',
                100.0 * count_if(substr(start_local, 12, 2) between '08' and '14') / count(*),
                count(*)
            from (
                select a.start_local, left(a.start_local, 10)::date as day, c.dob
                from appointment a
                join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
                where {ORDINARY.replace("id &", "a.id &")}
            )
            where day between dob + interval 6 years and dob + interval 17 years
            and isodow(day) <= 5 and month(day) not in (7, 8)
        """),
        "assumed: they come after school, but for a few, and where their provider does not work so late",
        tolerance=4,
        least=200,
    ),
    Figure(
        "stamps",
        "bookings, arrivals, signatures and entries of the ledger that are stamped at second 0",
        (("booked", 0, 4), ("checked in", 0, 4), ("signed", 0, 4), ("entered", 0, 4)),
        " union all ".join(
            f"select '{label}', 100.0 * count_if(second({moment}::timestamp) = 0) / count(*), count(*) "
            f"from {table} where {moment} is not null and {ORDINARY}"
            for label, table, moment in (
                ("booked", "appointment", "booked_at"),
                ("checked in", "appointment", "checked_in_at"),
                ("signed", "note", "signed_at"),
                ("entered", "ledger_entry", "created_at"),
            )
        ),
        "assumed: software stamps at any second, one in sixty at 0",
        tolerance=1,
        least=200,
    ),
    Figure(
        "gap_by_risk",
        "days to the next visit where the risk is low or elevated against those where it is none",
        (("at risk : others", 0.7, 0.9),),
        query(f"""
            select
                'at risk : others',
                avg(days) filter (risk_level <> 'none') / avg(days) filter (risk_level = 'none'),
                count_if(risk_level <> 'none')
            from (
                select
                    n.risk_level,
                    date_diff('day', {in_utc("a.start_at")}, {in_utc("lead(a.start_at) over visits")}) as days
                from appointment a
                left join note n on n.tenant_id = a.tenant_id and n.appointment_id = a.id and n.risk_level is not null
                where {ORDINARY.replace("id &", "a.id &")}
                window visits as (partition by a.tenant_id, a.client_id order by a.start_at)
            )
            where days is not null
        """),
        "assumed; direction: APA 2010, who is at risk is seen more often",
        tolerance=0.05,
        least=300,
        unit="ratio",
    ),
)
