"""The rules of visits: when they are, that nobody is booked twice, and who sees whom."""

from __future__ import annotations

from qaseed.model import Rule
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK
from qaseed.practice.generators import hours, schedule
from qaseed.practice.measures import ORDINARY
from qaseed.practice.shared import DATA_END, LOCAL_DAY
from qaseed.sql import any_of, in_utc, one_of, query

BEFORE_VISIT = ("scheduled", "confirmed")
NO_OUTCOME = (*BEFORE_VISIT, "checked_in", "in_session")
CALLED_OFF = ("cancelled", "late_cancelled", "rescheduled")
STATUSES = (*NO_OUTCOME, "completed", "no_show", *CALLED_OFF)
BLOCKING = (*NO_OUTCOME, "completed", "no_show", "late_cancelled")
"""Visits whose time nobody else can have."""


def _no_overlap(id_: str, description: str, whose: str, where: str = "true", *, groups: bool = False) -> Rule:
    """No two visits of one `whose` at a time, among those for which `where` holds, except of one group with `groups`.

    Who has visits at a time has two of them one after the other, which costs less to find.
    """
    visits = f"{one_of('status', BLOCKING)} and {where}"
    same = " and ".join(f"busy.{column} is not distinct from visit.{column}" for column in whose.split(", "))
    in_group = "group_id is not null and group_id is not distinct from"
    with_one_before = f"{in_group} group_before and end_at is not distinct from end_before" if groups else "false"
    with_latest = f"{in_group} busy_with_group" if groups else "false"
    return Rule(
        id_,
        description,
        select=query(f"""
            select tenant_id, id
            from (
                select
                    *,
                    max(end_at) over earlier as busy_until,
                    arg_max(group_id, end_at) over earlier as busy_with_group
                from appointment visit
                semi join (
                    select {whose}
                    from (
                        select *, lag(end_at) over visits as end_before, lag(group_id) over visits as group_before
                        from appointment
                        where {visits}
                        window visits as (partition by {whose} order by start_at)
                    )
                    where start_at < end_before and not ({with_one_before})
                ) busy on {same}
                where {visits}
                window earlier as (
                    partition by tenant_id, {whose}
                    order by start_at, id
                    rows between unbounded preceding and 1 preceding
                )
            )
            where start_at < busy_until and not ({with_latest})
        """),
    )


def _minutes(clock_text: str, start: int) -> str:
    """The minute of the day of `09:15` at a position of a text, counted from 1."""
    hour, minute = f"substr({clock_text}, {start}, 2)", f"substr({clock_text}, {start + 3}, 2)"
    return f"(60 * try_cast({hour} as int) + try_cast({minute} as int))"


def _outside_hours(of: str) -> str:
    """The condition that a visit is outside the hours of its `provider` or `location`, or on a day off."""
    by_day = " ".join(f"when {n} then {of}.hours_{day}" for n, day in enumerate(hours.WEEKDAYS, start=1))
    of_day = f"(case isodow({LOCAL_DAY}) {by_day} end)"
    start = _minutes("start_local", 12)
    return f"coalesce({start} < {_minutes(of_day, 1)} or {start} + duration_min > {_minutes(of_day, 7)}, true)"


LAST_EVENT = f"greatest({', '.join(schedule.EVENTS)}, if(status = 'completed', end_at, booked_at))"

