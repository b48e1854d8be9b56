"""Golden verdicts: what each name and text of the corpora is taken for; a change of any is seen, and has to be meant.

Labels and measures say whether verdicts are right; here a change of code or words shows every verdict that it changes.
After a change that is meant, run `python tests/test_verdicts.py` and read the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from qaseed.safety.detection import name_context
from qaseed.safety.names import Verdict, classify
from qaseed.safety.tables import classify_columns
from support import labeled_texts
from support.columns import catalog, columns, known
from support.values import DATA, blind, clean_notes, national

GOLDEN = Path(__file__).parent / "golden"
MOST_SHOWN = 100


def _shown(verdict: Verdict) -> str:
    return f"{verdict.outcome}\t{verdict.letter}\t{verdict.words}\t{verdict.context}".rstrip()


def names() -> Iterator[str]:
    """What each name means alone, unless nothing."""
    corpora = (column.name for column in (*columns(), *known()))
    for name in sorted({*corpora, *(name for _, name in catalog()), *labeled_texts.names()}):
        if (verdict := classify(name)) != Verdict("ok"):
            yield f"{name}\t{_shown(verdict)}"


def tables() -> Iterator[str]:
    """What a name means beside the others of its table, where that is not what it means alone."""
    by_table = sorted(columns(), key=lambda column: (column.system, column.table))
    for (system, table), some in groupby(by_table, key=lambda column: (column.system, column.table)):
        names = [column.name for column in some]
        for name, verdict in zip(names, classify_columns(names, table), strict=True):
            if verdict != classify(name):
                yield f"{system}\t{table}\t{name}\t{_shown(verdict)}"


def texts() -> Iterator[str]:
    """The kinds of identifiers in each text that has any."""
    for file in sorted(path.name for path in DATA.glob("values_*.tsv")):
        for number, value in enumerate(blind([file])):
            if kinds := name_context("").kinds_of(value.text):
                yield f"{file}\t{number}\t{' '.join(kinds)}"
    for corpus, some in (("national", (value.text for value in national())), ("notes", clean_notes(1000))):
        for number, text in enumerate(some):
            if kinds := name_context("").kinds_of(text):
                yield f"{corpus}\t{number}\t{' '.join(kinds)}"


PHRASES = """ssn tax_id passport license mrn member_id policy claim account iban card password token access_token api_key
    secret mac ip photo plate name first surname mi email phone cell address zip dob age visit contact username nombre nom"""
BEFORE = """patient person created_by standby old date date_of_expiry verify confirm access check check_in check_out requested
    public local company state fun x role_display attending_physician billing last_4 is years_at nama ktp"""
AFTER = """number id id_number date country status type verified provider line company url count name address local of_company
    key"""


def names_formed() -> Iterator[str]:
    """What is said of a phrase with a word before it, once for each word after it."""
    for phrase in PHRASES.split():
        for before in ("", *BEFORE.split()):
            forms = ("_".join(filter(None, (before, phrase, after))) for after in ("", *AFTER.split()))
            yield f"{before}\t{phrase}\t{''.join(_mark(classify(form)) for form in forms)}"


NAMES = """name names full_name p_name p_f_name pa_first number no code id key registration license picture image front back tel
    tel_adh email address state city zip_code street block floor birth year born account card holder balance pin token secret
    expires nip nik rut nit matricula cedula esino numerocni rfcnumeros cislopasu frist_name fistname lastnam telefno adress
    usr_name usr_tel usr_no usr_code adh_nom adh_no patient_number owner_license owner_picture title model plate serial
    weight price chip pet_name room value hash type status created_at note"""
OTHERS = (
    "",
    "first_name dob",
    "nama tanggal_lahir",
    "nombre apellido",
    "make model",
    "sku price",
    "street city",
    "usr_name usr_mail usr_born",
    "breed species",
)
TITLES = """patients public.patient_history drivers dogs hotels passports verifications wallets products vehicles cards
    invoices users adherents pasien companies cities templates biometrics tokens logs t_usr"""


def tables_formed() -> Iterator[str]:
    """What is said of each name in a table with such a title and other columns."""
    for title in ("", *TITLES.split()):
        for others in OTHERS:
            verdicts = (classify_columns([name, *others.split()], title)[0] for name in NAMES.split())
            yield f"{title}\t{others}\t{''.join(map(_mark, verdicts))}"


def _mark(verdict: Verdict) -> str:
    """One letter: the class, small if it is one with a safe form; a point for nothing, a comma for what is about a class."""
    marks = {"ok": ".", "meta": ",", "managed": verdict.letter.lower(), "reject": verdict.letter}
    return marks[verdict.outcome]


VERDICTS = {
    "names": names,
    "tables": tables,
    "texts": texts,
    "names_formed": names_formed,
    "tables_formed": tables_formed,
}


@pytest.mark.parametrize("subject", VERDICTS)
def test_verdicts_are_those_that_were_read(subject: str) -> None:
    expected = (GOLDEN / f"verdicts_of_{subject}.tsv").read_text(encoding="utf-8").splitlines()
    now = list(VERDICTS[subject]())
    gone, new = set(expected) - set(now), set(now) - set(expected)
    changes = [f"-{line}" for line in expected if line in gone] + [f"+{line}" for line in now if line in new]
    assert not "\n".join(changes[:MOST_SHOWN]), f"{len(changes)} lines"
    assert now == expected


if __name__ == "__main__":
    for subject, lines in VERDICTS.items():
        text = "".join(f"{line}\n" for line in lines())
        (GOLDEN / f"verdicts_of_{subject}.tsv").write_text(text, encoding="utf-8")
