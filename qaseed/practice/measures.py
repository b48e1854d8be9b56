"""How the rows of the practice are measured: which rows, in which groups, and queries for the share of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.sql import literal, one_of, query

ORDINARY = f"(id & {(1 << SLOT_BITS) - 1}) >= {FIRST_ORDINARY_SLOT}"
"""The condition on rows at ordinary slots: scenarios are exceptions on purpose, and are not measured."""
AHEAD = ("scheduled", "confirmed")
IN_PROGRESS = ("checked_in", "in_session")


def measured(table: str, label: str, where: str = ORDINARY) -> str:
    """A query for the share of each label among the rows of a table."""
    return query(f"""
        select label, 100.0 * count(*) / sum(count(*)) over (), sum(count(*)) over ()
        from (select {label} as label from {table} where {where})
        group by label
    """)


RANKED = "coalesce(any_value(total), 0)"
"""How many values a label of a `ranked` source has."""


def ranked(source: str, value: str, label: str = "null") -> str:
    """A source of each value of a label, with how many of the label's are `upto` it, and how many they are in all.

    Quantiles follow from it (`quantile`); duckdb's own keep every value, and so need memory for all of them.
    """
    return query(f"""
        (
            select
                label,
                value,
                sum(times) over (partition by label order by value) as upto,
                sum(times) over (partition by label) as total
            from (select {label} as label, {value} as value, count(*) as times from {source} group by all)
        )
    """)


def quantile(share: float) -> str:
    """The least value of a `ranked` source that so much of its label's values do not exceed."""
    return f"min(value) filter (upto >= {share} * total)"


def measured_together(source: str, labels: Mapping[str, str], weighted: Collection[str] = (), count: str = "1") -> str:
    """A query for several shares of the rows of a source: by the share's name its label, null for rows of no part.

    Each row counts as so many (`count`). Those of the `weighted` shares count in the sample as visits do (`CLIENTS`).
    """
    names, values = ", ".join(map(literal, labels)), ", ".join(labels.values())
    size = f"sum(sum(times)) over (partition by share){_weight(weighted)}"
    return query(f"""
        select share || ': ' || label, 100.0 * sum(times) / sum(sum(times)) over (partition by share), {size}
        from (
            select unnest([{names}]) as share, unnest([{values}]) as label, {count} as times
            from {source}
        )
        where label is not null
        group by share, label
    """)


def _weight(weighted: Collection[str]) -> str:
    return f" * if({one_of('share', weighted)}, {CLIENTS}, 1)" if weighted else ""


def case(*branches: tuple[str, str], otherwise: str = "null") -> str:
    """The first label whose condition holds; `otherwise` is SQL."""
    whens = " ".join(f"when {condition} then {literal(label)}" for label, condition in branches)
    return f"case {whens} else {otherwise} end"


def bands(column: str, upper: Mapping[str, int], last: str) -> str:
    """The label of the first band whose upper bound, excluded, a number is below; or else the last label."""
    return case(*((label, f"{column} < {bound}") for label, bound in upper.items()), otherwise=literal(last))


