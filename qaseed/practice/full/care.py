"""What is known of a client's health besides notes: the list of diagnoses, and of medications."""

from __future__ import annotations

from qaseed.kinds import choice, date, entity, key, number, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.full.shared import derived_audit_columns
from qaseed.practice.generators import derived, diagnoses, prescriptions, problems
from qaseed.practice.measures import ORDINARY
from qaseed.practice.shared import COMMON_RULES
from qaseed.sql import any_of, literal, one_of, query

DIAGNOSIS_COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    client_id=ref("client", "The client who has it.", derived.parent),
    provider_id=ref("provider", "The provider who treats the client.", problems.provider),
    rank=number("1 for the main problem.", problems.rank, 1, 1 + problems.MOST),
    code=choice(
        "ICD-10-CM code, a billable one.", tuple(dict.fromkeys((*diagnoses.DX_CODES, *problems.CODES))), problems.code
    ),
    diagnosed_on=date("Day of the diagnosis.", problems.diagnosed_on, phi="dates"),
    resolved_on=date("Day from which it is over.", problems.resolved_on, nullable=True, phi="dates"),
    status=choice("Whether the client still has it.", ("active", "resolved"), problems.status),
    **derived_audit_columns(problems.created_at, problems.updated_at, "clinician"),
)

DIAGNOSIS_RULES = (
    Rule(
        "DX1",
        "the first diagnosis of a client is the main one and active, and the ranks have no gap",
        select=query("""
            select c.tenant_id, c.id
            from client c
            left join diagnosis d on d.tenant_id = c.tenant_id and d.client_id = c.id
            group by c.tenant_id, c.id, c.primary_dx
            having any_value(d.code) filter (d.rank = 1 and d.status = 'active') is distinct from c.primary_dx
            or max(d.rank) <> count(d.id) or count(distinct d.rank) <> count(d.id)
        """),
    ),
    Rule(
        "DX2",
        "no client has two diagnoses of a family",
        select=query("""
            select tenant_id, max(id)
            from diagnosis
            group by tenant_id, client_id, replace(code[:3], 'F33', 'F32')
            having count(*) > 1
        """),
    ),
    Rule(
        "DX3",
        "a diagnosis is made after registration and before it is resolved",
        any_of(
            "diagnosed_on < client.intake_date",
            "resolved_on < diagnosed_on",
            "(status = 'resolved') <> (resolved_on is not null)",
            "resolved_on > date '{as_of}'",
        ),
    ),
    Rule(
        "DX4",
        "no note has a diagnosis before it is made or after it is resolved",
        select=query("""
            select d.tenant_id, d.id
            from diagnosis d
            join (
                select tenant_id, client_id, min(created_at)::date as first, max(created_at)::date as last
                from note
                where dx_codes is not null
                group by all
            ) n on n.tenant_id = d.tenant_id and n.client_id = d.client_id
            where n.first < d.diagnosed_on or n.last > d.resolved_on + 1
        """),
    ),
)

DIAGNOSIS = entity(
    "diagnosis",
    "A diagnosis of a client: the main one, and those beside it.",
    DIAGNOSIS_COLUMNS,
    (*COMMON_RULES, *DIAGNOSIS_RULES),
    counted=False,
    derived=recipe(problems.ids),
)

MEDICATION_COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    client_id=ref("client", "The client who takes it.", derived.parent),
    provider_id=ref("provider", "Who prescribes it.", prescriptions.prescriber),
    drug=choice("Generic name.", prescriptions.DRUGS, prescriptions.drug),
    dose=text("Amount at a time.", prescriptions.dose),
    schedule=choice("When it is taken.", prescriptions.SCHEDULES, prescriptions.schedule),
    started_on=date("First day of this dose.", prescriptions.started_on, phi="dates"),
    stopped_on=date(
        "Last day of this dose; null while it continues.", prescriptions.stopped_on, nullable=True, phi="dates"
    ),
    stop_reason=choice(
        "Why it was stopped; null while it continues.",
        prescriptions.STOP_REASONS,
        prescriptions.stop_reason,
        nullable=True,
    ),
    status=choice("Whether the client still takes this dose.", ("active", "stopped"), prescriptions.status),
    **derived_audit_columns(prescriptions.created_at, prescriptions.updated_at, "clinician"),
)


def _is_start(dose: str, drug: str) -> str:
    """The condition that a dose is one with which a drug is started."""
    return " or ".join(
        f"{drug} = {literal(name)} and {one_of(dose, doses)}" for name, doses in prescriptions.START_DOSES.items()
    )


MEDICATION_RULES = (
    Rule("MD1", "medications are prescribed by those who may", "not provider.can_prescribe"),
    Rule(
        "MD2",
        "a medication is started after registration, and stopped after that and by the client's discharge or death",
        any_of(
            "started_on < client.intake_date",
            "stopped_on < started_on",
            "(status = 'stopped') <> (stopped_on is not null)",
            "client.status in ('discharged', 'deceased') and stopped_on is null",
        ),
    ),
    Rule(
        "MD5",
        "what is stopped, and only that, has a reason",
        "(stop_reason is null) <> (stopped_on is null)",
    ),
    Rule(
        "MD6",
        "nobody takes two doses of a drug, or three drugs but while one replaces another",
        select=query(f"""
            select m.tenant_id, m.id
            from medication m
            join medication o on o.tenant_id = m.tenant_id and o.client_id = m.client_id and o.id <> m.id
            where o.started_on <= m.started_on and coalesce(o.stopped_on, date '{{as_of}}') > m.started_on
            group by m.tenant_id, m.id, m.drug
            having count_if(o.drug = m.drug) > 0
            or count_if(coalesce(o.stopped_on, date '{{as_of}}') > m.started_on + {prescriptions.CROSS_TAPER}) > 1
        """),
    ),
    Rule(
        "MD7",
        "a drug is started with a dose that its label or usual practice has for a start, or was taken at registration",
        select=query(f"""
            select m.tenant_id, min_by(m.id, m.started_on)
            from medication m
            join client c on c.tenant_id = m.tenant_id and c.id = m.client_id
            group by m.tenant_id, m.client_id, m.drug, c.intake_date
            having min(m.started_on) > c.intake_date and not ({_is_start("min_by(m.dose, m.started_on)", "m.drug")})
        """),
    ),
    Rule(
        "MD9",
        "who has an intake with a prescriber takes nothing on that prescriber's order before it",
        select=query(f"""
            select m.tenant_id, m.id
            from medication m
            join appointment a on a.tenant_id = m.tenant_id and a.client_id = m.client_id
            and a.provider_id = m.provider_id
            where a.appointment_type = 'intake' and a.status = 'completed' and {ORDINARY.replace("id &", "a.id &")}
            and m.started_on < left(a.start_local, 10)::date
        """),
    ),
    Rule(
        "MD8",
        "a medication is entered on its first day at the practice",
        "timezone(tenant.timezone, created_at)::date <> started_on",
    ),
    Rule("MD4", "nobody prescribes on a Sunday", "isodow(started_on) = 7"),
    Rule("MD3", "doses are amounts", r"not regexp_full_match(dose, '[0-9.]+(-[0-9.]+)? mg')"),
)

MEDICATION = entity(
    "medication",
    "A dose of what a client takes by prescription, from when to when.",
    MEDICATION_COLUMNS,
    (*COMMON_RULES, *MEDICATION_RULES),
    counted=False,
    derived=recipe(prescriptions.ids),
)
