"""What is written down: notes, signed by who wrote them, agreeing with the visit and the client they describe."""

from __future__ import annotations

from qaseed.kinds import always, choice, entity, instant, key, number, recipe, ref, tenant, text, weighted
from qaseed.model import Rule
from qaseed.practice.generators import apportionment, clinic, note_text
from qaseed.practice.generators.schedule import BANDS
from qaseed.practice.shared import ENDS, ROWS_OF_EVERY_KIND, marks
from qaseed.practice.shares import ORDINARY

# fmt: off

TEXT = "concat_ws(' ', subjective, objective, assessment, plan)"
ALSO_WORDS = (
    "Grace", "Hope", "Faith", "Joy", "May", "April", "June", "August", "Mark", "Will", "Rose", "Summer", "Autumn", "Dawn", "Price", "Best", "Short",
)
"""Names that are also words with which a sentence may begin: they say nothing of a person."""
_CAPITALISED = "'\\b[A-Z][a-z]{2,}\\b'"


def _outside_bands() -> str:
    """Whether the documented minutes are outside the band of the visit's service code."""
    bands = " or ".join(f"(appointment.service_code = '{code}' and session_minutes not between {least} and {most})" for code, (least, most) in BANDS.items())
    return f"{bands} or session_stop <> session_start + to_minutes(session_minutes) or session_start < appointment.start_at or session_stop > appointment.end_at"


OPEN_SLOTS = ("{", "None", "nan", "null")


def _any_of(parts: tuple[str, ...]) -> str:
    """Whether the text has one of these parts: many times faster than an expression."""
    return "(" + " or ".join(f"contains({TEXT}, '{part}')" for part in parts) + ")"


def _other_pronouns() -> str:
    """Whether the text has pronouns of another kind than the client's."""
    kinds = {"she/her": ("she", "her"), "he/him": ("he", "his", "him"), "they/them": ("they", "their", "them")}
    told = {own: _any_of(tuple(f" {form} " for kind, words in kinds.items() if kind != own for word in words for form in (word, word.title()))) for own in kinds}
    return "case client.pronouns " + " ".join(f"when '{own}' then {other}" for own, other in told.items()) + " end"


