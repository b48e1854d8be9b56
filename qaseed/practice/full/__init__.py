"""The tables of `--tables full`: what derives from the rows of the core tables, and leaves them as they are."""

from __future__ import annotations

from dataclasses import replace

from qaseed.practice import MODEL
from qaseed.practice.full.insurance import INSURANCE_POLICY

DERIVED = (INSURANCE_POLICY,)

FULL = replace(MODEL, entities=(*MODEL.entities, *DERIVED))
