"""What a machine read wrongly from paper is read as what it looks like, if nothing is found without."""

from __future__ import annotations

import random
from collections import Counter

from qaseed.safety.misreading import reread
from support.cases import for_each
from support.engines import in_duckdb, in_python
from support.values import masked

FORMS = """
record|MEDICAL REC0RD NO ##-##-##   R00M 4 BED A
record|PATlENT ID: 4######
licence|DR1VERS LlC N0 B8######  CLASS C
account|ACC0UNT N0. 55-4####-7   AM0UNT DUE   $ 64.00
dob|D.O.B. 1O/21/1949   SEX M
dob|DATE 0F B1RTH  O3/12/1951
record|Patient lD:  60O####
account|Acc0unt number.  319O####
"""


@for_each(("kind", "text"), [line.split("|") for line in FORMS.strip().splitlines()])
def test_both_engines_find_what_a_form_says(kind: str, text: str) -> None:
    texts = [masked(text, random.Random(seed)) for seed in range(3)]
    assert in_python("scan_text", texts) == in_duckdb("scan_text", texts) == Counter({kind: 3})


@for_each(
    "text",
    [
        "HTTP 200 OK",
        "SHA1",
        "Ann was seen at 10:30",
        "A0, B1, 0.5 mg",
        "Il 12 maggio",
        "x86_64 O2 sat 98",
    ],
)
def test_what_is_written_so_on_purpose_stays(text: str) -> None:
    assert reread(text) is None


def test_only_words_and_numbers_change() -> None:
    assert reread("ADM1T 0PERAT0R lD 1O/2O, all O2 of LlLY l0l") == "ADMIT OPERATOR ID 10/20, all O2 of LILY l0l"
    assert reread("Acc0unt of Cottonw00d l.D. 3l9O4482 v0 x0r") == "Account of Cottonwood I.D. 31904482 v0 x0r"