NOTE = entity(
    "note",
    "What a provider wrote down about a visit, or about a contact without one.",
    dict(
        id=key(),
        tenant_id=tenant(),
        appointment_id=ref("appointment", "The completed visit that it documents; none for other contacts.", clinic.visit, nullable=True),
        client_id=ref("client", "About whom.", clinic.client),
        provider_id=ref("provider", "Who wrote it.", clinic.provider),
        note_type=choice("What it is about.", ("intake", "progress", *clinic.WITHOUT_VISIT, "administrative"), clinic.note_type, default="progress"),
        note_format=choice("How it is built (assumed).", clinic.FORMATS, weighted(clinic.FORMATS), default="SOAP"),
        status=choice("Draft until signed, pending until an associate's is cosigned, locked in the end, amended when a newer version stands.", ("draft", "pending_cosign", "signed", "locked", "amended"), clinic.note_status, default="draft"),
        version=number("1, and one more for each amendment.", always(1), 1, 99, default=1),
        amends_id=ref("note", "The version that this one amends.", always(None), nullable=True),
        confidentiality=choice("Restricted for psychotherapy notes (45 CFR 164.501), part2 where substance use is the problem (42 CFR Part 2).", ("normal", "restricted", "part2"), clinic.confidentiality, default="normal"),
        session_start=instant("When the documented minutes began.", clinic.session_start, nullable=True),
        session_stop=instant("When they ended.", clinic.session_stop, nullable=True),
        session_minutes=number("Documented minutes, within the band of the service code.", clinic.session_minutes, 1, 180, nullable=True),
        dx_codes=text("ICD-10-CM codes, the main one first.", clinic.dx_codes, nullable=True),
        risk_level=choice("Judged risk (assumed).", clinic.RISKS, weighted(clinic.RISKS), default="none"),
        phq9=number("PHQ-9 total, from 12 years.", recipe(clinic.score, most=27), 0, 27, nullable=True),
        gad7=number("GAD-7 total, from 12 years.", recipe(clinic.score, most=21), 0, 21, nullable=True),
        subjective=text("What the client reports.", note_text.subjective, nullable=True, free_text=True),
        objective=text("What the provider saw.", note_text.objective, nullable=True, free_text=True),
        assessment=text("How the provider judges it.", note_text.assessment, nullable=True, free_text=True),
        plan=text("What was done and what is next.", note_text.plan, nullable=True, free_text=True),
        signed_at=instant("When it was signed.", clinic.signed_at, nullable=True),
        signed_by=ref("provider", "Who signed it.", clinic.signed_by, nullable=True),
        cosigned_at=instant("When the supervisor of an associate signed it too.", clinic.cosigned_at, nullable=True),
        cosigned_by=ref("provider", "The supervisor who signed it too.", clinic.cosigned_by, nullable=True),
        locked_at=instant("When it was closed to changes.", clinic.locked_at, nullable=True),
        **marks(clinic.created_at, "clinician"),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("R3", "a note and its visit have the same client and provider", "client_id <> appointment.client_id or provider_id <> appointment.provider_id"),
        Rule("T9", "notes are written after the visit, or begun shortly before its end", "created_at < appointment.end_at - interval 15 minutes"),
        Rule("T9s", "notes are signed after they are written, cosigned and locked after that", "signed_at < created_at or cosigned_at < signed_at or locked_at < greatest(signed_at, cosigned_at)"),
        Rule("T10n", "notes are signed and locked before the data ends", f"greatest(signed_at, cosigned_at, locked_at) > {ENDS}"),
        Rule("T12n", "no note is about a contact with the dead or before registration", "created_at::date > client.date_of_death or (appointment_id is null and created_at::date < client.intake_date)"),
        Rule(
            "T15", "a supervisor is hired before signing",
            select="""select n.tenant_id, n.id from note n join provider s on s.tenant_id = n.tenant_id and s.id = n.cosigned_by where n.cosigned_at::date < s.hire_date""",
        ),
        Rule(
            "C1", "a completed visit has at most one first version of a note; a missed one only an administrative one, others none",
            select="""select n.tenant_id, n.id from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where a.status <> 'completed' and not (n.note_type = 'administrative' and a.status in ('no_show', 'late_cancelled')) union all
                select tenant_id, max(id) from note where appointment_id is not null and amends_id is null
                group by tenant_id, appointment_id having count(*) > 1""",
        ),
        Rule("C1v", "notes without a visit are of the kinds that need none", f"(appointment_id is null) <> (note_type in ({', '.join(repr(name) for name in clinic.WITHOUT_VISIT)}))"),
        Rule("C1t", "an intake is documented as an intake", "(note_type = 'intake') <> (appointment.appointment_type = 'intake')"),
        Rule("C2", "a note is signed by who wrote it, unless it is a draft", "(status = 'draft') <> (signed_at is null) or (signed_at is null) <> (signed_by is null) or signed_by <> provider_id"),
        Rule("C3", "notes of associates wait for their supervisor's signature, nobody else's do", "(cosigned_at is null) <> (cosigned_by is null) or cosigned_by <> provider.supervisor_id or (cosigned_by is not null and provider.supervisor_id is null) or (status = 'pending_cosign') <> (provider.supervisor_id is not null and signed_at is not null and cosigned_at is null)"),
        Rule("C6", "documented minutes are within the band of the service code and of the visit", f"note_type <> 'administrative' and ({_outside_bands()})"),
        Rule("C6n", "minutes are documented for completed visits, and only for them", "(appointment.status is not distinct from 'completed') <> (session_minutes is not null)"),
        Rule("C8", "psychotherapy notes are restricted and hold no times, diagnosis or plan", "(note_type = 'psychotherapy_note') <> (confidentiality = 'restricted') or (note_type = 'psychotherapy_note' and (session_start is not null or session_stop is not null or dx_codes is not null or plan is not null or phq9 is not null))"),
        Rule("C8s", "notes of clients with substance use are marked for 42 CFR Part 2", "confidentiality <> 'restricted' and (confidentiality = 'part2') <> (client.primary_dx[:2] = 'F1')"),
        Rule(
            "C10", "an amendment keeps its original, locked, with one version less, about the same",
            select="""select n.tenant_id, n.id from note n where (n.amends_id is null) <> (n.version = 1) union all
                select n.tenant_id, n.id from note n join note o on o.tenant_id = n.tenant_id and o.id = n.amends_id
                where o.version + 1 <> n.version or o.status <> 'amended' or o.locked_at is null
                or (n.client_id, n.provider_id) <> (o.client_id, o.provider_id) or n.appointment_id is distinct from o.appointment_id union all
                select o.tenant_id, o.id from note o where o.status = 'amended' and not exists (
                    select 1 from note n where n.tenant_id = o.tenant_id and n.amends_id = o.id)""",
        ),
        Rule("X2", "the text names the client it is about", "note_type <> 'administrative' and status <> 'draft' and not contains(subjective, client.first_name)"),
        Rule("X2p", "the text speaks of the client with the client's pronouns", _other_pronouns()),
        Rule("X2a", "the age in the text is that at the session", "try_cast(regexp_extract(subjective, ', ([0-9]+) years old', 1) as int) <> date_diff('year', client.dob, coalesce(appointment.start_local[:10]::date, timezone(tenant.timezone, created_at)::date)) - (strftime(client.dob, '%m%d') > strftime(coalesce(appointment.start_local[:10]::date, timezone(tenant.timezone, created_at)::date), '%m%d'))::int"),
        Rule("X2m", "the text says how they met", f"note_type in ('intake', 'progress') and amends_id is null and (contains({TEXT}, 'via secure video') <> (appointment.modality = 'video') or contains({TEXT}, 'by phone') <> (appointment.modality = 'phone') or contains({TEXT}, 'in person at') <> (appointment.modality = 'in_person')) and subjective is not null"),
        Rule("X2d", "the text says how long it took, and who wrote it", "try_cast(regexp_extract(plan, '([0-9]+)-minute session', 1) as int) <> session_minutes or (contains(plan, 'Treating provider: ') and not contains(plan, 'Treating provider: ' || provider.credentials || '.'))"),
        Rule(
            "X3", "the text names no other client",
            select=f"""with told as (
                    select tenant_id, id, client_id, unnest(list_distinct(regexp_extract_all({TEXT}, {_CAPITALISED}))) as word from note
                ), names as (
                    select distinct unnest([first_name, last_name]) as word from client
                ), strange as (
                    select told.* from told semi join names using (word) where word not in ({", ".join(f"'{word}'" for word in ALSO_WORDS)})
                )
                select s.tenant_id, s.id from strange s join client c on c.tenant_id = s.tenant_id and c.id = s.client_id
                where not contains(concat_ws(' ', c.first_name, c.last_name, c.preferred_name, c.guardian_name), s.word)""",
        ),
        Rule("X4", "the text is of a length that is written, and composed (NFC), but for scenarios", f"greatest(length(subjective), length(objective), length(assessment), length(plan)) > 10000 or (length({TEXT}) < 40 and status <> 'draft') or ({ORDINARY} and strlen({TEXT}) > length({TEXT}) and nfc_normalize({TEXT}) <> {TEXT})"),
        Rule("X5", "no slot of a text is left open", f"case when {_any_of(OPEN_SLOTS)} then regexp_matches({TEXT}, '\\{{\\w*\\}}|\\bNone\\b|\\bnan\\b|\\bnull\\b') else false end"),
    ),
    blocks=recipe(apportionment.note_offsets),
)