TIME_RULES = (
    Rule("T1a", "no visit is before the client's registration", f"{LOCAL_DAY} < client.intake_date"),
    Rule(
        "T2a",
        "clients are 0 to 105 years old at every visit",
        any_of(f"{LOCAL_DAY} < client.dob", f"{LOCAL_DAY} >= client.dob + interval 106 years"),
    ),
    Rule(
        "T3",
        "visits are within the provider's employment",
        any_of(f"{LOCAL_DAY} < provider.hire_date", f"{LOCAL_DAY} > provider.termination_date"),
    ),
    Rule(
        "T4",
        "visits are booked before they start, at most 90 days before the client's registration",
        any_of("booked_at > start_at", f"{in_utc('booked_at')} < client.intake_date - interval 90 days"),
    ),
    Rule(
        "T5",
        "a visit ends its duration after its start",
        any_of("start_at >= end_at", "end_at <> start_at + to_minutes(duration_min)"),
    ),
    Rule(
        "T6",
        "past visits have an outcome; future visits have none, unless they were canceled or moved",
        any_of(
            f"{LOCAL_DAY} < date '{{as_of}}' and {one_of('status', NO_OUTCOME)}",
            f"{LOCAL_DAY} >= date '{{as_of}}' and not ({one_of('status', (*NO_OUTCOME, *CALLED_OFF))})",
        ),
    ),
    Rule(
        "T7",
        "clients check in at most 45 minutes before the start, and before the end",
        any_of("checked_in_at < start_at - interval 45 minutes", "checked_in_at > end_at"),
    ),
    Rule(
        "T8",
        "canceled and moved visits, and only they, have the moment of that, after booking and before the start",
        any_of(
            f"({one_of('status', CALLED_OFF)}) <> coalesce(cancelled_at < start_at, false)",
            "(cancelled_at is null) <> (cancelled_by is null)",
            "cancelled_at < booked_at",
        ),
    ),
    Rule(
        "T8l",
        "late cancellations are those later than the practice's limit",
        f"{one_of('status', CALLED_OFF)} and cancelled_by = 'client' and (status = 'late_cancelled') <> "
        f"({in_utc('start_at')} - {in_utc('cancelled_at')} < to_hours(tenant.late_cancel_hours))",
    ),
    Rule(
        "T10a",
        "all events of a visit are before the data ends",
        any_of(*(f"{column} > {DATA_END}" for column in schedule.EVENTS)),
    ),
    Rule(
        "T4r",
        "visits are booked from the day of the client's registration on",
        f"{ORDINARY} and timezone(timezone, booked_at)::date < client.intake_date",
    ),
    Rule(
        "T4h",
        "visits are booked while the front desk is open: Monday to Friday, 9 to 17 h",
        f"{ORDINARY} and (isodow(timezone(timezone, booked_at)) > 5 "
        "or hour(timezone(timezone, booked_at)) not between 9 and 17)",
    ),
    Rule(
        "T8h",
        "nobody calls off a visit on a Sunday or at night",
        f"{ORDINARY} and (isodow(timezone(timezone, cancelled_at)) = 7 "
        "or hour(timezone(timezone, cancelled_at)) not between 6 and 20)",
    ),
    Rule(
        "T8a",
        "the old do not call off because of work, and nobody below 18 or old because of children",
        any_of(
            f"{ORDINARY} and cancel_reason = 'childcare' and client.dob > {LOCAL_DAY} - interval 18 years",
            f"{ORDINARY} and cancel_reason in ('childcare', 'work_conflict') "
            f"and client.dob < {LOCAL_DAY} - interval 69 years",
        ),
    ),
    Rule(
        "T8s",
        "nobody knows of a provider's illness or emergency more than two days before",
        f"{ORDINARY} and {one_of('cancel_reason', schedule.SUDDEN)} and cancelled_at < start_at - interval 48 hours",
    ),
    Rule(
        "T9c",
        "nobody is reminded who may not be contacted",
        "reminder_sent_at is not null and not (client.sms_ok or client.email_ok or client.voice_ok)",
    ),
    Rule(
        "T8m",
        "missed visits, and only they, have the moment of that, after the start",
        "(status = 'no_show') <> coalesce(missed_at > start_at, false)",
    ),
    Rule(
        "T11e",
        "a visit was last changed by its last event: its end where it was completed, its charge where it was billed",
        f"updated_at is distinct from case when billing_status = 'billed' then greatest(updated_at, {LAST_EVENT}) "
        f"else {LAST_EVENT} end",
    ),
    Rule(
        "T11c",
        "a visit is changed when its charge or fee is entered",
        select=query("""
            select a.tenant_id, a.id
            from appointment a
            join ledger_entry l on l.tenant_id = a.tenant_id and l.appointment_id = a.id
                and l.entry_type in ('charge', 'fee')
            where a.updated_at < l.created_at
        """),
    ),
    Rule(
        "T12",
        "deceased clients have no completed visits after their death, and no future visits",
        any_of(
            f"status = 'completed' and {LOCAL_DAY} > client.date_of_death",
            f"{one_of('status', BEFORE_VISIT)} and client.date_of_death is not null",
        ),
    ),
    Rule(
        "T13",
        "discharged clients have no future visits",
        f"{one_of('status', BEFORE_VISIT)} and {LOCAL_DAY} > client.discharge_date",
    ),
    Rule(
        "T16",
        f"visits are in the {WEEKS_BACK} weeks before as_of or in the {WEEKS_AHEAD} weeks from it, except in scenarios",
        any_of(
            f"{ORDINARY} and {LOCAL_DAY} < date '{{as_of}}' - {7 * WEEKS_BACK}",
            f"{ORDINARY} and {LOCAL_DAY} >= date '{{as_of}}' + {7 * WEEKS_AHEAD}",
        ),
    ),
)

