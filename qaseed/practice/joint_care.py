"""How care follows need, with sources: consents, and how soon clients come again."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.shares import ORDINARY
from qaseed.sql import query

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
                    date_diff('day', a.start_at, lead(a.start_at) over (
                        partition by a.tenant_id, a.client_id order by a.start_at
                    )) as days
                from appointment a
                left join note n on n.tenant_id = a.tenant_id and n.appointment_id = a.id and n.risk_level is not null
                where {ORDINARY.replace("id &", "a.id &")}
            )
            where days is not null
        """),
        "assumed; direction: APA 2010, who is at risk is seen more often",
        tolerance=0.05,
        least=300,
        unit="ratio",
    ),
)
