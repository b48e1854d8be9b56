"""What is written down: notes."""

from __future__ import annotations

from qaseed.kinds import choice, entity, instant, key, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.making import clinic, quotas
from qaseed.practice.shared import ROWS_OF_EVERY_KIND, marks

# fmt: off

NOTE = entity(
    "note",
    "What a provider wrote down about a visit, or about a contact without one.",
    dict(
        id=key(),
        tenant_id=tenant(),
        appointment_id=ref("appointment", "The completed visit that it documents; none for other contacts.", clinic.visit, nullable=True),
        client_id=ref("client", "About whom.", clinic.client),
        provider_id=ref("provider", "Who wrote it.", clinic.provider),
        note_type=choice("What it is about.", ("intake", "progress", "phone", "collateral", "treatment_plan"), clinic.note_type),
        status=choice("Draft until it is signed.", ("draft", "signed"), clinic.note_status),
        subjective=text("What the client reports.", clinic.said, free_text=True),
        objective=text("What the provider saw.", clinic.seen, free_text=True),
        assessment=text("How the provider judges it.", clinic.judged, free_text=True),
        plan=text("What is next.", clinic.planned, free_text=True),
        signed_at=instant("When it was signed.", clinic.signed_at, nullable=True),
        **marks(clinic.created_at),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule(
            "R3n", "a note and its visit have the same client and provider",
            select="""select n.tenant_id, n.id from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where (n.client_id, n.provider_id) <> (a.client_id, a.provider_id)""",
        ),
        Rule(
            "T9", "notes are written after the visit",
            select="""select n.tenant_id, n.id from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where n.created_at < a.end_at - interval 15 minutes""",
        ),
        Rule("T9s", "notes are signed after they are written", "signed_at < created_at"),
        Rule("T10n", "notes are written and signed before the data ends", "greatest(created_at, signed_at) > date '{as_of}' + interval 10 hours"),
        Rule(
            "C1", "a completed visit has at most one note, any other visit none",
            select="""select n.tenant_id, n.id from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where a.status <> 'completed' union all
                select tenant_id, max(id) from note where appointment_id is not null
                group by tenant_id, appointment_id having count(*) > 1""",
        ),
        Rule("C1v", "notes without a visit are of the kinds that need none", "(appointment_id is null) <> (note_type in ('phone', 'collateral', 'treatment_plan'))"),
        Rule("C2", "a note is signed when it has a moment of signing", "(status = 'signed') <> (signed_at is not null)"),
        Rule("X5", "no slot of a text is left open", "regexp_matches(concat_ws(' ', subjective, objective, assessment, plan), '[{}]|\\bNone\\b|\\bnan\\b')"),
    ),
    blocks=recipe(quotas.note_blocks),
)