CALENDAR_RULES = (
    _no_overlap("S1", "no provider has two visits at a time, except of one group", "provider_id", groups=True),
    _no_overlap("S2", "no client has two visits at a time", "client_id"),
    _no_overlap(
        "S3",
        "no room has two visits at a time, except of one group",
        "location_id, room",
        "room is not null",
        groups=True,
    ),
    Rule(
        "S3r",
        "visits in person, and only they, have a room of the site",
        any_of(
            "try_cast(substr(room, 6) as bigint) not between 1 and location.rooms",
            "(room is null) <> (modality <> 'in_person')",
        ),
    ),
    Rule(
        "S4",
        "visits are within the hours of the provider and of the site, in the site's time zone",
        any_of(_outside_hours("provider"), _outside_hours("location"), "timezone <> location.timezone"),
    ),
    Rule("S5", "no visit is on a holiday", "contains(tenant.holidays, left(start_local, 10))"),
    Rule("S6", "visits start on a grid of 5 minutes", "try_cast(substr(start_local, 15, 2) as int) % 5 <> 0"),
    Rule(
        "S7",
        "wall time and moment agree, and the wall time exists",
        "try_cast(start_local as timestamp) is distinct from timezone(timezone, start_at)",
    ),
    Rule(
        "S8",
        "a series has one client, and one wall time even when clocks change",
        select=query("""
            select tenant_id, max(id)
            from appointment
            where series_id is not null
            group by tenant_id, series_id
            having min(substr(start_local, 12)) <> max(substr(start_local, 12)) or min(client_id) <> max(client_id)
        """),
    ),
    Rule(
        "S9",
        "visits in person are at an office; telehealth has its place of service and the client's consent, and a link "
        "for video",
        any_of(
            "(modality = 'in_person') <> (pos_code = '11')",
            f"modality <> 'in_person' and coalesce(client.consent_telehealth_on > {LOCAL_DAY}, true)",
            "(modality = 'video') <> (telehealth_url is not null)",
        ),
    ),
    Rule(
        "S10",
        "a rescheduled visit has exactly one successor, of the same client and later",
        select=query("""
            select tenant_id, id
            from appointment a
            left join (
                select
                    tenant_id,
                    rescheduled_from_id as id,
                    count(*) as successors,
                    min(client_id) as client_id,
                    min(start_at) as start_at
                from appointment
                where rescheduled_from_id is not null
                group by all
            ) s using (tenant_id, id)
            where (a.status = 'rescheduled') <> (s.successors is not null)
            or s.successors > 1
            or s.client_id <> a.client_id
            or s.start_at <= a.start_at
        """),
    ),
    Rule(
        "S11",
        "telehealth requires a license of the client's state",
        "modality <> 'in_person' and provider.license_state <> client.state",
    ),
    Rule("S15", "no visit is at a site at which nobody works", f"{ORDINARY} and location.status <> 'active'"),
    Rule(
        "S13",
        "no group session has a single member",
        select=query("""
            select tenant_id, max(id) from appointment where group_id is not null group by tenant_id, group_id
            having count(*) = 1
        """),
    ),
    Rule(
        "S13a",
        "no group has minors and adults",
        select=query(f"""
            select a.tenant_id, max(a.id)
            from appointment a
            join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
            where a.group_id is not null and {ORDINARY.replace("id &", "a.id &")}
            group by a.tenant_id, a.group_id
            having count(distinct c.dob > {LOCAL_DAY} - interval 18 years) > 1
        """),
    ),
    Rule(
        "S14",
        "the visits of a series are multiples of its recurrence apart",
        select=query(f"""
            select tenant_id, id
            from (
                select
                    tenant_id,
                    id,
                    recurrence_weeks,
                    day - lag(day) over (partition by tenant_id, series_id order by start_at) as days
                from (
                    select tenant_id, id, series_id, start_at, recurrence_weeks, {LOCAL_DAY} as day
                    from appointment
                    where series_id is not null
                )
            )
            where {ORDINARY} and days % (7 * recurrence_weeks) <> 0
        """),
    ),
    Rule(
        "S12",
        "the members of a group session are seen together, by the same provider",
        select=query("""
            select a.tenant_id, a.id
            from appointment a
            join appointment g on g.tenant_id = a.tenant_id and g.id = a.group_id
            where (a.provider_id, a.start_at, g.group_id) <> (g.provider_id, g.start_at, g.id)
        """),
    ),
)

