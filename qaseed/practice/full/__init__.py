"""The tables of `--tables full`: what derives from the rows of the core tables, and leaves them as they are."""

from __future__ import annotations

from dataclasses import replace

from qaseed.practice import MODEL
from qaseed.practice.full.accounts import USER_ACCOUNT
from qaseed.practice.full.care import DIAGNOSIS, MEDICATION
from qaseed.practice.full.cases import with_derived_rows
from qaseed.practice.full.claim_events import CLAIM_EVENT, PAYMENT_BATCH
from qaseed.practice.full.claims import CLAIM, CLAIM_LINE
from qaseed.practice.full.insurance import INSURANCE_POLICY
from qaseed.practice.full.time_off import AVAILABILITY_EXCEPTION

DERIVED = (
    USER_ACCOUNT,
    INSURANCE_POLICY,
    CLAIM,
    CLAIM_LINE,
    PAYMENT_BATCH,
    CLAIM_EVENT,
    DIAGNOSIS,
    MEDICATION,
    AVAILABILITY_EXCEPTION,
)

FULL = replace(MODEL, entities=(*MODEL.entities, *DERIVED), scenarios=with_derived_rows(MODEL.scenarios))
