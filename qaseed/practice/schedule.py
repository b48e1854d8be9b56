"""What is booked: visits, and what became of them."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import choice, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.making import calendar, people, quotas, schedule
from qaseed.practice.shared import ROWS_OF_EVERY_KIND, marks

# fmt: off

BLOCKING = "('scheduled', 'confirmed', 'completed', 'no_show', 'late_cancelled')"


def _overlap(rule: str, whose: str) -> Rule:
    return Rule(
        rule,
        f"no {whose} is booked twice at a time",
        select=f"""select tenant_id, id from (
            select tenant_id, id, start_at, max(end_at) over (
                partition by tenant_id, {whose}_id order by start_at, id rows between unbounded preceding and 1 preceding
            ) as busy_until from appointment where status in {BLOCKING}) where start_at < busy_until""",
    )


APPOINTMENT = entity(
    "appointment",
    "A visit that is booked, and what became of it.",
    dict(
        id=key(),
        tenant_id=tenant(),
        client_id=ref("client", "Who comes.", schedule.client),
        provider_id=ref("provider", "In whose calendar it stands.", schedule.provider),
        location_id=ref("location", "Where.", schedule.location),
        appointment_type=choice("Why.", ("intake", "individual", "family", "med_mgmt"), schedule.appointment_type),
        # Epic Research 2023: 37 % of mental-health visits by telehealth; audio a tenth of them
        modality=choice("How they meet.", dict(in_person=63, video=33, phone=4)),
        status=choice("What became of it, or how sure it is.", calendar.STATUSES, schedule.status),
        service_code=choice("What is done, in codes of our own.", tuple(schedule.SERVICES), schedule.service_code),
        duration_min=number("Minutes from start to end.", schedule.minutes, 5, 180),
        start_at=instant("When it starts.", schedule.start_at),
        end_at=instant("When it ends.", schedule.end_at),
        timezone=text("IANA zone of the wall time.", people.timezone),
        start_local=text("Wall time at the site, `2026-03-09T14:30`.", schedule.start_local),
        booked_at=instant("When it was booked.", schedule.booked_at),
        checked_in_at=instant("When the client arrived.", schedule.checked_in_at, nullable=True),
        cancelled_at=instant("When it was called off.", schedule.cancelled_at, nullable=True),
        **marks(recipe(recipes.same, of="booked_at")),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("T4", "visits are booked before they start", "booked_at > start_at"),
        Rule("T5", "a visit ends its minutes after its start", "end_at <> start_at + to_minutes(duration_min)"),
        Rule(
            "T6", "what is past has an outcome, what is ahead has none",
            "(try_cast(start_local[:10] as date) < date '{as_of}') <> (status not in ('scheduled', 'confirmed'))",
        ),
        Rule("T7", "clients check in up to 45 minutes before", "checked_in_at < start_at - interval 45 minutes or checked_in_at > end_at"),
        Rule("T8", "what was called off has a moment before its start", "(status in ('cancelled', 'late_cancelled')) <> coalesce(cancelled_at < start_at, false)"),
        Rule(
            "T8l", "late means within the practice's limit",
            select="""select a.tenant_id, a.id from appointment a join tenant t using (tenant_id)
                where a.cancelled_at is not null
                and (a.status = 'late_cancelled') <> (a.start_at - a.cancelled_at < to_hours(t.late_cancel_hours))""",
        ),
        Rule(
            "T1a", "no visit before the client is registered",
            select="""select a.tenant_id, a.id from appointment a join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
                where try_cast(a.start_local[:10] as date) < c.intake_date""",
        ),
        Rule(
            "T3", "no visit before the provider is hired",
            select="""select a.tenant_id, a.id from appointment a join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id
                where try_cast(a.start_local[:10] as date) < p.hire_date""",
        ),
        _overlap("S1", "provider"),
        _overlap("S2", "client"),
        Rule(
            "S4", "visits are within the site's hours",
            select="""select a.tenant_id, a.id from appointment a join location l on l.tenant_id = a.tenant_id and l.id = a.location_id
                where 60 * try_cast(start_local[12:13] as int) + try_cast(start_local[15:16] as int) < l.opens_minute
                or 60 * try_cast(start_local[12:13] as int) + try_cast(start_local[15:16] as int) + a.duration_min > l.closes_minute""",
        ),
        Rule("S6", "visits start on a grid of 5 minutes", "try_cast(start_local[15:16] as int) % 5 <> 0"),
        Rule("S7", "wall time and moment agree", "try_cast(start_local as timestamp) is distinct from timezone(timezone, start_at)"),
        Rule(
            "C5", "only prescribers manage medication",
            select="""select a.tenant_id, a.id from appointment a join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id
                where a.appointment_type = 'med_mgmt' and not p.can_prescribe""",
        ),
    ),
    blocks=recipe(quotas.appointment_blocks),
)