CARE_RULES = (
    Rule(
        "C4",
        "the first completed visit of clients registered in the last 350 days is an intake",
        select=query("""
            select tenant_id, id
            from (
                select
                    a.tenant_id,
                    a.id,
                    a.appointment_type,
                    row_number() over (partition by a.tenant_id, a.client_id order by a.start_at) as nth
                from appointment a
                join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
                where a.status = 'completed' and c.intake_date > date '{as_of}' - 350
            )
            where nth = 1 and appointment_type <> 'intake'
        """),
    ),
    Rule(
        "C5",
        "only prescribers manage medication, and service codes agree with the type of the visit",
        any_of(
            "appointment_type = 'med_mgmt' and not provider.can_prescribe",
            "(service_code[:5] = 'QA-EM') <> (appointment_type = 'med_mgmt')",
            "(service_code = 'QA-GRP') <> (appointment_type = 'group')",
            "group_id is not null and appointment_type not in ('group', 'intake')",
            "(service_code[:9] = 'QA-INTAKE') <> (appointment_type = 'intake')",
        ),
    ),
    Rule(
        "C5p",
        "clients see their own provider, or a prescriber",
        f"{ORDINARY} and provider_id <> client.primary_provider_id and not provider.can_prescribe",
    ),
    Rule(
        "C9",
        "clients under 18 have a guardian who consented",
        any_of(
            f"client.dob > {LOCAL_DAY} - interval 18 years and client.guardian_name is null",
            f"client.dob > {LOCAL_DAY} - interval 18 years and client.consent_by <> 'guardian'",
        ),
    ),
    Rule(
        "H1",
        "the history of a visit starts as scheduled and ends with its status",
        any_of("not ends_with(status_history, status)", "not starts_with(status_history, 'scheduled')"),
    ),
    Rule(
        "L2b",
        "visits with a charge or fee are billed, and completed visits without one are unbilled or billed elsewhere",
        select=query("""
            select a.tenant_id, a.id
            from appointment a
            left join (
                select distinct tenant_id, appointment_id as id
                from ledger_entry
                where entry_type in ('charge', 'fee')
            ) l using (tenant_id, id)
            where (l.id is not null) <> (a.billing_status = 'billed')
            or (l.id is null and (a.status = 'completed') <> (a.billing_status in ('unbilled', 'billed_elsewhere')))
        """),
    ),
)
