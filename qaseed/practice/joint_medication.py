"""What clients take, with sources: how many drugs, and how often one replaces another, by what notes say."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.measures import ORDINARY
from qaseed.sql import query

_SECOND = (
    "'second medication|in addition|In addition|Add |lso taking|also took|With it |as well|No change to |stays at'"
)

MEDICATION_FIGURES = (
    Figure(
        "medications",
        "visits for medication whose plans name two drugs, by age, and at which one drug replaces another",
        (("adults", 40, 60), ("minors", 20, 45), ("replaced", 1, 5)),
        query(f"""
            select
                unnest(['adults', 'minors', 'replaced']),
                unnest([100 * avg(two) filter (grown), 100 * avg(two) filter (not grown), 100 * avg(replaced)]),
                unnest([count_if(grown), count_if(not grown), count(*)])
            from (
                select
                    n.session_start::date >= c.dob + interval 18 years as grown,
                    regexp_matches(n.plan, {_SECOND})::int as two,
                    regexp_matches(n.plan, '[Tt]aper|Change from')::int as replaced
                from note n
                join client c on c.tenant_id = n.tenant_id and c.id = n.client_id
                join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where a.appointment_type = 'med_mgmt' and n.plan is not null and {ORDINARY.replace("id &", "n.id &")}
            )
        """),
        "Mojtabai and Olfson 2010: 59.8 % of adults' visits to psychiatrists in 2005 had two or more; Comer 2010: 32 % "
        "of minors' with any (from memory); replaced: assumed",
        tolerance=3,
        least=60,
    ),
)
