"""What is booked: visits, who comes when and where, and their outcomes."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import choice, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import NOW
from qaseed.practice.generators import apportionment, billing, changes, outcomes, schedule, services, sites
from qaseed.practice.shared import COMMON_RULES, HOME_ZONE, audit_columns
from qaseed.practice.visit_rules import CALENDAR_RULES, CARE_RULES, STATUSES, TIME_RULES

TYPES = ("intake", "individual", "family", "couple", "group", "med_mgmt", "testing", "consult")
CANCEL_REASONS = tuple(dict.fromkeys(reason for reasons in schedule.REASONS.values() for reason in reasons))

COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    # who and where
    client_id=ref("client", "The client.", schedule.client),
    provider_id=ref("provider", "The provider who sees the client.", schedule.provider),
    location_id=ref("location", "Where; for telehealth, from where.", schedule.location),
    # what it is part of
    series_id=ref(
        "appointment",
        "The first visit of the weekly series; none for single visits and for visits that were moved.",
        schedule.series,
        nullable=True,
    ),
    recurrence_weeks=number("Weeks between the visits of the series.", schedule.recurrence, 1, 60, nullable=True),
    group_id=ref(
        "appointment",
        "The first visit of the group session; its members are seen together.",
        schedule.group,
        nullable=True,
    ),
    # what it is
    appointment_type=choice("Type of visit.", TYPES, schedule.appointment_type, default="individual"),
    modality=choice("How they meet.", outcomes.MODALITIES, schedule.modality, default="in_person"),
    status=choice(
        "Outcome of a past visit; how certain a future one is.", STATUSES, schedule.status, default="scheduled"
    ),
    status_history=text(
        "All statuses of the visit, the first one first, separated by `>`.",
        schedule.status_history,
        default="scheduled",
    ),
    service_code=choice(
        "The service, in qaseed's own codes.", services.CODES, schedule.service_code, default="QA-IND60"
    ),
    # when it is
    duration_min=number("Minutes from start to end.", schedule.duration_min, 5, 180, default=60),
    start_at=instant("When it starts.", schedule.start_at),
    end_at=instant("When it ends.", schedule.end_at),
    timezone=text("IANA time zone of the wall time.", sites.timezone, default=HOME_ZONE),
    start_local=text("Wall time at the site, `2026-03-09T14:30`.", schedule.start_local, default=""),
    # its events
    booked_at=instant("When it was booked.", schedule.booked_at, default=NOW),
    reminder_sent_at=instant("When the client was reminded.", schedule.reminder_at, nullable=True),
    confirmed_at=instant("When the client confirmed.", schedule.confirmed_at, nullable=True),
    checked_in_at=instant("When the client arrived.", schedule.checked_in_at, nullable=True),
    missed_at=instant("When the front desk marked it as missed.", schedule.missed_at, nullable=True),
    cancelled_at=instant("When it was canceled or moved.", schedule.cancelled_at, nullable=True),
    cancelled_by=choice("Who canceled it.", ("client", "provider"), schedule.cancelled_by, nullable=True),
    cancel_reason=choice(
        "Why it was canceled, as reported to the front desk.", CANCEL_REASONS, schedule.cancel_reason, nullable=True
    ),
    rescheduled_from_id=ref(
        "appointment", "The visit that was moved to this one.", schedule.rescheduled_from, nullable=True
    ),
    # the place
    pos_code=choice(
        "Place of service (CMS): 11 office, 10 telehealth at home, 02 telehealth elsewhere.",
        ("11", "10", "02"),
        schedule.pos_code,
        default="11",
    ),
    room=text("The room, for visits in person.", schedule.room, nullable=True),
    telehealth_url=text(
        "Link at a reserved host, for visits by video.", schedule.telehealth_url, nullable=True, phi="url", safe="url"
    ),
    # what follows
    billing_status=choice(
        "Billed if there is a charge or fee; other completed visits are unbilled, or billed elsewhere if they were "
        "before the ledger begins.",
        ("billed", "unbilled", "billed_elsewhere", "non_billable"),
        billing.billing_status,
        default="non_billable",
    ),
    notes_internal=text(
        "A remark of the front desk, with the practice's canary.",
        schedule.internal_note,
        nullable=True,
        free_text=True,
    ),
    **audit_columns(recipe(recipes.same, of="booked_at"), "front_desk", changes.of_visit),
)


APPOINTMENT = entity(
    "appointment",
    "A visit that is booked, and its outcome.",
    COLUMNS,
    (*COMMON_RULES, *TIME_RULES, *CALENDAR_RULES, *CARE_RULES),
    blocks=recipe(apportionment.appointment_offsets),
)