CLIENTS = query("""
    (
        select 1.0 * sum(visits) / sum(visits ** 2)
        from (select count(*) as visits from appointment group by tenant_id, client_id)
    )
""")
"""What a visit counts in a sample: visits of one client are alike, and some clients have most of them (Kish)."""
_PAST = f"not ({one_of('status', (*AHEAD, *IN_PROGRESS))})"
_AGED = query("""
    (
        select
            *,
            date_diff('year', dob, date '{as_of}')
                - (strftime(dob, '%m%d') > strftime(date '{as_of}', '%m%d'))::int as age
        from client
    )
""")
_AGE_BAND = bands(
    "age",
    {
        "5-11": 12,
        "12-17": 18,
        "18-25": 26,
        "26-34": 35,
        "35-44": 45,
        "45-54": 55,
        "55-64": 65,
        "65-74": 75,
    },
    "75-95",
)
_DX = case(
    ("F41.1", "primary_dx = 'F41.1'"),
    ("F32-F33", "primary_dx[:3] in ('F32', 'F33')"),
    ("F43.2", "primary_dx[:5] = 'F43.2'"),
    ("F90", "primary_dx[:3] = 'F90'"),
    ("F43.1", "primary_dx[:5] = 'F43.1'"),
    ("F40-F41", "primary_dx[:3] = 'F40' or primary_dx in ('F41.0', 'F41.9')"),
    ("F31", "primary_dx[:3] = 'F31'"),
    ("F10-F19", "primary_dx[:2] = 'F1'"),
    ("F84", "primary_dx[:3] = 'F84'"),
    ("F42", "primary_dx[:3] = 'F42'"),
    ("F50", "primary_dx[:3] = 'F50'"),
    ("F60", "primary_dx[:3] = 'F60'"),
    ("Z", "primary_dx[:1] = 'Z'"),
    otherwise="'other'",
)
_VISITS = query(f"""
    (
        select a.appointment_type, a.service_code, p.can_prescribe
        from appointment a
        join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id
        where {ORDINARY.replace("id &", "a.id &")}
    )
""")
_SERVICE = case(
    ("intake", "appointment_type = 'intake'"),
    ("family", "appointment_type in ('family', 'couple')"),
    ("group", "appointment_type = 'group'"),
    otherwise="service_code",
)
# the interval of most of a client's visits; none is 100 weeks
CADENCE = query(f"""
    (
        select tenant_id, client_id as id, max(100 * times + recurrence_weeks) % 100 as weeks
        from (
            select tenant_id, client_id, recurrence_weeks, count(*) as times
            from appointment
            where {ORDINARY} and recurrence_weeks is not null and not ({one_of("status", AHEAD)})
            group by all
        )
        group by all
        having sum(times) >= 3
    )
""")
_HOUR_BAND = bands("hour", {"07-09": 9, "09-12": 12, "12-15": 15, "15-18": 18, "18-20": 20}, "other")
# days and hours are few, so what depends on them alone is computed for few rows
_DAYS = query(f"""
    (
        select
            try_cast(left(start_local, 10) as date) as day,
            try_cast(substr(start_local, 12, 2) as int) as hour,
            status,
            cancelled_by is not distinct from 'provider' as by_provider,
            modality,
            count(*) as visits
        from appointment
        where {ORDINARY}
        group by all
    )
""")
OF_DAYS = measured_together(
    _DAYS,
    {
        "outcome": f"if({_PAST}, if(status = 'cancelled' and by_provider, 'provider_cancelled', status), null)",
        "future": "if(day >= date '{as_of}', 'ahead', 'past')",
        "modality": "modality",
        "weekday": "strftime(day, '%a')",
        "growth": f"if({_PAST}, if(day < date '{{as_of}}' - 182, 'first_half', 'second_half'), null)",
        "season": f"if({_PAST}, strftime(day, '%b'), null)",
        "hour": _HOUR_BAND,
    },
    ("modality", "weekday", "growth", "season", "hour"),
    "visits",
)
OF_SERVICES = measured_together(
    _VISITS,
    {"therapy": f"if(can_prescribe, null, {_SERVICE})", "medication": f"if(can_prescribe, {_SERVICE}, null)"},
    ("therapy", "medication"),
)
OF_CLIENTS = measured_together(
    f"(select * from {_AGED} where {ORDINARY})",
    {
        "sex": "if(age >= 18, sex_at_birth, null)",
        "age": _AGE_BAND,
        "dx": f"if(age >= 14, {_DX}, null)",
        "payer": "payer_code",
    },
)
_SIGNED_WITHIN = case(
    ("draft", "n.signed_at is null"),
    ("same day", "timezone(a.timezone, n.signed_at)::date = timezone(a.timezone, n.created_at)::date"),
    ("24 h", "n.signed_at <= n.created_at + interval 24 hours"),
    ("72 h", "n.signed_at <= n.created_at + interval 72 hours"),
    otherwise="'later'",
)
# a month later, since younger notes may still be signed
SIGNED = query(f"""
    (
        select n.*, {_SIGNED_WITHIN} as label
        from note n
        join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
        where n.created_at < date '{{as_of}}' - interval 30 days
    )
""")
DECIDED = f"{ORDINARY} and entry_type = 'charge' and claim_status in ('paid', 'processed', 'denied', 'appealed')"
