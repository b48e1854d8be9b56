"""What is booked: visits, who comes when and where, and what became of it."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import choice, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import NOW, Rule
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK
from qaseed.practice.generators import apportionment, billing, clock, hours, outcomes, schedule, sites
from qaseed.practice.shared import ENDS, HOME, LOCAL_DAY, ROWS_OF_EVERY_KIND, marks
from qaseed.practice.shares import ORDINARY

# fmt: off

BLOCKING = "('scheduled', 'confirmed', 'checked_in', 'in_session', 'completed', 'no_show', 'late_cancelled')"
LOCAL_MINUTE = "(60 * try_cast(start_local[12:13] as int) + try_cast(start_local[15:16] as int))"


def _overlap(rule: str, description: str, whose: str, where: str, together: str = "false") -> Rule:
    """Nobody and nothing is booked twice at a time; `together` says which visits may be."""
    return Rule(
        rule,
        description,
        select=f"""select tenant_id, id from (
            select *, max(end_at) over before as busy_until, arg_max(group_id, end_at) over before as by_group from appointment
            where status in {BLOCKING} and {where}
            window before as (partition by tenant_id, {whose} order by start_at, id rows between unbounded preceding and 1 preceding)
        ) where start_at < busy_until and not ({together})""",
    )


def _outside(of: str) -> str:
    """Whether a visit lies outside the hours of its `provider` or `location`, or on a day off."""
    day = " ".join(f"when {n} then {of}.hours_{name}" for n, name in enumerate(hours.WEEKDAYS, start=1))
    told = f"(case isodow({LOCAL_DAY}) {day} end)"
    opens, closes = (f"(60 * try_cast({told}[{n}:{n + 1}] as int) + try_cast({told}[{n + 3}:{n + 4}] as int))" for n in (1, 7))
    return f"coalesce({LOCAL_MINUTE} < {opens} or {LOCAL_MINUTE} + duration_min > {closes}, true)"


IN_GROUP = "group_id is not null and group_id is not distinct from by_group"

APPOINTMENT = entity(
    "appointment",
    "A visit that is booked, and what became of it.",
    dict(
        id=key(),
        tenant_id=tenant(),
        client_id=ref("client", "Who comes.", schedule.client),
        provider_id=ref("provider", "In whose calendar it stands.", schedule.provider),
        location_id=ref("location", "Where; for telehealth, from where.", schedule.location),
        series_id=ref("appointment", "The first visit of the standing series; none for a visit alone, or one that was moved.", schedule.series, nullable=True),
        recurrence_weeks=number("Weeks between the visits of the series.", schedule.recurrence, 1, 60, nullable=True),
        group_id=ref("appointment", "The first visit of the group session; its members are seen together.", schedule.group, nullable=True),
        appointment_type=choice("Why.", ("intake", "individual", "family", "couple", "group", "med_mgmt", "testing", "consult"), schedule.appointment_type, default="individual"),
        modality=choice("How they meet.", outcomes.MODALITIES, schedule.modality, default="in_person"),
        status=choice(
            "What became of it, or how sure it is.",
            ("scheduled", "confirmed", "checked_in", "in_session", "completed", "no_show", "cancelled", "late_cancelled", "rescheduled"),
            schedule.status,
            default="scheduled",
        ),
        status_history=text("The statuses it went through, oldest first, `>` between them.", schedule.status_history, default="scheduled"),
        service_code=choice("What is to be done, in codes of our own.", tuple(schedule.SERVICES), schedule.service_code, default="QA-IND60"),
        duration_min=number("Minutes from start to end.", schedule.duration_min, 5, 180, default=60),
        start_at=instant("When it starts.", schedule.start_at),
        end_at=instant("When it ends.", schedule.end_at),
        timezone=text("IANA zone of the wall time.", sites.timezone, default=clock.STATE_ZONES[HOME]),
        start_local=text("Wall time at the site, `2026-03-09T14:30`.", schedule.start_local, default=""),
        booked_at=instant("When it was booked.", schedule.booked_at, default=NOW),
        reminder_sent_at=instant("When the client was reminded.", schedule.reminder_at, nullable=True),
        confirmed_at=instant("When the client confirmed.", schedule.confirmed_at, nullable=True),
        checked_in_at=instant("When the client arrived.", schedule.checked_in_at, nullable=True),
        cancelled_at=instant("When it was called off, or moved.", schedule.cancelled_at, nullable=True),
        cancelled_by=choice("Who called it off.", ("client", "provider"), schedule.cancelled_by, nullable=True),
        cancel_reason=choice("Why, as told at the desk.", tuple(dict.fromkeys(name for table in schedule.REASONS.values() for name in table)), schedule.cancel_reason, nullable=True),
        rescheduled_from_id=ref("appointment", "The visit that was moved to this one.", schedule.rescheduled_from, nullable=True),
        pos_code=choice("Place of service (CMS): 11 office, 10 telehealth at home, 02 telehealth elsewhere.", ("11", "10", "02"), schedule.pos_code, default="11"),
        room=text("The room, for visits in person.", schedule.room, nullable=True),
        telehealth_url=text("Link at a reserved host, for visits by video.", schedule.telehealth_url, nullable=True, phi="url", safe="url"),
        billing_status=choice("Billed where a charge or fee stands; unbilled if it took place.", ("billed", "unbilled", "non_billable"), billing.billing_status, default="non_billable"),
        notes_internal=text("A remark of the front desk, with the practice's canary.", schedule.internal_note, nullable=True, free_text=True),
        **marks(recipe(recipes.same, of="booked_at"), "front_desk"),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("T1a", "no visit before the client is registered", f"{LOCAL_DAY} < client.intake_date"),
        Rule("T2a", "clients are 0 to 105 years old at every visit", f"{LOCAL_DAY} < client.dob or {LOCAL_DAY} >= client.dob + interval 106 years"),
        Rule("T3", "visits lie within the provider's time at the practice", f"{LOCAL_DAY} < provider.hire_date or {LOCAL_DAY} > provider.termination_date"),
        Rule("T4", "visits are booked before they start, at most 90 days before the client is registered", "booked_at > start_at or booked_at < client.intake_date - interval 90 days"),
        Rule("T5", "a visit ends its minutes after its start", "start_at >= end_at or end_at <> start_at + to_minutes(duration_min)"),
        Rule("T6", "what is past has an outcome, what is ahead has none but that it was called off", f"(({LOCAL_DAY} < date '{{as_of}}') = (status in ('scheduled', 'confirmed', 'checked_in', 'in_session'))) and status not in ('cancelled', 'late_cancelled', 'rescheduled')"),
        Rule("T7", "clients check in up to 45 minutes before", "checked_in_at < start_at - interval 45 minutes or checked_in_at > end_at"),
        Rule("T8", "what was called off or moved, and only that, has a moment before its start", "(status in ('cancelled', 'late_cancelled', 'rescheduled')) <> coalesce(cancelled_at < start_at, false) or (cancelled_at is null) <> (cancelled_by is null) or cancelled_at < booked_at"),
        Rule("T8l", "cancelled late means later than the practice's limit", "status in ('cancelled', 'late_cancelled', 'rescheduled') and cancelled_by = 'client' and (status = 'late_cancelled') <> (start_at - cancelled_at < to_hours(tenant.late_cancel_hours))"),
        Rule("T10a", "what happened to a visit happened before the data ends", f"greatest(booked_at, reminder_sent_at, confirmed_at, checked_in_at, cancelled_at) > {ENDS}"),
        Rule("T12", "the dead complete no visit, and have none ahead", f"(status = 'completed' and {LOCAL_DAY} > client.date_of_death) or (status in ('scheduled', 'confirmed') and client.date_of_death is not null)"),
        Rule("T13", "the discharged have no visit ahead", f"status in ('scheduled', 'confirmed') and {LOCAL_DAY} > client.discharge_date"),
        Rule(
            "T16", f"visits lie in the {WEEKS_BACK} weeks before as_of or in the {WEEKS_AHEAD} weeks from it, but for scenarios",
            f"{ORDINARY} and ({LOCAL_DAY} < date '{{as_of}}' - {7 * WEEKS_BACK} or {LOCAL_DAY} >= date '{{as_of}}' + {7 * WEEKS_AHEAD})",
        ),
        _overlap("S1", "no provider is booked twice at a time, but with a group", "provider_id", "true", IN_GROUP),
        _overlap("S2", "no client is booked twice at a time", "client_id", "true"),
        _overlap("S3", "no room holds two visits at a time, but of a group", "location_id, room", "room is not null", IN_GROUP),
        Rule("S3r", "rooms are those of the site", "try_cast(room[6:] as bigint) not between 1 and location.rooms or (room is null) <> (modality <> 'in_person')"),
        Rule("S4", "visits are within the hours of the provider and of the site, in the site's zone", f"{_outside('provider')} or {_outside('location')} or timezone <> location.timezone"),
        Rule("S5", "no visit on a holiday", "contains(tenant.holidays, start_local[:10])"),
        Rule("S6", "visits start on a grid of 5 minutes", "try_cast(start_local[15:16] as int) % 5 <> 0"),
        Rule("S7", "wall time and moment agree, and the wall time exists", "try_cast(start_local as timestamp) is distinct from timezone(timezone, start_at)"),
        Rule(
            "S8", "a series keeps its wall time when clocks change",
            select="""select tenant_id, max(id) from appointment where series_id is not null
                group by tenant_id, series_id having count(distinct start_local[12:]) > 1 or count(distinct client_id) > 1""",
        ),
        Rule("S9", "in person is at an office; telehealth has its place of service, the client's consent, and a link for video", f"(modality = 'in_person') <> (pos_code = '11') or (modality <> 'in_person' and coalesce(client.consent_telehealth_on > {LOCAL_DAY}, true)) or (modality = 'video') <> (telehealth_url is not null)"),
        Rule(
            "S10", "a rescheduled visit has exactly one successor, of the same client and later",
            select="""select tenant_id, id from appointment a left join (
                    select tenant_id, rescheduled_from_id as id, count(*) as times, min(client_id) as whose, min(start_at) as starts from appointment
                    where rescheduled_from_id is not null group by all
                ) n using (tenant_id, id) where (a.status = 'rescheduled') <> (n.times is not null) or n.times > 1 or n.whose <> a.client_id or n.starts <= a.start_at""",
        ),
        Rule("S11", "telehealth needs a licence of the client's state", "modality <> 'in_person' and provider.license_state <> client.state"),
        Rule(
            "S12", "those of a group session are seen together, by the same provider",
            select="""select a.tenant_id, a.id from appointment a join appointment g on g.tenant_id = a.tenant_id and g.id = a.group_id
                where (a.provider_id, a.start_at, g.group_id) <> (g.provider_id, g.start_at, g.id)""",
        ),
        Rule(
            "C4", "the first completed visit of those registered in the window is an intake",
            select="""select tenant_id, id from (
                    select a.tenant_id, a.id, a.appointment_type, row_number() over (partition by a.tenant_id, a.client_id order by a.start_at) as nth
                    from appointment a join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
                    where a.status = 'completed' and c.intake_date > date '{as_of}' - 350
                ) where nth = 1 and appointment_type <> 'intake'""",
        ),
        Rule("C5", "only prescribers manage medication, only groups use the group's code, and each type its own", "(appointment_type = 'med_mgmt' and not provider.can_prescribe) or (service_code[:5] = 'QA-EM') <> (appointment_type = 'med_mgmt') or (service_code = 'QA-GRP') <> (appointment_type = 'group') or (group_id is not null and appointment_type not in ('group', 'intake')) or (service_code[:9] = 'QA-INTAKE') <> (appointment_type = 'intake')"),
        Rule("C9", "clients under 18 have a guardian who consented", f"client.dob > {LOCAL_DAY} - interval 18 years and (client.guardian_name is null or client.consent_by <> 'guardian')"),
        Rule("H1", "the history of a visit ends with its status", "not ends_with(status_history, status) or not starts_with(status_history, 'scheduled')"),
        Rule(
            "L2b", "a visit is billed where a charge or fee stands, and a completed one without is unbilled",
            select="""select a.tenant_id, a.id from appointment a left join (
                    select distinct tenant_id, appointment_id as id from ledger_entry where entry_type in ('charge', 'fee')
                ) l using (tenant_id, id)
                where (l.id is not null) <> (a.billing_status = 'billed') or (l.id is null and (a.status = 'completed') <> (a.billing_status = 'unbilled'))""",
        ),
    ),
    blocks=recipe(apportionment.appointment_offsets),
)
