"""When providers are not available although their working hours say so."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import choice, entity, flag, instant, key, recipe, ref, tenant
from qaseed.model import Rule
from qaseed.practice.full.shared import derived_audit_columns
from qaseed.practice.generators import time_off
from qaseed.practice.shared import COMMON_RULES
from qaseed.practice.visit_rules import BLOCKING
from qaseed.sql import any_of, one_of, query

KINDS = tuple(dict.fromkeys((*time_off.KINDS, *time_off.CALLED_OFF_KINDS.values())))

COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    provider_id=ref("provider", "The provider who is not available.", time_off.provider),
    appointment_id=ref(
        "appointment", "The visit that the provider called off; none for leave.", time_off.visit, nullable=True
    ),
    kind=choice("Why.", KINDS, time_off.kind),
    all_day=flag("Whether it is whole days, by the practice's calendar.", time_off.all_day),
    start_at=instant("From when on.", time_off.start_at),
    end_at=instant("Until when.", time_off.end_at),
    **derived_audit_columns(time_off.created_at, recipe(recipes.same, of="created_at"), "front_desk"),
)

RULES = (
    Rule("AE1", "an exception ends after it begins", "start_at >= end_at"),
    Rule(
        "AE2",
        "no visit takes place while its provider is not available",
        select=query(f"""
            select e.tenant_id, e.id
            from availability_exception e
            join appointment a on a.tenant_id = e.tenant_id and a.provider_id = e.provider_id
            where a.start_at < e.end_at and e.start_at < a.end_at and {one_of("a.status", BLOCKING)}
        """),
    ),
    Rule(
        "AE3",
        "every visit outside groups that its provider called off is in an exception of that provider",
        select=query("""
            select a.tenant_id, a.id
            from appointment a
            left join availability_exception e
                on e.tenant_id = a.tenant_id and e.provider_id = a.provider_id
                and e.start_at <= a.start_at and e.end_at >= a.end_at
            where a.cancelled_by = 'provider' and a.group_id is null and e.id is null
        """),
    ),
    Rule(
        "AE4",
        "leave is of whole days, what is called off is the visit",
        any_of(
            "all_day <> (appointment_id is null)",
            "provider_id <> appointment.provider_id",
            "start_at <> appointment.start_at",
            "appointment.cancelled_by is distinct from 'provider' and appointment_id is not null",
        ),
    ),
)

AVAILABILITY_EXCEPTION = entity(
    "availability_exception",
    "A time in which a provider sees nobody: leave, training, illness.",
    COLUMNS,
    (*COMMON_RULES, *RULES),
    counted=False,
    derived=recipe(time_off.ids),
)
